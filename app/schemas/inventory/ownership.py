"""How much of a plant is owned: a share, or the chain of owners whose shares multiply to it."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Annotated, Any, Protocol

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.core.inventory.inventory import FieldProblem
from app.core.units.quantities import EXACT
from app.schemas.wire.base import Flag, Received
from app.schemas.wire.numbers import json_number
from app.schemas.wire.texts import Name

_MOST_LINKS = 5
LinkShare = Annotated[
    Decimal,
    BeforeValidator(json_number),
    Field(gt=0, le=1, decimal_places=4),
    WithJsonSchema({"type": "number", "format": "decimal", "exclusiveMinimum": 0, "maximum": 1}),
]
"""A part of a whole to a hundredth of a percent, so that the product of five has no more than twenty places."""


class OwnershipLink(Received):
    """An entity in the chain of owners, from the organization down, and the share that the one before holds of it."""

    entity: Name
    share: LinkShare


Chain = Annotated[list[OwnershipLink], Field(min_length=1, max_length=_MOST_LINKS)]


class HeldFields(Received):
    """How a plant is held. With `ownership_chain` the equity share is its product, and is left out.

    A joint operation enters with its equity share whichever approach the organization consolidates by.
    """

    ownership_chain: Chain | None = None
    joint_operation: Flag = False


class Held(Protocol):
    """What states a share, or a chain."""

    @property
    def equity_share(self) -> Decimal: ...
    @property
    def ownership_chain(self) -> list[OwnershipLink] | None: ...
    @property
    def model_fields_set(self) -> set[str]: ...


def product_of(chain: Iterable[OwnershipLink]) -> Decimal:
    """Return what is owned through a chain: 50 % of a subsidiary that is owned to 83 % is 41.5 %."""
    share = Decimal(1)
    with localcontext(EXACT):
        for link in chain:
            share *= link.share
    return share


def held_share(held: Held) -> Decimal:
    """Return the share that is stated, or the chain's product."""
    return held.equity_share if held.ownership_chain is None else product_of(held.ownership_chain)


def ownership_problems(held: Held, *, index: int | None = None) -> Iterator[FieldProblem]:
    """Yield a problem where a share is stated beside a chain that gives another."""
    if held.ownership_chain is None or "equity_share" not in held.model_fields_set:
        return
    if held.equity_share != product_of(held.ownership_chain):
        words = f"the chain gives {product_of(held.ownership_chain)}, not {held.equity_share}; leave equity_share out"
        yield FieldProblem("equity_share", "contradicts_chain", words, index)


def stored_chain(chain: Iterable[OwnershipLink] | None) -> list[dict[str, str]] | None:
    """Return a chain as it is stored: its shares as digits."""
    return None if chain is None else [{"entity": link.entity, "share": str(link.share)} for link in chain]


def chain_from(stored: Iterable[Mapping[str, Any]] | None) -> list[OwnershipLink] | None:
    """Return the outside view of a stored chain."""
    if stored is None:
        return None
    return [OwnershipLink(entity=link["entity"], share=Decimal(link["share"])) for link in stored]
