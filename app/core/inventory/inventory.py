"""What the definition of a meter must satisfy, field by field, before anything is stored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from app.core.calendar.periods import BadInterval, UnknownTimeZone, interval_from_iso, zone_named
from app.core.inventory.meters import HeatingValue, RegisterDirection, RegisterReset, TimestampEdge
from app.core.inventory.resources import Catalogue, MeterKind, Resource, UnknownResource, attribute_problems
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.units import GAS_UNITS, UNITS, Dimension, UnknownUnit, dimension_of
from app.core.units.units_meant import meant_by


class Consolidation(StrEnum):
    """Which plants, and how much of each, an organization's figures hold."""

    OPERATIONAL_CONTROL = "operational_control"
    FINANCIAL_CONTROL = "financial_control"
    EQUITY_SHARE = "equity_share"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; `index` is its place in a list that was sent."""

    field: str
    code: str
    detail: str
    index: int | None = None


class InvalidFields(ValueError):
    """The thing cannot be stored as it was described."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.field}: {problem.detail}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class MeterDefinition:
    """The fields of a meter that must agree with each other."""

    resource: str
    attributes: Mapping[str, str]
    kind: MeterKind
    unit: str
    basis: HeatingValue | None
    reference_conditions: ReferenceConditions | None
    interval: str | None
    timestamp_edge: TimestampEdge | None
    has_register_modulus: bool
    has_max_rate: bool
    has_dip_tolerance: bool
    in_service_from: date | None
    in_service_to: date | None
    estimates_gaps: bool
    has_annual_expectation: bool
    interval_changes: Sequence[tuple[date, str]]
    register_direction: RegisterDirection | None
    register_reset: RegisterReset | None


