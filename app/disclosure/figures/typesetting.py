"""How units, numbers and days are written for people to read."""

from datetime import date
from decimal import ROUND_DOWN, Decimal

from app.core.units.quantities import EXACT, Rounding, plain

ROUNDING_TEXT = {
    Rounding.DOWN: "displayed digits are cut off, not rounded",
    Rounding.HALF_UP: "displayed digits are rounded half up",
}
_LAST_DIGIT = Decimal("1E-9")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def typeset_unit(unit: str) -> str:
    """Return a unit as print writes it."""
    return unit.replace("m3", "m³").replace("CO2", "CO₂")


def spaced(display: str | None) -> str | None:
    """Return plain digits with thousands separated, every digit kept; None for None."""
    return None if display is None else f"{Decimal(display):,f}"


def percent(share: Decimal) -> str:
    """Return a share of 1 as a percentage; short of all is never shown as 100 %."""
    if share == 1:
        return "100 %"
    return f"{min(share * 100, Decimal('99.9')):.1f} %"


def unrounded(value: Decimal) -> str:
    """Return the digits of `value`; those past the ninth decimal are left off, and an ellipsis says so."""
    kept = value.quantize(_LAST_DIGIT, rounding=ROUND_DOWN, context=EXACT)
    return f"{plain(kept)}{'' if kept == value else '…'}"


def written_day(day: date) -> str:
    """Return a day in words, such as `31 December 2021`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
