"""Pollutant masses that no meter weighs: derived from the hours of a stack's concentration and flow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from sqlmodel import Session

from app.accounting.activity import Activity, CountedMeter, Coverage, Site
from app.accounting.breakdown import Slices, group_key
from app.accounting.findings import Finding, Severity
from app.accounting.ledger import Entry, Ledger
from app.accounting.limits import condition_words, conditions_of
from app.accounting.service import Boundary
from app.accounting.stack_mass import HourOfStack, MassSum, different_basis, summed_mass, together
from app.core.periods import day_start_ms, next_month_start
from app.core.quantities import EXACT, decimal_from_micro
from app.core.units import conversion
from app.rollup.coverage import in_service_days
from app.rollup.hours import Hour, hours_by_day, parsed
from app.store.metered import Metered, metered

FLOW = "air.flow"
_PREFIX, _CONCENTRATION, _MASS = "air.", ".concentration", ".mass"
_HOUR_S = 3_600
_DAYS_KNOWN = 4_096


@dataclass(frozen=True, slots=True)
class StackMass:
    """A pollutant's mass from one stack: over the whole year, and in each of its months."""

    year: Activity
    months: tuple[Activity, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Stack:
    site: Site
    name: str
    pollutant: str
    concentration: CountedMeter
    flow: CountedMeter

    @property
    def words(self) -> str:
        return f"{self.pollutant} of stack {self.name} at {self.site.place.plant}"


def stack_masses(session: Session, boundary: Boundary, ledger: Ledger) -> list[StackMass]:
    """Return the mass of each stack and pollutant that has both meters and no meter of mass, in the ledger's year.

    Hours in which either meter lacks three quarters add nothing and are left uncovered.
    """
    stacks = list(_stacks(boundary))
    if not stacks:
        return []
    by_id = {each.spec.id: each for each in metered(session, boundary.organization.id or 0, resource="air.*")}
    view = _View(session, by_id, _months(ledger.first_day, ledger.end_day), ledger.end_day, boundary.as_of_ms)
    return [_mass(view, stack) for stack in stacks]


def with_air(session: Session, boundary: Boundary, ledger: Ledger) -> Ledger:
    """Return the ledger with the masses that no meter weighs among its entries."""
    return with_stack_masses(ledger, stack_masses(session, boundary, ledger))


def resources_of(boundary: Boundary) -> set[str]:
    """Return the resources that are metered inside, derived masses among them."""
    derived = {f"{_PREFIX}{stack.pollutant}{_MASS}" for stack in _stacks(boundary)}
    return {meter.resource for meter in boundary.meters} | derived


def with_stack_masses(ledger: Ledger, found: Iterable[StackMass]) -> Ledger:
    """Return the ledger with the derived masses among its entries, as if meters had weighed them."""
    derived = tuple(Entry(mass.year, {}) for mass in found)
    return replace(ledger, entries=(*ledger.entries, *derived)) if derived else ledger


def with_month_masses(slices: Slices, found: Iterable[StackMass]) -> Slices:
    """Return the months, uncut, with the derived masses among their activities."""
    return replace(slices, activities={**slices.activities, **{group_key(mass.year): mass.months for mass in found}})


@dataclass(frozen=True, slots=True)
class _View:
    """Where and for which months, from `starts` to end_day, masses are made."""

    session: Session
    by_id: Mapping[int, Metered]
    starts: Sequence[int]
    end_day: int
    as_of_ms: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The counted meters of one pollutant at one stack."""

    plant: str
    stack: str
    pollutant: str
    gauges: Sequence[tuple[Site, CountedMeter]]
    flows: Sequence[CountedMeter]


def unweighed(boundary: Boundary) -> list[Finding]:
    """Return which pollutants are gauged and have no mass, because a stack has no flow meter or several of one kind."""
    return [
        Finding(
            "no_mass",
            Severity.WARNING,
            f"{found.pollutant} of stack {found.stack} at {found.plant} has no mass: {len(found.gauges)} concentration "
            f"and {len(found.flows)} flow meters count, and one of each is needed",
        )
        for found in _gauged(boundary)
        if not _is_pair(found)
    ]


def _stacks(boundary: Boundary) -> Iterator[_Stack]:
    for found in _gauged(boundary):
        if _is_pair(found):
            site, gauge = found.gauges[0]
            yield _Stack(site, found.stack, found.pollutant, gauge, found.flows[0])


def _is_pair(found: _Found) -> bool:
    return len(found.gauges) == 1 and len(found.flows) == 1


def _gauged(boundary: Boundary) -> Iterator[_Found]:
    """Yield each pollutant that is gauged at a stack, unless a meter weighs it there or in the whole plant."""
    flows: dict[tuple[str, str], list[CountedMeter]] = defaultdict(list)
    gauges: dict[tuple[str, str, str], list[tuple[Site, CountedMeter]]] = defaultdict(list)
    weighed: set[tuple[str, str | None, str]] = set()
    for group in boundary.groups:
        plant, stack, pollutant = group.site.place.plant, group.attributes.get("stack"), _pollutant(group.resource)
        if pollutant is not None and group.resource.endswith(_MASS):
            weighed.add((plant, stack, pollutant))
        elif stack is not None and group.resource == FLOW:
            flows[plant, stack] += group.meters
        elif stack is not None and pollutant is not None:
            gauges[plant, stack, pollutant] += [(group.site, meter) for meter in group.meters]
    for (plant, stack, pollutant), found in sorted(gauges.items(), key=lambda item: item[0]):
        if not {(plant, stack, pollutant), (plant, None, pollutant)} & weighed:
            yield _Found(plant, stack, pollutant, found, flows[plant, stack])


def _pollutant(resource: str) -> str | None:
    """Return the pollutant whose concentration or mass a resource is."""
    name = resource.removeprefix(_PREFIX)
    for suffix in (_CONCENTRATION, _MASS):
        if name != resource and name.endswith(suffix):
            return name.removesuffix(suffix)
    return None


def _mass(view: _View, stack: _Stack) -> StackMass:
    stated, of_flow = conditions_of(stack.concentration.attributes), conditions_of(stack.flow.attributes)
    first_day, end_day = view.starts[0], view.end_day
    days: dict[int, MassSum] = {}
    if different_basis(stated, of_flow):
        words = (
            f"{stack.words} has no mass: concentration is at {condition_words(stated)}, "
            f"flow at {condition_words(of_flow)}; nothing is converted"
        )
        findings = [Finding("other_basis", Severity.ERROR, words)]
    else:
        days = _days(view, view.by_id[stack.concentration.id], view.by_id[stack.flow.id])
        findings = [] if stated else [_assumed(stack)]
        findings += _uncovered(stack, together(list(days.values())), first_day, end_day)
    months = [
        _activity(stack, together([mass for day, mass in days.items() if first <= day < end]), first, end, ())
        for first, end in pairwise([*view.starts, end_day])
    ]
    year = _activity(stack, together(list(days.values())), first_day, end_day, tuple(findings))
    return StackMass(year, tuple(months), tuple(findings))


def _assumed(stack: _Stack) -> Finding:
    words = f"assumption: concentration and flow of {stack.words} are on one basis; neither meter states it"
    return Finding("basis_assumed", Severity.INFO, words)


def _uncovered(stack: _Stack, whole: MassSum, first_day: int, end_day: int) -> list[Finding]:
    """Say how many hours lack either part: their mass is not in the sum."""
    expected = _expected_s(stack, first_day, end_day) // _HOUR_S
    if whole.hours >= expected:
        return []
    words = (
        f"{stack.words}: {whole.hours} of {expected} hours have both concentration and flow; "
        "the mass of the others is not in it"
    )
    return [Finding("hours_uncovered", Severity.WARNING, words)]


def _days(view: _View, gauge: Metered, flow: Metered) -> dict[int, MassSum]:
    """Return the mass of each day that either meter's readings touch."""
    means, flows = (
        hours_by_day(view.session, each.spec, view.starts[0], view.end_day, as_of_ms=view.as_of_ms)
        for each in (gauge, flow)
    )
    to_mg = EXACT.multiply(gauge.multiplier, conversion(gauge.unit, "mg/m3"))
    to_m3 = EXACT.multiply(flow.multiplier, conversion(flow.unit, "m3"))
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


def _activity(stack: _Stack, mass: MassSum, first: int, end: int, findings: tuple[Finding, ...]) -> Activity:
    """Return the mass as an activity of the plant, at 100 %: an hour with both parts is covered, any other is not."""
    return Activity(
        site=stack.site,
        resource=f"{_PREFIX}{stack.pollutant}{_MASS}",
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
    )


def _expected_s(stack: _Stack, first: int, end: int) -> int:
    """Return the seconds in which both meters were in service."""
    for meter in (stack.concentration, stack.flow):
        first, end = in_service_days(first, end, meter.in_service_from, meter.in_service_to)
    return 0 if first >= end else (day_start_ms(stack.site.zone, end) - day_start_ms(stack.site.zone, first)) // 1_000


def _months(first_day: int, end_day: int) -> list[int]:
    starts = [first_day]
    while (following := next_month_start(starts[-1])) < end_day:
        starts.append(following)
    return starts