def meter_problems(meter: MeterDefinition, *, catalogue: Catalogue, currency: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with `meter` in an organization of this catalogue that reports in `currency` (ISO 4217)."""
    try:
        resource = catalogue.named(meter.resource)
    except UnknownResource:
        yield FieldProblem("resource", "unknown_resource", f"{meter.resource!r} is not in the catalogue of resources")
    else:
        yield from _resource_problems(meter, resource, currency)
    yield from _interval_problems(meter)
    yield from _limit_problems(meter)
    yield from _register_problems(meter)
    if meter.interval_changes:
        yield from _change_problems(meter)
    if meter.in_service_from and meter.in_service_to and meter.in_service_to <= meter.in_service_from:
        yield FieldProblem("in_service_to", "invalid_period", "in_service_to lies after in_service_from")


def zone_problems(field: str, name: str) -> Iterator[FieldProblem]:
    """Yield a problem when no IANA time zone is called `name`."""
    try:
        zone_named(name)
    except UnknownTimeZone:
        yield FieldProblem(field, "unknown_timezone", f"{name!r} is not an IANA time zone such as Asia/Shanghai")


def unit_problem(unit: str, *dimensions: Dimension, field: str = "unit", currency: str = "") -> FieldProblem | None:
    """Return what is wrong with `unit` for a thing of one of `dimensions`, naming the units that fit."""
    in_money = Dimension.CURRENCY in dimensions and currency != ""
    if in_money and unit == currency:
        return None
    units = [*(each for dimension in dimensions for each in UNITS[dimension]), *([currency] * in_money)]
    accepted = ", ".join(units)
    measures = " or ".join(dimensions)
    try:
        found = dimension_of(unit)
    except UnknownUnit:
        meant = " or ".join(meant_by(unit, units))
        words = (
            f"{unit!r} is not a unit of {measures}{f': did you mean {meant}?' if meant else ';'} use one of {accepted}"
        )
        return FieldProblem(field, "unknown_unit", words)
    if found not in dimensions:
        detail = f"{unit} is a unit of {found}, not of {measures}; use one of {accepted}"
        return FieldProblem(field, "unit_mismatch", detail)
    return None


def _resource_problems(meter: MeterDefinition, resource: Resource, currency: str) -> Iterator[FieldProblem]:
    if meter.kind not in resource.kinds:
        kinds = ", ".join(resource.kinds)
        yield FieldProblem("kind", "kind_mismatch", f"a meter of {resource.key} is one of {kinds}, not {meter.kind}")
    problem = unit_problem(meter.unit, *resource.dimensions, currency=currency)
    if problem:
        yield problem
    else:
        yield from _basis_problems(meter, resource)
        yield from _state_problems(meter, resource)
    for sentence in attribute_problems(resource, meter.attributes):
        yield FieldProblem("attributes", "unknown_attribute", sentence)


def _basis_problems(meter: MeterDefinition, resource: Resource) -> Iterator[FieldProblem]:
    needed = resource.is_fuel and dimension_of(meter.unit) is Dimension.ENERGY
    if needed and meter.basis is None:
        detail = (
            f"a meter of {resource.key} in {meter.unit} states on which heating value: `gross` (higher), as most gas"
            " bills are, or `net` (lower)"
        )
        yield FieldProblem("basis", "missing", detail)
    if meter.basis is not None and not needed:
        detail = f"only the energy of a fuel has a heating value; {resource.key} in {meter.unit} has none"
        yield FieldProblem("basis", "not_applicable", detail)


def _state_problems(meter: MeterDefinition, resource: Resource) -> Iterator[FieldProblem]:
    if meter.reference_conditions is None:
        return
    implied = GAS_UNITS.get(meter.unit, (None, None))[1]
    is_gas_volume = Dimension.GAS_VOLUME in resource.dimensions and dimension_of(meter.unit) is Dimension.VOLUME
    if not resource.is_fuel or not (implied or is_gas_volume):
        detail = f"only a volume of gas is at reference conditions; {resource.key} in {meter.unit} is none"
        yield FieldProblem("reference_conditions", "not_applicable", detail)
    elif implied not in (None, meter.reference_conditions):
        detail = f"{meter.unit} is a volume at {implied}: leave reference_conditions out, or meter in m3"
        yield FieldProblem("reference_conditions", "contradicts_unit", detail)


def _interval_problems(meter: MeterDefinition) -> Iterator[FieldProblem]:
    if meter.interval is None:
        if meter.kind is MeterKind.INTERVAL:
            yield FieldProblem("interval", "missing", "an interval meter states its interval, such as PT15M or P1M")
    else:
        try:
            interval_from_iso(meter.interval)
        except BadInterval:
            detail = f"{meter.interval!r} is not a duration of one unit up to three years, such as PT15M, P1D or P1M"
            yield FieldProblem("interval", "invalid_interval", detail)
    if meter.timestamp_edge is not None and meter.kind not in (MeterKind.INTERVAL, MeterKind.GAUGE):
        yield FieldProblem("timestamp_edge", "not_applicable", f"a {meter.kind} meter has no timestamp edge")


def _limit_problems(meter: MeterDefinition) -> Iterator[FieldProblem]:
    if meter.has_register_modulus and meter.kind is not MeterKind.REGISTER:
        yield FieldProblem("register_modulus", "not_applicable", "only a register meter rolls over")
    if meter.has_dip_tolerance and meter.kind is not MeterKind.REGISTER:
        yield FieldProblem("dip_tolerance", "not_applicable", "only a register meter can dip")
    if meter.has_max_rate and meter.kind not in (MeterKind.REGISTER, MeterKind.INTERVAL):
        yield FieldProblem("max_rate", "not_applicable", "only register and interval meters have a rate")
    if meter.has_annual_expectation and meter.kind not in (MeterKind.REGISTER, MeterKind.INTERVAL):
        detail = "only of register and interval meters is a quantity of a year expected"
        yield FieldProblem("annual_expectation", "not_applicable", detail)
    if meter.estimates_gaps and meter.kind is not MeterKind.INTERVAL:
        yield FieldProblem("estimates_gaps", "not_applicable", "only an interval meter has gaps to estimate")


def _register_problems(meter: MeterDefinition) -> Iterator[FieldProblem]:
    stated = {"register_direction": meter.register_direction, "register_reset": meter.register_reset}
    if meter.kind is not MeterKind.REGISTER:
        for name in [name for name, value in stated.items() if value is not None]:
            yield FieldProblem(
                name, "not_applicable", "only a register meter counts on, and so has a direction or a reset"
            )
        return
    if meter.register_direction is RegisterDirection.NET and meter.has_dip_tolerance:
        yield FieldProblem("dip_tolerance", "not_applicable", "a net register falls as it should: it has no dips")
    if meter.register_reset is not None:
        if meter.register_direction not in (None, RegisterDirection.UP):
            detail = "a counter that returns to zero counts up: leave register_direction out"
            yield FieldProblem("register_direction", "not_applicable", detail)
        if meter.has_register_modulus:
            detail = "a counter that returns to zero by the calendar does not roll over: leave register_modulus out"
            yield FieldProblem("register_modulus", "not_applicable", detail)


def _change_problems(meter: MeterDefinition) -> Iterator[FieldProblem]:
    field = "interval_changes"
    if meter.kind is not MeterKind.INTERVAL or meter.estimates_gaps:
        detail = "only the interval of an interval meter changes on a day, and none whose gaps are estimated"
        yield FieldProblem(field, "not_applicable", detail)
    days = [day for day, _ in meter.interval_changes]
    if any(later <= day for day, later in pairwise(days)):
        yield FieldProblem(field, "not_in_order", "each valid_from lies after the one before")
    for text in filter(None, [meter.interval, *(text for _, text in meter.interval_changes)]):
        try:
            months = interval_from_iso(text).months
        except BadInterval:
            yield FieldProblem(
                field, "invalid_interval", f"{text!r} is not a duration of one unit, such as PT15M or P1D"
            )
            continue
        if months:
            detail = f"{text} is of the calendar: register a new meter that `replaces` this one instead"
            yield FieldProblem(field, "not_applicable", detail)
