"""Readings written as request bodies of every format, digits untouched."""

import csv
import io
import json
from collections.abc import Iterable, Mapping

Row = Mapping[str, str]
"""meter, timestamp and value, quality and start where stated; the value is the number's own digits."""

FORMATS = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}
COLUMNS = ("meter", "timestamp", "value", "quality", "start")


def body(rows: Iterable[Row], form: str) -> bytes:
    """Return the rows as a body of the format."""
    if form == "csv":
        return _csv(rows)
    objects = [_object(row) for row in rows]
    text = "\n".join(objects) if form == "ndjson" else '{"readings": [' + ", ".join(objects) + "]}"
    return text.encode()


def _object(row: Row) -> str:
    members = (f"{json.dumps(name)}: {text if name == 'value' else json.dumps(text)}" for name, text in row.items())
    return "{" + ", ".join(members) + "}"


def _csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    return out.getvalue().encode()
