"""The meters of a boundary each by itself, and the sub-meters below them: what a plant's use is taken apart by."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.ledger import Ledger, group_meters
from app.accounting.ledger.rows import meter_from
from app.accounting.years.counted_twice import whole_of
from app.accounting.years.ledgers import Boundary, ledgers
from app.core.calendar.fiscal_years import PeriodName
from app.models import id_of
from app.store.directory.counted_meters import parents_of, submeters


@dataclass(frozen=True, slots=True)
class ByMeter:
    """A year with an entry a meter: counted ones, and sub-meters of these, which enter no total.

    `parents` has the code of the meter above each sub-meter that is in the ledger; what is not there counts itself.
    """

    ledger: Ledger
    parents: Mapping[str, str] = field(hash=False)
    meters: Mapping[str, CountedMeter] = field(hash=False)


def by_meter(session: Session, boundary: Boundary, year: PeriodName) -> ByMeter:
    """Return the ledger of a boundary's year meter by meter, by the same buckets, factors and calorific values.

    Instruments are left out: they cover what a plant uses, and nobody says by which meter. A sub-meter is there when a
    meter above it counts and lies inside; one whose parent is not there is below that one.
    """
    organization_id = id_of(boundary.organization)
    counted = {meter.id: meter.code for meter in boundary.meters}
    above = parents_of(session, organization_id)
    below = {
        id_of(row): meter_from(row, plant, None)
        for row, plant in submeters(session, organization_id)
        if whole_of(id_of(row), counted, above) is not None
    }
    sites = {group.site.place.plant: group.site for group in boundary.groups}
    single = [group for group in boundary.groups for group in (replace(group, meters=(each,)) for each in group.meters)]
    parts = [group for meter in below.values() for group in group_meters([meter], sites, boundary.catalogue)]
    inside = replace(boundary, groups=(*single, *parts), beside=(), instruments=())
    known = counted | {each: meter.code for each, meter in below.items()}
    parents = {meter.code: found[1] for each, meter in below.items() if (found := whole_of(each, known, above))}
    return ByMeter(ledgers(session, inside, [year])[year], parents, {each.code: each for each in inside.meters})
