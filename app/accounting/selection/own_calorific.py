"""What a new calorific value or density must satisfy beside those that are known, problem by problem."""

from collections.abc import Collection, Iterator, Mapping

from app.accounting.factors.calorific import CalorificValue, stated_problems
from app.accounting.factors.factor import GLOBAL
from app.accounting.factors.regions import region_problems
from app.core.inventory.inventory import FieldProblem
from app.core.inventory.plausible import heat_problem
from app.core.inventory.resources import Catalogue, Resource, UnknownResource, attribute_problems
from app.core.units.units import GAS_UNITS, Dimension, dimension_of

_NAMES = {"lhv": "a lower heating value", "hhv": "a higher heating value", "density": "a density"}


def calorific_problems(
    value: CalorificValue, known: Mapping[str, CalorificValue], catalogue: Catalogue, places: Collection[str]
) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new value; `places` are the plants of the organization and the regions they name."""
    try:
        resource = catalogue.named(value.resource)
    except UnknownResource:
        yield FieldProblem("resource", "unknown_resource", f"{value.resource!r} is not in the catalogue of resources")
        return
    if not resource.is_converted:
        words = f"{value.resource} is no fuel: its energy is metered, and needs no calorific value"
        yield FieldProblem("resource", "not_a_fuel", words)
        return
    for sentence in attribute_problems(resource, value.attributes):
        yield FieldProblem("attributes", "unknown_attribute", sentence)
    if value.region != GLOBAL and value.region not in places:
        yield from region_problems("region", value.region)
    problems = list(stated_problems(value))
    yield from problems
    if not problems:
        yield from _state_problems(value, resource)
        yield from _heat_problems(value, resource)
        yield from _edition_problems(value, known)


def _state_problems(value: CalorificValue, resource: Resource) -> Iterator[FieldProblem]:
    """Only a volume of gas is in a state; a liquid in litres is none."""
    volumes = (value.per, value.density_unit.partition("/")[2] if value.density_unit else None)
    is_gas_volume = any(each in GAS_UNITS or (each and dimension_of(each) is Dimension.VOLUME) for each in volumes)
    if value.conditions is not None and (not is_gas_volume or Dimension.GAS_VOLUME not in resource.dimensions):
        words = f"only a volume of gas is at reference conditions; nothing here is a volume of gas of {resource.key}"
        yield FieldProblem("reference_conditions", "not_applicable", words)
    if value.per in GAS_UNITS and Dimension.GAS_VOLUME not in resource.dimensions:
        yield FieldProblem("per", "unit_mismatch", f"{resource.key} is a liquid: {value.per} is a volume of gas")


def _heat_problems(value: CalorificValue, resource: Resource) -> Iterator[FieldProblem]:
    if value.per is not None:
        for name, heat in (("lhv", value.lhv), ("hhv", value.hhv)):
            if problem := heat_problem(heat, value.energy_unit, value.per, resource, field=name):
                yield problem


def _edition_problems(value: CalorificValue, known: Mapping[str, CalorificValue]) -> Iterator[FieldProblem]:
    if value.supersedes is not None:
        earlier = known.get(value.supersedes)
        if earlier is None:
            words = f"There is no calorific value {value.supersedes!r}"
            yield FieldProblem("supersedes", "unknown_calorific_value", words)
            return
        if earlier.resource != value.resource:
            words = f"{earlier.code!r} is of {earlier.resource}, not of {value.resource}"
            yield FieldProblem("supersedes", "calorific_value_of_another_resource", words)
    replaced = _replaced(value, known)
    for other in known.values():
        both = sorted(value.states & other.states)
        if other.code in replaced or not both or other.series != value.series or not _overlap(value, other):
            continue
        now, then = value.published_on, other.published_on
        if now is None or then is None or now <= then:
            until = f" to {other.valid_to.isoformat()}" if other.valid_to else ""
            words = (
                f"{other.code!r} states {_NAMES[both[0]]} of {other.resource} for {other.region} from"
                f" {other.valid_from.isoformat()}{until} too: name it in `supersedes`, or state a later published_on"
            )
            yield FieldProblem("valid_from", "overlapping_window", words)


def _replaced(value: CalorificValue, known: Mapping[str, CalorificValue]) -> set[str]:
    """Return the codes that the value replaces: what it supersedes, what that superseded, and so on."""
    found: set[str] = set()
    code = value.supersedes
    while code is not None and code not in found:
        found.add(code)
        code = known[code].supersedes if code in known else None
    return found


def _overlap(one: CalorificValue, other: CalorificValue) -> bool:
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )
