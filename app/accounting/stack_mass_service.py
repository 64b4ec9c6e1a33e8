"""Pollutant masses that no meter weighs: derived from the hours of a stack's concentration and flow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from sqlmodel import Session

from app.accounting.activity import Activity, CountedMeter, Coverage, Site
from app.accounting.breakdown import Slices, group_key
from app.accounting.findings import Finding, Severity
from app.accounting.ledger import Entry, Ledger
from app.accounting.limits import VALID_SHARE, condition_words, conditions_of
from app.accounting.limits_service import touched
from app.accounting.service import Boundary
from app.accounting.stack_mass import HourOfStack, MassSum, different_basis, summed_mass
from app.core.periods import Grain, day_start_ms
from app.core.quantities import EXACT
from app.core.units import conversion
from app.rollup.coverage import in_service_days
from app.rollup.listing import MeterBucket
from app.store.metered import Metered, metered

FLOW = "air.flow"
_PREFIX, _CONCENTRATION, _MASS = "air.", ".concentration", ".mass"
_HOUR_S = 3_600


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


def stack_masses(session: Session, boundary: Boundary, starts: Sequence[int], end_day: int) -> list[StackMass]:
    """Return the mass of each stack and pollutant that has both meters and no meter of mass.

    `starts` are the first days of the months up to `end_day`. Hours in which either meter lacks three quarters add
    nothing and are left uncovered.
    """
    stacks = list(_stacks(boundary))
    if not stacks:
        return []
    by_id = {each.spec.id: each for each in metered(session, boundary.organization.id or 0, resource="air.*")}
    return [_mass(session, stack, by_id, starts, end_day) for stack in stacks]


def with_stack_masses(ledger: Ledger, found: Iterable[StackMass]) -> Ledger:
    """Return the ledger with the derived masses among its entries, as if meters had weighed them."""
    return replace(ledger, entries=(*ledger.entries, *(Entry(mass.year, {}) for mass in found)))


def with_month_masses(slices: Slices, found: Iterable[StackMass]) -> Slices:
    """Return the months, uncut, with the derived masses among their activities."""
    return replace(slices, activities={**slices.activities, **{group_key(mass.year): mass.months for mass in found}})


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


def _mass(
    session: Session, stack: _Stack, by_id: Mapping[int, Metered], starts: Sequence[int], end_day: int
) -> StackMass:
    stated, of_flow = conditions_of(stack.concentration.attributes), conditions_of(stack.flow.attributes)
    different = different_basis(stated, of_flow)
    hours: list[HourOfStack] = []
    if different:
        words = (
            f"{stack.words} has no mass: concentration is at {condition_words(stated)}, "
            f"flow at {condition_words(of_flow)}; nothing is converted"
        )
        findings = [Finding("other_basis", Severity.ERROR, words)]
    else:
        gauge, flow = by_id[stack.concentration.id], by_id[stack.flow.id]
        hours = _hours(session, gauge, flow, *_span(stack.site, starts[0], end_day))
        findings = [] if stated else [_assumed(stack)]
    bounds = [*starts, end_day]
    instants = [day_start_ms(stack.site.zone, day) for day in bounds]
    months = []
    for (first, end), (start_ms, end_ms) in zip(pairwise(bounds), pairwise(instants), strict=True):
        inside = [hour for hour in hours if start_ms <= hour.start_ms < end_ms]
        months.append(_activity(stack, summed_mass(inside), first, end, ()))
    whole = summed_mass(hours)
    expected = _expected_s(stack, starts[0], end_day) // _HOUR_S
    if not different and whole.hours < expected:
        words = (
            f"{stack.words}: {whole.hours} of {expected} hours have both concentration and flow; "
            "the mass of the others is not in it"
        )
        findings.append(Finding("hours_uncovered", Severity.WARNING, words))
    year = _activity(stack, whole, starts[0], end_day, tuple(findings))
    return StackMass(year, tuple(months), tuple(findings))


def _assumed(stack: _Stack) -> Finding:
    words = f"assumption: concentration and flow of {stack.words} are on one basis; neither meter states it"
    return Finding("basis_assumed", Severity.INFO, words)


def _span(site: Site, first_day: int, end_day: int) -> tuple[int, int]:
    return day_start_ms(site.zone, first_day), day_start_ms(site.zone, end_day)


def _hours(session: Session, gauge: Metered, flow: Metered, start_ms: int, end_ms: int) -> list[HourOfStack]:
    """Return every hour that either meter's readings touch, in order."""
    means = {each.start_ms: each for each in touched(session, gauge, Grain.HOUR, start_ms, end_ms)}
    flows = {each.start_ms: each for each in touched(session, flow, Grain.HOUR, start_ms, end_ms)}
    to_mg, to_m3 = conversion(gauge.unit, "mg/m3"), conversion(flow.unit, "m3")
    return [
        HourOfStack(
            start_ms=start,
            concentration=_scaled(means[start].mean if start in means else None, to_mg),
            flow=_scaled(_flow(flows.get(start)), to_m3),
            estimated_share=max(_estimated(means.get(start)), _estimated(flows.get(start))),
            readings=sum(each.bucket.count for each in (means.get(start), flows.get(start)) if each),
        )
        for start in sorted(means.keys() | flows.keys())
    ]


def _flow(found: MeterBucket | None) -> Decimal | None:
    """Return the gas that passed in an hour, when the meter covers enough of it."""
    if found is None or found.coverage is None or found.coverage < VALID_SHARE:
        return None
    return found.quantity


def _estimated(found: MeterBucket | None) -> Decimal:
    return (found.bucket.estimated_share if found else None) or Decimal(0)


def _scaled(value: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if value is None else EXACT.multiply(value, factor)


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
