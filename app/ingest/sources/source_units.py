"""The units a source's numbers are in, to those of the meters: exact, and refused where neither is of the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from app.core.units.units import UNITS, DimensionMismatch, UnknownUnit, ratio
from app.core.units.units_meant import meant_by

EVERY_UNIT = tuple(name for names in UNITS.values() for name in names)


@dataclass(frozen=True, slots=True)
class UnitRule:
    """The unit: one `constant`, or what `field` holds, through `codes` when given, or that of each of `columns`.

    `of_meters` are the meters' own units by code, in which readings are kept; of others nothing is converted.
    """

    constant: str | None = None
    field: str | None = None
    codes: Mapping[str, str] | None = None
    columns: Mapping[str, str] | None = None
    of_meters: Mapping[str, str] | None = None


class UnitMismatch(ValueError):
    """Of numbers in this unit there are none in the meter's; the message says why."""


def units_meant(text: str, own: str = "") -> list[str]:
    """Return the units that a text may be: the meter's `own` alone where it is one of them, none where it is no unit.

    `kwh` is kWh; `MT` is Mt, or t as traders write; `gal` is the gallon of either country.
    """
    if text in (own, *EVERY_UNIT):
        return [text]
    meant = meant_by(text, [own, *EVERY_UNIT] if own else EVERY_UNIT)
    return [own] if own in meant else list(dict.fromkeys(meant))


@lru_cache(maxsize=4096)
def unit_factor(text: str, own: str) -> Fraction:
    """Return how many of the meter's `own` unit one of a source's is; raises UnitMismatch."""
    meant = units_meant(text, own)
    if len(meant) > 1:
        raise UnitMismatch(f"{text[:40]!r} may be {' or '.join(meant)}: say which")
    if not meant:
        raise UnitMismatch(f"{text[:40]!r} is no unit that is known, and the meter is in {own}")
    try:
        return Fraction(1) if meant[0] == own else ratio(meant[0], own)
    except (UnknownUnit, DimensionMismatch):
        raise UnitMismatch(f"numbers in {meant[0]} cannot be made {own}, which the meter is in") from None
