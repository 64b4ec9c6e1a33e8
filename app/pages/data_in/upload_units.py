"""The units among which a person chooses those of a file's numbers: of each column of values, or each word for one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.units.units import UNITS, UnknownUnit, dimension_of
from app.ingest.sources.layout import Layout, Role
from app.ingest.sources.source_units import EVERY_UNIT, units_meant
from app.pages.data_in.upload_form import Reading
from app.pages.frame.words import gettext as _

_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """The units that a column, or a word, may be in, with what each is called, and the one that it is read as."""

    options: Sequence[tuple[str, str]]
    chosen: str


def column_units(reading: Reading) -> Mapping[str, UnitChoice]:
    """Return the choices of the columns that hold values; none where a column tells the unit of each row."""
    layout, own = reading.layout, {each.code: each.unit for each in reading.meters}
    if layout.meter_columns:
        return {
            name: _choice(own[code], layout.units.get(name) or own[code])
            for name, code in layout.meter_columns.items()
            if code in own
        }
    if not layout.valued or layout.column(Role.UNIT) is not None:
        return {}
    spoken = {code for code in (layout.meter, *layout.codes.values()) if code in own}
    units = _alike(own[code] for code in sorted(spoken or own))
    chosen = layout.units.get(layout.valued, "")
    options = [("", _("that of the meter")), *((each, each) for each in _with(units, chosen))]
    return {layout.valued: UnitChoice(options, chosen)}


def said_units(reading: Reading) -> Mapping[str, UnitChoice]:
    """Return the choices of the words that a column of units has; what is a unit without a doubt is read as it is."""
    layout = reading.layout
    column = None if layout.meter_columns else layout.column(Role.UNIT)
    if column is None or column not in reading.table.columns:
        return {}
    words = list(dict.fromkeys(reading.table.column(column)))[:_MOST_WORDS]
    return {text: _word(layout, text) for text in words}


def _word(layout: Layout, text: str) -> UnitChoice:
    meant = units_meant(text)
    title = meant[0] if len(meant) == 1 else _("choose (rejected until then)")
    return UnitChoice([("", title), *((each, each) for each in EVERY_UNIT)], layout.unit_codes.get(text, ""))


def _choice(own: str, chosen: str) -> UnitChoice:
    return UnitChoice([(each, each) for each in _with(_alike([own]), chosen)], chosen)


def _alike(units: Iterable[str]) -> list[str]:
    """Return the units that measure what one of these does, each once."""
    found: dict[str, None] = {}
    for unit in units:
        try:
            found |= dict.fromkeys(UNITS[dimension_of(unit)])
        except UnknownUnit:
            found[unit] = None
    return list(found)


def _with(units: Sequence[str], chosen: str) -> list[str]:
    return [*units] if not chosen or chosen in units else [*units, chosen]
