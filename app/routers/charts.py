"""Geometry of the page's bar charts: twelve months of one resource, with the year before as a mark on each bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.core.quantities import EXACT

WIDTH, HEIGHT = 360, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 4, 10, 20
_GRID_LINES = 3
_NICE_STEPS = tuple(Decimal(step) for step in ("1", "1.5", "2", "2.5", "3", "4", "5", "6", "8", "10"))
_BAR_SHARE = 0.66

MonthlyValues = Sequence[Decimal | None]
"""One value a month of the reporting year in order, None where no reading counts."""


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal line with its label, in drawing units."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: x and width of its place, the bar's top and height (none without data), the earlier year's mark."""

    month: str
    x: float
    width: float
    centre: float
    y: float | None
    height: float | None
    earlier_y: float | None
    value: str | None
    earlier: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of WIDTH x HEIGHT units and the numbers behind it, as text."""

    title: str
    family: str
    unit: str
    total: str
    earlier_total: str | None
    base_y: float
    grid: tuple[GridLine, ...]
    bars: tuple[Bar, ...]


def bar_chart(
    *, title: str, family: str, unit: str, months: Sequence[str], values: MonthlyValues, earlier: MonthlyValues
) -> Chart:
    """Return the chart of `values` (unit `unit`) beside `earlier`, the same months of the year before."""
    with localcontext(EXACT):
        known = [value for value in (*values, *earlier) if value is not None]
        ceiling = _nice_ceiling(max(known, default=Decimal(0)))
        base_y = HEIGHT - _BOTTOM
        place = (WIDTH - _LEFT - _RIGHT) / len(months)

        def height_of(value: Decimal) -> float:
            return round(float(max(value, Decimal(0)) / ceiling) * (base_y - _TOP), 2)

        bars = tuple(
            Bar(
                month=month,
                x=round(_LEFT + place * (index + (1 - _BAR_SHARE) / 2), 2),
                width=round(place * _BAR_SHARE, 2),
                centre=round(_LEFT + place * (index + 0.5), 2),
                y=None if value is None else base_y - height_of(value),
                height=None if value is None else height_of(value),
                earlier_y=None if before is None else base_y - height_of(before),
                value=None if value is None else grouped(value),
                earlier=None if before is None else grouped(before),
            )
            for index, (month, value, before) in enumerate(zip(months, values, earlier, strict=True))
        )
        steps = [ceiling * number / _GRID_LINES for number in range(_GRID_LINES + 1)]
        return Chart(
            title=title,
            family=family,
            unit=unit,
            total=_total(values) or "no data",
            earlier_total=_total(earlier),
            base_y=base_y,
            grid=tuple(GridLine(y=base_y - height_of(step), label=compact(step)) for step in steps),
            bars=bars,
        )


def grouped(value: Decimal) -> str:
    """Return `value` for reading: thousands separated, at least three significant digits, no long tail."""
    size = abs(value)
    places = 0 if size >= 1_000 or value == value.to_integral_value() else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{value:,.{places}f}"


def compact(value: Decimal) -> str:
    """Return `value` as an axis label of at most five characters or so: 12.5k, 3M."""
    for size, suffix in ((Decimal(10**9), "bn"), (Decimal(10**6), "M"), (Decimal(10**3), "k")):
        if value >= size:
            return f"{(value / size).quantize(Decimal('0.01')).normalize():f}{suffix}"
    return f"{value.quantize(Decimal('0.01')).normalize():f}" if value else "0"


def _total(values: MonthlyValues) -> str | None:
    known = [value for value in values if value is not None]
    return grouped(sum(known, Decimal(0))) if known else None


def _nice_ceiling(highest: Decimal) -> Decimal:
    """Return the smallest round number of three even grid steps that is not below `highest`; 3 for nothing."""
    if highest <= 0:
        return Decimal(_GRID_LINES)
    step = highest / _GRID_LINES
    magnitude = Decimal(1).scaleb(step.adjusted())
    return next(magnitude * nice for nice in _NICE_STEPS if magnitude * nice >= step) * _GRID_LINES
