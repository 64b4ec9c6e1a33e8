"""The catalogue of resources: what may be measured, in which canonical unit, qualified by which attributes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

import yaml

from app.core.units import Dimension, dimension_of


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


QUANTITY_KINDS = (MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.EVENT)
_FAMILY = re.compile(r"<[a-z]+>")
_MEMBER = r"[A-Za-z0-9_-]{1,32}"


class UnknownResource(ValueError):
    """The catalogue has no such resource."""


class UnknownAttribute(ValueError):
    """The resource is not qualified by this attribute, or not with this value."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing that is measured. `attributes` maps each name to its allowed values; none listed means free text.

    origin is where its energy always comes from; None where a meter states it, or where there is no energy in it.
    """

    key: str
    title: str
    unit: str
    kinds: tuple[MeterKind, ...]
    attributes: Mapping[str, tuple[str, ...]]
    origin: Origin | None = None
    fuel_group: FuelGroup | None = None

    @property
    def dimension(self) -> Dimension:
        return dimension_of(self.unit)


@lru_cache(maxsize=1)
def catalogue() -> tuple[Resource, ...]:
    """Return every resource and family in the order of the data file."""
    rows = yaml.safe_load(files("app.reference").joinpath("resources.yaml").read_text("utf-8"))
    return tuple(
        Resource(
            key=row["key"],
            title=row["title"],
            unit=row["unit"],
            kinds=tuple(MeterKind(kind) for kind in row.get("kinds", QUANTITY_KINDS)),
            attributes={name: tuple(values) for name, values in row.get("attributes", {}).items()},
            origin=Origin(row["origin"]) if "origin" in row else None,
            fuel_group=FuelGroup(row["fuel_group"]) if "fuel_group" in row else None,
        )
        for row in rows
    )


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[re.Pattern[str], Resource], ...]:
    return tuple(
        (re.compile(_FAMILY.sub(_MEMBER, re.escape(resource.key))), resource)
        for resource in catalogue()
        if _FAMILY.search(resource.key)
    )


@lru_cache(maxsize=4096)
def resource_for(key: str) -> Resource:
    """Return the resource `key`, a family's member under its own key; raises UnknownResource."""
    for resource in catalogue():
        if resource.key == key:
            return resource
    for pattern, family in _families():
        if pattern.fullmatch(key):
            return replace(family, key=key)
    raise UnknownResource(key)


def attribute_problems(resource: Resource, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield one sentence for each attribute that does not fit the resource."""
    for name, value in attributes.items():
        if name not in resource.attributes:
            allowed = ", ".join(resource.attributes) or "none"
            yield f"{resource.key} has no attribute {name!r}; it takes: {allowed}"
        elif resource.attributes[name] and value not in resource.attributes[name]:
            yield f"{name} of {resource.key} is one of {', '.join(resource.attributes[name])}, not {value!r}"


def matches(pattern: str, key: str) -> bool:
    """Tell whether the resource `key` is `pattern`, or lies under a `pattern` that ends in `.*`."""
    return key == pattern or (pattern.endswith(".*") and key.startswith(pattern[:-1]))
