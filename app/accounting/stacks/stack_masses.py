"""Pollutant masses that no meter weighs: derived from the hours of a stack's concentration and flow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from sqlmodel import Session

from app.accounting.factors.measure import Measure
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, Coverage
from app.accounting.ledger.ledger import Entry, Ledger
from app.accounting.ledger.sites import held_stretches
from app.accounting.metrics.breakdown import Slices
from app.accounting.metrics.vocabulary import MetricBook, metric_book
from app.accounting.stacks.permit_limits import condition_words, conditions_of
from app.accounting.stacks.stack_mass import HourOfStack, MassSum, different_basis, summed_mass, together
from app.accounting.stacks.stacks import Stack, stacks_of
from app.accounting.years.ledgers import Boundary
from app.core.calendar.periods import day_start_ms
from app.core.readings.beliefs import Belief, Supposition
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, decimal_from_micro
from app.core.units.units import conversion
from app.models import id_of
from app.rollup.buckets.coverage import in_service_days
from app.rollup.buckets.hours import Hour, hours_by_day, parsed
from app.store.directory.metered import Metered, metered

_HOUR_S = 3_600
_DAYS_KNOWN = 4_096


@dataclass(frozen=True, slots=True)
class StackMass:
    """A pollutant's mass from one stack, day by day; `parts` are its year, by the shares its plant is held with."""

    stack: Stack
    days: Mapping[int, MassSum]
    parts: tuple[Activity, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """Return plant, resource and stack."""
        return self.stack.site.place.plant, self.stack.resource, self.stack.name

    @property
    def bounds(self) -> set[int]:
        """Return the days on which a part begins or ends."""
        return {day for part in self.parts for day in (part.first_day, part.end_day)}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return what was found while deriving it."""
        return tuple(finding for part in self.parts for finding in part.findings)

    def between(self, first_day: int, end_day: int) -> MassSum:
        """Return the mass of days [first_day, end_day)."""
        return together([mass for day, mass in self.days.items() if first_day <= day < end_day])


def stack_masses(
    session: Session, boundary: Boundary, ledger: Ledger, supposed: Supposition | None = None
) -> list[StackMass]:
    """Return the mass of each stack and pollutant that has both meters and no meter of mass, in the ledger's year.

    A plant that is not held in the year has none. Hours in which either meter lacks three quarters add nothing and are
    left uncovered.
    """
    stacks = list(stacks_of(boundary))
    if not stacks:
        return []
    by_id = {each.spec.id: each for each in metered(session, id_of(boundary.organization), resources=["air.*"])}
    view = _View(session, by_id, ledger.first_day, ledger.end_day, supposed or boundary.as_of_ms)
    found = (_mass(view, stack) for stack in stacks)
    return [mass for mass in found if mass.parts]


def with_air(session: Session, boundary: Boundary, ledger: Ledger, supposed: Supposition | None = None) -> Ledger:
    """Return the ledger with the masses that no meter weighs among its entries, as they are or are supposed to be."""
    return with_stack_masses(ledger, stack_masses(session, boundary, ledger, supposed))


def resources_of(boundary: Boundary) -> set[str]:
    """Return the resources that are metered inside, derived masses among them."""
    derived = {stack.resource for stack in stacks_of(boundary)}
    return {meter.resource for meter in boundary.meters} | derived


def metrics_of(*boundaries: Boundary) -> MetricBook:
    """Return the metrics of what is metered inside any of one organization's boundaries."""
    metered = {resource for boundary in boundaries for resource in resources_of(boundary)}
    return metric_book(metered, boundaries[0].catalogue)


def with_stack_masses(ledger: Ledger, found: Iterable[StackMass]) -> Ledger:
    """Return the ledger with the derived masses among its entries, as if meters had weighed them."""
    derived = tuple(Entry(part, (), None, {}) for mass in found for part in mass.parts)
    return replace(ledger, entries=(*ledger.entries, *derived)) if derived else ledger


def with_sliced_masses(slices: Slices, found: Iterable[StackMass]) -> Slices:
    """Return the slices, cut at least where the masses' parts are, with those among their activities."""
    sliced = {
        mass.parts[0].group: tuple(
            _activity(mass.stack, mass.between(first, end), first, end, ()) for first, end in pairwise(slices.cuts)
        )
        for mass in found
    }
    return replace(slices, activities={**slices.activities, **sliced})


@dataclass(frozen=True, slots=True)
class _View:
    """Where and for which days [first_day, end_day), a reporting year, masses are made."""

    session: Session
    by_id: Mapping[int, Metered]
    first_day: int
    end_day: int
    belief: Belief


def _mass(view: _View, stack: Stack) -> StackMass:
    stated, of_flow = conditions_of(stack.concentration.attributes), conditions_of(stack.flow.attributes)
    days: dict[int, MassSum] = {}
    other_basis = bool(different_basis(stated, of_flow))
    if other_basis:
        words = sentence(
            "%(stack)s has no mass: concentration is at %(stated)s, flow at %(of_flow)s; nothing is converted",
            stack=stack.words,
            stated=condition_words(stated),
            of_flow=condition_words(of_flow),
        )
        findings = [Finding("other_basis", Severity.ERROR, words)]
    else:
        days = _days(view, view.by_id[stack.concentration.id], view.by_id[stack.flow.id])
        findings = [] if stated else [_assumed(stack)]
    whole = StackMass(stack, days, ())
    parts = []
    for site in held_stretches(stack.site, view.first_day, view.end_day):
        first, end = site.days or (view.first_day, view.end_day)
        mass = whole.between(first, end)
        found = findings if other_basis else [*findings, *_uncovered(stack, mass, first, end)]
        parts.append(_activity(replace(stack, site=site), mass, first, end, tuple(found)))
    return replace(whole, parts=tuple(parts))


def _assumed(stack: Stack) -> Finding:
    words = sentence(
        "assumption: concentration and flow of %(stack)s are on one basis; neither meter states it", stack=stack.words
    )
    return Finding("basis_assumed", Severity.INFO, words)


def _uncovered(stack: Stack, whole: MassSum, first_day: int, end_day: int) -> list[Finding]:
    """Say how many hours lack either part: their mass is not in the sum."""
    expected = _expected_s(stack, first_day, end_day) // _HOUR_S
    if whole.hours >= expected:
        return []
    words = sentence(
        "%(stack)s: %(hours)s of %(expected)s hours have both concentration and flow; the mass "
        "of the others is not in it",
        stack=stack.words,
        hours=whole.hours,
        expected=expected,
    )
    return [Finding("hours_uncovered", Severity.WARNING, words)]


def _days(view: _View, gauge: Metered, flow: Metered) -> dict[int, MassSum]:
    """Return the mass of each day that either meter's readings touch."""
    means, flows = (
        hours_by_day(view.session, each.spec, view.first_day, view.end_day, belief=view.belief)
        for each in (gauge, flow)
    )
    to_mg = EXACT.multiply(gauge.multiplier, conversion(gauge.unit, "mg/m3"))
    to_m3 = EXACT.multiply(flow.multiplier, conversion(Measure(flow.unit).plain.unit, "m3"))
    return {
        day: _day_mass(means.get(day, "[]"), flows.get(day, "[]"), to_mg, to_m3)
        for day in sorted(means.keys() | flows.keys())
    }


@lru_cache(maxsize=_DAYS_KNOWN)
def _day_mass(means: str, flows: str, to_mg: Decimal, to_m3: Decimal) -> MassSum:
    """Return the mass of a day from its hours of concentration and flow, as they are kept."""
    gauged = {hour.start_ms: hour for hour in parsed(means)}
    passed = {hour.start_ms: hour for hour in parsed(flows)}
    return summed_mass(
        [
            _hour(start, gauged.get(start), passed.get(start), to_mg, to_m3)
            for start in sorted(gauged.keys() | passed.keys())
        ]
    )


def _hour(start_ms: int, gauged: Hour | None, passed: Hour | None, to_mg: Decimal, to_m3: Decimal) -> HourOfStack:
    mean = None if gauged is None else gauged.mean
    flow = None if passed is None or passed.quantity is None or not passed.is_covered else passed.quantity
    both = [hour for hour in (gauged, passed) if hour is not None]
    return HourOfStack(
        start_ms=start_ms,
        concentration=None if mean is None else EXACT.multiply(mean, to_mg),
        flow=None if flow is None else EXACT.multiply(decimal_from_micro(flow), to_m3),
        estimated_share=max(hour.estimated_share for hour in both),
        readings=sum(hour.count for hour in both),
    )


def _activity(stack: Stack, mass: MassSum, first: int, end: int, findings: tuple[Finding, ...]) -> Activity:
    """Return the mass as an activity of the plant, at 100 %: an hour with both parts is covered, any other is not."""
    return Activity(
        site=stack.site,
        resource=stack.resource,
        attributes={"stack": stack.name},
        unit="kg",
        first_day=first,
        end_day=end,
        quantity=mass.kg,
        mean=None,
        last=None,
        meters=(stack.concentration.code, stack.flow.code),
        readings=mass.readings,
        estimated_share=mass.estimated_share,
        manual_share=Decimal(0),
        coverage=Coverage(Decimal(mass.hours * _HOUR_S), _expected_s(stack, first, end)),
        has_data=mass.readings > 0,
        findings=findings,
        by_hours=True,
    )


def _expected_s(stack: Stack, first: int, end: int) -> int:
    """Return the seconds in which both meters were in service."""
    for meter in (stack.concentration, stack.flow):
        first, end = in_service_days(first, end, meter.in_service_from, meter.in_service_to)
    return 0 if first >= end else (day_start_ms(stack.site.zone, end) - day_start_ms(stack.site.zone, first)) // 1_000
