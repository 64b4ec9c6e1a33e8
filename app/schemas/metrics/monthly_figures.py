"""Monthly figures as a flat list: organization, plant, month, metric, unit, value, and where the year stands."""

from collections.abc import Iterable, Iterator
from datetime import date

from app.accounting.breakdowns.monthly_lines import MonthlyLine
from app.accounting.breakdowns.reporting_years import YearBooks
from app.core.calendar.periods import date_of
from app.disclosure.history.standing import DisclosureStatus, Standing
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber
from app.schemas.wire.tables import Column, Kind, Row, TableKind

_PLACES = 20
_SHARES = ("coverage", "measured_share", "estimated_share")
_COLUMNS = (
    Column("organization"),
    Column("plant"),
    Column("year"),
    Column("period"),
    Column("start", Kind.DAY),
    Column("end", Kind.DAY),
    Column("metric"),
    Column("unit"),
    Column("value", Kind.EXACT, places=_PLACES, with_text=True, facts={"unit_column": "unit"}),
    *(Column(name, Kind.EXACT, places=_PLACES, with_text=True) for name in _SHARES),
    Column("standing"),
    Column("interim", Kind.BOOLEAN),
)


class MonthlyFigure(Shape):
    """A metric in a month of a reporting year, in all (`plant` null) or the part of it that a plant makes.

    `value` is what readings say now; null where no counted meter has data. `start` and `end` are the local days
    [start, end), which are a part of the month where the year begins or ends within it. `standing` says how far the
    year's disclosure has come, `interim` that all that was prepared of it was so before the year was over.
    """

    organization: str
    plant: str | None
    year: str
    period: str
    start: Day
    end: Day
    metric: str
    unit: str
    value: ExactNumber | None
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    standing: DisclosureStatus
    interim: bool


class MonthlyFigurePage(Shape):
    """Monthly figures by year, metric, plant and month."""

    items: list[MonthlyFigure]
    next: str | None


def monthly_figures(books: YearBooks, found: Iterable[MonthlyLine], standing: Standing) -> Iterator[MonthlyFigure]:
    """Yield the months of lines, those of the whole before those of its plants."""
    for each in sorted(found, key=lambda each: (each.metric, each.plant or "")):
        ends = [date_of(month.first_day) for month in each.line.months[1:]]
        for month, end in zip(each.line.months, [*ends, date_of(books.ledger.end_day)], strict=True):
            start: date = date_of(month.first_day)
            yield MonthlyFigure(
                organization=books.organization.code,
                plant=each.plant,
                year=str(books.year),
                period=f"{start:%Y-%m}",
                start=start,
                end=end,
                metric=each.metric,
                unit=each.line.unit,
                value=month.value,
                coverage=month.coverage,
                measured_share=month.measured_share,
                estimated_share=month.estimated_share,
                standing=standing.status,
                interim=standing.interim,
            )


def monthly_table(organization: str, zone: str) -> TableKind:
    """Return what a table of monthly figures is; `zone` is the organization's time zone."""
    return TableKind("monthly_figures", _COLUMNS, {"organization": organization, "time_zone": zone})


def monthly_rows(figures: Iterable[MonthlyFigure]) -> list[Row]:
    """Return figures as rows of that table."""
    return [[getattr(figure, column.name) for column in _COLUMNS] for figure in figures]
