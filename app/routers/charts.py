"""The page's bar charts, drawn by pygal: one resource's months beside those of the year before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

import pygal
from markupsafe import Markup
from pygal.style import Style

from app.core.quantities import EXACT
from app.disclosure.drawings import bare, compact

_WIDTH, _HEIGHT = 360, 170
_FEWEST_STEPS, _MOST_STEPS = 3, 5
_LABEL_STYLE = Style(label_font_size=12, major_label_font_size=12)
"""Sizes that pygal lays out by; every colour is in the page's own style sheet, which knows light from dark."""

MonthlyValues = Sequence[Decimal | None]
"""One value a month of the reporting year in order, None where no reading counts."""


@dataclass(frozen=True, slots=True)
class MonthNumbers:
    """One month's value and the year before's, as text; None without data."""

    month: str
    value: str | None
    earlier: str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing (an SVG element without style, script or reference) and the numbers behind it, as text."""

    title: str
    family: str
    unit: str
    total: str
    earlier_total: str | None
    numbers: tuple[MonthNumbers, ...]
    drawing: Markup


def bar_chart(
    *, title: str, family: str, unit: str, months: Sequence[str], values: MonthlyValues, earlier: MonthlyValues
) -> Chart:
    """Return the chart of `values` (unit `unit`) beside `earlier`, the same months of the year before."""
    with localcontext(EXACT):
        numbers = tuple(
            MonthNumbers(month, _read(value), _read(before))
            for month, value, before in zip(months, values, earlier, strict=True)
        )
        return Chart(
            title=title,
            family=family,
            unit=unit,
            total=_total(values) or "no data",
            earlier_total=_total(earlier),
            numbers=numbers,
            drawing=_drawing(numbers, unit=unit, values=tuple(values), earlier=tuple(earlier)),
        )


def grouped(value: Decimal) -> str:
    """Return `value` for reading: thousands separated, at least three significant digits, no long tail."""
    size = abs(value)
    places = 0 if size >= 1_000 or value == value.to_integral_value() else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{value:,.{places}f}"


@lru_cache(maxsize=256)
def _drawing(
    numbers: tuple[MonthNumbers, ...],
    *,
    unit: str,
    values: tuple[Decimal | None, ...],
    earlier: tuple[Decimal | None, ...],
) -> Markup:
    chart = pygal.Bar(
        width=_WIDTH,
        height=_HEIGHT,
        margin=4,
        spacing=6,
        explicit_size=False,
        disable_xml_declaration=True,
        js=[],
        css=[],
        style=_LABEL_STYLE,
        show_legend=False,
        rounded_bars=1,
        min_scale=_FEWEST_STEPS,
        max_scale=_MOST_STEPS,
        value_formatter=lambda value: compact(Decimal(str(value))),
        x_labels=[each.month[0] for each in numbers],
    )
    tips = [_tip(each, unit) for each in numbers]
    for series, amounts in (("before", earlier), ("now", values)):
        if any(amount is not None for amount in amounts):
            bars = zip(amounts, tips, strict=True)
            chart.add(series, [{"value": each, "tooltip": tip, "node": {"class": series}} for each, tip in bars])
    chart.add_xml_filter(bare)
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - pygal escapes what it writes


def _tip(numbers: MonthNumbers, unit: str) -> str:
    before = f", the year before {numbers.earlier}" if numbers.earlier else ""
    return f"{numbers.month}: {f'{numbers.value} {unit}' if numbers.value else 'no data'}{before}"


def _read(value: Decimal | None) -> str | None:
    return None if value is None else grouped(value)


def _total(values: MonthlyValues) -> str | None:
    known = [value for value in values if value is not None]
    return grouped(sum(known, Decimal(0))) if known else None
