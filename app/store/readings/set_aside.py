"""Arrivals that were set aside: counted, listed, and put back to be tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Row, delete, func, insert, select, text
from sqlmodel import Session

from app.core.readings.runs import LOOKUP_GAP_MS, runs_of
from app.core.readings.versions import identities_of
from app.models import arrival_set_aside_table, arrival_table
from app.store.arrivals.arrivals import lock_readings, next_number
from app.store.arrivals.arrived import forget_arrived
from app.store.arrivals.entering import enter_everything
from app.store.arrivals.packed import UnreadableArrival, unpack
from app.store.engine.database import Database
from app.store.readings.standing import standing_within

_table = arrival_set_aside_table.c


@dataclass(frozen=True, slots=True)
class SetAside:
    """An arrival that could not be entered: its rows, why, and since when (UTC ms)."""

    organization: str
    organization_id: int
    number: int
    part: int
    rows: int
    reason: str
    at_ms: int


def count_set_aside(session: Session) -> int:
    """Return how many arrivals of all organizations are set aside."""
    counted = select(func.count()).select_from(arrival_set_aside_table)
    return int(session.connection().execute(counted).scalar_one())


def arrivals_set_aside(session: Session) -> list[SetAside]:
    """Return what is set aside, by organization and number."""
    statement = text(
        "SELECT organization.code, organization.id, number, part, rows, reason, set_aside_at FROM arrival_set_aside "
        "JOIN organization ON organization.id = organization_id ORDER BY organization.id, number, part"
    )
    return [SetAside(*row) for row in session.connection().execute(statement)]


def retry_set_aside(database: Database, organization_id: int) -> None:
    """Try to enter what is set aside of an organization; what still cannot be stays, or is set aside again.

    What was sent again meanwhile is stored otherwise by now: an arrival that says so is not entered a second time.
    """
    with database.write() as session:
        number = lock_readings(session, organization_id)[1]
        enter_everything(session, organization_id)
        for part, each in enumerate(_contents(session, organization_id)):
            # What cannot be read contradicts nothing: it is put back, found unreadable, and set aside anew.
            if not _contradicted(session, organization_id, each.content):
                # Under the number of this transaction, as if it had taken them in.
                values = {"organization_id": organization_id, "number": number, "part": part}
                rest = {"rows": each.rows, "content": each.content}
                session.connection().execute(insert(arrival_table).values(**values, **rest))
                gone = (
                    _table.organization_id == organization_id,
                    _table.number == each.number,
                    _table.part == each.part,
                )
                session.connection().execute(delete(arrival_set_aside_table).where(*gone))
        forget_arrived(session, organization_id)
        enter_everything(session, organization_id)
        next_number(session, organization_id)  # what processes remember does not hold what came back


def _contents(session: Session, organization_id: int) -> Sequence[Row[Any, Any, Any, Any]]:
    columns = (_table.number, _table.part, _table.rows, _table.content)
    statement = select(*columns).where(_table.organization_id == organization_id)
    return session.connection().execute(statement.order_by(_table.number, _table.part)).all()


def _contradicted(session: Session, organization_id: int, content: bytes) -> bool:
    """Tell whether an arrival can be read and says of a reading that it is new which stands by now."""
    try:
        new = unpack(content).new
    except UnreadableArrival:
        return False
    runs = runs_of(new.meter, new.at, new.at, gap_ms=LOOKUP_GAP_MS)
    standing = standing_within(session, organization_id, runs)
    known = set(identities_of(standing, np.arange(len(standing))))
    return any(identity in known for identity in identities_of(new, np.arange(len(new))))
