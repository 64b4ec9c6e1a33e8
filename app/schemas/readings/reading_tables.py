"""Stored readings as Arrow tables: typed columns with units and time zones beside them, made of whole columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.readings.batches import stored_at_ms
from app.core.readings.columns import NO_START, Int64Column, Quality, stated_quality
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.core.units.quantities import plain
from app.schemas.wire.arrow import ROWS_A_GROUP, Layout, about, arrow_pieces, exact_micro, field, instants
from app.schemas.wire.formats import Format
from app.store.directory.metered import Metered

VALUE_DIGITS, VALUE_PLACES = 18, 6
"""A value is at most 2^32 units and exact to the sixth place: sixteen digits, which eight bytes hold."""

_LAYOUT = Layout(steps=("timestamp", "value", "start", "stored_at"), searched=("meter", "timestamp"))
_UTC = {"time_zone": "UTC"}
_QUALITIES = tuple(Quality)
_Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Kind:
    """The schema of readings of some meters, and the texts that repeat in each group of rows."""

    schema: Any
    meter_ids: Int64Column
    codes: Any
    units: Any
    unit_places: _Places


def reading_pieces(
    chunks: Iterable[StoredColumns], meters: Sequence[Metered], organization: str, wanted: Format
) -> Iterator[bytes]:
    """Yield readings of these meters as an Arrow IPC stream or a Parquet file."""
    kind = _kind(meters, organization, wanted)
    tables = (_table(kind, rows) for rows in _groups(chunks))
    return arrow_pieces(kind.schema, tables, wanted, _LAYOUT)


def _groups(chunks: Iterable[StoredColumns]) -> Iterator[StoredColumns]:
    """Yield chunks joined until they are as many rows as are written together, or a little more."""
    some: list[StoredColumns] = []
    rows = 0
    for chunk in chunks:
        some.append(chunk)
        rows += len(chunk)
        if rows >= ROWS_A_GROUP:
            yield one_after_the_other(some)
            some, rows = [], 0
    yield one_after_the_other(some)


def _kind(meters: Sequence[Metered], organization: str, wanted: Format) -> _Kind:
    import pyarrow

    instant = pyarrow.timestamp("ms", tz="UTC")
    repeated = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    units = sorted({each.unit for each in meters})
    of_value = {"unit": units[0]} if len(units) == 1 else {"unit_column": "unit"}
    # Readers of a stream may know but one dictionary of a column, and batches are not known before their rows.
    batch = repeated if wanted is Format.PARQUET else pyarrow.string()
    fields = [
        field("meter", repeated, nullable=False),
        field("timestamp", instant, nullable=False, facts=_UTC),
        field("value", pyarrow.decimal128(VALUE_DIGITS, VALUE_PLACES), nullable=False, facts=of_value),
        field("unit", repeated, nullable=False),
        field("quality", repeated, nullable=False),
        field("start", instant, facts=_UTC),
        field("stored_at", instant, nullable=False, facts=_UTC),
        field("batch", batch, nullable=False),
        field("revision", pyarrow.int16(), nullable=False),
        field("reference", pyarrow.string()),
    ]
    facts = about("readings", organization=organization, meters=meter_facts(meters))
    places = {unit: place for place, unit in enumerate(units)}
    return _Kind(
        schema=pyarrow.schema(fields, metadata=facts),
        meter_ids=np.array([each.spec.id for each in meters], dtype=np.int64),
        codes=pyarrow.array([each.spec.code for each in meters], pyarrow.string()),
        units=pyarrow.array(units, pyarrow.string()),
        unit_places=np.array([places[each.unit] for each in meters], dtype=np.int32),
    )


def meter_facts(meters: Sequence[Metered]) -> dict[str, dict[str, str]]:
    """Return what a file tells of meters, by code: what they measure, where, in which unit and time zone."""
    return {
        each.spec.code: {
            "plant": each.plant,
            "resource": each.resource,
            "unit": each.unit,
            "multiplier": plain(each.multiplier),
            "time_zone": each.spec.zone.key,
        }
        for each in meters
    }


def _table(kind: _Kind, rows: StoredColumns) -> Any:
    import pyarrow

    ids, of_meter = _distinct(rows.meter)
    meters = np.searchsorted(kind.meter_ids, ids).astype(np.int32)[of_meter]
    qualities, of_quality = _distinct(rows.quality)
    stated = np.array([_QUALITIES.index(stated_quality(each)) for each in qualities.tolist()], dtype=np.int32)
    batches, of_batch = _distinct(rows.batch)
    codes = pyarrow.array([f"b{batch:016x}" for batch in batches.tolist()], pyarrow.string())
    own = rows.start != NO_START
    columns = {
        "meter": _repeating(meters, kind.codes),
        "timestamp": instants(rows.at),
        "value": exact_micro(rows.value, kind.schema.field("value").type),
        "unit": _repeating(kind.unit_places[meters], kind.units),
        "quality": _repeating(stated[of_quality], pyarrow.array([*_QUALITIES], pyarrow.string())),
        "start": _starts(rows.start, own),
        "stored_at": instants(stored_at_ms(batches)[of_batch]),
        "batch": _repeating(of_batch, codes).cast(kind.schema.field("batch").type),
        "revision": pyarrow.array(np.ascontiguousarray(rows.revision)),
        "reference": pyarrow.nulls(len(rows), pyarrow.string())
        if rows.reference is None
        else pyarrow.array([each or None for each in rows.reference.tolist()], pyarrow.string()),
    }
    return pyarrow.table(columns, schema=kind.schema)


def _distinct(column: NDArray[Any]) -> tuple[NDArray[Any], _Places]:
    """Return the distinct numbers of a column in which neighbours are mostly alike, and where each row's lies.

    Of 7 7 7 9 9 7 they are 7 and 9, at 0 0 0 1 1 0: the first of each run, 7 9 7, are compared alone.
    """
    if len(column) and column.strides == (0,):
        return column[:1], np.zeros(len(column), dtype=np.int32)
    first = np.flatnonzero(np.concatenate(([True], column[1:] != column[:-1]))[: len(column)])
    found, place = np.unique(column[first], return_inverse=True)
    return found, np.repeat(place.astype(np.int32), np.diff(first, append=len(column)))


def _repeating(places: _Places, texts: Any) -> Any:
    import pyarrow

    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(places), texts, safe=False)  # every place is a text's


def _starts(start: Int64Column, own: NDArray[np.bool_]) -> Any:
    import pyarrow

    kind = pyarrow.timestamp("ms", tz="UTC")
    if not own.any():
        return pyarrow.nulls(len(start), kind)
    return pyarrow.array(np.ascontiguousarray(start), pyarrow.int64(), mask=~own).cast(kind)
