"""What is wrong with a new instrument: its kind, source, unit, days, areas and serial numbers must agree."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.accounting.factors.factor import GLOBAL
from app.accounting.factors.need import Place
from app.accounting.factors.regions import region_problems, regions
from app.accounting.ledger.instrument import Carrier, EnergySource, InstrumentKind
from app.accounting.ledger.market_areas import areas_named, could_serve, is_market_area, market_areas
from app.core.calendar.periods import day_of
from app.core.inventory.inventory import FieldProblem, unit_problem
from app.core.inventory.meters import HeatingValue
from app.core.inventory.resources import Origin
from app.core.serials import serial_of
from app.core.units.units import Dimension

_LONGEST_DAYS = 1_100
_OF_BIOMETHANE = (EnergySource.BIOGAS, EnergySource.BIOMASS, EnergySource.RENEWABLE)


@dataclass(frozen=True, slots=True)
class InstrumentDefinition:
    """The fields of an instrument that must agree with each other."""

    kind: InstrumentKind
    energy_source: EnergySource | None
    issuing_area: str | None
    region: str | None
    valid_from: date
    valid_to: date
    unit: str
    basis: HeatingValue | None
    states_emissions: bool
    registry: str | None
    first_serial: str | None
    last_serial: str | None


def instrument_problems(found: InstrumentDefinition, plants: Iterable[Place]) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new instrument of an organization with these plants, beyond the form of its fields."""
    yield from _source_problems(found)
    yield from _unit_problems(found)
    if found.valid_to <= found.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")
    elif (found.valid_to - found.valid_from).days > _LONGEST_DAYS:
        yield FieldProblem("valid_to", "invalid_period", "an instrument covers three years at the most")
    yield from _area_problems(found, list(plants))
    yield from _serial_problems(found)


def _source_problems(found: InstrumentDefinition) -> Iterator[FieldProblem]:
    source = found.energy_source
    if source is None:
        return
    if found.kind.carrier is Carrier.GAS and source not in _OF_BIOMETHANE:
        words = f"biomethane is won from {', '.join(_OF_BIOMETHANE)}, not from {source}"
        yield FieldProblem("energy_source", "invalid_source", words)
    if found.kind is InstrumentKind.GREEN_POWER_CONTRACT and source.origin is not Origin.RENEWABLE:
        words = f"green power is renewable, and {source} is not: enter it as a power_contract"
        yield FieldProblem("energy_source", "invalid_source", words)
    if source.origin is Origin.FOSSIL and not found.states_emissions:
        yield FieldProblem("kg_co2e_per_kwh", "missing", "what is won from fossil sources states what it emits")


def _unit_problems(found: InstrumentDefinition) -> Iterator[FieldProblem]:
    carrier = found.kind.carrier
    if problem := unit_problem(found.unit, Dimension.ENERGY):
        yield problem
    elif carrier is Carrier.ELECTRICITY and not found.unit.endswith("Wh"):
        yield FieldProblem("unit", "unit_mismatch", "electricity is stated in Wh, kWh, MWh or GWh")
    if carrier is Carrier.GAS and found.basis is None:
        words = "an amount of gas states its heating value: `gross` (higher) or `net` (lower), as its registry does"
        yield FieldProblem("basis", "missing", words)
    elif carrier is not Carrier.GAS and found.basis is not None:
        yield FieldProblem("basis", "not_applicable", f"{carrier} has no heating value: leave basis out")


def _area_problems(found: InstrumentDefinition, plants: Sequence[Place]) -> Iterator[FieldProblem]:
    carrier, issued, region = found.kind.carrier, found.issuing_area, found.region or found.issuing_area
    if region is None:
        words = "name the region of the consumption, or the issuing_area, which then stands for it"
        yield FieldProblem("region", "missing", words)
        return
    unknown = [*_unknown(found.region, "region", carrier, plants), *_unknown(issued, "issuing_area", carrier, plants)]
    if unknown or issued is None:
        yield from unknown
        return
    days = day_of(found.valid_from), day_of(found.valid_to)
    plant = next((place for place in plants if place.plant == region), None)
    if not could_serve(region, issued, carrier, days, plant):
        words = (
            f"{issued} and {region} are not one market on these days: an instrument serves the market it was issued in"
        )
        yield FieldProblem("issuing_area", "another_market", words)


def _unknown(code: str | None, field: str, carrier: Carrier, plants: Sequence[Place]) -> Iterator[FieldProblem]:
    """Yield a problem when a code is no region, no group that is a market for the carrier and no place of a plant."""
    places = {name for each in plants for name in (each.plant, each.region, each.grid_region, each.country)}
    anywhere = code == GLOBAL and field == "region"
    if code is None or anywhere or code in places or areas_named(code, carrier):
        return
    if is_market_area(code):
        yield FieldProblem(field, "unknown_region", f"{code} is no market for {carrier}")
    elif code not in regions():
        groups = ", ".join(dict.fromkeys(area.code for area in market_areas()))
        for problem in region_problems(field, code):
            yield replace(problem, detail=f"{problem.detail}; or one of your plants, or a group of countries: {groups}")


def _serial_problems(found: InstrumentDefinition) -> Iterator[FieldProblem]:
    first, last = found.first_serial, found.last_serial
    if found.kind.is_certificate and (found.registry is None or first is None):
        field = "registry" if found.registry is None else "first_serial"
        yield FieldProblem(field, "missing", "a certificate names its registry and serial number")
    elif (found.registry is None) != (first is None) or (last and not first):
        yield FieldProblem("first_serial", "missing", "a registry and a first serial number go together")
    elif first and last:
        begin, end = serial_of(first), serial_of(last)
        rises = begin == end or (begin.number is not None and end.number is not None and begin.number <= end.number)
        if begin.prefix != end.prefix or not rises:
            words = "the last serial number is the first with a higher number at its end, of which 18 digits may differ"
            yield FieldProblem("last_serial", "invalid_range", words)
