"""What the first page shows: the annual table in groups, its headline figures, and where the numbers come from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from app.accounting.findings import Finding, Severity
from app.accounting.stated.indicators import FLAG_WORDS
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod, is_transition, year_of
from app.core.calendar.periods import date_of
from app.disclosure.figures.figures import Figure
from app.disclosure.figures.titles import part_in_words, titled
from app.disclosure.figures.typesetting import days_in_words, percent, spaced, typeset_unit, unrounded
from app.disclosure.frameworks.aspects import aspect_of, aspect_place, aspect_title
from app.pages.charts import Chart
from app.pages.findings import Findings
from app.pages.frame.words import gettext as _
from app.pages.frame.words import ngettext
from app.pages.remedies import Remedies, Remedy
from app.pages.targets_shown import TargetLine

_TILES = 4
_GRAVE = ("in error", "partial")
_INTENSITY = ".intensity."


@dataclass(frozen=True, slots=True)
class Cell:
    """One period of a row; `display` is None where no reading counts and nothing is stated.

    `days` are those of a value that is of other days than its column.
    """

    year: PeriodName
    display: str | None
    restated: bool
    days: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One figure with its earlier years and what stands behind it."""

    kpi: str
    key: str
    dimensions: str
    part: str
    title: str
    unit: str
    cells: tuple[Cell, ...]
    standing: str
    warning: str | None
    evidence: tuple[tuple[str, tuple[str, ...]], ...]
    remedies: tuple[Remedy, ...] = ()
    targets: tuple[TargetLine, ...] = ()
    is_alone: bool = False
    asked: str = ""
    """What the address of the figure's own page ends in: year, key and dimensions."""

    @property
    def has_data(self) -> bool:
        """Tell whether there is a value in any year, or something metered of which a value cannot be made."""
        return any(cell.display is not None for cell in self.cells) or (
            self.warning is not None and self.rank != "ratio"
        )

    @property
    def rank(self) -> str:
        """Tell a total from an intensity and from a part of a breakdown; a part without its total stands for itself."""
        if self.dimensions:
            return "total" if self.is_alone else "part"
        return "ratio" if _INTENSITY in self.key else "total"

    @property
    def family(self) -> str:
        """Return what the row belongs to: an intensity and a part belong to their total."""
        base = self.key.split(_INTENSITY)[0]
        return f"{base}.total" if base in ("ghg", "energy", "water", "packaging") else base

    @property
    def subject(self) -> str:
        """Return what an intensity's title says before `per`, which the row above it has said already."""
        return self.title.split(" per ")[0] if self.rank == "ratio" and " per " in self.title else ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column: the period's name, and its days, which are plain where all columns are alike."""

    name: PeriodName
    period: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one aspect of the guide."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure; `warning` says that something of it is missing or wrong."""

    title: str
    value: str
    unit: str
    earlier: str | None
    warning: str | None


