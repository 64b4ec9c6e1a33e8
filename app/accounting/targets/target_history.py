"""The stored history of targets' bases as the rules see it."""

from collections.abc import Iterable

from sqlmodel import Session

from app.accounting.targets.target_base import BaseKind, FrozenBase, Potentials, composition_from, held_from
from app.accounting.years.ledgers import bounds_of
from app.models import Organization, id_of
from app.models import TargetBase as TargetBaseRow
from app.store.reporting.targets import TargetRow, target_histories


def histories(session: Session, organization: Organization, rows: Iterable[TargetRow]) -> dict[str, list[FrozenBase]]:
    """Return the history of each of these targets by code, oldest entry first."""
    stored = target_histories(session, id_of(organization))
    found = {}
    for row in rows:
        days, of_plant = bounds_of(organization, row.target.base_year), row.plant is not None
        entries = stored.get(row.target.code, [])
        found[row.target.code] = [frozen_from(each, days, of_plant=of_plant) for each in entries]
    return found


def frozen_from(row: TargetBaseRow, days: tuple[int, int], *, of_plant: bool) -> FrozenBase:
    """Return a stored entry, whose base year is the local days [first, end)."""
    return FrozenBase(
        number=row.number,
        kind=BaseKind(row.kind),
        year=row.year,
        value=row.value,
        composition=composition_from(row.parts),
        held={} if of_plant else held_from(row.shares, *days),
        potentials=None if row.gwp_set is None else Potentials(row.gwp_set, row.splits_methane),
        coverage=row.coverage,
        as_of_ms=row.as_of,
    )
