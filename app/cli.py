"""The command `esg`: serve, load the examples, migrate, make keys, run jobs, import, rebuild, verify, print the API."""

import json
import os
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from app.accounting.selection.library import library_page
from app.commands.archive import archive
from app.commands.backups import backup, restore
from app.commands.demo import demo
from app.commands.importing import lost_rows, run_import
from app.commands.importing_factors import run_factor_import
from app.commands.inventory import meters, organizations, plants
from app.commands.jobs import jobs
from app.commands.keys import keys
from app.commands.readings import readings
from app.commands.secrets import secrets
from app.commands.serving import serve
from app.commands.set_aside import print_set_aside, retry_all
from app.commands.shared import check_organizations, open_database, telling_refusals
from app.commands.users import users
from app.commands.verifying import verify_audit_log, verify_publications, verify_readings
from app.core.calendar.zone_rules import EDITION, written_span
from app.ingest.writing.intake import IngestOptions, OnConflict
from app.main import create_app
from app.rollup.rolling.roller import rebuild, roll_pending
from app.schemas.document.breaks import breaks, unnamed
from app.settings import Settings, unknown_variables
from app.starting import database_of
from app.store.engine.database import Database
from app.store.engine.outages import telling_outages
from app.store.engine.schema import schema_standing
from app.store.inventory.meters import meter_ids
from app.store.upkeep.distribute import distribute
from app.store.upkeep.migrate import migrate

cli = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False)
rollups = typer.Typer(no_args_is_help=True, help="Day, month and year totals.")
factors = typer.Typer(no_args_is_help=True, help="Emission factors.")
arrivals = typer.Typer(no_args_is_help=True, help="What arrived and could not be entered among the readings.")
_GROUPS = {
    "organizations": organizations,
    "plants": plants,
    "meters": meters,
    "readings": readings,
    "keys": keys,
    "users": users,
    "secrets": secrets,
    "jobs": jobs,
    "archive": archive,
    "arrivals": arrivals,
    "factors": factors,
    "rollups": rollups,
}
for _name, _group in _GROUPS.items():
    cli.add_typer(_group, name=_name)
cli.command("backup")(backup)
cli.command("restore")(restore)
cli.command("serve")(serve)
cli.command("demo")(demo)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"esg-metrics {version('esg-metrics')}, zone rules {EDITION}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what the caller can mend is told in a line."""
    with telling_refusals():
        cli()


