"""The commands about arrivals that were set aside: what they print and what they try again."""

import typer

from app.core.calendar.periods import instant_from_ms, rfc3339
from app.store.engine.database import Database
from app.store.readings.set_aside import SetAside, arrivals_set_aside, retry_set_aside


def print_set_aside(database: Database) -> None:
    """Print a line for each arrival that is set aside, and how many there are."""
    found = _found(database)
    for each in found:
        since = rfc3339(instant_from_ms(each.at_ms))
        typer.echo(f"{each.organization} {each.number}.{each.part}: {each.rows} rows, since {since}: {each.reason}")
    typer.echo(f"{len(found)} arrivals are set aside.")


def retry_all(database: Database) -> bool:
    """Try again to enter what is set aside, and tell whether nothing of it is left."""
    for organization_id in sorted({each.organization_id for each in _found(database)}):
        retry_set_aside(database, organization_id)
    print_set_aside(database)
    return not _found(database)


def _found(database: Database) -> list[SetAside]:
    with database.read() as session:
        return arrivals_set_aside(session)
