"""The figures a report puts first: the headlines of its framework, and then the totals the framework begins with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.findings import Severity
from app.core.language import gettext as _
from app.disclosure.exports.published import Member, Published, name_of, number
from app.disclosure.figures.titles import titled
from app.disclosure.figures.typesetting import percent, spaced, typeset_unit
from app.disclosure.frameworks.frameworks import frameworks
from app.disclosure.history.standing import COMPARATIVE_INCOMPLETE

INTENSITY = ".intensity."


@dataclass(frozen=True, slots=True)
class MainFigure:
    """A figure with its years, oldest first: the numbers to draw, and the digits that are printed.

    `remark` is what must be said beside the number of the reporting year: that something of it is missing or wrong.
    """

    key: str
    title: str
    unit: str
    years: tuple[str, ...]
    values: tuple[Decimal | None, ...]
    shown: tuple[str | None, ...]
    remark: str | None = None

    @property
    def years_with_values(self) -> int:
        """Return how many of the years have a value."""
        return sum(value is not None for value in self.values)


def main_figures(of: Published) -> tuple[MainFigure, ...]:
    """Return the totals with a value in the reporting year: the framework's headlines, one of each KPI, the rest."""
    totals = {figure["key"]: figure for figure in of.figures if _is_total(figure)}
    framework = frameworks().get(of.document["framework"]["code"])
    first = (key for key in (framework.headlines if framework else ()) if key in totals)
    order = [*first, *_first_of_each_kpi(totals.values()), *totals]
    return tuple(_main(totals[key], of.years) for key in dict.fromkeys(order))


def _is_total(figure: Member) -> bool:
    return not figure["dimensions"] and INTENSITY not in figure["key"] and figure["display"] is not None


def _first_of_each_kpi(figures: Iterable[Member]) -> Iterator[str]:
    seen: set[str] = set()
    for figure in figures:
        if figure["kpi"] not in seen:
            seen.add(figure["kpi"])
            yield figure["key"]


def _main(figure: Member, years: tuple[str, ...]) -> MainFigure:
    """Return a figure as its charts show it: the printed number, so that a bar is as long as its label says."""
    shown = {years[0]: figure["display"], **{name_of(each): each["display"] for each in figure["comparatives"]}}
    displays = [shown.get(year) for year in reversed(years)]
    return MainFigure(
        key=figure["key"],
        title=titled(figure["title"]),
        unit=typeset_unit(figure["unit"] or ""),
        years=tuple(reversed(years)),
        values=tuple(number(display) for display in displays),
        shown=tuple(spaced(display) for display in displays),
        remark=_remark(figure),
    )


def _remark(figure: Member) -> str | None:
    grave = (each for each in figure["checks"] if each["severity"] == Severity.ERROR)
    if any(each["code"] != COMPARATIVE_INCOMPLETE for each in grave):
        return _("incomplete or in error: see the notes")
    coverage = figure["coverage"]
    return None if coverage is None or coverage >= 1 else _("%s covered") % percent(Decimal(coverage))
