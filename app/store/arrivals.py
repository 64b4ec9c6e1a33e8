"""Arrivals: what a transaction took in, appended as one packed row, and entered among the readings soon after.

Appending costs a fraction of keeping the readings' key, and is as durable. A transaction appends only rows it knows to
be new, and corrections of versions it knows to stand, one transaction of an organization at a time.
"""

from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from app.core.batches import LANES, BatchNumbers
from app.store.directory import hold_inventory
from app.store.packed import Arrival, pack, unpack
from app.store.readings import driver

_NOBODY = 0
"""No organization has this id: its number counts the processes that have written."""
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
    return hold_inventory(session, organization_id), next_number(session, organization_id)


def lane_of(session: Session, batches: BatchNumbers) -> int:
    """Return what this process's batch numbers end in; keep it only when the transaction that claims it commits.

    Claimed in turn, so that only processes of which one has seen LANES others start could share one.
    """
    if batches.lane is not None:
        return batches.lane
    return next_number(session, _NOBODY) % LANES + 1


def append_arrival(session: Session, organization_id: int, number: int, part: int, arrival: Arrival) -> None:
    """Append a part (from 0) of what the transaction with this number took in."""
    rows = len(arrival.new) + len(arrival.corrections)
    _run(session, _APPEND, organization_id, number, part, rows, pack(arrival))


def arrivals_after(session: Session, organization_id: int, number: int) -> dict[tuple[int, int], Arrival]:
    """Return the arrivals with a number above `number` that are not entered yet, by number and part, in order.

    Raises UnreadableArrival.
    """
    statement = text(
        "SELECT number, part, content FROM arrival WHERE organization_id = :id AND number > :n ORDER BY number, part"
    )
    rows = session.connection().execute(statement, {"id": organization_id, "n": number})
    return {(row[0], row[1]): unpack(row[2]) for row in rows}


def organizations_with_arrivals(session: Session, organization: int | str | None = None) -> list[int]:
    """Return the ids of the organizations of which something has arrived that is not entered yet.

    Only the one with this id or code is looked at, if one is given.
    """
    where = ""
    if isinstance(organization, str):
        where = "WHERE organization_id = (SELECT id FROM organization WHERE code = :organization)"
    elif organization is not None:
        where = "WHERE organization_id = :organization"
    statement = text(f"SELECT DISTINCT organization_id FROM arrival {where} ORDER BY organization_id")  # noqa: S608 - constants
    parameters = {"organization": organization} if where else {}
    return list(session.connection().execute(statement, parameters).scalars())


def rows_waiting(session: Session, organization_id: int) -> int:
    """Return how many rows of the organization are not entered yet."""
    statement = text("SELECT coalesce(sum(rows), 0) FROM arrival WHERE organization_id = :id")
    return int(session.connection().execute(statement, {"id": organization_id}).scalar_one())


def next_number(session: Session, organization_id: int) -> int:
    """Return the next number of an organization; what others remember of its readings is out of date then."""
    return int(_run(session, _TAKE_TURN, organization_id).fetchone()[0])


def _run(session: Session, statement: str, *parameters: object) -> Any:
    """Run a statement by the driver itself: on the way of every post."""
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    return driver(session).execute(statement.format(mark=mark), parameters)
