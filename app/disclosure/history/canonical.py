"""Canonical JSON: one text for one content, so that a hash of it means something; numbers are exact decimals."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any

from app.core.calendar.periods import rfc3339
from app.core.units.quantities import plain


def canonical(value: Any) -> str:
    """Return JSON with sorted keys, no spaces and plain decimal literals; raises TypeError for a float.

    Dataclasses become objects of their fields, instants RFC 3339 in UTC.
    """
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case Enum():
            return canonical(value.value)
        case int():
            return str(value)
        case Decimal():
            return plain(value)
        case datetime():
            return canonical(rfc3339(value))
        case date():
            return canonical(value.isoformat())
        case Mapping():
            members = sorted((str(key), member) for key, member in value.items())
            return "{" + ",".join(f"{canonical(key)}:{canonical(member)}" for key, member in members) + "}"
        case list() | tuple():
            return "[" + ",".join(map(canonical, value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        return canonical({field.name: getattr(value, field.name) for field in fields(value)})
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def document_from(text: str) -> dict[str, Any]:
    """Return the object that a canonical text holds, its numbers as int and Decimal."""
    document: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return document
