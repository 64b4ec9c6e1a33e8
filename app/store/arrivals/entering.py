"""Entering what has arrived: its batches and superseded versions are written, and it is rolled up or marked for that.

The readings themselves stay where they are, to be folded into pages later; `entered` keeps how far an organization has
come. What cannot be entered is set aside, and the rest goes on without it. Whoever reads readings, or changes them,
enters what has arrived first. Nothing is decided while entering: arrivals hold rows known to be new and corrections of
versions known to stand. So one that cannot be read, or that the keys of the tables refuse, is damaged: it is kept whole
in `arrival_set_aside`, told of by the log, an event and a metric, and can be tried again (`esg arrivals retry`).
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import structlog
from sqlalchemy import insert, text
from sqlmodel import Session

from app.core.events import EventKind
from app.core.readings.columns import ReadingColumns, references
from app.core.readings.reading_pages import DamagedPage
from app.core.readings.runs import touched
from app.models import arrival_set_aside_table
from app.store.arrivals.arrivals import BEHIND_ENTERED, next_number
from app.store.arrivals.arrived import forget_arrived, rows_in
from app.store.arrivals.batches import insert_batches
from app.store.arrivals.marks import append_marks
from app.store.arrivals.packed import Arrival, UnreadableArrival, unpack
from app.store.outbox.events import append_event
from app.store.sql.columns import ConcurrentChange, insert_revisions, is_deadlock, is_refusal

_ENTERING = 1701737327
EVERYTHING = 2**62
_OF = f"FROM arrival LEFT JOIN entered USING (organization_id) WHERE arrival.organization_id = :id AND {BEHIND_ENTERED}"
_IN_ORDER = "ORDER BY arrival.number, arrival.part"
_WAITING = text(f"SELECT arrival.number, arrival.part, arrival.rows {_OF} {_IN_ORDER}")
_TAKEN = text(
    f"SELECT arrival.number, arrival.part, arrival.rows, arrival.content {_OF} "
    f"AND (arrival.number, arrival.part) <= (:number, :part) {_IN_ORDER}"
)
_KEPT = text("SELECT number, part, rows, content FROM arrival WHERE organization_id = :id ORDER BY number, part")
_FORGET = text("DELETE FROM arrival WHERE organization_id = :id AND number = :number AND part = :part")
_ENTERED = text(
    "INSERT INTO entered (organization_id, number, part) VALUES (:id, :number, :part) "
    "ON CONFLICT (organization_id) DO UPDATE SET number = excluded.number, part = excluded.part"
)
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
    """Enter the oldest arrivals that are not entered yet, and return them as one; None without any.

    Whoever else enters waits until this transaction ends. The rollups must be brought up to date, or marked, in it.
    Raises ArrivalRefused: this transaction can only be rolled back then, and `enter_everything` knows how to go on.
    """
    taken = _take(session, organization_id, most_rows)
    if not taken:
        return None
    with _refusing():
        whole = _joined([unpack(each.content) for each in taken])
        _enter(session, organization_id, whole)
    _note_entered(session, organization_id, taken[-1])
    return whole


def enter_and_mark(session: Session, organization_id: int, *, most_rows: int = EVERYTHING) -> None:
    """Enter the oldest arrivals and mark for the roller what they touch; raises ArrivalRefused."""
    entered = enter_arrivals(session, organization_id, most_rows=most_rows)
    if entered is not None:
        append_marks(session, organization_id, touched(entered.new, entered.corrections))


def enter_everything(session: Session, organization_id: int) -> None:
    """Enter what has arrived and mark it for the roller; what cannot be entered is set aside.

    The transaction holds the organization's readings or its inventory alone: setting aside takes a number of theirs.
    """
    # Without the lock, and so without a wait, where there is nothing to enter.
    if _last_to_take(session, organization_id, 1) is None:
        return
    try:
        # A savepoint: what fails inside is undone alone, the lock of entering with it, which `_enter_each` takes again.
        with session.begin_nested():
            enter_and_mark(session, organization_id)
    except ArrivalRefused:
        _enter_each(session, organization_id)


def _enter_each(session: Session, organization_id: int) -> None:
    """Enter the arrivals one by one, oldest first, and set aside those that cannot be."""
    refused = 0
    taken = _take(session, organization_id, EVERYTHING)
    for packed in taken:
        try:
            with session.begin_nested(), _refusing():
                arrival = unpack(packed.content)
                _enter(session, organization_id, arrival)
                append_marks(session, organization_id, touched(arrival.new, arrival.corrections))
        except ArrivalRefused as refusal:
            _set_aside(session, organization_id, packed, str(refusal))
            refused += 1
    _note_entered(session, organization_id, taken[-1])
    if refused:
        # What processes remember of these readings is not so: the next of each asks what is stored.
        next_number(session, organization_id)


def set_aside_unreadable(session: Session, organization_id: int) -> None:
    """Set aside what cannot be read of what has arrived, entered or not; the rest of it is entered.

    The transaction holds the organization's readings. What was entered of a damaged arrival stays in the rollups.
    """
    enter_everything(session, organization_id)
    lock_entering(session, organization_id)
    arrivals = session.connection().execute(_KEPT, {"id": organization_id}).all()
    for packed in [_Packed(*row) for row in arrivals]:
        try:
            rows_in(packed.part, packed.content)
        except (UnreadableArrival, DamagedPage) as error:
            _set_aside(session, organization_id, packed, f"it cannot be read: {error}")


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
    session.connection().execute(_FORGET, {"id": organization_id, "number": packed.number, "part": packed.part})
    forget_arrived(session, organization_id)
    payload = {"number": packed.number, "part": packed.part, "rows": packed.rows, "reason": reason}
    append_event(
        session, organization_id=organization_id, kind=EventKind.ARRIVAL_SET_ASIDE, payload=payload, at_ms=now_ms
    )
    _log.error("an arrival cannot be entered and is set aside", organization_id=organization_id, **payload)


def _enter(session: Session, organization_id: int, arrival: Arrival) -> None:
    insert_batches(session, arrival.records)
    insert_revisions(session, organization_id, arrival.corrections)


@contextmanager
def _refusing() -> Iterator[None]:
    """Tell what is the arrival's fault from what is the database's, which stays what it is."""
    try:
        yield
    except UnreadableArrival as error:
        raise ArrivalRefused(f"it cannot be read: {error}") from error
    except Exception as error:
        if is_deadlock(error) or not (isinstance(error, ConcurrentChange) or is_refusal(error)):
            raise
        raise ArrivalRefused("what is stored contradicts it") from error


def lock_entering(session: Session, organization_id: int) -> None:
    """Wait until whoever else enters or folds the organization's arrivals is done, and keep others from it."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:space, :id)")
        connection.execute(lock, {"space": _ENTERING, "id": organization_id})


