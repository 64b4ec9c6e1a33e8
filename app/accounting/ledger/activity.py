"""Activity data: what the counted meters of one plant and resource add up to in a period, in the canonical unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext

from app.accounting.exact import converted, quotient
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.measure import CURRENCY, Measure, metered_in
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.flagged import FLAGGED
from app.accounting.ledger.sites import Site
from app.core.calendar.periods import Interval
from app.core.inventory.resources import FuelGroup, MeterKind, Origin, Resource
from app.core.readings.buckets import Bucket, RollupFlag
from app.core.sentences import sentence
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.quantities import EXACT, MICRO, decimal_from_micro
from app.rollup.buckets.coverage import coverage_share, expected_seconds


@dataclass(frozen=True, slots=True)
class CountedMeter:
    """A meter that enters plant totals; multiplier is applied to its unit after the rollup.

    `whole` are id and code of a counted meter that measures this one's quantity as well.
    `basis` is the heating value of a fuel's energy, `conditions` the state of a gas volume, where they are stated.
    """

    id: int
    code: str
    plant: str
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    kind: MeterKind
    unit: str
    multiplier: Decimal
    interval: Interval | None
    in_service_from: date | None
    in_service_to: date | None
    whole: tuple[int, str] | None = None
    basis: HeatingValueBasis | None = None
    conditions: ReferenceConditions | None = None

    def measured_in(self, resource: Resource) -> Measure:
        """Return what its quantities are added up in."""
        return metered_in(resource, Measure(self.unit, self.basis, self.conditions))


GroupKey = tuple[str, str, tuple[tuple[str, str], ...], Measure]
"""Plant, resource, attributes and measure: what the meters of one group share."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Seconds that readings cover, of the seconds in which they were expected; adds over meters.

    An event meter with a declared interval covers the share of its expected readings that came.
    """

    covered_s: Decimal = Decimal(0)
    expected_s: int = 0

    def __add__(self, other: "Coverage") -> "Coverage":
        with localcontext(EXACT):
            return Coverage(self.covered_s + other.covered_s, self.expected_s + other.expected_s)

    @property
    def share(self) -> Decimal | None:
        """Return covered / expected, at most 1; None when nothing was expected at known times."""
        if not self.expected_s:
            return None
        return quotient(self.covered_s, Decimal(self.expected_s))


@dataclass(frozen=True, slots=True)
class Activity:
    """One plant's use of one resource with one set of attributes over days [first_day, end_day).

    Quantities are in the resource's canonical unit, or that of meters which measure a fuel otherwise, on the heating
    value `basis` and in the state `conditions`; multiplier and conversion are applied, at 100 % of the plant.
    quantity is None when no meter has data, and for levels; then mean and last hold the sum over meters of the mean
    and of the closing level; where the site stands for a part of its year, those of the whole year. estimated_share and
    manual_share are weighted by contribution. origin and fuel_group are the resource's; `by_hours` tells that it is a
    stack's mass.
    """

    site: Site
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    unit: str
    first_day: int
    end_day: int
    quantity: Decimal | None
    mean: Decimal | None
    last: Decimal | None
    meters: tuple[str, ...]
    readings: int
    estimated_share: Decimal
    manual_share: Decimal
    coverage: Coverage
    has_data: bool
    findings: tuple[Finding, ...]
    origin: Origin | None = None
    fuel_group: FuelGroup | None = None
    basis: HeatingValueBasis | None = None
    conditions: ReferenceConditions | None = None
    by_hours: bool = False

    @property
    def measure(self) -> Measure:
        """Return what its quantity is in."""
        return Measure(self.unit, self.basis, self.conditions)

    @property
    def group(self) -> GroupKey:
        """Return what its meters share."""
        return self.site.place.plant, self.resource, tuple(sorted(self.attributes.items())), self.measure


def measure(
    meters: Sequence[CountedMeter],
    buckets: Mapping[int, Sequence[Bucket]],
    *,
    site: Site,
    resource: Resource,
    first_day: int,
    end_day: int,
) -> Activity:
    """Add up the buckets of meters that share plant, resource, attributes and measure over [first_day, end_day)."""
    pairs = [(meter, bucket) for meter in meters for bucket in buckets.get(meter.id, ())]
    counted = [(meter, bucket) for meter, bucket in pairs if bucket.count or bucket.quantity is not None]
    covered = _coverage(meters, buckets, site, first_day, end_day)
    stated = meters[0].measured_in(resource)
    with localcontext(EXACT):
        known = [_in_unit(meter, stated.unit, decimal_from_micro(micro)) for meter, micro in _summed(counted)]
        levels = [(meter, bucket) for meter, bucket in counted if bucket.weight or bucket.last is not None]
        means = [_level(meter, stated.unit, bucket.mean) for meter, bucket in levels if bucket.mean is not None]
        lasts = [_canonical(meter, stated.unit, bucket.last) for meter, bucket in levels]
        ends = [level for level in lasts if level is not None]
        return Activity(
            site=site,
            resource=resource.key,
            attributes=meters[0].attributes,
            unit=stated.unit,
            first_day=first_day,
            end_day=end_day,
            quantity=sum(known, Decimal(0)) if known else None,
            mean=sum(means, Decimal(0)) if means else None,
            last=sum(ends, Decimal(0)) if ends else None,
            meters=tuple(meter.code for meter in meters),
            readings=sum(bucket.count for _, bucket in counted),
            estimated_share=_share(counted, stated.unit, lambda b: b.gross_estimated, lambda b: b.count_estimated),
            manual_share=_share(counted, stated.unit, lambda b: b.gross_manual, lambda b: b.count_manual),
            coverage=next(iter(covered.values())) if len(covered) == 1 else sum(covered.values(), Coverage()),
            has_data=bool(counted),
            findings=_findings(meters, counted, covered, site),
            origin=resource.origin,
            fuel_group=resource.fuel_group,
            basis=stated.basis,
            conditions=stated.conditions,
        )


def _summed(counted: Sequence[tuple[CountedMeter, Bucket]]) -> list[tuple[CountedMeter, int]]:
    """Return each meter's micro-units, added up before any conversion: it is the same sum however it was cut."""
    sums: dict[int, tuple[CountedMeter, int]] = {}
    for meter, bucket in counted:
        if bucket.quantity is not None:
            before = sums[meter.id][1] if meter.id in sums else 0
            sums[meter.id] = meter, before + bucket.quantity
    return list(sums.values())


