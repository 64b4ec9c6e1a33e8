"""A reporting year's activity data with the factors chosen for it: what every figure of the year is computed from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from app.accounting.activity import Activity, CountedMeter, measure
from app.accounting.factor import Method
from app.accounting.findings import Finding
from app.accounting.scopes import Emitter, emitter_of
from app.accounting.selection import FactorBook, Need, Stretch, stretches
from app.accounting.sites import Site, held_stretches
from app.core.buckets import Bucket
from app.core.periods import Grain, date_of
from app.core.resources import Catalogue, Resource

BucketsOf = Mapping[int, Sequence[Bucket]]


@dataclass(frozen=True, slots=True)
class Group:
    """The counted meters of one plant that share resource and attributes."""

    site: Site
    measured: Resource
    attributes: Mapping[str, str] = field(hash=False)
    meters: tuple[CountedMeter, ...] = field(hash=False)

    @property
    def resource(self) -> str:
        """Return the key of what they measure."""
        return self.measured.key


@dataclass(frozen=True, slots=True)
class Plan:
    """Which factors hold on which days of a year, or of the part its site stands for, for one group, by method."""

    group: Group
    emitter: Emitter | None
    by_method: Mapping[Method | None, Sequence[Stretch]]

    @property
    def cuts(self) -> set[int]:
        """Return the days on which another factor takes over, or the site begins or ends to stand for its part."""
        changes = {stretch.first_day for found in self.by_method.values() for stretch in found[1:]}
        return changes | {*(self.group.site.days or ())}


@dataclass(frozen=True, slots=True)
class Portion:
    """The part of an activity on which one factor choice, or one gap, holds; `part` of its quantity, or all of it."""

    activity: Activity
    stretch: Stretch
    part: Decimal | None = None

    @property
    def quantity(self) -> Decimal | None:
        """Return what it holds, in the activity's unit at 100 % of the plant; None when nothing is known."""
        return self.activity.quantity if self.part is None else self.part


@dataclass(frozen=True, slots=True)
class Entry:
    """A group's activity in the year, how it emits, and its portions by method where it does."""

    activity: Activity
    emitter: Emitter | None
    portions: Mapping[Method | None, tuple[Portion, ...]] = field(hash=False)


@dataclass(frozen=True)
class Ledger:
    """Every activity of a reporting year, days [first_day, end_day); `findings` are those of its instruments."""

    year: int
    first_day: int
    end_day: int
    currency: str
    factor_set: str | None
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()

    @cached_property
    def by_resource(self) -> dict[str, list[Entry]]:
        """Return the entries of each metered resource, in their order."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.activity.resource].append(entry)
        return dict(found)


def group_meters(meters: Iterable[CountedMeter], sites: Mapping[str, Site], catalogue: Catalogue) -> list[Group]:
    """Return the meters of known sites grouped by plant, resource and attributes, in that order.

    Raises UnknownResource for a meter of what the catalogue does not have.
    """
    grouped: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[CountedMeter]] = defaultdict(list)
    for meter in meters:
        if meter.plant in sites:
            grouped[meter.plant, meter.resource, tuple(sorted(meter.attributes.items()))].append(meter)
    return [
        Group(
            sites[plant],
            catalogue.named(resource),
            dict(attributes),
            tuple(sorted(found, key=lambda meter: meter.code)),
        )
        for (plant, resource, attributes), found in sorted(grouped.items(), key=lambda item: item[0])
    ]


def held_groups(groups: Iterable[Group], first_day: int, end_day: int) -> list[Group]:
    """Return the groups by the shares of their plants over days [first_day, end_day), without what is not held."""
    return [replace(group, site=site) for group in groups for site in held_stretches(group.site, first_day, end_day)]


def plan(group: Group, book: FactorBook, *, year: int, first_day: int, end_day: int) -> Plan:
    """Choose the factors of a group for every day that its site stands for; a resource that does not emit has none."""
    emitter = emitter_of(group.measured)
    if emitter is None:
        return Plan(group, None, {})
    start, end = group.site.days or (first_day, end_day)
    return Plan(
        group,
        emitter,
        {
            method: stretches(
                book,
                Need(
                    resource=group.resource,
                    factors_of=emitter.factors_of or group.resource,
                    attributes=group.attributes,
                    method=method,
                    place=group.site.place,
                    year=year,
                ),
                first_day=start,
                end_day=end,
            )
            for method in emitter.methods or (None,)
        },
    )


def cut(found: Plan, days: Iterable[int], method: Method) -> Plan:
    """Return the plan with the stretches of a method cut at more days."""
    pieces: list[Stretch] = []
    for stretch in found.by_method[method]:
        inner = sorted(day for day in days if stretch.first_day < day < stretch.end_day)
        bounds = [stretch.first_day, *inner, stretch.end_day]
        pieces += [Stretch(start, end, stretch.choice) for start, end in pairwise(bounds)]
    return replace(found, by_method={**found.by_method, method: pieces})


def split_grain(plans: Iterable[Plan]) -> Grain:
    """Return the coarsest grain whose buckets begin on every day a factor changes: months, or else days."""
    on_month_starts = all(date_of(day).day == 1 for found in plans for day in found.cuts)
    return Grain.MONTH if on_month_starts else Grain.DAY


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
    portions: dict[Method | None, tuple[Portion, ...]] = {}
    for method, chosen in found.by_method.items():
        if len(chosen) == 1:
            portions[method] = (Portion(whole, chosen[0]),)
        else:
            portions[method] = tuple(
                Portion(measured(_within(finer, part.first_day, part.end_day), part.first_day, part.end_day), part)
                for part in chosen
            )
    return Entry(whole, found.emitter, portions)


def _within(buckets: BucketsOf, first_day: int, end_day: int) -> BucketsOf:
    return {
        meter: [bucket for bucket in found if first_day <= bucket.start_day < end_day]
        for meter, found in buckets.items()
    }
