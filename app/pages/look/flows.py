"""The page of flows: energy from its sources to its uses, water to where it goes, waste to what becomes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import partial
from operator import attrgetter

from fastapi import APIRouter, Request
from sqlmodel import Session
from starlette.responses import Response

from app.accounting.breakdowns.energy_flows import SOLD, TOTAL, energy_flows
from app.accounting.breakdowns.flows import Flow, Flows, Node
from app.accounting.breakdowns.matter_flows import (
    CONSUMPTION,
    DIRECTED,
    DISCHARGE,
    DIVERTED,
    PRODUCED,
    RECYCLED,
    WITHDRAWAL,
    waste_flows,
    water_flows,
)
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.so_far import so_far
from app.accounting.years.by_meter import by_meter
from app.core.sentences import N_
from app.core.units.quantities import EXACT, Rounding, display
from app.disclosure.figures.books import Books, open_books
from app.disclosure.figures.figures import amount_of, shown
from app.disclosure.figures.typesetting import ROUNDING_TEXT, spaced, typeset_unit
from app.disclosure.frameworks.frameworks import FigureSpec, printed_units
from app.http.deps import MayRead, NowMs, Reads
from app.http.page_route import PageRoute
from app.pages.frame.frame import Frame, frame_of
from app.pages.frame.words import gettext as _
from app.pages.look.node_words import Names, hue_of
from app.pages.look.sankey import Sankey, gathered, sankey
from app.pages.rendering import html
from app.pages.view import written_period
from app.schemas.wire.periods import PeriodOnPage

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/flows")

_TITLES = {
    TOTAL: N_("Energy used"),
    SOLD: N_("of which sold"),
    WITHDRAWAL: N_("Water withdrawn"),
    DISCHARGE: N_("Water discharged"),
    CONSUMPTION: N_("Water consumed"),
    RECYCLED: N_("Water recycled, which goes round and is in no flow"),
    PRODUCED: N_("Waste generated"),
    DIVERTED: N_("Diverted from disposal"),
    DIRECTED: N_("Directed to disposal"),
}
_SOURCE, _TARGET = attrgetter("source"), attrgetter("target")
_ASKED_FOR = frozenset({TOTAL, WITHDRAWAL, PRODUCED})
"""Totals that are told though nothing of them is known."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of numbers: from where to where, or what a total is of; the number is None where nothing is known."""

    first: str
    second: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Energy, water or waste as the page shows it: a picture, the same numbers, and what is not known."""

    name: str
    title: str
    unit: str
    picture: Sankey
    titles: Mapping[Node, str]
    numbers: Mapping[Node | Flow, str | None]
    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Printing:
    """How exact values of one unit are printed: in the unit and decimals of a framework's figure, if it has it."""

    spec: FigureSpec | None
    source: str
    unit: str
    rounding: Rounding

    def of(self, value: Decimal | None) -> str | None:
        """Return the digits of a value, with thousands separated; what they would make nothing has two of its own."""
        if value is None:
            return None
        units = printed_units(value, self.source, self.unit)
        decimals = 0 if self.spec is None else self.spec.decimals
        digits = display(units, decimals=decimals, rounding=self.rounding)
        if self.spec is not None:
            digits = shown(units, self.spec, self.rounding) or digits
        if units and not Decimal(digits):
            digits = display(units, decimals=1 - units.adjusted(), rounding=self.rounding)
        return spaced(digits)


@router.get("")
def flows_page(request: Request, access: MayRead, database: Reads, now_ms: NowMs, _year: PeriodOnPage) -> Response:
    """Show the flows of an organization or the chosen plant in a reporting year, by the accounting of its table."""
    frame = frame_of(request)
    with database.read() as session:
        books = open_books(
            session,
            organization=access.organization,
            framework=frame.framework.code,
            year=frame.year,
            plant=frame.choice.plant or None,
            earlier=0,
        )
        subjects = list(_subjects(session, frame, books, now_ms))
    return html(
        "look/flows.html",
        organization=access.organization,
        name=_place(frame),
        year=frame.year,
        period=written_period(books.period),
        framework=books.framework,
        rounding=_(ROUNDING_TEXT[Rounding(books.organization.rounding)]),
        subjects=subjects,
    )


def _place(frame: Frame) -> str:
    assert frame.organization is not None  # noqa: S101 - who may read an organization has it in the frame
    plant = next((each.name for each in frame.plants if each.code == frame.choice.plant), None)
    return frame.organization.name if plant is None else f"{frame.organization.name}, {plant}"


def _subjects(session: Session, frame: Frame, books: Books, now_ms: int) -> Iterator[Subject]:
    evaluation = books.evaluations[books.period.name]
    found = by_meter(session, books.boundary, books.period.name)
    come = partial(so_far, meters=found.meters, now_ms=now_ms)
    meters = Evaluation(found.ledger, books.metrics, evaluation.gwp_set)
    assert frame.inventory is not None  # noqa: S101 - who may read an organization has it in the frame
    names = Names(
        organization=frame.inventory.organization.name,
        plants={each.code: each.name for each in frame.inventory.plants},
        meters={each.meter.code: each.meter.name for each in frame.inventory.meters},
        catalogue=frame.inventory.catalogue,
    )
    for name, title, flows, unit in (
        ("energy", _("Energy"), energy_flows(evaluation, meters, found.parents, come), "MWh"),
        ("water", _("Water"), water_flows(evaluation, meters, found.parents, come), "m3"),
        ("waste", _("Waste"), waste_flows(evaluation, come), "t"),
    ):
        spec = next((each for each in books.specs if each.key in flows.totals and each.key != SOLD), None)
        rounding = Rounding(books.organization.rounding)
        printing = _Printing(spec, flows.unit, unit if spec is None else spec.unit, rounding)
        total = next(iter(flows.totals))
        if spec is not None and spec.key == total:
            value = amount_of(spec, {}, evaluation).value
            whole = spaced(shown(value, spec, rounding))
        else:
            whole = printing.of(flows.totals[total].value)
        yield _subject(name, title, flows, names, printing, whole)


def _subject(name: str, title: str, flows: Flows, names: Names, printing: _Printing, whole: str | None) -> Subject:
    pictured = gathered(flows.flows)
    picture = sankey(pictured, hue_of)
    unit = typeset_unit(printing.unit)
    print_of = printing.of
    nodes = {box.node for box in picture.boxes}
    sizes = {node: _through(node, pictured) for node in nodes}
    first = next(iter(flows.totals))
    totals = [
        Line(_(_TITLES[key]), "", whole if key == first else print_of(amount.value))
        for key, amount in flows.totals.items()
        if amount.is_expected or key in _ASKED_FOR
    ]
    return Subject(
        name=name,
        title=title,
        unit=unit,
        picture=picture,
        titles={node: names.title(node) for node in nodes},
        numbers={**{node: print_of(size) for node, size in sizes.items()}, **{f: print_of(f.value) for f in pictured}},
        lines=tuple(
            Line(names.title(each.source), names.title(each.target), print_of(each.value)) for each in flows.flows
        ),
        totals=tuple(totals),
        unknown=tuple(
            dict.fromkeys(
                names.told(each, None if each.number is None else f"{print_of(each.number)} {unit}")
                for each in flows.unknown
            )
        ),
    )


def _through(node: Node, flows: Sequence[Flow]) -> Decimal:
    """Return what goes through a node: the more of what comes in and what goes out."""
    sides = ([each.value for each in flows if end(each) == node] for end in (_SOURCE, _TARGET))
    with localcontext(EXACT):
        return max(sum(side, Decimal(0)) for side in sides)
