"""The units that a table says its numbers are in, beside those of the meters: a file in MWh is not one in kWh."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.ingest.sources.layout import Layout, Role
from app.ingest.sources.source_units import UnitMismatch, unit_factor, units_meant
from app.ingest.sources.tables import KnownMeter, Table


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
    value = layout.valued
    header = table.unit_of(value) if value in table.columns else ""
    for code, text in _stated(layout, table, header):
        meter = by_code.get(code)
        if meter is None or (code, text) in found:
            continue
        if units_meant(text, meter.unit):
            found[code, text] = FileUnit(meter, text, _factor(text, meter.unit))
    return list(found.values())


def units_refused(layout: Layout, table: Table, meters: Sequence[KnownMeter]) -> list[tuple[str, str]]:
    """Return the meters of which numbers are rejected for the unit they are said to be in, each unit with why."""
    by_code = {each.code: each for each in meters}
    found: dict[tuple[str, str], None] = {}
    for code, text in _read_in(layout, table):
        try:
            if code in by_code:
                unit_factor(text, by_code[code].unit)
        except UnitMismatch as error:
            found[code, str(error)] = None
    return list(found)


def _read_in(layout: Layout, table: Table) -> Iterator[tuple[str, str]]:
    """Yield the code of a meter with the unit in which a layout has its numbers read, where it says one."""
    if layout.meter_columns:
        yield from ((code, unit) for name, code in layout.meter_columns.items() if (unit := layout.units.get(name)))
        return
    for code, text in _stated(layout, table, layout.units.get(layout.valued, "")):
        yield code, layout.unit_codes.get(text) or text


def _factor(text: str, own: str) -> Fraction | None:
    try:
        return unit_factor(text, own)
    except UnitMismatch:
        return None


def _stated(layout: Layout, table: Table, header: str) -> Iterator[tuple[str, str]]:
    """Yield the code of a meter with a text that stands where its unit would; `header` is that of all rows."""
    for name, code in layout.meter_columns.items():
        if unit := table.unit_of(name):
            yield code, unit
    if layout.meter_columns:
        return
    column, named = layout.column(Role.UNIT), layout.column(Role.METER)
    places = {name: at for at, name in enumerate(table.columns)}
    for row in table.rows:
        text = layout.meter if named is None else _cell(row, places.get(named))
        code = layout.codes.get(text, text)
        unit = _cell(row, places.get(column)) if column is not None else header
        if code and unit:
            yield code, unit


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""
