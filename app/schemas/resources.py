"""What the catalogue of resources looks like from outside."""

from pydantic import BaseModel

from app.core import resources
from app.core.resources import MeterKind
from app.core.units import UNITS


class ResourceAttribute(BaseModel):
    """An attribute that qualifies a resource; an empty list of values means free text."""

    name: str
    values: list[str]


class Resource(BaseModel):
    """A thing that is measured; a key with `<...>` stands for a family. `unit` is its canonical unit."""

    key: str
    title: str
    unit: str
    units: list[str]
    kinds: list[MeterKind]
    attributes: list[ResourceAttribute]


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
    )
