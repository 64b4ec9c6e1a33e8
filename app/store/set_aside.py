"""Arrivals that were set aside: counted, listed, and put back to be tried again."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, text
from sqlmodel import Session

from app.models import arrival_set_aside_table, arrival_table
from app.store.arrivals import hold_readings, next_number
from app.store.engine import Database
from app.store.entering import settle


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
    """Try to enter what is set aside of an organization; what still cannot be is set aside again."""
    aside, table = arrival_set_aside_table.c, arrival_set_aside_table
    columns = ("organization_id", "number", "part", "rows", "content")
    with database.write() as session:
        hold_readings(session, organization_id)
        settle(session, organization_id)
        put_back = select(*(aside[name] for name in columns)).where(aside.organization_id == organization_id)
        session.connection().execute(insert(arrival_table).from_select(list(columns), put_back))
        session.connection().execute(delete(table).where(aside.organization_id == organization_id))
        settle(session, organization_id)
        next_number(session, organization_id)  # what processes remember does not hold what came back
