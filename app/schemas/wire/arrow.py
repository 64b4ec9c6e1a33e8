"""Arrow tables as bytes on their way: an IPC stream or a Parquet file, written group by group, none kept.

An example: of 300,000 rows in groups of 131,072, three groups are written. The bytes of the first are on their way
before the second is read; of a Parquet file only where each group lies is kept until its end, some kilobytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.schemas.wire.formats import Format

ROWS_A_GROUP = 131_072
"""Rows that are laid out and written together: some 10 MB before they are packed."""

FILE_FORMAT = 1
_KEY = "esg-metrics"


def arrow_pieces(schema: Any, tables: Iterable[Any], wanted: Format, *, packed_steps: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes of tables of one schema, one group of rows each, as an Arrow IPC stream or a Parquet file.

    `packed_steps` are columns of which a Parquet file keeps what lies between neighbours; texts are kept once a group.
    """
    sink = _Sink()
    with _writer(sink, schema, wanted, packed_steps) as writer:
        for table in tables:
            if table.num_rows:
                writer.write_table(table, table.num_rows)
            yield sink.taken()
    yield sink.taken()


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


def _writer(sink: "_Sink", schema: Any, wanted: Format, packed_steps: Sequence[str]) -> Any:
    import pyarrow
    import pyarrow.parquet

    if wanted is Format.ARROW:
        return pyarrow.ipc.new_stream(pyarrow.PythonFile(sink, mode="w"), schema)
    repeated = [each.name for each in schema if pyarrow.types.is_dictionary(each.type)]
    steps = [name for name in packed_steps if name not in repeated]
    return pyarrow.parquet.ParquetWriter(
        pyarrow.PythonFile(sink, mode="w"),
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeated,
        column_encoding=dict.fromkeys(steps, "DELTA_BINARY_PACKED"),
        store_decimal_as_integer=True,
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
