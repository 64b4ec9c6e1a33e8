"""The plants of an organization with the shares its figures hold of them, by its consolidation, dated."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlmodel import Session

from app.accounting.ledger.rows import site_from
from app.accounting.ledger.sites import Site
from app.accounting.years.proposal import DatedHolding
from app.core.calendar.periods import day_of
from app.core.inventory.inventory import Consolidation
from app.models import Plant, PlantHolding, id_of
from app.store.directory.counted_meters import plants_of
from app.store.inventory.holdings import holdings_of


def sites_of(
    session: Session,
    organization_id: int,
    consolidation: Consolidation,
    proposed: Mapping[str, Iterable[DatedHolding]] | None = None,
) -> dict[str, Site]:
    """Return every plant with the share that holds before any date, and the days from which others do; by code.

    What is `proposed` of a plant takes the place of what is stored for the same day.
    """
    later, proposed = holdings_of(session, organization_id), proposed or {}
    sites = {}
    for row in plants_of(session, organization_id):
        dated = (*later.get(id_of(row), ()), *proposed.get(row.code, ()))
        shares = {day_of(each.valid_from): share_of(each, consolidation) for each in dated}
        sites[row.code] = site_from(row, share_of(row, consolidation), tuple(sorted(shares.items())))
    return sites


def share_of(held: Plant | PlantHolding | DatedHolding, consolidation: Consolidation) -> Decimal:
    """Return the part of a plant that enters the organization's figures: all or none by control, else the equity.

    Nobody alone controls a joint operation: each of its owners takes its share, by whichever approach.
    """
    if consolidation is Consolidation.EQUITY_SHARE or held.joint_operation:
        return held.equity_share
    controlled = {
        Consolidation.OPERATIONAL_CONTROL: held.operational_control,
        Consolidation.FINANCIAL_CONTROL: held.financial_control,
    }
    return Decimal(1) if controlled[consolidation] else Decimal(0)
