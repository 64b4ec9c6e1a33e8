"""The command that verifies what is stored, readings and publications: what it prints, and whether all of it holds."""

import typer

from app.core.readings.reading_pages import DamagedPage
from app.disclosure.drift.verify import Verdict, verify
from app.store.engine.database import Database
from app.store.operations.audit_log import verify_chains
from app.store.reporting.publications import every_publication
from app.store.upkeep.storage_checks import check_arrivals, check_pages


def verify_readings(database: Database, *, organization: str | None) -> bool:
    """Look at every page and arrival; print those that are damaged and tell whether none is."""
    meters = pages = arrivals = damaged = 0
    for meter in check_pages(database, organization):
        meters, pages, damaged = meters + 1, pages + meter.pages, damaged + len(meter.damages)
        for each in meter.damages:
            typer.echo(f"{meter.organization} {each.meter} {each.span}: page {each.page_id}: {each.fault}", err=True)
    for arrival in check_arrivals(database, organization):
        arrivals += 1
        if arrival.fault is not None:
            damaged += 1
            typer.echo(f"{arrival.organization}: arrival {arrival.number}.{arrival.part}: {arrival.fault}", err=True)
    checked = f"{pages} pages of readings of {meters} meters and {arrivals} arrivals verified"
    typer.echo(f"{checked}, {damaged} damaged.", err=damaged > 0)
    return damaged == 0


def verify_audit_log(database: Database, *, organization: str | None) -> bool:
    """Follow the chain of every audit log; print each link that is broken and tell whether none is."""
    entries = logs = broken = 0
    for verdict in verify_chains(database, organization):
        logs, entries, broken = logs + 1, entries + verdict.entries, broken + len(verdict.broken)
        for words in verdict.broken:
            typer.echo(f"{verdict.organization}: audit log, {words}", err=True)
    typer.echo(f"{entries} entries of {logs} audit logs verified, {broken} links broken.", err=broken > 0)
    return broken == 0


def verify_publications(
    database: Database, *, organization: str | None, framework: str | None, year: int | None
) -> bool:
    """Verify the publications asked for, oldest first; print what was found and tell whether all of them hold."""
    with database.read() as session:
        asked = every_publication(session, organization=organization, framework=framework, year=year)
    held = [_holds(database, key, code) for key, code in asked]
    broken = held.count(False)
    typer.echo(f"{len(held)} publications verified, {broken} differ.", err=broken > 0)
    return broken == 0


def _holds(database: Database, key: int, organization: str) -> bool:
    try:
        return _print(verify(database, key, organization=organization))
    except DamagedPage as damage:
        typer.echo(f"{organization}: a publication cannot be computed again. {damage}", err=True)
        return False


def _print(verdict: Verdict) -> bool:
    name = f"{verdict.organization} {verdict.framework} {verdict.year} no. {verdict.number}"
    if verdict.differences:
        typer.echo(f"{name}: differs", err=True)
        for each in verdict.differences:
            typer.echo(f"  {each}", err=True)
    else:
        typer.echo(f"{name}: hash, steps and {verdict.figures} figures hold")
    for each in verdict.unknown:
        typer.echo(f"  not known: {each}", err=bool(verdict.differences))
    return not verdict.differences
