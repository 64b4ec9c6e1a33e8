"""Where a year's water comes from and goes to, and what becomes of its waste."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.accounting.breakdowns.energy_flows import SubMeters, submeters
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
from app.accounting.metrics.evaluate import Evaluation

_Link = tuple[Node, Node, Decimal]
WITHDRAWAL, RECYCLED, DISCHARGE, CONSUMPTION = "water.total", "water.recycled", "water.discharge", "water.consumption"
PRODUCED, DIVERTED, DIRECTED = "waste.produced", "waste.diverted", "waste.directed"


def water_flows(whole: Evaluation, by_meter: Evaluation, parents: Mapping[str, str], come: SoFar) -> Flows:
    """Return the water flows of an evaluation in m3: sources, plants, discharge by destination, and consumption.

    One plant's water goes by its sub-meters, several plants' by these. What is recycled is in no flow: it goes round.
    """
    taken, given = whole.amount(WITHDRAWAL, {}), whole.amount(DISCHARGE, {})
    consumed = whole.amount(CONSUMPTION, {})
    below, unknown = submeters(by_meter.amount(WITHDRAWAL, {}), parents, come)
    plants = list(dict.fromkeys(term.activity.site.place.plant for term in (*taken.terms, *given.terms)))
    if len(plants) == 1:
        node = Node(NodeKind.PLANT, plants[0])
        links = _into(node, taken, below)
    else:
        node = Node(NodeKind.ALL)
        links = _through(node, taken)
    links += [(node, to, value) for to, value in summed_by(given.terms, _destination).items()]
    if consumed.value is not None:
        links.append((node, Node(NodeKind.CONSUMED), consumed.value))
    excess = [] if consumed.value is None or consumed.value >= 0 else [-consumed.value]
    found = [
        *unknown_of(taken, _source, come),
        *unknown_of(given, lambda each: _place("destination", NodeKind.DESTINATION, each), come),
        *([Unknown(Node(NodeKind.CONSUMED), Doubt.NO_READING)] if consumed.value is None and taken.has_data else []),
        *(Unknown(Node(NodeKind.ALL), Doubt.EXCEEDED, number=each) for each in excess),
        *unknown,
    ]
    totals = {WITHDRAWAL: taken, RECYCLED: whole.amount(RECYCLED, {}), DISCHARGE: given, CONSUMPTION: consumed}
    return Flows(taken.unit, totals, drawn(links), tuple(found))


def waste_flows(whole: Evaluation, come: SoFar) -> Flows:
    """Return the waste flows of an evaluation in t: streams, how they were treated, and recovery or disposal.

    What states no treatment is in neither of the last two.
    """
    produced = whole.amount(PRODUCED, {})
    parts = {key: whole.amount(key, {}) for key in (DIVERTED, DIRECTED)}
    treated = summed_by(produced.terms, lambda term: (_stream(term.activity), _treatment(term)))
    links = [(stream, treatment, value) for (stream, treatment), value in treated.items()]
    for key, part in parts.items():
        links += [(of, Node(NodeKind.FATE, key), value) for of, value in summed_by(part.terms, _treatment).items()]
    return Flows(produced.unit, {PRODUCED: produced, **parts}, drawn(links), tuple(unknown_of(produced, _stream, come)))


def _into(plant: Node, taken: Amount, below: SubMeters) -> list[_Link]:
    """Return what comes into one plant: from its sources, by sub-meters and past them."""
    sources = {code: _source(term.activity) for term in taken.terms for code in term.activity.meters}
    links: list[_Link] = []
    used: dict[Node, list[Decimal]] = {}
    for code in below.first:
        source = sources.get(below.parents[code])
        if source is not None:
            used.setdefault(source, []).append(below.values[code])
            links += [(source, below.nodes[code], below.values[code]), (below.nodes[code], plant, below.values[code])]
    for source, value in summed_by(taken.terms, lambda term: _source(term.activity)).items():
        rest, past = Node(NodeKind.REST, "water"), less(value, used.get(source, ()))
        links += [(source, rest, past), (rest, plant, past)] if below.first else [(source, plant, past)]
    return _positive(links)


def _through(node: Node, taken: Amount) -> list[_Link]:
    """Return what comes into several plants, and from these into what all of them are."""
    by_plant = summed_by(taken.terms, lambda term: Node(NodeKind.PLANT, term.activity.site.place.plant))
    each = summed_by(taken.terms, lambda t: (_source(t.activity), Node(NodeKind.PLANT, t.activity.site.place.plant)))
    links = [(source, plant, value) for (source, plant), value in each.items()]
    return [*links, *((plant, node, value) for plant, value in by_plant.items())]


def _positive(links: Iterable[_Link]) -> list[_Link]:
    return [each for each in links if each[2] > 0]


def _place(attribute: str, kind: NodeKind, activity: Activity) -> Node:
    return Node(kind, activity.attributes.get(attribute, ""), resource=activity.resource)


def _source(activity: Activity) -> Node:
    return _place("source", NodeKind.SOURCE, activity)


def _destination(term: Term) -> Node:
    return _place("destination", NodeKind.DESTINATION, term.activity)


def _stream(activity: Activity) -> Node:
    return Node(NodeKind.RESOURCE, activity.resource, activity.attributes.get("stream", ""))


def _treatment(term: Term) -> Node:
    return Node(NodeKind.TREATMENT, term.activity.attributes.get("treatment", ""))
