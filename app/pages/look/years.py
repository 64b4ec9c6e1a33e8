"""The page that lays years on each other: a figure by month and added up, beside what its targets allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.responses import Response

from app.accounting.breakdowns.reporting_years import slices_of
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.breakdown import months
from app.accounting.metrics.formulas import Emissions, Energy, Quantity, Sum
from app.core.calendar.fiscal_years import PeriodKind, PeriodName, year_of
from app.core.calendar.periods import date_of, month_slots
from app.core.units.quantities import EXACT, Rounding
from app.disclosure.figures.books import Books, open_books
from app.disclosure.figures.figures import amount_of, shown
from app.disclosure.figures.titles import titled
from app.disclosure.figures.typesetting import spaced, typeset_unit
from app.disclosure.frameworks.frameworks import FigureSpec
from app.http.deps import MayRead, NowMs, Reads
from app.http.page_route import PageRoute
from app.pages.frame.frame import Frame, frame_of
from app.pages.frame.words import gettext as _
from app.pages.frame.words import month_name
from app.pages.look.lines import Picture, Series, picture
from app.pages.rendering import html
from app.pages.targets_shown import TargetLine, standings_of, target_lines
from app.schemas.metrics.targets import MetricKey
from app.schemas.wire.periods import PeriodOnPage

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/years")

_EARLIER = 3
_MOST_LETTERS = 12
_FIRST = ("energy.total", "consumption.electricity", "ghg.total", "water.total")
_ADDED_UP = Quantity | Energy | Emissions | Sum
"""Formulas whose months add up to the year."""


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year: its months and the sums up to each of them, in the figure's unit, and as they are printed."""

    name: PeriodName
    months: tuple[Decimal | None, ...]
    added_up: tuple[Decimal | None, ...]
    printed: tuple[str | None, ...]
    total: str | None


@router.get("")
def years_page(
    request: Request,
    access: MayRead,
    database: Reads,
    now_ms: NowMs,
    _year: PeriodOnPage,
    metric: Annotated[MetricKey | None, Query()] = None,
) -> Response:
    """Show a figure of the chosen year and of three before, month by month, with its targets."""
    frame = frame_of(request)
    with database.read() as session:
        books = open_books(
            session,
            organization=access.organization,
            framework=frame.framework.code,
            year=frame.year,
            plant=frame.choice.plant or None,
            earlier=_EARLIER,
        )
        specs = list(_drawable(books))
        known = standings_of(session, frame, books.metrics, year_of(frame.year), now_ms) if specs else []
        spec = _chosen(specs, metric, [each.row.target.metric for each in known])
        lines = [] if spec is None else list(_years(session, books, spec))
        targets = [] if spec is None else list(target_lines(books.organization, spec, known, set(books.periods)))
    return html("look/years.html", **_shown(frame, books, specs, spec, lines, targets))


def _shown(
    frame: Frame,
    books: Books,
    specs: Sequence[FigureSpec],
    spec: FigureSpec | None,
    lines: Sequence[YearLine],
    targets: Sequence[TargetLine],
) -> dict[str, Any]:
    plant = next((each.name for each in frame.plants if each.code == frame.choice.plant), None)
    names = [month_name(date_of(first).month) for first in _month_starts(books, books.period.name)]
    newest = [each for each in targets if each.name == books.period.name and each.level is not None]
    return {
        "organization": books.organization.code,
        "name": books.organization.name if plant is None else f"{books.organization.name}, {plant}",
        "specs": [(each.key, titled(each.title), each is spec) for each in specs],
        "spec": spec,
        "title": "" if spec is None else titled(spec.title),
        "unit": "" if spec is None else typeset_unit(spec.unit),
        "months": names,
        "lines": lines,
        "targets": targets,
        "added_up": _picture(names, lines, newest) if lines else None,
        "monthly": picture(names, [_series(n, each, each.months) for n, each in enumerate(lines)]) if lines else None,
    }


def _picture(names: Sequence[str], lines: Sequence[YearLine], targets: Sequence[TargetLine]) -> Picture:
    """Return the sums up to each month of every year, and across them what each target allows in the newest year."""
    levels = [
        Series(_("Target %(code)s") % {"code": _short(each.code)}, "target", [each.level] * len(names))
        for each in targets
    ]
    return picture(names, [*(_series(n, each, each.added_up) for n, each in enumerate(lines)), *levels])


def _short(code: str) -> str:
    return code if len(code) <= _MOST_LETTERS else f"{code[: _MOST_LETTERS - 1]}…"


def _series(number: int, line: YearLine, values: Sequence[Decimal | None]) -> Series:
    return Series(str(line.name), f"year-{number}", values)


def _drawable(books: Books) -> Iterator[FigureSpec]:
    """Yield the framework's figures whose months add up, and that have data in any of the years."""
    for spec in books.specs:
        if isinstance(spec.metric.formula, _ADDED_UP) and any(
            each.amount(spec.key, {}).has_data for each in books.evaluations.values()
        ):
            yield spec


def _chosen(specs: Sequence[FigureSpec], metric: str | None, with_target: Sequence[str]) -> FigureSpec | None:
    """Return the figure asked for, else one that has a target, else a usual one."""
    by_key = {each.key: each for each in specs}
    keys = [*([metric] if metric else []), *with_target, *_FIRST, *by_key]
    return next((by_key[key] for key in keys if key in by_key), None)


def _years(session: Session, books: Books, spec: FigureSpec) -> Iterator[YearLine]:
    rounding = Rounding(books.organization.rounding)
    for name, evaluation in books.evaluations.items():
        amount = amount_of(spec, {}, evaluation)
        if books.periods[name].kind is not PeriodKind.YEAR or not amount.has_data:
            continue
        values = _by_month(session, books, name, amount)
        yield YearLine(
            name,
            values,
            tuple(_added_up(values)),
            tuple(spaced(shown(each, spec, rounding)) for each in values),
            spaced(shown(amount.value, spec, rounding)),
        )


def _by_month(session: Session, books: Books, name: PeriodName, amount: Amount) -> tuple[Decimal | None, ...]:
    slices = slices_of(session, books.boundary, books.evaluations[name].ledger, [amount])
    return tuple(each.value for each in months(amount, slices))


def _added_up(values: Sequence[Decimal | None]) -> Iterator[Decimal | None]:
    """Yield the sums up to each month; none of what comes after the last month with a value."""
    last = max((number for number, value in enumerate(values) if value is not None), default=-1)
    running = Decimal(0)
    for number, value in enumerate(values):
        with localcontext(EXACT):
            running += value or 0
        yield running if number <= last else None


def _month_starts(books: Books, name: PeriodName) -> list[int]:
    return list(month_slots(*books.periods[name].bounds))
