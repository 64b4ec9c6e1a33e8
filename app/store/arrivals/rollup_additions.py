"""What entered readings add to the rollups, packed, beside the rows: written into these once for many posts.

A row of a bucket is some 190 bytes on PostgreSQL, and a post of 1,000 meters adds to 3,000 of them. So what it adds is
kept beside, a few bytes a meter, and whoever reads buckets adds it to what their rows hold. Once there is a month of
days a meter it goes into the rows. A day that is made anew from its readings holds what waits for it: that is taken
back, by an addition of its own below zero. An example, of one day of a meter:

    a post brings 5 kWh         row none     additions +5       read  5
    another one 2 kWh           row none     additions +7       read  7    who enters joins small ones
    the day is made anew        row 7        additions +7, -7   read  7    in one transaction
    a post brings 1 kWh         row 7        additions +1       read  8
    the additions are written   row 8        none               read  8

Only who enters an organization's arrivals joins its additions or deletes them, one at a time. Whoever adds to a meter,
takes back or writes into its rows holds the meter's rollups: under them what waits for the meter does not change.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlmodel import Session

from app.core.calendar.periods import Grain
from app.core.readings.added_days import (
    NOTHING_ADDED,
    AddedDays,
    UnreadableAdditions,
    added_up,
    pack_added,
    unpack_added,
)
from app.models import rollup_addition_table
from app.store.pages.page_cache import cache_of

_table = rollup_addition_table.c
_DAYS_A_METER = 32
_MOST_DAYS = 1 << 17
"""Days of all meters of an organization, some 400 kB."""

_WROTE = "esg_wrote_additions"
_MOST_OF_A_METER = 2**61
_Read = TypeVar("_Read")


def append_additions(session: Session, organization_id: int, added: AddedDays) -> None:
    """Keep what is added to days of an organization's meters, joined with small additions before it.

    The transaction enters the organization's arrivals and holds the meters' rollups. Joined are those before that are
    of less than twice as many days each: of 4,000, 1,500 and 700 days and 1,000 new ones the last two are.
    """
    # The newest first. Each one that is left has twice as many days as all behind it together, so there are few.
    before = select(_table.id, _table.days).where(_table.organization_id == organization_id).order_by(_table.id.desc())
    joined: list[int] = []
    for each, days in session.connection().execute(before).all():
        if days >= 2 * len(added):
            break
        joined.append(each)
        content = select(_table.content).where(*_of(organization_id, joined[-1:]))
        packed = session.connection().execute(content).scalar_one()
        added = added_up([*_unpacked(session, organization_id, [packed]), added])
    if joined:
        session.connection().execute(delete(rollup_addition_table).where(*_of(organization_id, joined)))
    _insert(session, organization_id, added)


def is_much_waiting(session: Session, organization_id: int) -> bool:
    """Tell whether what waits of an organization is a month of days a meter, or too much to be unpacked often."""
    sizes = select(func.coalesce(func.sum(_table.days), 0), func.coalesce(func.max(_table.meters), 0))
    days, meters = session.connection().execute(sizes.where(_table.organization_id == organization_id)).one()
    return bool(days >= min(_DAYS_A_METER * meters, _MOST_DAYS) and days)


def waiting_of(session: Session, organization_id: int) -> AddedDays:
    """Return all that waits of an organization, by meter and day."""
    while True:
        waiting = _sum(session, organization_id, _ids(session, organization_id))
        if waiting is not None:
            return waiting


def waiting_for(session: Session, organization_id: int, meter_ids: Sequence[int]) -> AddedDays:
    """Return what waits for these meters of an organization, by meter and day."""
    return with_waiting(session, organization_id, meter_ids, lambda: None)[1]


def with_waiting(
    session: Session, organization_id: int, meter_ids: Sequence[int], read_rows: Callable[[], _Read]
) -> tuple[_Read, AddedDays]:
    """Return what `read_rows` reads of the rows, and what waits for these meters at that moment.

    A transaction that does not see one snapshot asks again when that changed in between: else it would see twice, or
    not at all, what was just written into the rows.
    """
    while True:
        ids = _ids(session, organization_id)
        rows = read_rows()
        # With the same additions before and after, nothing went into the rows while they were read: what goes in is
        # taken back by an addition of its own.
        if _sees_one_snapshot(session) or ids == _ids(session, organization_id):
            waiting = _sum(session, organization_id, ids)
            if waiting is not None:
                return rows, waiting.of_meters(meter_ids)


def take_back(session: Session, organization_id: int, ranges: Sequence[tuple[int, int, int]]) -> None:
    """Take back what waits for days of each (meter, first day, end day): they are made anew, or deleted.

    The meters' rollups are held.
    """
    waiting = waiting_for(session, organization_id, sorted({meter for meter, _, _ in ranges}))
    if not len(waiting):
        return
    meter, day = waiting.days.meter_id, waiting.days.start_day
    within = np.zeros(len(waiting), dtype=np.bool_)
    for of, first, end in ranges:
        # What waits is sorted by meter, then day.
        begin, stop = np.searchsorted(meter, [of, of + 1])
        within[begin:stop] |= (day[begin:stop] >= first) & (day[begin:stop] < end)
    # Added below zero, not deleted: a row of additions is of many meters, of which only these are locked.
    _insert(session, organization_id, waiting.take(within).taken_back())


def restate_years(
    session: Session, organization_id: int, meter_ids: Sequence[int], year_of: Callable[[int], int]
) -> None:
    """Have what waits for these meters, whose rollups are held, belong to the year that `year_of` tells of a day."""
    waiting = waiting_for(session, organization_id, meter_ids)
    if len(waiting):
        distinct, place = np.unique(waiting.days.start_day, return_inverse=True)
        year = np.array([year_of(day) for day in distinct.tolist()], dtype=np.int64)[place]
        _insert(session, organization_id, added_up([waiting.taken_back(), AddedDays(waiting.days, year)]))


def full_of(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[int]:
    """Return the meters for which so much waits that nothing can be added surely without passing 2^63."""
    years = waiting_for(session, organization_id, meter_ids).in_grain(Grain.YEAR)
    size = np.maximum(np.abs(years.quantity), np.abs(years.gross))
    found: list[int] = np.unique(years.meter_id[size >= _MOST_OF_A_METER]).tolist()
    return found


def delete_additions(session: Session, organization_id: int) -> None:
    """Delete what waits of an organization: it goes, or all its days are made anew."""
    session.connection().execute(delete(rollup_addition_table).where(_table.organization_id == organization_id))


def _insert(session: Session, organization_id: int, added: AddedDays) -> None:
    if not len(added):
        return
    session.info[_WROTE] = True
    values = {"organization_id": organization_id, "days": len(added), "content": pack_added(added)}
    meters = len(np.unique(added.days.meter_id))
    session.connection().execute(insert(rollup_addition_table), values | {"meters": meters})


def _ids(session: Session, organization_id: int) -> tuple[int, ...]:
    """Return the additions of an organization, oldest first."""
    statement = select(_table.id).where(_table.organization_id == organization_id).order_by(_table.id)
    return tuple(session.connection().execute(statement).scalars())


def _of(organization_id: int, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return _table.organization_id == organization_id, _table.id.in_(ids)


def _sum(session: Session, organization_id: int, ids: tuple[int, ...]) -> AddedDays | None:
    """Return what additions are together; None where one has been joined with others since.

    A process keeps the sum of an organization until it has others. Raises UnreadableAdditions.
    """
    if not ids:
        return NOTHING_ADDED
    cache = cache_of(session)
    known = cache.added(organization_id, ids)
    if known is None:
        contents = select(_table.content).where(*_of(organization_id, ids))
        found = session.connection().execute(contents).scalars().all()
        if len(found) < len(ids):
            return None
        known = added_up(_unpacked(session, organization_id, found))
        if not session.info.get(_WROTE):  # were it rolled back, SQLite would give its ids again
            cache.keep_added(organization_id, ids, known)
    return known


def _unpacked(session: Session, organization_id: int, contents: Sequence[bytes]) -> list[AddedDays]:
    try:
        return [unpack_added(content) for content in contents]
    except UnreadableAdditions:
        cache_of(session).unreadable_additions.add(organization_id)
        raise


def _sees_one_snapshot(session: Session) -> bool:
    connection = session.connection()
    return (
        connection.dialect.name == "sqlite"
        or connection.get_execution_options().get("isolation_level") == "REPEATABLE READ"
    )
