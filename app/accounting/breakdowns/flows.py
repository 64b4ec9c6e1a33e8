"""What flows from where to where in a year: nodes, flows between them, and what of it nobody knows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import TypeVar

from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, Term, entered
from app.accounting.metrics.breakdown import part_of
from app.core.units.quantities import EXACT

_Key = TypeVar("_Key")


class NodeKind(StrEnum):
    """What a node is; what its name says depends on it."""

    RESOURCE = "resource"
    SOURCE = "source"
    METER = "meter"
    PLANT = "plant"
    ALL = "all"
    USE = "use"
    SOLD = "sold"
    REST = "rest"
    DESTINATION = "destination"
    CONSUMED = "consumed"
    TREATMENT = "treatment"
    FATE = "fate"


@dataclass(frozen=True, slots=True)
class Node:
    """A place that something comes from or goes to: a resource by its key, a meter by its code, and so on.

    `of` qualifies a resource: the instrument that covers this part of it, or the stream of a waste. `resource` is the
    one that a meter measures.
    """

    kind: NodeKind
    name: str = ""
    of: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from one node to another, in the unit of its flows; never negative, and never nothing."""

    source: Node
    target: Node
    value: Decimal


class Doubt(StrEnum):
    """Why something is not, or not wholly, in the flows."""

    NO_READING = "no_reading"
    PARTIAL = "partial"
    LACKING = "lacking"
    EXCEEDED = "exceeded"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What is not known of a node: a share of time that is covered, an excess in the flows' unit, or words."""

    node: Node
    doubt: Doubt
    plant: str = ""
    number: Decimal | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows of a year in one unit, the totals they are parts of by metric, and what is not known of them."""

    unit: str
    totals: Mapping[str, Amount]
    flows: tuple[Flow, ...]
    unknown: tuple[Unknown, ...]


def summed_by(terms: Iterable[Term], key: Callable[[Term], _Key]) -> dict[_Key, Decimal]:
    """Return the exact sum of the terms of each key, in the order in which keys come first."""
    found: dict[_Key, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for term in terms:
            found[key(term)] += term.value
    return dict(found)


def less(whole: Decimal, parts: Iterable[Decimal]) -> Decimal:
    """Return what is left of a whole without its parts; negative where these are more."""
    with localcontext(EXACT):
        return whole - sum(parts, Decimal(0))


def drawn(flows: Iterable[tuple[Node, Node, Decimal]]) -> tuple[Flow, ...]:
    """Return the flows that have a size, those between the same two nodes added up."""
    sums: dict[tuple[Node, Node], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for source, target, value in flows:
            sums[source, target] += value
    return tuple(Flow(*ends, value) for ends, value in sums.items() if value > 0)


SoFar = Callable[[Amount], Amount]
"""An amount with the coverage of the days that have come."""


def unknown_of(amount: Amount, node_of: Callable[[Activity], Node], come: SoFar) -> Iterator[Unknown]:
    """Yield what is not known of the activities of an amount, by node and plant, of the days that have come.

    That is what has no reading though one was expected, what readings cover in part, and what has no value in this
    unit, such as a fuel without a calorific value.
    """
    amount = come(amount)
    keys = dict.fromkeys((node_of(each), each.site.place.plant) for each in amount.activities)
    for node, plant in keys:
        part = part_of(amount, lambda each, of=(node, plant): (node_of(each), each.site.place.plant) == of)  # type: ignore[misc]
        for gap in part.gaps:
            yield Unknown(node, Doubt.LACKING, plant, detail=gap.finding.detail)
        share = entered(part.activities, ()).share
        if not part.has_data:
            if share is not None:
                yield Unknown(node, Doubt.NO_READING, plant)
        elif share is not None and share < 1:
            yield Unknown(node, Doubt.PARTIAL, plant, number=share)