@dataclass(frozen=True, slots=True)
class MeterLine:
    """A meter as the list of sources names it."""

    name: str
    plant: str
    resource: str
    reads: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template prints."""

    organization: str
    name: str
    plant: str | None
    year: PeriodName
    columns: tuple[Column, ...]
    has_targets: bool
    framework: str
    framework_code: str
    period: str
    standing: str
    rounding: str
    readings: str
    plant_count: int
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...]
    absent: tuple[Row, ...]
    findings: Findings
    meters: tuple[MeterLine, ...]

    @property
    def address(self) -> str:
        """Return what the address of the table as JSON ends in."""
        query = {"transition": "true"} if is_transition(self.year) else {}
        query |= {"plant": self.plant} if self.plant else {}
        return f"{year_of(self.year)}?{urlencode(query)}" if query else str(self.year)


@dataclass(frozen=True, slots=True)
class Charts:
    """The charts of a reporting period, and what the same months of the year before are called."""

    year: PeriodName
    before: str
    charts: tuple[Chart, ...]


def row_of(
    figure: Figure,
    *,
    periods: Sequence[ReportingPeriod],
    findings: Iterable[Finding] = (),
    remedies: Remedies | None = None,
    targets: Sequence[TargetLine] = (),
) -> Row:
    """Return the table row of one figure of the first of some periods, with the others beside it.

    `findings` are those of the whole table: an error among them, of this figure or of all, leaves none complete.
    """
    cells = [Cell(periods[0].name, _shown(figure.display, figure.text), restated=False)]
    for column, each in zip(periods[1:], figure.comparatives, strict=True):
        days = None if each.period.bounds == column.bounds else written_period(each.period)
        cells.append(Cell(column.name, _shown(each.display, each.text), each.restated, days))
    standing, warning = _standing(figure, [each for each in findings if each.key in (None, figure.key)])
    return Row(
        kpi=figure.kpi,
        key=figure.key,
        dimensions=", ".join(f"{name} {value}" for name, value in figure.dimensions.items()),
        part=part_in_words(figure.dimensions),
        title=titled(figure.title),
        unit=typeset_unit(figure.unit),
        cells=tuple(cells),
        standing=standing,
        warning=warning,
        evidence=tuple(_evidence(figure)),
        remedies=tuple(dict.fromkeys(filter(None, map(remedies.of, figure.checks)))) if remedies else (),
        targets=tuple(targets),
        asked=_asked(figure, periods[0].name),
    )


def _asked(figure: Figure, period: PeriodName) -> str:
    query = [("dimension", f"{name}:{value}") for name, value in figure.dimensions.items()]
    if is_transition(period):
        query.append(("transition", "true"))
    return f"{year_of(period)}/{quote(figure.key)}{'?' if query else ''}{urlencode(query)}"


def written_period(period: ReportingPeriod) -> str:
    """Return the first and last day of a period in words."""
    first, last = date_of(period.first_day), date_of(period.end_day - 1)
    return days_in_words(first, last)


def groups_of(rows: Iterable[Row], *, framework: str) -> tuple[Group, ...]:
    """Return the rows with data in any year shown, by aspect; each total is followed by its parts and intensities."""
    families: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.has_data:
            families.setdefault((aspect_of(row.kpi), row.family), []).append(row)
    grouped: dict[str, list[Row]] = {}
    for (aspect, _family), members in families.items():
        with_total = any(not row.dimensions for row in members)
        grouped.setdefault(aspect, []).extend(replace(row, is_alone=not with_total) for row in members)
    aspects = sorted(grouped.items(), key=lambda item: aspect_place(item[0]))
    return tuple(Group(aspect_title(framework, aspect), tuple(members)) for aspect, members in aspects)


def tiles_of(rows: Sequence[Row], headlines: Sequence[str]) -> tuple[Tile, ...]:
    """Return up to four of the framework's headline figures that have a value this year."""
    totals = {row.key: row for row in rows if not row.dimensions}
    tiles = [
        Tile(
            row.title,
            row.cells[0].display,
            row.unit,
            row.cells[1].display if len(row.cells) > 1 else None,
            row.warning if row.standing in _GRAVE else None,
        )
        for row in (totals[key] for key in headlines if key in totals)
        if row.cells[0].display is not None
    ]
    return tuple(tiles[:_TILES])


def _standing(figure: Figure, of_table: Sequence[Finding]) -> tuple[str, str | None]:
    """Return what the row says at a glance, and a warning in its place where something is missing or estimated."""
    errors = [check for check in figure.checks if check.severity is Severity.ERROR]
    grave = [each for each in of_table if each.severity is Severity.ERROR]
    errors += [each for each in grave if each.key == figure.key and each not in errors]
    if figure.value is None and figure.text is None:
        return "no data", _("cannot be computed") if errors else None
    if errors:
        return "in error", ngettext("%d error", "%d errors", len(errors)) % len(errors)
    come = figure.coverage_so_far
    if come is not None and come < 1:
        return "partial", _("%s covered") % percent(come)
    findings = [check for check in figure.checks if check.severity is not Severity.INFO]
    if findings:
        return "checked", ngettext("%d finding", "%d findings", len(findings)) % len(findings)
    if figure.estimated_share:
        return "estimated", _("%s estimated") % percent(figure.estimated_share)
    if grave:
        return "see findings", None
    return "stated" if _is_stated(figure) else "complete", None


def _is_stated(figure: Figure) -> bool:
    """Tell a figure that somebody stated from one that readings give, which has a measured share."""
    return figure.measured_share is None and figure.coverage is None


def _shown(display: str | None, text: str | None) -> str | None:
    """Return what a cell shows: digits, a yes or no, or that there are words, which are too long for a cell."""
    return spaced(display) if text is None else _(text) if text in FLAG_WORDS else _("in words")


def _evidence(figure: Figure) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what stands behind a figure, as terms with one or more sentences each."""
    if figure.value is not None:
        yield _("Before rounding"), (f"{unrounded(figure.value)} {typeset_unit(figure.unit)}",)
    if figure.coverage_so_far is not None:
        yield _("Coverage"), (_("%s of the expected time") % percent(figure.coverage_so_far),)
    if figure.measured_share is not None:
        yield _("Measured"), (percent(figure.measured_share),)
    if figure.text is not None:
        yield _("In words"), tuple(figure.text.splitlines())
    if figure.flags:
        yield _("Source") if _is_stated(figure) else _("Factors and assumptions"), tuple(map(_, figure.flags))
    if figure.checks:
        yield _("Checks"), tuple(_(check.detail) for check in figure.checks)
    yield _("Key"), (figure.key,)
