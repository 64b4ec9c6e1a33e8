"""What a new factor and a list of pins must satisfy before they are stored, problem by problem."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import other_gases
from app.accounting.factors.need import Pin
from app.accounting.factors.scopes import emitters
from app.core.inventory.inventory import FieldProblem, unit_problem
from app.core.inventory.plausible import emission_problem
from app.core.inventory.resources import Catalogue, Resource, UnknownResource, attribute_problems, matches
from app.core.units.units import Dimension, dimension_of

GASES = ("kg_co2", "kg_co2_biogenic", "kg_ch4", "kg_ch4_nonfossil", "kg_n2o")


def factor_problems(factor: Factor, known: Mapping[str, Factor], catalogue: Catalogue) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new factor beside those that are known by code, beyond the form of its fields."""
    try:
        resource = catalogue.named(factor.resource)
    except UnknownResource:
        yield FieldProblem("resource", "unknown_resource", f"{factor.resource!r} is not in the catalogue of resources")
    else:
        yield from _unit_problems(factor, resource)
        for sentence in attribute_problems(resource, factor.attributes):
            yield FieldProblem("attributes", "unknown_attribute", sentence)
    yield from _gas_problems(factor)
    if factor.valid_to is not None and factor.valid_to <= factor.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")
    else:
        yield from _edition_problems(factor, known)


def _unit_problems(factor: Factor, resource: Resource) -> Iterator[FieldProblem]:
    """A fuel may be counted as energy on a stated heating value, by volume or by mass, whatever its own unit is."""
    if problem := unit_problem(factor.per, *resource.dimensions, field="per"):
        yield problem
    elif resource.is_fuel and dimension_of(factor.per) is Dimension.ENERGY and factor.basis is None:
        yield FieldProblem("basis", "missing", "a factor per unit of a fuel's energy states LHV or HHV")
    elif factor.calorific_value is not None and dimension_of(factor.per) is Dimension.ENERGY:
        words = "a calorific value is the heat in a mass or volume of fuel: state the factor per t, L or m3"
        yield FieldProblem("derived_from", "not_applicable", words)
    else:
        masses = (("kg_co2e", factor.kg_co2e), ("kg_co2", factor.kg_co2), ("kg_co2_biogenic", factor.kg_co2_biogenic))
        for name, kg in masses:
            if problem := emission_problem(kg, factor.per, resource, field=name):
                yield problem


def _gas_problems(factor: Factor) -> Iterator[FieldProblem]:
    stated = any(getattr(factor, gas) is not None for gas in GASES) or bool(factor.other_gases)
    if stated == (factor.kg_co2e is not None):
        yield FieldProblem("kg_co2e", "gases_or_co2e", f"state {', '.join(GASES)}, other_gases, or else kg_co2e alone")
    for gas in sorted(set(factor.other_gases) - other_gases()):
        known = ", ".join(sorted(other_gases()))
        yield FieldProblem("other_gases", "unknown_gas", f"No GWP set has a potential of {gas!r}; known are {known}")


def _edition_problems(factor: Factor, known: Mapping[str, Factor]) -> Iterator[FieldProblem]:
    if factor.supersedes is not None:
        earlier = known.get(factor.supersedes)
        if earlier is None:
            yield FieldProblem("supersedes", "unknown_factor", f"There is no factor {factor.supersedes!r}")
            return
        if earlier.resource != factor.resource:
            words = f"The factor {earlier.code!r} is for {earlier.resource}, not for {factor.resource}"
            yield FieldProblem("supersedes", "factor_of_another_resource", words)
    replaced = _replaced(factor, known)
    for other in known.values():
        if other.series == factor.series and other.code not in replaced and _overlap(factor, other):
            now, then = factor.published_on, other.published_on
            if now is None or then is None or now <= then:
                words = (
                    f"The factor {other.code!r} of the same series is in force from {other.valid_from.isoformat()}"
                    f" to {other.valid_to.isoformat() if other.valid_to else 'now'}: name it in `supersedes`, or state"
                    " a later published_on"
                )
                yield FieldProblem("valid_from", "overlapping_window", words)


def displaced_by(factor: Factor, known: Mapping[str, Factor]) -> list[str]:
    """Return the codes of those known whose place a new factor takes: what it supersedes, and editions it overlaps."""
    overlapped = {other.code for other in known.values() if other.series == factor.series and _overlap(factor, other)}
    return sorted(overlapped | ({factor.supersedes} if factor.supersedes is not None else set()))


def _replaced(factor: Factor, known: Mapping[str, Factor]) -> set[str]:
    """Return the codes that the factor replaces: what it supersedes, what that superseded, and so on."""
    found: set[str] = set()
    code = factor.supersedes
    while code is not None and code not in found:
        found.add(code)
        code = known[code].supersedes if code in known else None
    return found


def _overlap(one: Factor, other: Factor) -> bool:
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def pin_problems(pins: Sequence[Pin], known: Mapping[str, Factor], plants: Collection[str]) -> Iterator[FieldProblem]:
    """Yield what is wrong with pins, each by its place in the list, beside the factors and plants that exist."""
    seen: set[object] = set()
    for index, pin in enumerate(pins):
        factor = known.get(pin.factor)
        if factor is None:
            yield FieldProblem("factor", "unknown_factor", f"There is no factor {pin.factor!r}", index)
        elif not serves(factor, pin.resource):
            detail = f"The factor {pin.factor!r} is for {factor.resource}, not for {pin.resource}"
            yield FieldProblem("factor", "factor_of_another_resource", detail, index)
        if pin.plant is not None and pin.plant not in plants:
            yield FieldProblem("plant", "unknown_plant", f"There is no plant {pin.plant!r}", index)
        if pin.target in seen:
            yield FieldProblem("resource", "pinned_twice", "An earlier pin of the list is for the same", index)
        seen.add(pin.target)


def serves(factor: Factor, pattern: str) -> bool:
    """Tell whether a factor is for a resource under the pattern, or for the resource whose factors one of them uses."""
    return matches(pattern, factor.resource) or any(
        matches(pattern, emitter.resource) and emitter.factors_of == factor.resource for emitter in emitters()
    )
