"""A reporting year's activity data with the factors chosen for it: what every figure of the year is computed from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from app.accounting.factors.factor import Method
from app.accounting.factors.fuel import Fuel
from app.accounting.factors.fuel_days import FuelDays, Fuelled, by_emissions, by_energy
from app.accounting.factors.measure import Measure
from app.accounting.factors.need import Metered
from app.accounting.factors.scopes import Emitter, emitter_of
from app.accounting.ledger.activity import Activity, CountedMeter, GroupKey, measure
from app.accounting.ledger.blends import by_share
from app.accounting.ledger.instrument import CarrierFinding, Instrument
from app.accounting.ledger.sites import Site, held_stretches
from app.accounting.selection.selection import FactorBook, FactorGap, Need, Stretch, stretches
from app.accounting.stated.datapoints import StatedYear
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Catalogue, Resource
from app.core.readings.buckets import Bucket
from app.core.sentences import Sentence, sentence

BucketsOf = Mapping[int, Sequence[Bucket]]


@dataclass(frozen=True, slots=True)
class Group:
    """The counted meters of one plant that share resource, attributes and what their quantities are added up in."""

    site: Site
    measured: Resource
    attributes: Mapping[str, str] = field(hash=False)
    meters: tuple[CountedMeter, ...] = field(hash=False)

    @property
    def resource(self) -> str:
        """Return the key of what they measure."""
        return self.measured.key

    @property
    def measure(self) -> Measure:
        """Return what their quantities are added up in."""
        return self.meters[0].measured_in(self.measured)

    @property
    def key(self) -> GroupKey:
        """Return what their activities have in common too."""
        attributes = tuple(sorted(self.attributes.items()))
        return self.site.place.plant, self.measured.key, attributes, self.measure


@dataclass(frozen=True, slots=True)
class Plan:
    """Which factors hold on which days of a year, or of the part its site stands for, for one group, by method.

    `uses` are the same days by how its quantity becomes energy; `fuels` tell how it converts from a stretch's day on.
    """

    group: Group
    emitter: Emitter | None
    by_method: Mapping[Method | None, Sequence[Stretch]]
    uses: Sequence[FuelDays]
    fuels: Mapping[int, Fuel]

    @property
    def cuts(self) -> set[int]:
        """Return the days on which another factor or calorific value takes over, or the site begins or ends to stand
        for its part.
        """
        changes = {stretch.first_day for found in self.by_method.values() for stretch in found[1:]}
        return changes | {days.first_day for days in self.uses[1:]} | {*(self.group.site.days or ())}

    def fuel(self, stretch: Stretch) -> Fuel:
        """Return how the quantity converts on the days of a stretch."""
        first = max((day for day in self.fuels if day <= stretch.first_day), default=None)
        return self.uses[0].fuel if first is None else self.fuels[first]


@dataclass(frozen=True, slots=True)
class Portion:
    """The part of an activity on which one factor choice, or one gap, holds; `part` of its quantity, or all of it.

    `fuel` is how it converts, `instrument` the one that covers it, whose amount reaches that far by `covered_by`.
    """

    activity: Activity
    stretch: Stretch
    fuel: Fuel
    part: Decimal | None = None
    instrument: Instrument | None = None
    covered_by: tuple[Sentence, ...] = ()

    @property
    def quantity(self) -> Decimal | None:
        """Return what it holds, in the activity's unit at 100 % of the plant; None when nothing is known."""
        return self.activity.quantity if self.part is None else self.part


@dataclass(frozen=True, slots=True)
class Use:
    """The part of an activity on which it converts in one way."""

    activity: Activity
    fuel: Fuel


@dataclass(frozen=True, slots=True)
class Entry:
    """A group's activity in the year, its parts by how it converts, how it emits, and its portions by method then.

    What is accounted one way only has market-based portions beside where an instrument may cover some of it.
    """

    activity: Activity
    uses: tuple[Use, ...]
    emitter: Emitter | None
    portions: Mapping[Method | None, tuple[Portion, ...]] = field(hash=False)

    @property
    def by_contract(self) -> tuple[Portion, ...]:
        """Return its market-based portions when an instrument covers any of them; else none."""
        found = self.portions.get(Method.MARKET, ())
        return found if any(portion.instrument is not None for portion in found) else ()


