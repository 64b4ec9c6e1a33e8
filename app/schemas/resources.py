"""What the catalogue of resources looks like from outside."""

from pydantic import BaseModel

from app.core import resources
from app.core.resources import FuelGroup, MeterKind, Origin
from app.core.units import UNITS


class ResourceAttribute(BaseModel):
    """An attribute that qualifies a resource; an empty list of values means free text."""

    name: str
    values: list[str]


class Resource(BaseModel):
    """A thing that is measured; a key with `<...>` stands for a family. `unit` is its canonical unit.

    `origin` is where its energy always comes from, null where a meter states it; `fuel_group` the line of energy
    statistics that its fossil part belongs to.
    """

    key: str
    title: str
    unit: str
    units: list[str]
    kinds: list[MeterKind]
    attributes: list[ResourceAttribute]
    origin: Origin | None
    fuel_group: FuelGroup | None


class ResourcePage(BaseModel):
    """The resources of the catalogue."""

    items: list[Resource]
    next: str | None


def resource_from(resource: resources.Resource) -> Resource:
    """Return the outside view of a resource, with every unit its meters may be in."""
    return Resource(
        key=resource.key,
        title=resource.title,
        unit=resource.unit,
        units=list(UNITS[resource.dimension]),
        kinds=list(resource.kinds),
        attributes=[ResourceAttribute(name=name, values=list(values)) for name, values in resource.attributes.items()],
        origin=resource.origin,
        fuel_group=resource.fuel_group,
    )
