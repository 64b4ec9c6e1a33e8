"""Suspect readings, found by their own index."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text
from sqlmodel import Session

from app.core.columns import NO_REFERENCE

_FIRST, _END = -(2**62), 2**62


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspect reading: UTC ms, micro-units of its meter's unit, and its reference, NO_REFERENCE where it has none."""

    meter_id: int
    at: int
    value: int
    start_at: int | None = None
    reference: str = NO_REFERENCE


def suspects_of(
    session: Session, meter_ids: Sequence[int], *, first: int | None = None, end: int | None = None
) -> list[Suspect]:
    """Return the suspect readings of these meters stamped in [first, end), by identity."""
    by_index = "INDEXED BY ix_reading_suspect" if session.get_bind().dialect.name == "sqlite" else ""
    statement = text(
        f"SELECT meter_id, at, value, start_at, reference FROM reading {by_index} "  # noqa: S608 - built of constants
        "WHERE meter_id IN :meters AND quality >= 16 AND quality < 24 AND at >= :first AND at < :end "
        "ORDER BY meter_id, at, reference"
    ).bindparams(bindparam("meters", expanding=True))
    bounds = {"first": _FIRST if first is None else first, "end": _END if end is None else end}
    return [Suspect(*row) for row in session.connection().execute(statement, {"meters": list(meter_ids), **bounds})]
