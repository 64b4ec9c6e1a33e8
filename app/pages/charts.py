"""The page's bar charts, drawn by pygal: one resource's months beside those of the year before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from markupsafe import Markup

from app.core.units.quantities import EXACT, Rounding, display
from app.disclosure.drawings import bar_drawing, drawn
from app.pages.frame.words import gettext as _

_SIZE = 360, 170
_STEPS = 3, 5

MonthlyValues = Sequence[Decimal | None]
"""One value a month of the reporting year in order, None where no reading counts."""


@dataclass(frozen=True, slots=True)
class MonthNumbers:
    """One month's value and the year before's, as text; None without data."""

    month: str
    value: str | None
    earlier: str | None

    @property
    def letter(self) -> str:
        """Return what stands below the month's bars: M for May, 5 for 5月."""
        return self.month[0] if self.month[0].isalpha() else self.month.rstrip("月")


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
    *,
    title: str,
    family: str,
    unit: str,
    months: Sequence[str],
    values: MonthlyValues,
    earlier: MonthlyValues,
    rounding: Rounding,
) -> Chart:
    """Return the chart of `values` (unit `unit`) beside `earlier`, the same months of the year before.

    Its numbers are rounded as those of the annual table are.
    """
    with localcontext(EXACT):
        numbers = tuple(
            MonthNumbers(month, _read(value, rounding), _read(before, rounding))
            for month, value, before in zip(months, values, earlier, strict=True)
        )
        return Chart(
            title=title,
            family=family,
            unit=unit,
            total=_total(values, rounding) or _("no data"),
            earlier_total=_total(earlier, rounding),
            numbers=numbers,
            drawing=_drawing(numbers, unit=unit, values=tuple(values), earlier=tuple(earlier)),
        )


def grouped(value: Decimal, rounding: Rounding) -> str:
    """Return `value` for reading: thousands separated, at least three significant digits, no long tail."""
    size = abs(value)
    places = 0 if size >= 1_000 or value == value.to_integral_value() else 1 if size >= 100 else 2 if size >= 1 else 3
    return f"{Decimal(display(value, decimals=places, rounding=rounding)):,f}"


@lru_cache(maxsize=256)
def _drawing(
    numbers: tuple[MonthNumbers, ...],
    *,
    unit: str,
    values: tuple[Decimal | None, ...],
    earlier: tuple[Decimal | None, ...],
) -> Markup:
    chart = bar_drawing(size=_SIZE, steps=_STEPS, labels=[each.letter for each in numbers], rounded_bars=1)
    tips = [_tip(each, unit) for each in numbers]
    for series, amounts in (("before", earlier), ("now", values)):
        if any(amount is not None for amount in amounts):
            bars = zip(amounts, tips, strict=True)
            chart.add(series, [{"value": each, "tooltip": tip, "node": {"class": series}} for each, tip in bars])
    return drawn(chart)


def _tip(numbers: MonthNumbers, unit: str) -> str:
    value = f"{numbers.value} {unit}" if numbers.value else _("no data")
    if numbers.earlier is None:
        return _("%(month)s: %(value)s") % {"month": numbers.month, "value": value}
    words = {"month": numbers.month, "value": value, "earlier": numbers.earlier}
    return _("%(month)s: %(value)s, the year before %(earlier)s") % words


def _read(value: Decimal | None, rounding: Rounding) -> str | None:
    return None if value is None else grouped(value, rounding)


def _total(values: MonthlyValues, rounding: Rounding) -> str | None:
    known = [value for value in values if value is not None]
    return grouped(sum(known, Decimal(0)), rounding) if known else None
