"""Arrivals: what a transaction took in, appended as one packed row; the log that pages are made of later.

Appending costs a fraction of keeping each reading under its key, and is as durable. A transaction appends only rows it
knows to be new, and corrections of versions it knows to stand, one transaction of an organization at a time. Soon after
an arrival is *entered*: its batches and superseded versions are written, and the rollups brought up to date with it.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from app.core.readings.batches import LANES, BatchNumbers, stored_at_ms
from app.core.readings.reading_pages import pack_page
from app.core.readings.versions import Correction, StoredColumns
from app.store.arrivals.arrived import COMBINED, forget_arrived, see_all_arrived
from app.store.arrivals.packed import Arrival, UnreadableArrival, nothing_new, pack, unpack
from app.store.directory.directory import lock_inventory
from app.store.sql.columns import DriverRows, driver

_NOBODY = 0
"""No organization has this id: its number counts the processes that have written."""
_TAKE_NUMBER = """
    INSERT INTO readings_head (organization_id, number) VALUES ({mark}, 1)
    ON CONFLICT (organization_id) DO UPDATE SET number = readings_head.number + 1 RETURNING number
"""
# Parts are numbered on from those that the same transaction has appended before: it holds the number.
_PARTS_SO_FAR = text(
    "SELECT head.number, (SELECT count(*) FROM arrival AS a WHERE a.organization_id = :id AND a.number = head.number) "
    "FROM readings_head AS head WHERE head.organization_id = :id"
)
BEHIND_ENTERED = "(entered.number IS NULL OR (arrival.number, arrival.part) > (entered.number, entered.part))"
"""What is not entered yet, of arrivals beside the row of their organization in `entered`, if it has one."""

_WAITING = f"""
    SELECT head.organization_id FROM readings_head AS head LEFT JOIN entered USING (organization_id)
    WHERE (entered.number IS NULL OR head.number >= entered.number) AND EXISTS (
        SELECT 1 FROM arrival WHERE arrival.organization_id = head.organization_id AND {BEHIND_ENTERED}
    )
"""  # noqa: S608 - constants
_ROWS_WAITING = text(
    "SELECT coalesce(sum(rows), 0) FROM arrival LEFT JOIN entered USING (organization_id) "  # noqa: S608 - constants
    f"WHERE arrival.organization_id = :id AND {BEHIND_ENTERED}"
)
_ALL_ROWS_WAITING = text(
    "SELECT coalesce(sum(rows), 0) FROM arrival LEFT JOIN entered USING (organization_id) "  # noqa: S608 - constants
    f"WHERE {BEHIND_ENTERED}"
)
_APPEND = """
    INSERT INTO arrival (organization_id, number, part, rows, content) VALUES ({mark}, {mark}, {mark}, {mark}, {mark})
"""


def lock_readings(session: Session, organization_id: int) -> tuple[int, int]:
    """Return the inventory version, which stands until the transaction ends, and the number of this transaction.

    Transactions that write readings of an organization are numbered in the order in which they commit: the next one
    waits here for this one, whose number is given again when it is rolled back.
    """
    # The upsert of `next_number` holds the organization's row of `readings_head` until the transaction ends: that is
    # the lock. SQLite has one writer, who has begun IMMEDIATE.
    held = lock_inventory(session, organization_id), next_number(session, organization_id)
    see_all_arrived(session, organization_id)
    return held


def lane_of(session: Session, batches: BatchNumbers) -> int:
    """Return what this process's batch numbers end in; keep it only when the transaction that claims it commits.

    Claimed in turn, so that only processes of which one has seen LANES others start could share one.
    """
    if batches.lane is not None:
        return batches.lane
    # The count goes on as long as the database lasts, and comes to the same lane again after LANES processes.
    return next_number(session, _NOBODY) % LANES + 1


def append_arrival(session: Session, organization_id: int, number: int, part: int, arrival: Arrival) -> None:
    """Append a part (from 0) of what the transaction with this number took in."""
    append_packed(session, organization_id, number, part, arrival.rows, pack(arrival))


def append_packed(session: Session, organization_id: int, number: int, part: int, rows: int, content: bytes) -> None:
    """Append a part (from 0), of so many rows, that is packed already."""
    _run(session, _APPEND, organization_id, number, part, rows, content)
    forget_arrived(session, organization_id)


def append_stored(session: Session, organization_id: int, number: int, rows: StoredColumns) -> None:
    """Keep what several entered arrivals up to this number say in the place of all of them."""
    if len(rows):
        _run(session, _APPEND, organization_id, number, COMBINED, len(rows), pack_page(rows))


def append_corrections(session: Session, organization_id: int, corrections: Sequence[Correction]) -> None:
    """Append corrections to what this transaction, which holds the organization's readings, has taken in."""
    number, parts = session.connection().execute(_PARTS_SO_FAR, {"id": organization_id}).one()
    append_arrival(session, organization_id, number, parts, nothing_new(corrections))


def arrivals_after(session: Session, organization_id: int, number: int) -> dict[tuple[int, int], Arrival]:
    """Return the arrivals with a number above `number` that are not in pages yet, by number and part, in order.

    Raises UnreadableArrival.
    """
    statement = text(
        "SELECT number, part, content FROM arrival "
        "WHERE organization_id = :id AND number > :n AND part >= 0 ORDER BY number, part"
    )
    rows = session.connection().execute(statement, {"id": organization_id, "n": number})
    return {(row[0], row[1]): unpack(row[2]) for row in rows}


def arrived_ms(session: Session, organization_id: int, number: int) -> int | None:
    """Return when the transaction with this number took in its first post, UTC ms; None where nobody can tell."""
    statement = text("SELECT content FROM arrival WHERE organization_id = :id AND number = :n ORDER BY part LIMIT 1")
    content = session.connection().execute(statement, {"id": organization_id, "n": number}).scalar()
    try:
        arrival = None if content is None else unpack(content)
    except UnreadableArrival:
        return None
    if arrival is None:
        return None
    batches = {*arrival.batches.tolist(), *(each.new.batch for each in arrival.corrections)}
    return stored_at_ms(min(batches)) if batches else None


def organizations_with_arrivals(session: Session, organization: int | str | None = None) -> list[int]:
    """Return the ids of the organizations of which something has arrived that is not entered yet.

    Only the one with this id or code is looked at, if one is given.
    """
    where = ""
    if isinstance(organization, str):
        where = "AND head.organization_id = (SELECT id FROM organization WHERE code = :organization)"
    elif organization is not None:
        where = "AND head.organization_id = :organization"
    statement = text(f"{_WAITING} {where} ORDER BY head.organization_id")
    parameters = {"organization": organization} if where else {}
    return list(session.connection().execute(statement, parameters).scalars())


def rows_waiting(session: Session, organization_id: int) -> int:
    """Return how many rows of the organization are not entered yet."""
    return int(session.connection().execute(_ROWS_WAITING, {"id": organization_id}).scalar_one())


def all_rows_waiting(session: Session) -> int:
    """Return how many rows are not entered yet, of all organizations."""
    return int(session.connection().execute(_ALL_ROWS_WAITING).scalar_one())


def next_number(session: Session, organization_id: int) -> int:
    """Return the next number of an organization; what others remember of its readings is out of date then."""
    return int(_run(session, _TAKE_NUMBER, organization_id).fetchone()[0])


def _run(session: Session, statement: str, *parameters: object) -> DriverRows:
    """Run a statement by the driver itself: on the way of every post."""
    mark = "?" if session.get_bind().dialect.name == "sqlite" else "%s"
    return driver(session).execute(statement.format(mark=mark), parameters)
