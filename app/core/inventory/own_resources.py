"""What a resource that an organization adds to the catalogue must satisfy before it is stored."""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.inventory.inventory import FieldProblem
from app.core.inventory.plausible import MATTER, heat_problem
from app.core.inventory.resources import FUELS, QUANTITY_KINDS, Aspect, FuelGroup, Origin, Resource, matches
from app.core.units.quantities import plain
from app.core.units.units import UNITS, Dimension, UnknownUnit, dimension_of

PROCESSES = "process.*"
_GAS_VOLUMES = ("m3", "Nm3", "Sm3")
_FUEL_VOLUMES = ("L", *_GAS_VOLUMES)

_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9][A-Za-z0-9_-]*)+")
_RESERVED = {
    "electricity": "meter electricity.grid, .green, .solar, .generated or .exported; own factors tell suppliers apart",
    "water": "meter water.withdrawal, .recycled, .discharge or .stored, with source or destination as an attribute",
    "waste": "meter waste.hazardous or waste.nonhazardous, with stream and treatment as attributes",
    "packaging": "meter packaging, with its material as an attribute",
    "refrigerant": "any refrigerant.<gas> can be metered; an own factor states its gases",
    "air": "any air.<pollutant>.mass and air.<pollutant>.concentration can be metered",
}


def with_implied(resource: Resource) -> Resource:
    """Return the resource with what its key and aspect imply: Scope 1 of what is burnt or processed, and attributes."""
    implied = dict(_implied_attributes(resource))
    scope = 1 if _is_of_scope_1(resource.key) and resource.scope is None else resource.scope
    return replace(resource, scope=scope, attributes={**implied, **resource.attributes})


def resource_problems(resource: Resource) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new resource before what it implies is added, beyond the form of its fields."""
    yield from _key_problems(resource.key)
    try:
        dimension = dimension_of(resource.unit)
    except UnknownUnit:
        known = ", ".join(unit for units in UNITS.values() for unit in units)
        yield FieldProblem("unit", "unknown_unit", f"{resource.unit!r} is not a unit; use one of {known}")
        return
    yield from _kind_problems(resource)
    if resource.scope not in (None, 1) and _is_of_scope_1(resource.key):
        words = (
            f"What is burnt or processed emits in Scope 1, not {resource.scope}: leave scope out, or use another key"
        )
        yield FieldProblem("scope", "contradicts_key", words)
    for name in sorted(resource.attributes.keys() & dict(_implied_attributes(resource)).keys()):
        yield FieldProblem("attributes", "implied_attribute", f"{resource.key} has the attribute {name!r} anyway")
    yield from _energy_problems(resource, dimension)
    yield from _content_problems(resource, dimension)


def _is_of_scope_1(key: str) -> bool:
    return matches(FUELS, key) or matches(PROCESSES, key)


def _implied_attributes(resource: Resource) -> Iterator[tuple[str, tuple[str, ...]]]:
    if matches(FUELS, resource.key):
        yield "use", ("stationary", "vehicle", "off_road")
        yield "renewable_share", ()
    if resource.aspect is Aspect.ENERGY and resource.origin is None:
        yield "origin", tuple(Origin)


def _key_problems(key: str) -> Iterator[FieldProblem]:
    if not _KEY.fullmatch(key):
        words = "A key is two or more words of letters, digits, - and _, joined by dots, such as fuel.bagasse"
        yield FieldProblem("key", "invalid_key", words)
    elif "intensity" in key.split("."):
        yield FieldProblem("key", "reserved_key", "`intensity` is a word of the keys of figures")
    elif (first := key.partition(".")[0]) in _RESERVED:
        words = f"What begins with {first} ships, so that totals hold all of it: {_RESERVED[first]}"
        yield FieldProblem("key", "reserved_key", words)


def _kind_problems(resource: Resource) -> Iterator[FieldProblem]:
    counted = set(resource.kinds) <= set(QUANTITY_KINDS)
    if not resource.kinds or not (counted or len(resource.kinds) == 1):
        words = (
            "A resource is measured as a quantity (interval, register, event), as a stock alone, or as a gauge alone"
        )
        yield FieldProblem("kinds", "kinds_do_not_mix", words)
    elif not counted and (resource.scope is not None or _is_of_scope_1(resource.key)):
        yield FieldProblem("kinds", "no_quantity", f"A {resource.kinds[0]} has no quantity that could emit")
    elif not counted and resource.aspect is Aspect.ENERGY:
        yield FieldProblem("kinds", "no_quantity", f"A {resource.kinds[0]} has no quantity that could be energy")


def _energy_problems(resource: Resource, dimension: Dimension) -> Iterator[FieldProblem]:
    """A fuel is energy, and says in which line of energy statistics; other things may be bought as energy."""
    if matches(FUELS, resource.key):
        if resource.aspect is not Aspect.ENERGY:
            words = f"What begins with fuel is energy, not {resource.aspect}; material.<name> is what is not burnt"
            yield FieldProblem("aspect", "contradicts_key", words)
        if dimension is not Dimension.MASS and resource.unit not in _FUEL_VOLUMES:
            words = f"A fuel's canonical unit is one of mass, L for a liquid, or {', '.join(_GAS_VOLUMES)} for a gas;"
            yield FieldProblem("unit", "unit_mismatch", f"{words} its meters may be in others, and in units of energy")
        if resource.origin is not Origin.RENEWABLE and resource.fuel_group is None:
            words = f"A fuel that is not renewable belongs to a group of energy statistics: {', '.join(FuelGroup)}"
            yield FieldProblem("fuel_group", "missing", words)
        if resource.origin is Origin.RENEWABLE and resource.fuel_group is not None:
            yield FieldProblem("fuel_group", "not_applicable", "A renewable fuel has no part in a group of fossil ones")
    elif resource.fuel_group is not None:
        yield FieldProblem("fuel_group", "not_applicable", "Only fuels, whose keys begin with fuel., are in a group")
    if resource.origin is not None and resource.aspect is not Aspect.ENERGY:
        yield FieldProblem(
            "origin", "not_applicable", "Only a resource of the aspect energy has an origin of its energy"
        )


def _content_problems(resource: Resource, dimension: Dimension) -> Iterator[FieldProblem]:
    """What is bought as energy says how much of it is in its unit; of a fuel that may be stated later, by itself."""
    content = resource.energy_content
    if content is None:
        if resource.is_converted and not resource.is_fuel:
            words = f"{resource.unit} is no unit of energy: state energy_content.lhv, the GJ in one {resource.unit}"
            yield FieldProblem("energy_content", "missing", words)
        return
    if resource.aspect is not Aspect.ENERGY or dimension is Dimension.ENERGY:
        words = "Only a resource of the aspect energy has it, unless its unit is one of energy anyway"
        yield FieldProblem("energy_content", "not_applicable", words)
    if content.lhv is None and content.hhv is None:
        yield FieldProblem("energy_content", "nothing_stated", "State lhv, hhv or both: the GJ in one unit")
    elif content.lhv is None and not resource.is_fuel:
        yield FieldProblem("energy_content", "missing", "What is not burnt has one energy content: state it as lhv")
    elif content.hhv is not None and content.lhv is not None and content.hhv < content.lhv:
        words = f"A higher heating value ({plain(content.hhv)}) is not below the lower one ({plain(content.lhv)})"
        yield FieldProblem("energy_content", "hhv_below_lhv", words)
    for heat in (content.lhv, content.hhv) if dimension in MATTER else ():
        if problem := heat_problem(heat, "GJ", resource.unit, resource, field="energy_content"):
            yield problem
