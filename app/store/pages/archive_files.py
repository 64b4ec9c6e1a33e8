"""Parquet files of readings: written a page at a time, read a page at a time, and told by their hash.

docs/decisions/archive.md has the columns. An example: the year of two meters of quarter hours is 46 pages, which lie
by meter and time in two groups of rows. Who wants the page of meter 9 in March asks the footer, which says for each
group which meters it has (7 to 7, 7 to 9), decodes the second group alone, and cuts 1,488 rows out of it.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.core.readings.columns import NO_REFERENCE, NO_START, Int64Column, ReferenceColumn
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.store.pages.page_headers import PageHeader, fits

FILE_FORMAT = 1
_ROWS_A_GROUP = 65_536
"""Rows that are decoded to read one page: some milliseconds, as for a year of a meter of quarter hours."""

_DELTA = dict.fromkeys(("at", "start", "value_micro", "batch"), "DELTA_BINARY_PACKED")
_REPEATED = ["meter_id", "meter", "quality", "revision", "reference"]
_HASHED_AT_ONCE = 1 << 20


class ArchiveFileFault(ValueError):
    """A file that is not there, is not what was written, or cannot be read here; its words say which.

    `page` is the one that it does not give back, where it is one.
    """

    def __init__(self, words: str, page: PageHeader | None = None) -> None:
        super().__init__(words)
        self.page = page


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file was when it was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of rows: its meters, lowest and highest, and its instants if they are of one meter."""

    number: int
    meters: tuple[int, int]
    instants: tuple[int, int]

    def may_hold(self, page: PageHeader) -> bool:
        lowest, highest = self.meters
        # Instants of a group of several meters tell nothing of one of them.
        if lowest == highest == page.meter_id:
            return self.instants[0] <= page.last_at and page.first_at <= self.instants[1]
        return lowest <= page.meter_id <= highest


def write_file(path: Path, pages: Iterable[StoredColumns], codes: Mapping[int, str], about: Mapping[str, Any]) -> None:
    """Write pages, by meter and time, to a new file and have it on the disk before this returns.

    `codes` are those of the meters, for who reads the file with another program; `about` is kept in the footer.
    """
    arrow, parquet = _arrow()
    schema = _schema(arrow).with_metadata({"esg-metrics": json.dumps({"format": FILE_FORMAT, **about})})
    # A name that is taken is a fault: no file is ever written over.
    with path.open("xb") as file:
        with parquet.ParquetWriter(
            file,
            schema,
            compression="zstd",
            use_dictionary=_REPEATED,
            column_encoding=_DELTA,
            write_page_checksum=True,
        ) as writer:
            for rows in _groups(pages):
                writer.write_table(_table(arrow, schema, rows, codes), row_group_size=len(rows))
        file.flush()
        # Before the pages are emptied: after a power failure the file must be there with all its bytes.
        os.fsync(file.fileno())


def facts_of(path: Path) -> FileFacts:
    """Return the size and the hash of a file, which is read whole."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while piece := file.read(_HASHED_AT_ONCE):
            digest.update(piece)
        return FileFacts(file.tell(), digest.hexdigest())


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file that is what was written. Each reading opens it again, so that threads may read at once."""

    path: Path
    footer: Any
    groups: Sequence[_Group]

    def read(self, pages: Sequence[PageHeader]) -> dict[int, StoredColumns]:
        """Return the readings of pages by their id; raises ArchiveFileFault."""
        wanted = sorted(pages, key=lambda page: (page.meter_id, page.first_at))
        parts: dict[int, list[StoredColumns]] = {page.id: [] for page in wanted}
        for group, rows in self._groups_of(wanted):
            for page in wanted:
                if group.may_hold(page):
                    parts[page.id].append(_cut(rows, page))
        found = {page.id: one_after_the_other(parts[page.id]) for page in wanted}
        for page in wanted:
            if not fits(page, found[page.id]):
                raise ArchiveFileFault("it holds other readings than it has to", page)
        return found

    def _groups_of(self, pages: Sequence[PageHeader]) -> Iterator[tuple[_Group, StoredColumns]]:
        """Yield the groups of rows that may hold any of the pages, decoded."""
        arrow, parquet = _arrow()
        try:
            with parquet.ParquetFile(self.path, metadata=self.footer, page_checksum_verification=True) as file:
                for group in self.groups:
                    if any(group.may_hold(page) for page in pages):
                        yield group, _rows(arrow, file.read_row_group(group.number, columns=_READ, use_threads=False))
        except (OSError, arrow.ArrowException) as error:
            raise ArchiveFileFault(_first_line(error)) from error


