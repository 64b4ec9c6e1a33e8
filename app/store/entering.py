"""Entering what has arrived among the readings. What cannot be entered is set aside, and the rest goes on without it.

Whoever reads single readings, or writes them otherwise than by appending, enters what has arrived first. Nothing is
decided while entering: arrivals hold rows known to be new and corrections of versions known to stand. So one that
cannot be read, or that the keys of the tables refuse, is damaged: it is kept whole in `arrival_set_aside`, told of by
the log, an event and a metric, and can be tried again (`esg arrivals retry`).
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import structlog
from sqlalchemy import insert, text
from sqlmodel import Session

from app.core.columns import ReadingColumns, references
from app.core.events import EventKind
from app.core.runs import touched
from app.models import arrival_set_aside_table
from app.store.arrivals import next_number
from app.store.batches import insert_batches
from app.store.events import append_event
from app.store.marks import append_marks
from app.store.packed import Arrival, UnreadableArrival, unpack
from app.store.readings import REFUSALS, ConcurrentChange, apply_corrections, insert_readings, is_deadlock

_ENTERING = 1701737327
EVERYTHING = 2**62
_log = structlog.get_logger(__name__)


class ArrivalRefused(RuntimeError):
    """Something that has arrived cannot be read or entered, and nothing was: set it aside, in another transaction."""


@dataclass(frozen=True, slots=True)
class _Packed:
    number: int
    part: int
    rows: int
    content: bytes


def enter_arrivals(session: Session, organization_id: int, *, most_rows: int = EVERYTHING) -> Arrival | None:
    """Enter the oldest arrivals among the readings, revisions and batches, and return them as one; None without any.

    Whoever else enters waits until this transaction ends. The rollups must be brought up to date, or marked, in it.
    Raises ArrivalRefused: this transaction can only be rolled back then, and `settle` knows how to go on.
    """
    taken = _take(session, organization_id, most_rows)
    if not taken:
        return None
    with _refusing():
        whole = _joined([unpack(each.content) for each in taken])
        _enter(session, whole)
    return whole


def enter_and_mark(session: Session, organization_id: int, *, most_rows: int = EVERYTHING) -> None:
    """Enter the oldest arrivals and mark for the roller what they touch; raises ArrivalRefused."""
    entered = enter_arrivals(session, organization_id, most_rows=most_rows)
    if entered is not None:
        append_marks(session, touched(entered.new, entered.corrections))


def settle(session: Session, organization_id: int) -> None:
    """Enter what has arrived and mark it for the roller; what cannot be entered is set aside.

    The transaction holds the organization's readings or its inventory alone: setting aside takes a number of theirs.
    """
    if _last_to_take(session, organization_id, 1) is None:
        return
    try:
        with session.begin_nested():
            enter_and_mark(session, organization_id)
    except ArrivalRefused:
        _enter_each(session, organization_id)


def _enter_each(session: Session, organization_id: int) -> None:
    """Enter the arrivals one by one, oldest first, and set aside those that cannot be."""
    refused = 0
    for packed in _take(session, organization_id, EVERYTHING):
        try:
            with session.begin_nested(), _refusing():
                arrival = unpack(packed.content)
                _enter(session, arrival)
                append_marks(session, touched(arrival.new, arrival.corrections))
        except ArrivalRefused as refusal:
            _set_aside(session, organization_id, packed, str(refusal))
            refused += 1
    if refused:
        # What processes remember of these readings is not so: the next of each asks what is stored.
        next_number(session, organization_id)


def _set_aside(session: Session, organization_id: int, packed: _Packed, reason: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    values = {
        "organization_id": organization_id,
        "number": packed.number,
        "part": packed.part,
        "rows": packed.rows,
        "content": packed.content,
        "reason": reason,
        "set_aside_at": now_ms,
    }
    session.connection().execute(insert(arrival_set_aside_table).values(values))
    payload = {"number": packed.number, "part": packed.part, "rows": packed.rows, "reason": reason}
    append_event(
        session, organization_id=organization_id, kind=EventKind.ARRIVAL_SET_ASIDE, payload=payload, at_ms=now_ms
    )
    _log.error("an arrival cannot be entered and is set aside", organization_id=organization_id, **payload)


def _enter(session: Session, arrival: Arrival) -> None:
    insert_batches(session, arrival.records)
    insert_readings(session, arrival.new, arrival.batches)
    apply_corrections(session, arrival.corrections)


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell what is the arrival's fault from what is the database's, which stays what it is."""
    try:
        yield
    except UnreadableArrival as error:
        raise ArrivalRefused(f"it cannot be read: {error}") from error
    except (ConcurrentChange, *REFUSALS) as error:
        if is_deadlock(error):
            raise
        raise ArrivalRefused("what is stored contradicts it") from error


def _take(session: Session, organization_id: int, most_rows: int) -> list[_Packed]:
    """Delete and return the oldest arrivals, once whoever else enters is done; nobody waits where nothing has arrived.

    What another transaction is entering is still there to be seen until it commits.
    """
    if _last_to_take(session, organization_id, most_rows) is None:
        return []
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:space, :id)")
        connection.execute(lock, {"space": _ENTERING, "id": organization_id})
    last = _last_to_take(session, organization_id, most_rows)
    if last is None:
        return []
    taken = text(
        "DELETE FROM arrival WHERE organization_id = :id AND (number, part) <= (:number, :part) "
        "RETURNING number, part, rows, content"
    )
    found = connection.execute(taken, {"id": organization_id, "number": last[0], "part": last[1]})
    return [_Packed(*row) for row in sorted(found, key=lambda row: (int(row[0]), int(row[1])))]


def _last_to_take(session: Session, organization_id: int, most_rows: int) -> tuple[int, int] | None:
    """Return number and part of the last of the oldest arrivals with at most so many rows in all, or of the first."""
    waiting = text("SELECT number, part, rows FROM arrival WHERE organization_id = :id ORDER BY number, part")
    last, rows = None, 0
    for number, part, count in session.connection().execute(waiting, {"id": organization_id}):
        if last is not None and rows + count > most_rows:
            break
        last, rows = (int(number), int(part)), rows + int(count)
    return last


def _joined(arrivals: Sequence[Arrival]) -> Arrival:
    """Return arrivals in order as one; of a meter's `before` the first one holds."""
    if len(arrivals) == 1:
        return arrivals[0]
    meter = np.concatenate([each.new.meter for each in arrivals])
    at = np.concatenate([each.new.at for each in arrivals])
    named = references([each.new.reference for each in arrivals], [len(each.new) for each in arrivals])
    order = np.lexsort((at, meter) if named is None else (named, at, meter))
    new = ReadingColumns(
        row=np.zeros(len(order), dtype=np.int32),
        meter=meter[order],
        at=at[order],
        value=np.concatenate([each.new.value for each in arrivals])[order],
        start=np.concatenate([each.new.start for each in arrivals])[order],
        quality=np.concatenate([each.new.quality for each in arrivals])[order],
        reference=None if named is None else named[order],
    )
    meters, first = np.unique(np.concatenate([each.meters for each in arrivals]), return_index=True)
    return Arrival(
        new=new,
        batches=np.concatenate([each.batches for each in arrivals])[order],
        meters=meters,
        before=np.concatenate([each.before for each in arrivals])[first],
        corrections=[correction for each in arrivals for correction in each.corrections],
        records=[record for each in arrivals for record in each.records],
    )
