"""What the first page shows: the annual table in groups, its headline figures, and where the numbers come from."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from app.accounting.findings import Severity
from app.core.quantities import EXACT, Rounding, plain
from app.disclosure.figures import Figure
from app.routers.charts import Chart

_ASPECTS = {
    "A1": "A1 Emissions",
    "A2": "A2 Use of resources",
    "A3": "A3 Environment and natural resources",
    "A4": "A4 Climate change",
}
_HEADLINES = ("ghg.total", "consumption.electricity", "water.total", "energy.renewable_share", "waste.nonhazardous")
_TILES = 4
_LAST_DIGIT = Decimal("1E-9")
_INTENSITY = ".intensity."
ROUNDING_TEXT = {
    Rounding.DOWN: "displayed digits are cut off, not rounded",
    Rounding.HALF_UP: "displayed digits are rounded half up",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An organization that can be chosen."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One year of a row; `display` is None where no reading counts."""

    year: int
    display: str | None
    restated: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One figure with its earlier years and what stands behind it."""

    kpi: str
    key: str
    dimensions: str
    title: str
    unit: str
    cells: tuple[Cell, ...]
    standing: str
    warning: str | None
    evidence: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def has_data(self) -> bool:
        return any(cell.display is not None for cell in self.cells)

    @property
    def rank(self) -> str:
        """Tell a total from an intensity and from a part of a breakdown."""
        if self.dimensions:
            return "part"
        return "ratio" if _INTENSITY in self.key else "total"

    @property
    def family(self) -> str:
        """Return what the row belongs to: an intensity and a part belong to their total."""
        base = self.key.split(_INTENSITY)[0]
        return f"{base}.total" if base in ("ghg", "energy", "water", "packaging") else base

    @property
    def subject(self) -> str:
        """Return what an intensity's title says before `per`, which the row above it has said already."""
        return self.title.split(" per ")[0] if self.rank == "ratio" else ""


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one aspect of the guide."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A headline figure."""

    title: str
    value: str
    unit: str
    earlier: str | None


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

    organizations: tuple[Choice, ...]
    organization: str
    name: str
    year: int
    years: tuple[int, ...]
    columns: tuple[int, ...]
    framework: str
    period: str
    rounding: str
    readings: str
    plant_count: int
    tiles: tuple[Tile, ...]
    groups: tuple[Group, ...]
    absent: tuple[Row, ...]
    charts: tuple[Chart, ...]
    meters: tuple[MeterLine, ...]
    has_json: bool


def row_of(figure: Figure, *, year: int) -> Row:
    """Return the table row of one figure of the reporting year `year`."""
    cells = [Cell(year, _spaced(figure.display), restated=False)]
    cells += [Cell(each.year, _spaced(each.display), each.restated) for each in figure.comparatives]
    standing, warning = _standing(figure)
    return Row(
        kpi=figure.kpi,
        key=figure.key,
        dimensions=", ".join(f"{name} {value}" for name, value in figure.dimensions.items()),
        title=figure.title,
        unit=typeset(figure.unit),
        cells=tuple(cells),
        standing=standing,
        warning=warning,
        evidence=tuple(_evidence(figure)),
    )


def groups_of(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Return the rows with data in any year shown, by aspect; each total is followed by its parts and intensities."""
    families: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.has_data:
            families.setdefault((row.kpi.split(".")[0], row.family), []).append(row)
    grouped: dict[str, list[Row]] = {}
    for (aspect, _), members in families.items():
        grouped.setdefault(aspect, []).extend(members)
    return tuple(Group(_ASPECTS.get(aspect, aspect), tuple(members)) for aspect, members in grouped.items())


def tiles_of(rows: Sequence[Row]) -> tuple[Tile, ...]:
    """Return up to four headline figures that have a value this year."""
    totals = {row.key: row for row in rows if not row.dimensions}
    tiles = [
        Tile(row.title, row.cells[0].display, row.unit, row.cells[1].display if len(row.cells) > 1 else None)
        for row in (totals[key] for key in _HEADLINES if key in totals)
        if row.cells[0].display is not None
    ]
    return tuple(tiles[:_TILES])


def typeset(unit: str) -> str:
    """Return a unit as print writes it."""
    return unit.replace("m3", "m³").replace("CO2", "CO₂")


def percent(share: Decimal) -> str:
    """Return a share of 1 as a percentage; short of all is never shown as 100 %."""
    if share == 1:
        return "100 %"
    return f"{min(share * 100, Decimal('99.9')):.1f} %"


def _spaced(display: str | None) -> str | None:
    """Return plain digits with thousands separated, every digit kept."""
    return None if display is None else f"{Decimal(display):,f}"


def _standing(figure: Figure) -> tuple[str, str | None]:
    """Return what the row says at a glance, and a warning in its place where something is missing or estimated."""
    if figure.value is None:
        return "no data", None
    if figure.coverage is not None and figure.coverage < 1:
        return "partial", f"{percent(figure.coverage)} covered"
    findings = [check for check in figure.checks if check.severity is not Severity.INFO]
    if findings:
        return "checked", f"{len(findings)} finding{'s' if len(findings) > 1 else ''}"
    if figure.estimated_share:
        return "estimated", f"{percent(figure.estimated_share)} estimated"
    return "complete", None


def _evidence(figure: Figure) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what stands behind a figure, as terms with one or more sentences each."""
    if figure.value is not None:
        yield "Before rounding", (f"{_unrounded(figure.value)} {typeset(figure.unit)}",)
    if figure.coverage is not None:
        yield "Coverage", (f"{percent(figure.coverage)} of the expected time",)
    if figure.measured_share is not None:
        yield "Measured", (percent(figure.measured_share),)
    if figure.flags:
        yield "Factors and assumptions", tuple(figure.flags)
    if figure.checks:
        yield "Checks", tuple(str(check) for check in figure.checks)
    yield "Key", (figure.key,)


def _unrounded(value: Decimal) -> str:
    """Return the digits of `value`; those past the ninth decimal are left off, and an ellipsis says so."""
    kept = value.quantize(_LAST_DIGIT, rounding=ROUND_DOWN, context=EXACT)
    return f"{plain(kept)}{'' if kept == value else '…'}"
