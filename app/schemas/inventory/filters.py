"""Filters of lists: a filter that is repeated means any of what it names, one that is omitted means all."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import Query

from app.schemas.inventory.meters import ResourceKey
from app.schemas.wire.texts import Code

PlantFilter: TypeAlias = Annotated[tuple[Code, ...], Query(description="Only these plants; repeat for more.")]
MeterFilter: TypeAlias = Annotated[tuple[Code, ...], Query(description="Only these meters; repeat for more.")]
ResourceFilter: TypeAlias = Annotated[
    tuple[ResourceKey, ...], Query(description="Only these resources; repeat for more.")
]


def one_of(codes: Sequence[str]) -> str | None:
    """Return the one code that was asked for; None when it was none or several."""
    return codes[0] if len(set(codes)) == 1 else None
