"""The catalogue of resources: what may be measured, in which canonical unit, qualified by which attributes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property, lru_cache

from app.core.datafile import documents
from app.core.units.units import Dimension, dimension_of


class MeterKind(StrEnum):
    """What a reading of the meter says."""

    INTERVAL = "interval"
    REGISTER = "register"
    EVENT = "event"
    STOCK = "stock"
    GAUGE = "gauge"


class Origin(StrEnum):
    """What energy was won from; the three parts of an activity are the whole of it."""

    FOSSIL = "fossil"
    NUCLEAR = "nuclear"
    RENEWABLE = "renewable"


class FuelGroup(StrEnum):
    """The line of energy statistics to which the fossil part of a fuel belongs (ESRS E1-5, paragraph 38 a to d)."""

    COAL = "coal"
    OIL = "oil"
    GAS = "gas"
    OTHER = "other"


class Aspect(StrEnum):
    """Which chapter of a report a resource belongs to; `profile` is what an organization is and makes."""

    ENERGY = "energy"
    EMISSIONS = "emissions"
    WATER = "water"
    WASTE = "waste"
    MATERIALS = "materials"
    PROFILE = "profile"


FUELS = "fuel.*"
"""The pattern of what is burnt."""

RENEWABLE_SHARE = "renewable_share"
QUANTITY_KINDS = (MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.EVENT)
_FAMILY = re.compile(r"<[a-z]+>")
_MEMBER = r"[A-Za-z0-9_-]{1,32}"


class UnknownResource(ValueError):
    """The catalogue has no such resource."""


class UnknownAttribute(ValueError):
    """The resource is not qualified by this attribute, or not with this value."""


_ASPECTS = {
    "fuel": Aspect.ENERGY,
    "electricity": Aspect.ENERGY,
    "heat": Aspect.ENERGY,
    "steam": Aspect.ENERGY,
    "cooling": Aspect.ENERGY,
    "process": Aspect.EMISSIONS,
    "refrigerant": Aspect.EMISSIONS,
    "air": Aspect.EMISSIONS,
    "water": Aspect.WATER,
    "waste": Aspect.WASTE,
    "packaging": Aspect.MATERIALS,
    "material": Aspect.MATERIALS,
}


def aspect_of(key: str) -> Aspect:
    """Return the aspect that the first part of a resource's key tells."""
    return _ASPECTS.get(key.partition(".")[0], Aspect.PROFILE)


@dataclass(frozen=True, slots=True)
class EnergyContent:
    """GJ in one canonical unit, by the lower and by the higher heating value, where known; and who says so."""

    lhv: Decimal | None
    hhv: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that is measured. `attributes` maps each name to its allowed values; none listed means free text.

    origin is where its energy always comes from; None where a meter states it, or where there is no energy in it. An
    organization's `own` one states the scope that it emits in, unless its key tells, and the energy in its unit.
    """

    key: str
    title: str
    unit: str
    kinds: tuple[MeterKind, ...]
    attributes: Mapping[str, tuple[str, ...]] = field(hash=False)
    origin: Origin | None = None
    fuel_group: FuelGroup | None = None
    aspect: Aspect = Aspect.PROFILE
    scope: int | None = None
    energy_content: EnergyContent | None = None
    own: bool = False

    @property
    def dimension(self) -> Dimension:
        """Return what its canonical unit measures."""
        return dimension_of(self.unit)

    @property
    def is_fuel(self) -> bool:
        """Tell whether it is burnt for its energy, so that calorific values and densities convert it."""
        return matches(FUELS, self.key)

    @property
    def is_converted(self) -> bool:
        """Tell whether stated values make energy of it: a fuel, or what is bought as energy in another kind of unit."""
        return self.is_fuel or (self.own and self.aspect is Aspect.ENERGY and self.dimension is not Dimension.ENERGY)

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """Return what its meters may measure: a fuel's energy, volume or mass, whatever its canonical unit.

        A fuel in litres is a liquid. What is sold by mass may be metered as a gas; stack gas is one.
        """
        if self.is_fuel:
            gas = () if self.unit == "L" else (Dimension.GAS_VOLUME,)
            rest = (Dimension.ENERGY, Dimension.VOLUME, Dimension.MASS)
            return (self.dimension, *(each for each in (*rest, *gas) if each is not self.dimension))
        return (self.dimension, *((Dimension.GAS_VOLUME,) if self.key == "air.flow" else ()))


@dataclass(frozen=True)
class Catalogue:
    """What an organization may measure: the resources and families that ship, and its `own` beside them."""

    own: tuple[Resource, ...] = ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return every resource and family: those that ship in the order of the data file, then the own ones."""
        return (*(each for each in shipped_resources() if each.key not in self._own), *self.own)

    @property
    def carriers(self) -> tuple[Resource, ...]:
        """Return the own resources that are bought as energy: those of that aspect that are no fuels."""
        return tuple(each for each in self.own if each.aspect is Aspect.ENERGY and not matches(FUELS, each.key))

    def own_quantities(self, *aspects: Aspect) -> tuple[Resource, ...]:
        """Return the own resources of these aspects that have a quantity, and are no levels."""
        return tuple(each for each in self.own if each.aspect in aspects and set(each.kinds) <= set(QUANTITY_KINDS))

    @cached_property
    def _own(self) -> Mapping[str, Resource]:
        return {resource.key: resource for resource in self.own}

    def named(self, key: str) -> Resource:
        """Return the resource `key`, a family's member under its own key; raises UnknownResource.

        What the organization has defined keeps its meaning when a later release ships the same key.
        """
        return self._own.get(key) or _shipped(key)