def _take(session: Session, organization_id: int, most_rows: int) -> list[_Packed]:
    """Return the oldest arrivals not entered yet, once whoever else enters is done; nobody waits where there are none.

    What another transaction is entering is not entered until it commits.
    """
    if _last_to_take(session, organization_id, most_rows) is None:
        return []
    lock_entering(session, organization_id)
    last = _last_to_take(session, organization_id, most_rows)
    if last is None:
        return []
    found = session.connection().execute(_TAKEN, {"id": organization_id, "number": last[0], "part": last[1]})
    return [_Packed(*row) for row in found]


def _last_to_take(session: Session, organization_id: int, most_rows: int) -> tuple[int, int] | None:
    """Return number and part of the last of the oldest arrivals with at most so many rows in all, or of the first."""
    last, rows = None, 0
    for number, part, count in session.connection().execute(_WAITING, {"id": organization_id}):
        # The first in any case, however large: else it would never be entered, and nothing behind it.
        if last is not None and rows + count > most_rows:
            break
        last, rows = (int(number), int(part)), rows + int(count)
    return last


def _note_entered(session: Session, organization_id: int, last: _Packed) -> None:
    values = {"id": organization_id, "number": last.number, "part": last.part}
    session.connection().execute(_ENTERED, values)
    forget_arrived(session, organization_id)


def _joined(arrivals: Sequence[Arrival]) -> Arrival:
    """Return arrivals in order as one; of a meter's `before` the first one holds."""
    if len(arrivals) == 1:
        return arrivals[0]
    meter = np.concatenate([each.new.meter for each in arrivals])
    at = np.concatenate([each.new.at for each in arrivals])
    named = references([each.new.reference for each in arrivals], [len(each.new) for each in arrivals])
    # References, where there are any, are a part of the identity that new readings are sorted by.
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
    # The first place of each meter is in the oldest arrival that has it; a later one's `before` has what that brought.
    meters, first = np.unique(np.concatenate([each.meters for each in arrivals]), return_index=True)
    return Arrival(
        new=new,
        batches=np.concatenate([each.batches for each in arrivals])[order],
        meters=meters,
        before=np.concatenate([each.before for each in arrivals])[first],
        corrections=[correction for each in arrivals for correction in each.corrections],
        records=[record for each in arrivals for record in each.records],
    )
