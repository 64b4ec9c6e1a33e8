"""Columns as the bytes of a binary COPY into PostgreSQL."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
Columns = Mapping[str, tuple[str, NDArray[Any] | int]]
"""A column's name, its big-endian type, and its values or the one value of all rows."""


def copy_statement(table: str, columns: Columns) -> bytes:
    """Return the COPY statement that takes these columns."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)".encode()


def copy_bytes(count: int, columns: Columns) -> bytes:
    """Return `count` rows: in each its number of fields, then each field's length and bytes."""
    layout = [("fields", ">i2")]
    for name, (kind, _) in columns.items():
        layout += [(f"length of {name}", ">i4"), (name, kind)]
    records = np.zeros(count, dtype=layout)
    records["fields"] = len(columns)
    for name, (kind, values) in columns.items():
        records[f"length of {name}"] = np.dtype(kind).itemsize
        records[name] = values
    return b"".join((_HEADER, records.tobytes(), _TRAILER))