@lru_cache(maxsize=1)
def shipped_resources() -> tuple[Resource, ...]:
    """Return every resource and family that ships, in the order of the data file."""
    (rows,) = documents("resources.yaml")
    return tuple(
        Resource(
            key=row["key"],
            title=row["title"],
            unit=row["unit"],
            kinds=tuple(MeterKind(kind) for kind in row.get("kinds", QUANTITY_KINDS)),
            attributes={name: tuple(values) for name, values in row.get("attributes", {}).items()},
            origin=Origin(row["origin"]) if "origin" in row else None,
            fuel_group=FuelGroup(row["fuel_group"]) if "fuel_group" in row else None,
            aspect=aspect_of(row["key"]),
        )
        for row in rows
    )


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[re.Pattern[str], Resource], ...]:
    return tuple(
        (re.compile(_FAMILY.sub(_MEMBER, re.escape(resource.key))), resource)
        for resource in shipped_resources()
        if _FAMILY.search(resource.key)
    )


@lru_cache(maxsize=4096)
def _shipped(key: str) -> Resource:
    for resource in shipped_resources():
        if resource.key == key:
            return resource
    for pattern, family in _families():
        if pattern.fullmatch(key):
            return replace(family, key=key)
    raise UnknownResource(key)


SHIPPED = Catalogue()
"""What every organization may measure."""


def share_in(text: str) -> Decimal | None:
    """Return the part of a whole, 0 to 1, that an attribute says in digits such as `0.07`; None for any other text."""
    digits = text.replace(".", "", 1)
    share = Decimal(text) if digits.isascii() and digits.isdigit() else None
    return share if share is not None and share <= 1 else None


def attribute_problems(resource: Resource, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for each attribute that does not fit the resource."""
    for name, value in attributes.items():
        if name not in resource.attributes:
            allowed = ", ".join(resource.attributes) or "none"
            yield f"{resource.key} has no attribute {name!r}; it takes: {allowed}"
        elif resource.attributes[name] and value not in resource.attributes[name]:
            yield f"{name} of {resource.key} is one of {', '.join(resource.attributes[name])}, not {value!r}"
        elif name == RENEWABLE_SHARE and share_in(value) is None:
            yield f"{name} of {resource.key} is a part of 1, such as 0.07, not {value!r}"


def matches(pattern: str, key: str) -> bool:
    """Tell whether the resource `key` is `pattern`, or lies under a `pattern` that ends in `.*`."""
    return key == pattern or (pattern.endswith(".*") and key.startswith(pattern[:-1]))
