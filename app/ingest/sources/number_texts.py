"""Numbers as people and programs write them, to plain digits: marks, signs, a factor; exact, and never guessed."""

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from app.core.units.quantities import MICRO, decimal_from_micro, plain
from app.ingest.bodies.numbers import NUMBER

_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'", "\u2212": "-"})
_SIGNED = re.compile(r"(?P<lead>[+-]? ?)(?P<digits>[^-+ (][^()]*?)(?P<trail> ?-)?", re.DOTALL)
_BRACKETED = re.compile(r"\( ?(?P<digits>[^-+() ][^()]*?) ?\)", re.DOTALL)
_FAR = 60
"""No factor brings a number of more digits before or after its point into the range of readings."""


@dataclass(frozen=True, slots=True)
class ValueRule:
    """The number: its decimal mark, its thousands mark, and the texts that stand for no reading.

    `parentheses`: (12.5) is -12.5, as accountants write. `factor` is exact; times it, the number is in the meter's
    unit. `field` is None where columns of a wide row hold the values.
    """

    field: str | None = None
    decimal: str = "."
    thousands: str | None = None
    missing: frozenset[str] = frozenset()
    parentheses: bool = False
    factor: Fraction = Fraction(1)


class NumberUnreadable(ValueError):
    """The text is no number by these rules; the message says by which."""


def number_from_text(text: str, rule: ValueRule) -> str:
    """Return the number a text is, as plain digits in the meter's unit; raises NumberUnreadable.

    A minus may stand behind (`12.5-`, as SAP prints). Groups of a thousands mark are three digits long (or two, then
    three, as in 12,34,567 with the comma) and the first does not begin with 0: `0.619` with a point for thousands is
    refused, since it is hardly 619.
    """
    if rule.decimal == "." and rule.thousands is None and NUMBER.fullmatch(text):
        return scaled(text, rule.factor)
    text = text.translate(_SPACES)
    match = _SIGNED.fullmatch(text)
    negative = match is not None and ("-" in match["lead"]) != (match["trail"] is not None)
    twice = match is not None and match["lead"].strip() and match["trail"] is not None
    if match is None and rule.parentheses:
        match, negative = _BRACKETED.fullmatch(text), True
    digits = _without_marks(match["digits"], rule) if match is not None and not twice else None
    if digits is None or not NUMBER.fullmatch(digits):
        raise NumberUnreadable(f"{text[:40]!r} is not a number with {_marks(rule)}")
    return scaled(f"-{digits}" if negative else digits, rule.factor)


def scaled(digits: str, factor: Fraction) -> str:
    """Return a plain number times the factor, rounded once, half-even, to the sixth digit that readings keep.

    A mean power over 5 minutes has the factor 1/12: 7 kW are 0.583333 kWh, and 12 kW are 1 kWh to the last digit.
    """
    if factor == 1 or not _is_near(digits):
        return digits
    return plain(decimal_from_micro(round(Fraction(Decimal(digits)) * factor * MICRO)))


def _is_near(digits: str) -> bool:
    """Tell whether a number is of a size that a fraction can hold at little cost: 1e999999999 is not."""
    exponent = re.split("[eE]", digits)[1:]
    return len(digits) <= _FAR and all(len(each) < 4 and abs(int(each)) <= _FAR for each in exponent)


def _without_marks(text: str, rule: ValueRule) -> str | None:
    """Return the number with a point and no thousands marks; None when a mark stands where it cannot."""
    whole, mark, fraction = text.partition(rule.decimal)
    if rule.thousands is not None and rule.thousands in whole:
        if not _grouped(rule.thousands).fullmatch(whole):
            return None
        whole = whole.replace(rule.thousands, "")
    if "." in whole or "." in fraction:
        return None
    return f"{whole}.{fraction}" if mark else whole


def _grouped(mark: str) -> re.Pattern[str]:
    mark = re.escape(mark)
    threes = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
    return re.compile(rf"{threes}|[1-9]\d?(?:,\d\d)+,\d{{3}}" if mark == "," else threes, re.ASCII)


def _marks(rule: ValueRule) -> str:
    marks = f"decimal mark {rule.decimal!r}"
    return f"{marks}, thousands mark {rule.thousands!r}" if rule.thousands else marks
