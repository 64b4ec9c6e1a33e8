"""Suspect readings, found by their own index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, text
from sqlmodel import Session

from app.models import reading_table

_SUSPECT = text("quality >= 16 AND quality < 24")
"""Spelled as in the partial index, so that both databases use it."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspect reading: UTC ms and micro-units of its meter's unit."""

    meter_id: int
    at: int
    value: int


def suspects_of(
    session: Session, meter_ids: Sequence[int], *, first: int | None = None, end: int | None = None
) -> list[Suspect]:
    """Return the suspect readings of these meters stamped in [first, end), by meter and instant."""
    table = reading_table.c
    statement = (
        select(table.meter_id, table.at, table.value)
        .where(table.meter_id.in_(bindparam("meters", expanding=True)), _SUSPECT)
        .order_by(table.meter_id, table.at)
    )
    if first is not None:
        statement = statement.where(table.at >= first)
    if end is not None:
        statement = statement.where(table.at < end)
    return [Suspect(*row) for row in session.connection().execute(statement, {"meters": list(meter_ids)})]