def open_file(path: Path, facts: FileFacts) -> ArchiveFile:
    """Return a file once its hash has been compared with what was written; raises ArchiveFileFault."""
    arrow, parquet = _arrow()
    try:
        found = facts_of(path)
    except FileNotFoundError:
        raise ArchiveFileFault("it is not there") from None
    except OSError as error:
        raise ArchiveFileFault(f"it cannot be read: {error.strerror}") from error
    if found != facts:
        raise ArchiveFileFault(f"it is not what was written: its SHA-256 is {found.sha256}, kept is {facts.sha256}")
    try:
        footer = parquet.read_metadata(path)
        return ArchiveFile(path, footer, [_group(footer, number) for number in range(footer.num_row_groups)])
    except (OSError, arrow.ArrowException) as error:
        raise ArchiveFileFault(_first_line(error)) from error


def _arrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet module, read when first needed; raises ArchiveFileFault where they are missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError:
        raise ArchiveFileFault("pyarrow is not installed here: install the requirements again") from None
    return pyarrow, pyarrow.parquet


def _schema(arrow: Any) -> Any:
    instant = arrow.timestamp("ms", tz="UTC")
    return arrow.schema(
        [
            arrow.field("meter_id", arrow.int32(), nullable=False),
            arrow.field("meter", arrow.string()),
            arrow.field("at", instant, nullable=False),
            arrow.field("value_micro", arrow.int64(), nullable=False),
            arrow.field("quality", arrow.int16(), nullable=False),
            arrow.field("start", instant),
            arrow.field("revision", arrow.int16(), nullable=False),
            arrow.field("batch", arrow.int64(), nullable=False),
            arrow.field("reference", arrow.string()),
        ]
    )


_READ = ["meter_id", "at", "value_micro", "quality", "start", "revision", "batch", "reference"]


def _groups(pages: Iterable[StoredColumns]) -> Iterator[StoredColumns]:
    """Yield pages joined into groups of rows."""
    some: list[StoredColumns] = []
    rows = 0
    for page in pages:
        if some and rows + len(page) > _ROWS_A_GROUP:
            yield one_after_the_other(some)
            some, rows = [], 0
        some.append(page)
        rows += len(page)
    if some:
        yield one_after_the_other(some)


def _table(arrow: Any, schema: Any, rows: StoredColumns, codes: Mapping[int, str]) -> Any:
    meters, place = np.unique(rows.meter, return_inverse=True)
    named = arrow.array([codes.get(meter) for meter in meters.tolist()], arrow.string())
    # An empty text is what other programs would take for a reference: null is none.
    texts = [None] * len(rows) if rows.reference is None else [text or None for text in rows.reference.tolist()]
    columns = {
        "meter_id": rows.meter,
        "meter": named.take(arrow.array(place)),
        "at": rows.at,
        "value_micro": rows.value,
        "quality": rows.quality,
        "start": arrow.array(rows.start, mask=rows.start == NO_START),
        "revision": rows.revision,
        "batch": rows.batch,
        "reference": arrow.array(texts, arrow.string()),
    }
    return arrow.table([arrow.array(columns[field.name]).cast(field.type) for field in schema], schema=schema)


def _rows(arrow: Any, table: Any) -> StoredColumns:
    def numbers(name: str) -> Int64Column:
        column = table.column(name).combine_chunks()
        if arrow.types.is_timestamp(column.type):
            column = column.cast(arrow.int64()).fill_null(NO_START)
        result: Int64Column = column.to_numpy(zero_copy_only=False)
        return result

    return StoredColumns(
        meter=numbers("meter_id").astype(np.int32),
        at=numbers("at"),
        value=numbers("value_micro"),
        quality=numbers("quality").astype(np.int16),
        start=numbers("start"),
        revision=numbers("revision").astype(np.int16),
        batch=numbers("batch"),
        reference=_references(table.column("reference")),
    )


def _references(column: Any) -> ReferenceColumn | None:
    if column.null_count == len(column):
        return None
    return np.array([each or NO_REFERENCE for each in column.to_pylist()], dtype=object)


def _cut(rows: StoredColumns, page: PageHeader) -> StoredColumns:
    """Return the rows of a page among those of a group; of no other page of the file do its instants lie there."""
    low, high = (int(np.searchsorted(rows.meter, page.meter_id, side=side)) for side in ("left", "right"))
    first = low + int(np.searchsorted(rows.at[low:high], page.first_at, side="left"))
    last = low + int(np.searchsorted(rows.at[low:high], page.last_at, side="right"))
    found = rows.take(slice(first, last))
    # Other pages of the group had references; a page without has no such column.
    if found.reference is not None and not any(found.reference.tolist()):
        return replace(found, reference=None)
    return found


def _group(footer: Any, number: int) -> _Group:
    group = footer.row_group(number)
    columns = {group.column(place).path_in_schema: place for place in range(group.num_columns)}
    found = group.column(columns["meter_id"]).statistics, group.column(columns["at"]).statistics
    meters, instants = ((int(each.min_raw), int(each.max_raw)) for each in found)
    return _Group(number, meters, instants)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())
