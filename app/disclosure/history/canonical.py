"""Canonical JSON: one text for one content, so that a hash of it means something; numbers are exact decimals."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from hashlib import sha256
from json.encoder import encode_basestring as _text
from types import NoneType
from typing import TYPE_CHECKING, Any

from app.core.calendar.periods import rfc3339
from app.core.units.quantities import plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def canonical(value: object) -> str:
    """Return JSON with sorted keys, no spaces and plain decimal literals; raises TypeError for a float.

    Dataclasses become objects of their fields, instants RFC 3339 in UTC.
    """
    # A draft has ten thousands of values, nearly all of a type that is looked up at once.
    write = _WRITERS.get(type(value))
    return _other(value) if write is None else write(value)


def _sequence(values: Iterable[object]) -> str:
    return "[" + ",".join(map(canonical, values)) + "]"


def _object(members: Mapping[Any, object]) -> str:
    texts = sorted((str(key), member) for key, member in members.items())
    return "{" + ",".join(f"{_text(key)}:{canonical(member)}" for key, member in texts) + "}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    NoneType: lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: _text,
    int: str,
    Decimal: plain,
    dict: _object,
    list: _sequence,
    tuple: _sequence,
}


def _other(value: object) -> str:
    match value:
        case Enum():
            return canonical(value.value)
        case str():
            return _text(value)
        case int():
            return str(int(value))
        case datetime():
            return _text(rfc3339(value))
        case date():
            return _text(value.isoformat())
        case Mapping():
            return _object(value)
        case list() | tuple():
            return _sequence(value)
    if is_dataclass(value) and not isinstance(value, type):
        members = (f"{name}:{canonical(getattr(value, field))}" for field, name in _fields_of(type(value)))
        return "{" + ",".join(members) + "}"
    raise TypeError(f"{type(value).__name__} has no canonical form")


@cache
def _fields_of(kind: "type[DataclassInstance]") -> tuple[tuple[str, str], ...]:
    """Return the fields of a dataclass in the order of their names, each with its name as JSON."""
    return tuple((name, _text(name)) for name in sorted(field.name for field in fields(kind)))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def document_from(text: str) -> dict[str, Any]:
    """Return the object that a canonical text holds, its numbers as int and Decimal."""
    document: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return document
