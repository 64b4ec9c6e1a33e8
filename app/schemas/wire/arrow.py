"""Arrow tables as bytes on their way: an IPC stream or a Parquet file, written group by group, none kept.

An example: of 300,000 rows in groups of 131,072, three groups are written. The bytes of the first are on their way
before the second is read; of a Parquet file only where each group lies is kept until its end, some kilobytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.schemas.wire.formats import Format

ROWS_A_GROUP = 131_072
"""Rows that are laid out and written together: some 10 MB before they are packed."""

FILE_FORMAT = 1
_BUFFER = 1 << 20
_beside = ThreadPoolExecutor(2, thread_name_prefix="esg-files")
"""Packs groups of rows for all files that are being written; nothing waits here while a reader is slow."""

_KEY = "esg-metrics"


@dataclass(frozen=True, slots=True)
class Layout:
    """How a Parquet file lays out columns: `steps` keep what lies between neighbours, texts are kept once a group.

    Of columns that are `searched` each group tells the lowest and the highest, so that who looks for a meter or a day
    reads few of them; None for every column.
    """

    steps: Sequence[str] = ()
    searched: Sequence[str] | None = None


def arrow_pieces(schema: Any, tables: Iterable[Any], wanted: Format, layout: Layout | None = None) -> Iterator[bytes]:
    """Yield the bytes of tables of one schema, one group of rows each, as an Arrow IPC stream or a Parquet file.

    While a group is packed, in a thread beside and outside of the interpreter's lock, the next one is read.
    """
    import pyarrow

    sink = _Sink()
    file = pyarrow.output_stream(pyarrow.PythonFile(sink, mode="w"), buffer_size=_BUFFER)
    with _writer(file, schema, wanted, layout or Layout()) as writer:
        packing: Future[None] | None = None
        for table in tables:
            if packing is not None:
                packing.result()
                file.flush()
                yield sink.taken()
            packing = _beside.submit(_write, writer, table)
        if packing is not None:
            packing.result()
    file.flush()
    yield sink.taken()


def _write(writer: Any, table: Any) -> None:
    if table.num_rows:
        writer.write_table(table, table.num_rows)


def about(content: str, **facts: Any) -> dict[str, str]:
    """Return the metadata of a schema: what the rows are, of whom, in which units and time zones."""
    return {_KEY: json.dumps({"format": FILE_FORMAT, "content": content, **facts}, ensure_ascii=False)}


def field(name: str, kind: Any, *, nullable: bool = True, facts: Mapping[str, str] = MappingProxyType({})) -> Any:
    """Return a column's name, type and metadata, such as its unit."""
    import pyarrow

    return pyarrow.field(name, kind, nullable=nullable, metadata=dict(facts) or None)


def instants(at: NDArray[np.int64]) -> Any:
    """Return UTC milliseconds as typed instants."""
    import pyarrow

    contiguous = np.ascontiguousarray(at)
    kind = pyarrow.timestamp("ms", tz="UTC")
    return pyarrow.Array.from_buffers(kind, len(at), [None, pyarrow.py_buffer(contiguous)])


def exact_micro(micro: NDArray[np.int64], kind: Any) -> Any:
    """Return micro-units as decimals of six places: each is sixteen bytes, the lower eight of them first."""
    import pyarrow

    halves = np.empty((len(micro), 2), dtype=np.int64)
    halves[:, 0], halves[:, 1] = micro, micro >> 63
    return pyarrow.Array.from_buffers(kind, len(micro), [None, pyarrow.py_buffer(halves)])


def _writer(file: Any, schema: Any, wanted: Format, layout: Layout) -> Any:
    import pyarrow
    import pyarrow.parquet

    if wanted is Format.ARROW:
        return pyarrow.ipc.new_stream(file, schema)
    repeated = [each.name for each in schema if pyarrow.types.is_dictionary(each.type)]
    return pyarrow.parquet.ParquetWriter(
        file,
        schema,
        compression="snappy",  # every reader knows it; Zstandard takes half as long again for a tenth less
        use_dictionary=repeated,
        column_encoding=dict.fromkeys(layout.steps, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
        write_statistics=True if layout.searched is None else list(layout.searched),
        write_page_checksum=True,
    )


class _Sink:
    """A file that is only written to, of which somebody takes what was written."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def write(self, piece: Any) -> int:
        written = bytes(piece)
        self._pieces.append(written)
        self._position += len(written)
        return len(written)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Do nothing: what was written is taken from here."""

    def close(self) -> None:
        """Do nothing: what was written last is still to be taken."""

    def taken(self) -> bytes:
        """Return what was written since this was asked last."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def facts_in(schema: Any) -> Mapping[str, Any]:
    """Return the metadata that `about` made, of a schema that was read."""
    found: Mapping[str, Any] = json.loads(schema.metadata[_KEY.encode()])
    return found
