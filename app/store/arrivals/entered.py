"""Entering what has arrived before single readings are read: the other way into a database, beside read and write."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TypeVar

from sqlmodel import Session

from app.store.arrivals.arrivals import lock_readings, organizations_with_arrivals
from app.store.arrivals.damaged_additions import make_anew
from app.store.arrivals.entering import ArrivalRefused, enter_and_mark, enter_everything, set_aside_unreadable
from app.store.engine.database import Database
from app.store.pages.page_cache import cache_of

_Entered = TypeVar("_Entered")


@contextmanager
def entered(database: Database, organization: int | str | None = None) -> Iterator[Session]:
    """Yield a session for reading single readings: what has arrived by now is entered among them first.

    Of one organization, by id or code, or of every one: another's arrivals are no concern of who reads.
    """
    enter_arrived(database, organization)
    with database.read(entered=True) as session:
        yield session


def read_as_of(database: Database, as_of_ms: int | None, organization: int | str) -> AbstractContextManager[Session]:
    """Return a session for an organization's figures as of a past instant (UTC ms), or by now when it is None."""
    # Figures of now are made from rollups, which follow by themselves; those of then from readings and superseded
    # versions.
    return database.read() if as_of_ms is None else entered(database, organization)


def enter_arrived(database: Database, organization: int | str | None = None) -> None:
    """Enter what has arrived by now among the readings, of one organization or of every one."""
    clear_unreadable(database)
    with database.primary.read() as session:
        waiting = organizations_with_arrivals(session, organization)
    for organization_id in waiting:
        enter_or_set_aside(database, organization_id, partial(enter_and_mark, organization_id=organization_id))


def clear_unreadable(database: Database) -> None:
    """Set aside the arrivals that this process has found unreadable since, and have such additions made anew."""
    found = cache_of(database.engine).unreadable
    # A copy, as other threads note more meanwhile. One noted again and then discarded is noted by who meets it next.
    for organization_id in list(found):
        with database.write() as session:
            lock_readings(session, organization_id)
            set_aside_unreadable(session, organization_id)
        found.discard(organization_id)
    damaged = cache_of(database.engine).unreadable_additions
    for organization_id in list(damaged):
        with database.write() as session:
            make_anew(session, organization_id)
        damaged.discard(organization_id)


def enter_or_set_aside(
    database: Database, organization_id: int, entering: Callable[[Session], _Entered]
) -> _Entered | None:
    """Return what `entering` returns, in a transaction of its own; None where something had to be set aside.

    In that case all that has arrived is entered, and marked for the roller.
    """
    try:
        with database.write() as session:
            return entering(session)
    except ArrivalRefused:
        with database.write() as session:
            lock_readings(session, organization_id)
            enter_everything(session, organization_id)
        return None
