"""JSON with every digit: decimals leave as strings, which the service takes for numbers, and come back as Decimal."""

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any


def written(value: Any) -> bytes:
    """Return JSON of plain values, Decimals, instants, days, enums; raises ValueError for a time without an offset."""
    return json.dumps(value, default=_written, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def read(content: bytes | str) -> Any:
    """Return the JSON value, its decimal numbers as Decimal."""
    return json.loads(content, parse_float=Decimal)


def in_query(value: Any) -> Any:
    """Return a value, or each of a list, as a parameter of an address."""
    if isinstance(value, list | tuple | set | frozenset):
        return [in_query(each) for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str | int) else _written(value)


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is no number that a reading can have")
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no offset from UTC: two instants or none are called so where clocks change")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a body")
