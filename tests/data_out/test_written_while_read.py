"""Files are written while they are read: a group or two at a time, and never taken for whole when they are not."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from app.core.inventory.inventory import InvalidFields
from app.core.readings.columns import NO_START
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.schemas.wire.arrow import arrow_pieces
from app.schemas.wire.formats import Format
from app.schemas.wire.tables import Column, Kind, TableKind, table_pieces

SCHEMA = pyarrow.schema([pyarrow.field("number", pyarrow.int64())])
KIND = TableKind("numbers", (Column("number", Kind.WHOLE),), {})
GROUPS = 5


class _Groups:
    """Groups of a thousand rows; tells how many were asked for."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.asked = 0
        self._fails_at = fails_at

    def tables(self) -> Iterator[Any]:
        for number in range(GROUPS):
            self.asked += 1
            if number == self._fails_at:
                raise OSError("the disk is gone")
            yield pyarrow.table({"number": list(range(1_000))}, schema=SCHEMA)


@pytest.mark.parametrize("wanted", [Format.ARROW, Format.PARQUET])
def test_a_group_is_on_its_way_before_the_one_after_the_next_is_read(wanted: Format) -> None:
    groups = _Groups()
    pieces = arrow_pieces(SCHEMA, groups.tables(), wanted)
    sizes = []
    for number, piece in enumerate(pieces, 1):
        assert groups.asked <= number + 1
        sizes.append(len(piece))
    assert len(sizes) == GROUPS
    assert min(sizes) > 1_000


@pytest.mark.parametrize("wanted", [Format.ARROW, Format.PARQUET])
def test_what_ends_too_early_raises_and_is_no_parquet_file(wanted: Format) -> None:
    made = arrow_pieces(SCHEMA, _Groups(fails_at=3).tables(), wanted)
    pieces = [next(made), next(made)]
    with pytest.raises(OSError, match="the disk is gone"):
        next(made)
    if wanted is Format.PARQUET:
        with pytest.raises(pyarrow.ArrowInvalid):
            pyarrow.parquet.read_table(io.BytesIO(b"".join(pieces)))


@pytest.mark.parametrize("wanted", [Format.CSV, Format.NDJSON, Format.ARROW, Format.PARQUET])
def test_the_first_rows_are_read_before_an_answer_begins_and_the_rest_when_they_are_wanted(wanted: Format) -> None:
    asked: list[int] = []

    def chunks() -> Iterator[list[tuple[int]]]:
        for number in range(4):
            asked.append(number)
            yield [(number,)] * 10

    pieces = table_pieces(KIND, chunks(), wanted)
    assert asked in ([0], [0, 1])
    assert b"".join(pieces)
    assert asked == [0, 1, 2, 3]


def test_what_cannot_be_read_at_all_is_raised_before_an_answer_begins() -> None:
    def chunks() -> Iterator[list[tuple[int]]]:
        raise InvalidFields([])
        yield []

    for wanted in (Format.CSV, Format.PARQUET):
        with pytest.raises(InvalidFields):
            table_pieces(KIND, chunks(), wanted)


def test_texts_that_look_like_formulas_are_texts_in_a_spreadsheet() -> None:
    kind = TableKind("texts", (Column("text", Kind.TEXT), Column("said", Kind.TEXTS)), {})
    rows = [("=1+1", ["-a", "b"]), ("+1", []), ("a=b", ["c"]), (None, []), ('a "b", c', [])]
    written = b"".join(table_pieces(kind, [rows], Format.CSV)).decode()
    assert written == 'text,said\n\'=1+1,\'-a; b\n\'+1,\na=b,c\n,\n"a ""b"", c",\n'


def _rows(meter: int, value: int, count: int) -> StoredColumns:
    def constant(number: int, kind: type) -> Any:
        return np.broadcast_to(np.array(number, dtype=kind), (count,))

    at = np.arange(count, dtype=np.int64)
    start = constant(NO_START, np.int64)
    return StoredColumns(
        constant(meter, np.int32),
        at,
        constant(value, np.int64),
        constant(1, np.int16),
        start,
        constant(1, np.int16),
        constant(7, np.int64),
    )


def test_columns_of_one_value_stay_so_when_they_are_joined_and_others_do_not() -> None:
    joined = one_after_the_other([_rows(1, 5, 3), _rows(2, 5, 2)])
    assert joined.meter.tolist() == [1, 1, 1, 2, 2]
    assert joined.value.tolist() == [5] * 5
    assert (joined.value.strides, joined.batch.strides) == ((0,), (0,))
    assert joined.at.tolist() == [0, 1, 2, 0, 1]
    assert joined.batch.tolist() == [7] * 5
