"""What the last reading of each meter looks like from outside: as JSON items, and as rows of a table."""

from collections.abc import Iterator, Sequence

from app.core.calendar.periods import instant_from_ms
from app.core.readings.batches import stored_at_ms
from app.core.readings.columns import NO_REFERENCE, NO_START, Quality, stated_quality
from app.core.readings.versions import StoredColumns
from app.core.units.quantities import decimal_from_micro
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber
from app.schemas.wire.tables import Column, Kind, Row, TableKind
from app.store.directory.metered import Metered

_UTC = {"time_zone": "UTC"}
_COLUMNS = (
    Column("meter"),
    Column("plant"),
    Column("resource"),
    Column("unit"),
    Column("timestamp", Kind.INSTANT, facts=_UTC),
    Column("value", Kind.EXACT, places=6, facts={"unit_column": "unit"}),
    Column("quality"),
    Column("start", Kind.INSTANT, facts=_UTC),
    Column("stored_at", Kind.INSTANT, facts=_UTC),
    Column("batch"),
    Column("revision", Kind.WHOLE),
    Column("reference", Kind.TEXT),
)


class LatestReading(Shape):
    """The last reading of a meter; all that is told of the reading is null where the meter has none.

    `value` is as it was sent, in `unit` and before the meter's multiplier.
    """

    meter: str
    plant: str
    resource: str
    unit: str
    timestamp: Instant | None = None
    value: ExactNumber | None = None
    quality: Quality | None = None
    start: Instant | None = None
    stored_at: Instant | None = None
    batch: str | None = None
    revision: int | None = None
    reference: str | None = None


class LatestReadingPage(Shape):
    """The last readings of meters, in order of the meters' making."""

    items: list[LatestReading]
    next: str | None


def latest_from(meters: Sequence[Metered], found: StoredColumns) -> Iterator[LatestReading]:
    """Yield an item for each meter; `found` are their last readings, by meter id."""
    places = {meter: place for place, meter in enumerate(found.meter.tolist())}
    for each in meters:
        about = {"meter": each.spec.code, "plant": each.plant, "resource": each.resource, "unit": each.unit}
        place = places.get(each.spec.id)
        yield LatestReading(**about) if place is None else _item(about, found, place)


def _item(about: dict[str, str], found: StoredColumns, place: int) -> LatestReading:
    start, batch = int(found.start[place]), int(found.batch[place])
    reference = NO_REFERENCE if found.reference is None else found.reference[place]
    return LatestReading(
        **about,
        timestamp=instant_from_ms(int(found.at[place])),
        value=decimal_from_micro(int(found.value[place])),
        quality=stated_quality(int(found.quality[place])),
        start=None if start == NO_START else instant_from_ms(start),
        stored_at=instant_from_ms(stored_at_ms(batch)),
        batch=f"b{batch:016x}",
        revision=int(found.revision[place]),
        reference=None if reference == NO_REFERENCE else reference,
    )


def latest_table(organization: str) -> TableKind:
    """Return what a table of last readings is."""
    return TableKind("latest_readings", _COLUMNS, {"organization": organization})


def latest_rows(items: Iterator[LatestReading]) -> list[Row]:
    """Return items as rows of that table."""
    return [[getattr(item, column.name) for column in _COLUMNS] for item in items]
