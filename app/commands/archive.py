"""The command `esg archive`: readings of past years to files, which files there are, and readings back again."""

from typing import Annotated

import typer

from app.commands.shared import check_organizations, open_database
from app.store.upkeep.archive_restoring import known_files, restore_file
from app.store.upkeep.archiving import archive_before

archive = typer.Typer(invoke_without_command=True, help="Readings of past years in files beside the database.")

Only = Annotated[str | None, typer.Option("--organization", "-o", help="Only this organization's readings.")]


@archive.callback()
def archive_command(
    context: typer.Context,
    before: Annotated[int | None, typer.Option(help="Readings of the years before this one.", metavar="YYYY")] = None,
    organization: Only = None,
) -> None:
    """Move readings of past years to Parquet files in ESG_ARCHIVE_DIRECTORY; every answer stays what it was."""
    if context.invoked_subcommand is not None:
        return
    if before is None:
        raise typer.BadParameter("say before which year, such as --before 2020", param_hint="--before")
    pages = 0
    with open_database() as database:
        check_organizations(database, [organization] if organization else [])
        for file in archive_before(database, before, organization=organization):
            pages += file.pages
            typer.echo(f"{file.name}: {file.rows} readings in {file.pages} pages, {file.bytes} bytes.")
    typer.echo(f"{pages} pages archived.")


@archive.command("list")
def list_files(organization: Only = None) -> None:
    """Print the files: where each is, its readings, and how many pages of readings are still read from it."""
    with open_database() as database:
        check_organizations(database, [organization] if organization else [])
        with database.read() as session:
            files = known_files(session, organization=organization)
    for file in files:
        typer.echo(f"{file.name}: {file.rows} readings, {file.bytes} bytes; {file.pages} pages are read from it.")
    typer.echo(f"{len(files)} files.")


@archive.command("restore")
def restore(
    organization: Only = None,
    year: Annotated[int | None, typer.Option(help="Only readings of this year.", metavar="YYYY")] = None,
) -> None:
    """Bring readings back into the database; the files stay where they are, and are not needed by it any more."""
    pages = 0
    with open_database() as database:
        check_organizations(database, [organization] if organization else [])
        with database.read() as session:
            files = known_files(session, organization=organization, year=year)
        for file in files:
            pages += (restored := restore_file(database, file))
            typer.echo(f"{file.name}: {restored} pages.")
    typer.echo(f"{pages} pages restored.")
