"""How units, numbers and days are written for people to read."""

from datetime import date
from decimal import ROUND_DOWN, Decimal

from app.core.language import BABEL_NAMES, SOURCE, language
from app.core.language import gettext as _
from app.core.sentences import N_
from app.core.units.quantities import EXACT, Rounding, plain

ROUNDING_TEXT = {
    Rounding.DOWN: N_("displayed digits are cut off, not rounded"),
    Rounding.HALF_UP: N_("displayed digits are rounded half up"),
}
_UNIT_WORDS = frozenset(
    {
        N_("company"),
        N_("currency"),
        N_("day"),
        N_("degC"),
        N_("h"),
        N_("item"),
        N_("million"),
        N_("number"),
        N_("participant"),
        N_("person"),
        N_("person-time"),
        N_("piece"),
        N_("set"),
    }
)
"""Words that stand in units; symbols are the same everywhere."""
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
    """Return a unit as print writes it in the reader's language: tCO₂e per person, or tCO₂e/人."""
    plain = unit.replace("m3", "m³").replace("CO2", "CO₂")
    if language() == SOURCE:
        return plain
    parts = (part.split(" ") for part in plain.split(" per "))
    return "/".join(" ".join(_(word) if word in _UNIT_WORDS else word for word in part) for part in parts)


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
    """Return a day in English words, such as `31 December 2021`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def day_in_words(day: date) -> str:
    """Return a day in the reader's language: 31 December 2021, or 2021年12月31日."""
    if language() == SOURCE:
        return written_day(day)
    from babel.dates import format_date

    return format_date(day, "long", locale=BABEL_NAMES[language()])


def days_in_words(first: date, last: date) -> str:
    """Return the first and last day of a period in the reader's language."""
    return _("%(first)s to %(last)s") % {"first": day_in_words(first), "last": day_in_words(last)}
