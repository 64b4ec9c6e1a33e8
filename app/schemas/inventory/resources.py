"""What the catalogue of resources looks like from outside."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from app.accounting.factors.scopes import emitter_of
from app.core.inventory import resources
from app.core.inventory.resources import QUANTITY_KINDS, Aspect, FuelGroup, MeterKind, Origin, aspect_of
from app.core.units.units import UNITS
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.numbers import PositiveNumber, WholeNumber
from app.schemas.wire.texts import Code, Name, Sentence, Word


class ResourceAttribute(Received):
    """An attribute that qualifies a resource; an empty list of values means free text."""

    name: Word
    values: Annotated[list[Name], Field(max_length=100)]


class EnergyContent(Received):
    """GJ in one canonical unit, on the lower and the higher heating value, and who says so.

    What is not burnt, such as steam by the tonne, has one: `lhv`.
    """

    lhv: PositiveNumber | None = None
    hhv: PositiveNumber | None = None
    source: Sentence


class ResourceCreate(Received):
    """A thing that the organization measures and the catalogue does not have, in its canonical `unit`.

    `fuel.<name>` is burnt: it is energy and emits in Scope 1; `process.<name>` emits in Scope 1. Of other keys `scope`
    says whether they emit, and `aspect` under which chapter of a report they stand; what is left out is told by the
    key's first word. `origin` and `fuel_group` are those of energy; a meter states an origin that is left out. What is
    energy and has another unit states its `energy_content`, a fuel here or by calorific values.
    """

    key: Code
    title: Name
    unit: Word
    kinds: Annotated[list[MeterKind], Field(min_length=1, max_length=3)] = Field(
        default_factory=lambda: list(QUANTITY_KINDS)
    )
    attributes: Annotated[list[ResourceAttribute], Field(max_length=20)] = Field(default_factory=list)
    aspect: Aspect | None = None
    scope: Annotated[WholeNumber, Field(ge=1, le=2)] | None = None
    origin: Origin | None = None
    fuel_group: FuelGroup | None = None
    energy_content: EnergyContent | None = None


class Resource(Shape):
    """A thing that is measured; a key with `<...>` stands for a family. `unit` is its canonical unit.

    `scope` is the one it emits in, null where it does not. `origin` is where its energy always comes from, null where a
    meter states it; `fuel_group` the line of energy statistics that its fossil part belongs to. `own` is what the
    organization has added.
    """

    key: str
    title: str
    unit: str
    units: list[str]
    kinds: list[MeterKind]
    attributes: list[ResourceAttribute]
    aspect: Aspect
    scope: int | None
    origin: Origin | None
    fuel_group: FuelGroup | None
    energy_content: EnergyContent | None
    own: bool


class ResourcePage(Shape):
    """Some resources of the catalogue, and the cursor of those that follow."""

    items: list[Resource]
    next: str | None


def resource_from(resource: resources.Resource) -> Resource:
    """Return the outside view of a resource, with every unit its meters may be in."""
    emitter, content = emitter_of(resource), resource.energy_content
    return Resource(
        key=resource.key,
        title=resource.title,
        unit=resource.unit,
        units=[unit for dimension in resource.dimensions for unit in UNITS[dimension]],
        kinds=list(resource.kinds),
        attributes=[ResourceAttribute(name=name, values=list(values)) for name, values in resource.attributes.items()],
        aspect=resource.aspect,
        scope=None if emitter is None else emitter.scope,
        origin=resource.origin,
        fuel_group=resource.fuel_group,
        energy_content=None if content is None else EnergyContent(**asdict(content)),
        own=resource.own,
    )


def resource_of(body: ResourceCreate) -> resources.Resource:
    """Return the resource that was sent, before what its key implies is added."""
    sent = body.energy_content
    return resources.Resource(
        key=body.key,
        title=body.title,
        unit=body.unit,
        kinds=tuple(dict.fromkeys(body.kinds)),
        attributes={each.name: tuple(each.values) for each in body.attributes},
        origin=body.origin,
        fuel_group=body.fuel_group,
        aspect=body.aspect or aspect_of(body.key),
        scope=body.scope,
        energy_content=None if sent is None else resources.EnergyContent(sent.lhv, sent.hhv, sent.source),
        own=True,
    )
