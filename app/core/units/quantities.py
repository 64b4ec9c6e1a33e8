"""Exact quantities: integers of micro-units below, Decimal figures above."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

MICRO = 1_000_000
LIMIT_UNITS = 2**32
LIMIT_MICRO = LIMIT_UNITS * MICRO
INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""The context of every figure: wide enough that sums and products of stored values never round."""

_ONE = Decimal(1)
_MICRO_PLACES = Decimal("0.000001")


class QuantityOutOfRange(ValueError):
    """The value lies beyond 2^32 units; the meter belongs in a larger unit."""


class Rounding(StrEnum):
    """How a displayed figure is rounded."""

    HALF_UP = "half_up"
    DOWN = "down"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.DOWN: ROUND_DOWN}


def micro_from_decimal(value: Decimal) -> int:
    """Return `value` in micro-units, digits past the sixth rounded half-even.

    Raises QuantityOutOfRange beyond 2^32 units, and for NaN and the infinities.
    """
    if not value.is_finite() or (value and value.adjusted() > 10):
        raise QuantityOutOfRange(str(value))
    if value and value.adjusted() < -8:
        return 0
    micro = int(value.quantize(_MICRO_PLACES, context=EXACT).scaleb(6, context=EXACT))
    if abs(micro) > LIMIT_MICRO:
        raise QuantityOutOfRange(str(value))
    return micro


def decimal_from_micro(micro: int) -> Decimal:
    """Return the exact number of units that `micro` micro-units are."""
    return Decimal(micro).scaleb(-6, context=EXACT)


def fits_int64(value: int) -> bool:
    """Tell whether `value` can be stored in a 64-bit column."""
    return INT64_MIN <= value <= INT64_MAX


def display(value: Decimal, *, decimals: int, rounding: Rounding) -> str:
    """Return `value` as plain digits with `decimals` places: no separators, no exponent, no negative zero."""
    rounded = value.quantize(_ONE.scaleb(-decimals), rounding=_MODES[rounding], context=EXACT)
    return f"{abs(rounded) if rounded.is_zero() else rounded:f}"


def plain(value: Decimal) -> str:
    """Return every digit of `value` without exponent or trailing zeros: the literal JSON carries."""
    if not value:
        return "0"
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text