@dataclass(frozen=True)
class Ledger:
    """Every activity of a reporting period, days [first_day, end_day); `findings` are those of its instruments.

    `stated` is what no meter gives.
    """

    year: PeriodName
    first_day: int
    end_day: int
    currency: str
    factor_set: str | None
    entries: tuple[Entry, ...]
    findings: tuple[CarrierFinding, ...] = ()
    stated: StatedYear | None = None

    @cached_property
    def by_resource(self) -> dict[str, list[Entry]]:
        """Return the entries of each metered resource, in their order."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.activity.resource].append(entry)
        return dict(found)


def group_meters(meters: Iterable[CountedMeter], sites: Mapping[str, Site], catalogue: Catalogue) -> list[Group]:
    """Return the meters of known sites grouped by plant, resource, attributes and measure, in that order.

    Raises UnknownResource for a meter of what the catalogue does not have.
    """
    grouped: dict[tuple[str, str, tuple[tuple[str, str], ...], str], list[CountedMeter]] = defaultdict(list)
    for meter in meters:
        if meter.plant in sites:
            measure = meter.measured_in(catalogue.named(meter.resource)).words
            grouped[meter.plant, meter.resource, tuple(sorted(meter.attributes.items())), measure].append(meter)
    return [
        Group(
            sites[plant],
            catalogue.named(resource),
            dict(attributes),
            tuple(sorted(found, key=lambda meter: meter.code)),
        )
        for (plant, resource, attributes, _), found in sorted(grouped.items(), key=lambda item: item[0])
    ]


def held_groups(groups: Iterable[Group], first_day: int, end_day: int) -> list[Group]:
    """Return the groups by the shares of their plants over days [first_day, end_day), without what is not held."""
    return [replace(group, site=site) for group in groups for site in held_stretches(group.site, first_day, end_day)]


def plan(group: Group, book: FactorBook, *, year: int, first_day: int, end_day: int) -> Plan:
    """Choose the factors of a group for every day that its site stands for; a resource that does not emit has none.

    A fuel's days are cut where it converts otherwise, too.
    """
    emitter = emitter_of(group.measured)
    start, end = group.site.days or (first_day, end_day)
    by_method = {
        method: stretches(
            book,
            Need(
                resource=group.resource,
                factors_of=(emitter.factors_of if emitter else None) or group.resource,
                attributes=group.attributes,
                method=method,
                place=group.site.place,
                year=year,
                quantity=Metered(group.measured, group.measure),
            ),
            first_day=start,
            end_day=end,
        )
        for method in (emitter.methods or (None,) if emitter else ())
    }
    used = Fuelled(group.measured, group.attributes, group.site.place, group.measure, book.values, book.factor_set)
    if not group.measured.is_converted:
        return Plan(group, emitter, by_method, [FuelDays(start, end, used.on(start))], {})
    silent = FactorGap(sentence("%(resource)s does not emit", resource=group.resource))
    pieces = used.cut(by_method.get(None) or [Stretch(start, end, silent)])
    if None in by_method:
        by_method[None] = [
            replace(each, choice=by_share(each.choice, group.measured, group.attributes))
            for each in by_emissions(pieces, group.measure)
        ]
    uses = by_energy(pieces, group.measure, Measure(group.measured.unit))
    return Plan(group, emitter, by_method, uses, {stretch.first_day: fuel for stretch, fuel in pieces})


def cut(found: Plan, days: Iterable[int], method: Method) -> Plan:
    """Return the plan with the stretches of a method, or the only ones there are, cut at more days.

    They are cut where its quantity becomes energy in another way, too.
    """
    pieces, bounds_of_all = list[Stretch](), {*days, *(each.first_day for each in found.uses)}
    for stretch in found.by_method.get(method) or found.by_method[None]:
        inner = sorted(day for day in bounds_of_all if stretch.first_day < day < stretch.end_day)
        bounds = [stretch.first_day, *inner, stretch.end_day]
        pieces += [Stretch(start, end, stretch.choice) for start, end in pairwise(bounds)]
    return replace(found, by_method={**found.by_method, method: pieces})


def is_cut_at_months(plans: Iterable[Plan], first_day: int, end_day: int) -> bool:
    """Tell whether plans of [first_day, end_day) are cut nowhere inside it but where a month begins."""
    inside = {day for found in plans for day in found.cuts} - {first_day, end_day}
    return all(date_of(day).day == 1 for day in inside)


def entry(found: Plan, yearly: BucketsOf, finer: BucketsOf, *, first_day: int, end_day: int) -> Entry:
    """Return a group's entry: the year from its yearly buckets, parts of it and split portions from the finer ones.

    Both hold buckets of this year alone. A level's mean and close are the year's, whatever part the site stands for.
    """
    group = found.group

    def measured(buckets: BucketsOf, start: int, end: int) -> Activity:
        return measure(
            group.meters,
            buckets,
            site=group.site,
            resource=group.measured,
            first_day=start,
            end_day=end,
        )

    whole = measured(yearly, first_day, end_day)
    if group.site.days is not None:
        part = measured(_within(finer, *group.site.days), *group.site.days)
        whole = replace(part, mean=whole.mean, last=whole.last)
    known = {}

    def between(start: int, end: int, *, alone: bool) -> Activity:
        if alone:
            return whole
        if (start, end) not in known:
            known[start, end] = measured(_within(finer, start, end), start, end)
        return known[start, end]

    portions = {
        method: tuple(
            Portion(between(part.first_day, part.end_day, alone=len(chosen) == 1), part, found.fuel(part))
            for part in chosen
        )
        for method, chosen in found.by_method.items()
    }
    uses = tuple(
        Use(between(days.first_day, days.end_day, alone=len(found.uses) == 1), days.fuel) for days in found.uses
    )
    return Entry(whole, uses, found.emitter, portions)


def _within(buckets: BucketsOf, first_day: int, end_day: int) -> BucketsOf:
    return {
        meter: [bucket for bucket in found if first_day <= bucket.start_day < end_day]
        for meter, found in buckets.items()
    }
