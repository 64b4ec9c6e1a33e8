"""Suspect readings, found by the headers of pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.readings.columns import NO_REFERENCE
from app.core.readings.versions import StoredColumns, identities_of
from app.store.readings.standing_where import standing_where, suspect
from app.store.sql.columns import stored_start


@dataclass(frozen=True, slots=True)
class Suspect:
    """A suspect reading: UTC ms, micro-units of its meter's unit, and its reference, NO_REFERENCE where it has none."""

    meter_id: int
    at: int
    value: int
    start_at: int | None = None
    reference: str = NO_REFERENCE


def suspects_of(session: Session, organization_id: int, meter_ids: Sequence[int]) -> list[Suspect]:
    """Return the suspect readings of these meters, by identity."""
    parts = standing_where(session, organization_id, meter_ids, suspect())
    return [each for part in parts for each in _suspects(part)]


def _suspects(rows: StoredColumns) -> list[Suspect]:
    identities = identities_of(rows, range(len(rows)))
    said = zip(identities, rows.value.tolist(), rows.start.tolist(), strict=True)
    return [Suspect(meter, at, value, stored_start(start), reference) for (meter, at, reference), value, start in said]
