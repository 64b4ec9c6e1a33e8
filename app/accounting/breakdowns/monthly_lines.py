"""Every metric that adds up, of a reporting year and of each of its plants, month by month."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from app.accounting.breakdowns.emission_lines import in_t
from app.accounting.breakdowns.metric_lines import air_of
from app.accounting.breakdowns.reporting_years import YearBooks, slices_of
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.breakdown import Line, line, lines
from app.accounting.metrics.emission_terms import KG_CO2E
from app.accounting.metrics.formulas import Biogenic, Difference, Emissions, Energy, Formula, Quantity, Sum
from app.accounting.metrics.vocabulary import MetricBook
from app.core.inventory.inventory import FieldProblem, InvalidFields

_AIR = "air."


@dataclass(frozen=True, slots=True)
class MonthlyLine:
    """A metric's months, of the whole organization where `plant` is null, or the part of them that a plant makes."""

    metric: str
    plant: str | None
    line: Line


def monthly_lines(session: Session, books: YearBooks, named: Collection[str] = ()) -> Iterator[MonthlyLine]:
    """Yield the metrics of which any meter is asked, each in all first and then by plant, with the plants' shares.

    Those that are `named` are there without meters too. Raises InvalidFields for one that there is not, or that does
    not add up.

    A difference has no plants: where one of them lacks a side, its part would be the other side alone. Levels and
    quotients do not add up, and what is stated of a year has no months: they are in the other metrics. Emissions are in
    tonnes.
    """
    _require(books.book, named)
    keys = named or [key for key, metric in books.book.metrics.items() if _adds_up(books.book, metric.formula)]
    amounts = {
        key: _shown(books.amount(key), books.book.metrics[key].formula) for key in keys if not key.startswith(_AIR)
    }
    metered = {key: amount for key, amount in amounts.items() if amount.activities or key in named}
    slices = slices_of(session, books.boundary, books.ledger, metered.values())
    for key, amount in metered.items():
        yield MonthlyLine(key, None, line(amount, slices, {}))
        if not isinstance(books.book.metrics[key].formula, Difference):
            for found in lines(amount, slices, lambda activity: {"plant": activity.site.place.plant}):
                yield MonthlyLine(key, found.labels["plant"], found)
    if any(key.startswith(_AIR) for key in keys):
        for found in air_of(session, books).by_pollutant:
            key = f"{_AIR}{found.labels['pollutant']}"
            if key in keys:
                yield MonthlyLine(key, None, found)


def _require(book: MetricBook, named: Collection[str]) -> None:
    problems = []
    for index, key in enumerate(named):
        known = book.metrics.get(key)
        if known is None or not _adds_up(book, known.formula):
            words = f"{key!r} is no metric, or not one whose months add up to its year"
            problems.append(FieldProblem("metric", "unknown_metric", words, index))
    if problems:
        raise InvalidFields(problems)


def _adds_up(book: MetricBook, formula: Formula) -> bool:
    """Tell whether a metric's months are known and add up to it."""
    match formula:
        case Quantity() | Energy() | Emissions() | Biogenic():
            return True
        case Sum(parts):
            return all(_adds_up(book, book.metrics[part].formula) for part in parts)
        case Difference(minuend, subtrahend):
            return all(_adds_up(book, book.metrics[part].formula) for part in (minuend, subtrahend))
    return False


def _shown(amount: Amount, formula: Formula) -> Amount:
    if isinstance(formula, Biogenic):
        return in_t(amount, unit="t")
    return in_t(amount) if amount.unit == KG_CO2E else amount
