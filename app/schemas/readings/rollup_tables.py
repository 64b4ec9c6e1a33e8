"""Rollups as rows of a table: the columns of a page's items, with units and the plants' time zones beside them."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.units.quantities import plain
from app.schemas.readings.reading_tables import meter_facts
from app.schemas.readings.rollups import RollupGrain, RollupItem
from app.schemas.wire.formats import Format
from app.schemas.wire.tables import DIGITS, Column, Kind, Row, TableKind
from app.store.directory.metered import Metered

_PLACES = 14
"""Of a quantity: six of a reading, and eight of a multiplier; means and shares have twelve."""

_MICRO_DIGITS, _MICRO_PLACES = 19, 6
_UTC, _UNIT = {"time_zone": "UTC"}, {"unit_column": "unit"}
_COLUMNS = (
    Column("meter"),
    Column("plant"),
    Column("resource"),
    Column("grain"),
    Column("start", Kind.INSTANT, facts=_UTC),
    Column("end", Kind.INSTANT, facts=_UTC),
    Column("quantity", Kind.EXACT, places=_PLACES, facts=_UNIT),
    Column("unit"),
    Column("count", Kind.WHOLE),
    *(Column(name, Kind.EXACT, places=12) for name in ("coverage", "measured_share", "estimated_share")),
    Column("manual_share", Kind.EXACT, places=12),
    *(Column(name, Kind.EXACT, places=_PLACES, facts=_UNIT) for name in ("minimum", "maximum", "mean")),
    Column("flags", Kind.TEXTS),
)


def rollup_table(organization: str, grain: RollupGrain, meters: Sequence[Metered], wanted: Format) -> TableKind:
    """Return what a table of these meters' rollups is.

    Raises InvalidFields for Arrow and Parquet where a meter's multiplier has more digits than their decimals hold.
    """
    if wanted in (Format.ARROW, Format.PARQUET):
        for each in meters:
            _require_room(each)
    facts = {"organization": organization, "grain": grain.value, "meters": meter_facts(meters)}
    return TableKind("rollups", _COLUMNS, facts)


def rollup_rows(items: Iterable[RollupItem]) -> list[Row]:
    """Return items as rows of that table."""
    return [[getattr(item, column.name) for column in _COLUMNS] for item in items]


def _require_room(metered: Metered) -> None:
    """Refuse a meter whose quantities may not be exact here: before the first row, not after a million."""
    multiplier = metered.multiplier.normalize()
    places = max(-int(multiplier.as_tuple().exponent), 0)
    whole = (multiplier * Decimal(10) ** (_MICRO_DIGITS - _MICRO_PLACES)).adjusted() + 1
    if places > _PLACES - _MICRO_PLACES or whole > DIGITS - _PLACES:
        words = (
            f"Quantities of {metered.spec.code!r}, whose multiplier is {plain(multiplier)}, may have more digits than "
            f"a decimal({DIGITS}, {_PLACES}): ask for csv or ndjson, or for other meters"
        )
        raise InvalidFields([FieldProblem("format", "too_many_digits", words)])
