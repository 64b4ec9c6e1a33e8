"""What a region looks like from outside."""

from collections.abc import Collection

from app.accounting.factors import regions
from app.accounting.factors.regions import RegionKind
from app.schemas.wire.base import Shape


class Region(Shape):
    """Where a plant may stand. `resources` are those that shipped factors of this very region are for."""

    code: str
    kind: RegionKind
    name: str
    country: str
    also: list[str]
    resources: list[str]


class RegionPage(Shape):
    """Some regions, and the cursor of those that follow."""

    items: list[Region]
    next: str | None


def region_from(region: regions.Region, resources: Collection[str]) -> Region:
    """Return the outside view of a region with the resources that shipped factors know there."""
    return Region(
        code=region.code,
        kind=region.kind,
        name=region.name,
        country=region.country,
        also=list(region.also),
        resources=sorted(resources),
    )
