"""CSV without quotes whose lines all have as many fields as the header, cut by vector operations."""

import re

import numpy as np

from app.ingest.bodies.alike import FEWEST_BYTES, Pattern, cells_of
from app.ingest.bodies.body_columns import OPTIONAL, REQUIRED, TextColumns
from app.ingest.bodies.cut import columns_from

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_END = re.compile(rb"\n\Z")
_LINE_END, _COMMA = ord("\n"), ord(",")


def alike_csv(body: bytes) -> TextColumns | None:
    """Return the rows of a body with a header; None when they are not all written alike, or the header is in doubt."""
    if len(body) < FEWEST_BYTES or b'"' in body:
        return None
    lines = body.removeprefix(_BYTE_ORDER_MARK).replace(b"\r\n", b"\n").strip(b"\n") + b"\n"
    header = lines[: lines.find(b"\n") + 1]
    names = tuple(name.strip().decode("ascii", "replace") for name in header.split(b","))
    if len(set(names)) < len(names) or not set(REQUIRED) <= set(names) <= set(REQUIRED + OPTIONAL):
        return None
    found = np.frombuffer(lines, dtype=np.uint8)
    starts = np.flatnonzero(found == _LINE_END)[:-1] + 1
    width = len(names)
    if not len(starts):
        return None
    cells = cells_of(lines, starts, Pattern(names, (b"", *[b","] * (width - 1), b"\n"), _COMMA, _END))
    return None if cells is None else columns_from(cells, empty_is_none=True)
