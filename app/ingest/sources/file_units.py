"""The units that a table says its numbers are in, beside those of the meters: a file in MWh is not one in kWh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.core.units.units import UNITS, DimensionMismatch, UnknownUnit, ratio
from app.core.units.units_meant import meant_by
from app.ingest.sources.header_words import unit_in
from app.ingest.sources.layout import Layout, Role
from app.ingest.sources.recognition import KnownMeter, Table

_EVERY = [name for names in UNITS.values() for name in names]
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class FileUnit:
    """A unit in which a table has numbers of a meter.

    `factor` makes the meter's unit of it: 1000 of MWh for a meter in kWh; None where it cannot be one of the other.
    """

    meter: KnownMeter
    unit: str
    factor: Fraction | None

    def fits(self, factor: str) -> bool:
        """Tell whether numbers times a mapping's factor are in the meter's unit.

        Where none is one of the other, such as kWh of a gas meter in m3, a factor that somebody states is believed.
        """
        if self.factor is None:
            return bool(factor)
        number, _, divisor = (factor or "1").partition("/")
        return self.factor == Fraction(number) / Fraction(divisor or 1)


def file_units(layout: Layout, table: Table, meters: Sequence[KnownMeter]) -> list[FileUnit]:
    """Return the units that a table states, each once for each meter; what is no unit at all says nothing."""
    by_code = {each.code: each for each in meters}
    found: dict[tuple[str, str], FileUnit] = {}
    for code, text in _stated(layout, table):
        meter = by_code.get(code)
        if meter is None or (code, text) in found:
            continue
        unit = _unit(text, meter.unit)
        if unit is not None:
            found[code, text] = FileUnit(meter, text, _factor(unit, meter.unit))
    return list(found.values())


def factor_of(units: Sequence[FileUnit]) -> str:
    """Return the one factor by which all numbers of a table come to be in their meters' units; empty for none."""
    factors = {each.factor for each in units}
    factor = factors.pop() if len(factors) == 1 else None
    if factor is None or factor == 1 or max(len(str(factor.numerator)), len(str(factor.denominator))) > _MOST_DIGITS:
        return ""
    return str(factor)


def _stated(layout: Layout, table: Table) -> Iterator[tuple[str, str]]:
    """Yield the code of a meter with a text that stands where its unit would."""
    for name, code in layout.meter_columns.items():
        if (unit := unit_in(name)) is not None:
            yield code, unit
    if layout.meter_columns:
        return
    value, column, named = (layout.column(role) for role in (Role.VALUE, Role.UNIT, Role.METER))
    header = None if value is None else unit_in(value) or value
    places = {name: at for at, name in enumerate(table.columns)}
    for row in table.rows:
        text = layout.meter if named is None else _cell(row, places.get(named))
        code = layout.codes.get(text, text)
        unit = _cell(row, places.get(column)) if column is not None else header
        if code and unit:
            yield code, unit


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""


def _unit(text: str, of_meter: str) -> str | None:
    """Return the unit a text means; the meter's own where it may mean several."""
    if text == of_meter:
        return of_meter
    meant = [text] if text in _EVERY else meant_by(text, [of_meter, *_EVERY])
    return of_meter if of_meter in meant else next(iter(meant), None)


def _factor(unit: str, of_meter: str) -> Fraction | None:
    try:
        return Fraction(1) if unit == of_meter else ratio(unit, of_meter)
    except (UnknownUnit, DimensionMismatch):
        return None