@cli.callback()
def every_command(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """ESG metrics: meter readings in, the annual ESG disclosure table out."""
    if context.invoked_subcommand != "serve":  # which tells of them in its log
        for warning in unknown_variables(os.environ):
            typer.echo(f"esg: {warning}", err=True)


@cli.command("migrate")
def migrate_command(
    zone_rules_back: Annotated[
        bool, typer.Option(help="Make rollups by this program's zone rules though the database has later ones.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; end with 1 unless the schema is this program's.")
    ] = False,
    spread: Annotated[
        bool, typer.Option("--distribute", help="Spread the organizations over the nodes of a Citus cluster.")
    ] = False,
) -> None:
    """Bring the database to the current schema, and its local days to this program's edition of the zone rules."""
    if check:
        _check_schema()
        return
    settings = Settings()
    opened = database_of(settings)
    with closing(opened) as database, telling_outages():
        for change in migrate(database, zone_rules_back=zone_rules_back):
            span = written_span(change.first_ms, change.end_ms)
            typer.echo(f"{change.zone}: {span}: rollups of {change.meters} meters are made anew.")
        if spread:
            tables = distribute(database)
            typer.echo(f"{len(tables)} tables were distributed by organization." if tables else "All is distributed.")
    typer.echo(f"The schema is current; local days are told by the zone rules {EDITION}.")


def _check_schema() -> None:
    with closing(Database(Settings().database_url)) as database, telling_outages(), database.read() as session:
        standing = schema_standing(session.connection())
    typer.echo(standing.words)
    if not standing.is_current:
        raise typer.Exit(1)


@cli.command()
def openapi(
    check: Annotated[Path | None, typer.Option(help="Compare with this file instead of printing.")] = None,
    since: Annotated[Path | None, typer.Option(help="Print what breaks clients of this earlier document.")] = None,
    named_in: Annotated[Path | None, typer.Option(help="With --since: only what this changelog does not name.")] = None,
) -> None:
    """Print the OpenAPI document, or fail when a file differs from it, or when it breaks clients of an earlier one."""
    if since is None:
        _print_or_check(openapi_text(), check, "esg openapi")
        return
    found = breaks(json.loads(since.read_text("utf-8")), json.loads(openapi_text()))
    if named_in is not None:
        found = unnamed(found, named_in.read_text("utf-8"))
    for each in found:
        typer.echo(str(each), err=True)
    if found:
        raise typer.Exit(1)


def openapi_text() -> str:
    """Return the OpenAPI document as it is kept in a file."""
    return json.dumps(create_app(Settings()).openapi(), indent=2, ensure_ascii=False) + "\n"


@factors.command("page")
def factors_page(
    check: Annotated[Path | None, typer.Option(help="Compare with this file instead of printing.")] = None,
) -> None:
    """Print the page of all factors that ship, or fail when a file differs from it."""
    _print_or_check(library_page(), check, "esg factors page")


def _print_or_check(document: str, check: Path | None, command: str) -> None:
    if check is None:
        typer.echo(document, nl=False)
    elif not check.exists() or check.read_text("utf-8") != document:
        typer.echo(f"{check} is not current: {command} > {check}", err=True)
        raise typer.Exit(1)


@rollups.command("rebuild")
def rebuild_command(
    organization: Annotated[str | None, typer.Option(help="Only this organization's meters.")] = None,
) -> None:
    """Make day, month and year totals anew from the readings."""
    with open_database() as database:
        check_organizations(database, [organization] if organization else [])
        with database.read() as session:
            chosen = meter_ids(session, organization)
        typer.echo(f"{rebuild(database, chosen)} meters rolled up.")


@cli.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, JSON, NDJSON or a workbook (.xlsx).")],
    organization: Annotated[str, typer.Option(help="Whose readings they are.")],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A YAML file, see docs/mappings.md.")],
    meter: Annotated[str | None, typer.Option(help="The meter of every row, in the mapping's place.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejected.csv by default.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge the rows and store nothing.")] = False,
    reason: Annotated[str | None, typer.Option(help="Kept with each correction.")] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Store all readings, or none when one is rejected.")] = False,
    on_conflict: Annotated[
        OnConflict, typer.Option(help="What another value for a stored reading is: a correction, or to be rejected.")
    ] = OnConflict.CORRECT,
) -> None:
    """Store the readings of a file by a mapping; rejected rows are written to a CSV that can be mended and imported."""
    options = IngestOptions(
        atomic=atomic, dry_run=dry_run, on_conflict=on_conflict, reason=reason or f"import of {file.name}"
    )
    with open_database() as database:
        imported = run_import(
            database, file, organization=organization, mapping=mapping, meter=meter, report=report, options=options
        )
        roll_pending(database)
    if imported.report is not None:
        typer.echo(f"Mend and import again: {imported.report}", err=True)
    if imported.report is not None or lost_rows(imported):
        raise typer.Exit(1)


@factors.command("import")
def import_factors_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Factors as CSV, JSON or YAML.")],
    organization: Annotated[str, typer.Option(help="Whose own factors they become.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would become of them and store nothing.")
    ] = False,
) -> None:
    """Add the factors of a file, all or none, and tell what they supersede and which years' figures move."""
    with open_database() as database:
        if not run_factor_import(database, file, organization=organization, dry_run=dry_run):
            raise typer.Exit(1)


@cli.command("verify")
def verify_command(
    organization: Annotated[str | None, typer.Option(help="Only this organization's publications.")] = None,
    framework: Annotated[str | None, typer.Option(help="Only this framework's.")] = None,
    year: Annotated[int | None, typer.Option(help="Only this reporting year's.")] = None,
) -> None:
    """Recompute every publication, look at all readings for damage, follow the audit logs, and say what differs.

    With a framework or a year, only those publications are looked at.
    """
    with open_database() as database:
        check_organizations(database, [organization] if organization else [])
        held = verify_publications(database, organization=organization, framework=framework, year=year)
        if framework is None and year is None:
            held &= verify_readings(database, organization=organization)
            held &= verify_audit_log(database, organization=organization)
        if not held:
            raise typer.Exit(1)


@arrivals.command("list")
def list_arrivals() -> None:
    """Print what is set aside: organization, number and part, rows, since when and why."""
    with open_database() as database:
        print_set_aside(database)


@arrivals.command("retry")
def retry_arrivals() -> None:
    """Try again to enter what is set aside; what still cannot be entered stays so, and the exit code is 1."""
    with open_database() as database:
        if not retry_all(database):
            raise typer.Exit(1)
