"""Arrivals: what a transaction took in, appended as one packed row, and entered among the readings soon after.

Appending costs a fraction of keeping the readings' key, and is as durable. Whoever reads single readings, or writes
them otherwise, enters what has arrived first. Nothing is decided while entering: a transaction appends only rows it
knows to be new, and corrections of versions it knows to stand, one transaction of an organization at a time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from app.core.batches import LANES, BatchNumbers
from app.core.columns import ReadingColumns
from app.core.runs import touched
from app.store.batches import insert_batches
from app.store.directory import hold_inventory
from app.store.marks import append_marks
from app.store.packed import Arrival, pack, unpack
from app.store.readings import apply_corrections, driver, insert_readings

_ENTERING = 1701737327
_NOBODY = 0
"""No organization has this id: its number counts the processes that have written."""
_EVERYTHING = 2**62
_TAKE_TURN = """
    INSERT INTO readings_head (organization_id, number) VALUES ({mark}, 1)
    ON CONFLICT (organization_id) DO UPDATE SET number = readings_head.number + 1 RETURNING number
"""
_APPEND = """
    INSERT INTO arrival (organization_id, number, part, rows, content) VALUES ({mark}, {mark}, {mark}, {mark}, {mark})
"""


def hold_readings(session: Session, organization_id: int) -> tuple[int, int]:
    """Return the inventory version, which stands until the transaction ends, and the number of this transaction.

    Transactions that write readings of an organization are numbered in the order in which they commit: the next one
    waits here for this one, whose number is given again when it is rolled back.
    """
    return hold_inventory(session, organization_id), _next_number(session, organization_id)


def lane_of(session: Session, batches: BatchNumbers) -> int:
    """Return what this process's batch numbers end in; keep it only when the transaction that claims it commits.

    Claimed in turn, so that only processes of which one has seen LANES others start could share one.
    """
    if batches.lane is not None:
        return batches.lane
    return _next_number(session, _NOBODY) % LANES + 1


def append_arrival(session: Session, organization_id: int, number: int, part: int, arrival: Arrival) -> None:
    """Append a part (from 0) of what the transaction with this number took in."""
    rows = len(arrival.new) + len(arrival.corrections)
    _run(session, _APPEND, organization_id, number, part, rows, pack(arrival))


def arrivals_after(session: Session, organization_id: int, number: int) -> dict[tuple[int, int], Arrival]:
    """Return the arrivals with a number above `number` that are not entered yet, by number and part, in order."""
    statement = text(
        "SELECT number, part, content FROM arrival WHERE organization_id = :id AND number > :n ORDER BY number, part"
    )
    rows = session.connection().execute(statement, {"id": organization_id, "n": number})
    return {(row[0], row[1]): unpack(row[2]) for row in rows}


def organizations_with_arrivals(session: Session) -> list[int]:
    """Return the ids of the organizations of which something has arrived that is not entered yet."""
    statement = text("SELECT DISTINCT organization_id FROM arrival ORDER BY organization_id")
    return list(session.connection().execute(statement).scalars())


def rows_waiting(session: Session, organization_id: int) -> int:
    """Return how many rows of the organization are not entered yet."""
    statement = text("SELECT coalesce(sum(rows), 0) FROM arrival WHERE organization_id = :id")
    return int(session.connection().execute(statement, {"id": organization_id}).scalar_one())


def enter_arrivals(session: Session, organization_id: int, *, most_rows: int = _EVERYTHING) -> Arrival | None:
    """Enter the oldest arrivals among the readings, revisions and batches, and return them as one; None without any.

    Whoever else enters waits until this transaction ends. The rollups must be brought up to date, or marked, in it.
    """
    arrivals = _take(session, organization_id, most_rows)
    if not arrivals:
        return None
    whole = _joined(arrivals)
    insert_batches(session, whole.records)
    insert_readings(session, whole.new, whole.batches)
    apply_corrections(session, whole.corrections)
    return whole


def settle(session: Session, organization_id: int, *, most_rows: int = _EVERYTHING) -> None:
    """Enter the oldest arrivals and mark for the roller what they touch."""
    entered = enter_arrivals(session, organization_id, most_rows=most_rows)
    if entered is not None:
        append_marks(session, touched(entered.new, entered.corrections))


def _take(session: Session, organization_id: int, most_rows: int) -> list[Arrival]:
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
        "RETURNING number, part, content"
    )
    found = connection.execute(taken, {"id": organization_id, "number": last[0], "part": last[1]})
    return [unpack(content) for _, _, content in sorted(found, key=lambda row: (int(row[0]), int(row[1])))]


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
    order = np.lexsort((at, meter))
    new = ReadingColumns(
        row=np.zeros(len(order), dtype=np.int32),
        meter=meter[order],
        at=at[order],
        value=np.concatenate([each.new.value for each in arrivals])[order],
        start=np.concatenate([each.new.start for each in arrivals])[order],
        quality=np.concatenate([each.new.quality for each in arrivals])[order],
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


def _next_number(session: Session, organization_id: int) -> int:
    return int(_run(session, _TAKE_TURN, organization_id).fetchone()[0])


def _run(session: Session, statement: str, *parameters: object) -> Any:
    """Run a statement by the driver itself: on the way of every post."""
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    return driver(session).execute(statement.format(mark=mark), parameters)
