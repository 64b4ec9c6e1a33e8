"""Where a year's energy comes from and what it is used for: resources, plants, sub-meters, vehicles, what is sold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.accounting.breakdowns.flows import (
    Doubt,
    Flows,
    Node,
    NodeKind,
    SoFar,
    Unknown,
    drawn,
    less,
    summed_by,
    unknown_of,
)
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, Term
from app.accounting.metrics.energy import KWH
from app.accounting.metrics.evaluate import Evaluation
from app.core.inventory.resources import Origin

TOTAL, SOLD = "energy.total", "energy.sold"
_MOBILE = ("vehicle", "off_road")
_HEAT = ("heat", "steam", "cooling")
_Link = tuple[Node, Node, Decimal]


@dataclass(frozen=True, slots=True)
class SubMeters:
    """What each meter of a metric used, by code, and the meter above each of those that are sub-meters."""

    terms: tuple[Term, ...]
    parents: Mapping[str, str] = field(hash=False)

    @property
    def nodes(self) -> dict[str, Node]:
        """Return the node of each meter."""
        return {code: meter_node(term.activity) for term in self.terms for code in term.activity.meters}

    @property
    def values(self) -> dict[str, Decimal]:
        """Return what each used."""
        return summed_by(self.terms, lambda term: term.activity.meters[0])

    @property
    def plants(self) -> dict[str, str]:
        """Return the plant of each."""
        return {term.activity.meters[0]: term.activity.site.place.plant for term in self.terms}

    @property
    def first(self) -> list[str]:
        """Return the sub-meters that are directly below a meter that counts, and have a quantity."""
        return [code for code in self.values if code in self.parents and self.parents[code] not in self.parents]

    def deeper(self) -> Iterator[_Link]:
        """Yield what goes on from a sub-meter to those below it."""
        for code, value in self.values.items():
            above = self.parents.get(code)
            if above in self.parents and above in self.nodes:
                yield self.nodes[above], self.nodes[code], value


def meter_node(activity: Activity) -> Node:
    """Return the node of an activity that one meter has."""
    return Node(NodeKind.METER, activity.meters[0], resource=activity.resource)


def submeters(amount: Amount, parents: Mapping[str, str], come: SoFar) -> tuple[SubMeters, list[Unknown]]:
    """Return the meters of an amount that has a term a meter, and what is not known of the sub-meters among them."""
    unknown = [each for each in unknown_of(amount, meter_node, come) if each.node.name in parents]
    return SubMeters(tuple(amount.plain_terms), parents), unknown


def energy_flows(whole: Evaluation, by_meter: Evaluation, parents: Mapping[str, str], come: SoFar) -> Flows:
    """Return the energy flows of an evaluation in kWh; `by_meter` has a term a meter, `parents` those above.

    A plant's resources come in, each by the instruments that cover it. Out go its sub-meters, fuels of vehicles and
    machines, what is sold, and the rest: of each family of carriers by itself unless something is sold, of which nobody
    knows from what it was made. 100 of gas and 40 of power in, 30 of heat sold and a sub-meter of 25: a rest of 85.
    """
    total, sold = whole.amount(TOTAL, {}), whole.amount(SOLD, {})
    parts = [term for origin in Origin for term in whole.amount(f"energy.source.{origin}", {}).terms]
    below, unknown = submeters(by_meter.amount(TOTAL, {}), parents, come)
    plants = list(dict.fromkeys(term.activity.site.place.plant for term in total.terms))
    links: list[_Link] = [
        (Node(NodeKind.RESOURCE, resource, instrument), Node(NodeKind.PLANT, plant), value)
        for (plant, resource, instrument), value in summed_by(parts, _covered).items()
    ]
    links = _by_meter(links, below) if len(plants) == 1 else links
    for plant in plants:
        uses = list(_uses(plant, total, sold, below))
        links += [each for each in uses if each[2] > 0]
        unknown += [
            Unknown(Node(NodeKind.PLANT, plant), Doubt.EXCEEDED, plant, number=-value)
            for _, node, value in uses
            if value < 0 and node.kind is NodeKind.REST
        ]
    found = [*unknown_of(total, _resource, come), *unknown_of(sold, lambda each: Node(NodeKind.SOLD), come), *unknown]
    return Flows(KWH, {TOTAL: total, SOLD: sold}, drawn([*links, *below.deeper()]), tuple(found))


def _covered(term: Term) -> tuple[str, str, str]:
    instrument = "" if term.instrument is None else term.instrument.code
    return term.activity.site.place.plant, term.activity.resource, instrument


def _resource(activity: Activity) -> Node:
    return Node(NodeKind.RESOURCE, activity.resource)


def _by_meter(links: list[_Link], below: SubMeters) -> list[_Link]:
    """Return what comes in by the meters that count, where a resource has several and no instrument covers any."""
    counted = {code: node for code, node in below.nodes.items() if code not in below.parents}
    if any(source.of for source, _, _ in links) or len(counted) == len({each.resource for each in counted.values()}):
        return links
    found: list[_Link] = []
    for code, node in counted.items():
        value, plant = below.values[code], Node(NodeKind.PLANT, below.plants[code])
        inwards = replace(node, of="in")
        found += [(Node(NodeKind.RESOURCE, node.resource), inwards, value), (inwards, plant, value)]
    return found


def _uses(plant: str, total: Amount, sold: Amount, below: SubMeters) -> Iterator[_Link]:
    """Yield what goes out of a plant; a rest is negative where its parts are more than comes in."""
    place = Node(NodeKind.PLANT, plant)
    terms = [term for term in total.terms if term.activity.site.place.plant == plant]
    left = summed_by(terms, lambda term: family_of(term.activity.resource))
    split = {below.parents[code] for code in below.first}
    uses: list[tuple[Node, str, Decimal]] = [
        (below.nodes[code], family_of(below.nodes[code].resource), below.values[code])
        for code in below.first
        if below.plants[code] == plant
    ]
    mobile = [term for term in terms if not split & set(term.activity.meters)]
    for use, value in summed_by(mobile, lambda term: term.activity.attributes.get("use", "")).items():
        if use in _MOBILE:
            uses.append((Node(NodeKind.USE, use), "fuel", value))
    given = [term for term in sold.terms if term.activity.site.place.plant == plant]
    for resource, value in summed_by(given, lambda term: term.activity.resource).items():
        uses.append((Node(NodeKind.SOLD, resource), "", value))
    for node, _, value in uses:
        yield place, node, value
    if any(value for node, _, value in uses if node.kind is NodeKind.SOLD):
        yield place, Node(NodeKind.REST), less(sum(left.values(), Decimal(0)), [value for _, _, value in uses])
        return
    for family, value in left.items():
        yield place, Node(NodeKind.REST, family), less(value, [part for _, of, part in uses if of == family])


def family_of(resource: str) -> str:
    """Return what kind of energy a resource is: electricity, heat, fuel, or other."""
    first = resource.partition(".")[0]
    return "heat" if first in _HEAT else first if first in ("electricity", "fuel") else "other"