def _in_unit(meter: CountedMeter, unit: str, units: Decimal) -> Decimal:
    quantity = units * meter.multiplier
    # A ledger's unit is the organization's currency, by whatever name: money is never converted.
    return quantity if unit == CURRENCY else converted(quantity, Measure(meter.unit).plain.unit, unit)


def _canonical(meter: CountedMeter, unit: str, micro: int | None) -> Decimal | None:
    return None if micro is None else _in_unit(meter, unit, decimal_from_micro(micro))


def _level(meter: CountedMeter, unit: str, mean_micro: Decimal) -> Decimal:
    return _in_unit(meter, unit, quotient(mean_micro, Decimal(MICRO)))


def _share(
    counted: Sequence[tuple[CountedMeter, Bucket]],
    unit: str,
    gross: Callable[[Bucket], int | None],
    count: Callable[[Bucket], int],
) -> Decimal:
    """Return a quality's share by contribution, or by number of readings where the contributions are zero."""
    if not any(gross(bucket) or count(bucket) for _, bucket in counted):
        return Decimal(0)
    whole = sum((_canonical(meter, unit, bucket.gross) or Decimal(0) for meter, bucket in counted), Decimal(0))
    if whole:
        part = sum((_canonical(meter, unit, gross(bucket)) or Decimal(0) for meter, bucket in counted), Decimal(0))
        return quotient(part, whole)
    readings = sum(bucket.count for _, bucket in counted)
    return quotient(Decimal(sum(count(bucket) for _, bucket in counted)), Decimal(readings)) if readings else Decimal(0)


def _coverage(
    meters: Sequence[CountedMeter],
    buckets: Mapping[int, Sequence[Bucket]],
    site: Site,
    first_day: int,
    end_day: int,
) -> dict[int, Coverage]:
    """Return the coverage of each meter that readings were expected of at known times."""
    found = {}
    for meter in meters:
        of_meter = buckets.get(meter.id, ())
        expected = expected_seconds(site.zone, first_day, end_day, meter.in_service_from, meter.in_service_to)
        share = coverage_share(
            kind=meter.kind,
            interval=meter.interval,
            count=sum(bucket.count for bucket in of_meter),
            covered_s=sum(bucket.covered_s for bucket in of_meter if not _is_overflown(bucket)),
            expected_s=expected,
        )
        if share is not None:
            with localcontext(EXACT):
                found[meter.id] = Coverage(share * expected, expected)
    return found


def _is_overflown(bucket: Bucket) -> bool:
    return bucket.quantity is None and RollupFlag.OVERFLOW in RollupFlag(bucket.flags)


def _findings(
    meters: Sequence[CountedMeter],
    counted: Sequence[tuple[CountedMeter, Bucket]],
    covered: Mapping[int, Coverage],
    site: Site,
) -> tuple[Finding, ...]:
    flagged = {meter.id for meter, bucket in counted if bucket.flags}
    with_data = {meter.id for meter, _ in counted}
    found = []
    for meter in meters:
        if meter.id in with_data and meter.id not in flagged:
            continue
        name = {"meter": meter.code, "plant": site.place.plant}
        of_meter = [bucket for other, bucket in counted if other.id == meter.id]
        for flag, (code, severity, words, mend) in FLAGGED.items():
            if any(flag in RollupFlag(bucket.flags) for bucket in of_meter):
                found.append(Finding(code, severity, sentence(words, **name), mend=mend))
        if not of_meter and meter.id in covered:
            found.append(silence(meter.code, site))
    return tuple(found)


def silence(meter: str, site: Site) -> Finding:
    """Return what is told of a meter of a site, by its code, that readings are expected of and has none."""
    words = sentence("meter %(meter)s of %(plant)s has no readings in the period", meter=meter, plant=site.place.plant)
    return Finding("silent_meter", Severity.WARNING, words)
