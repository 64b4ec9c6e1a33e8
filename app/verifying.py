"""The command that verifies publications: what it prints of each, and whether all of them hold."""

import typer

from app.disclosure.verify import Verdict, verify
from app.store.engine import Database
from app.store.publications import every_publication


def verify_publications(
    database: Database, *, organization: str | None, framework: str | None, year: int | None
) -> bool:
    """Verify the publications asked for, oldest first; print what was found and tell whether all of them hold."""
    with database.read() as session:
        asked = every_publication(session, organization=organization, framework=framework, year=year)
    verdicts = [_print(verify(database, key, organization=code)) for key, code in asked]
    broken = sum(bool(verdict.differences) for verdict in verdicts)
    typer.echo(f"{len(verdicts)} publications verified, {broken} differ.", err=broken > 0)
    return broken == 0


def _print(verdict: Verdict) -> Verdict:
    name = f"{verdict.organization} {verdict.framework} {verdict.year} no. {verdict.number}"
    if verdict.differences:
        typer.echo(f"{name}: differs", err=True)
        for each in verdict.differences:
            typer.echo(f"  {each}", err=True)
    else:
        typer.echo(f"{name}: hash, steps and {verdict.figures} figures hold")
    for each in verdict.unknown:
        typer.echo(f"  not known: {each}", err=bool(verdict.differences))
    return verdict
