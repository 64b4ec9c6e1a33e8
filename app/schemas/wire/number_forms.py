"""How an answer writes its decimal numbers: as JSON numbers, or each in a string for callers who would lose digits.

Most languages read a JSON number as a double, which has 15 digits or so; a string comes through any of them whole.
`Accept: application/json; numbers=string` asks for strings. What is counted (a year, a revision) stays a number.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from pydantic import BaseModel

from app.core.units.quantities import plain

JSON_MEDIA_TYPE = "application/json"
_JSON_LIKE = (JSON_MEDIA_TYPE, "application/x-ndjson")
_STRINGS = "numbers=string"
_accept: ContextVar[str] = ContextVar("accept", default="")


@contextmanager
def answering(accept: str) -> Iterator[None]:
    """Have the answers that are made within, in threads as well, written as the Accept header asks.

    What is written piece by piece asks how before the first piece: the others are made when this is over.
    """
    token = _accept.set(accept.lower())
    try:
        yield
    finally:
        _accept.reset(token)


def in_strings(media: str = JSON_MEDIA_TYPE) -> bool:
    """Tell whether the answer that is being made, of this media type, has its decimal numbers in strings.

    Where Accept names the type with and without the parameter, the better `q` decides, and of equals the parameter.
    """
    accept = _accept.get()
    if media not in _JSON_LIKE or "numbers" not in accept:
        return False
    best = {True: 0.0, False: 0.0}
    for named in accept.split(","):
        media_range, *parameters = (part.strip() for part in named.split(";"))
        if media_range == media:
            strings = _STRINGS in (part.replace('"', "").replace(" ", "") for part in parameters)
            best[strings] = max(best[strings], _quality(parameters))
    return best[True] > 0 and best[True] >= best[False]


def _quality(parameters: list[str]) -> float:
    """Return the `q` among the parameters of a media range; 1 where there is none that can be read."""
    for name, _, value in (each.partition("=") for each in parameters):
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def content_type(media: str) -> str:
    """Return the Content-Type of the answer that is being made."""
    return f"{media}; {_STRINGS}" if in_strings(media) else media


def literal(value: Decimal) -> msgspec.Raw:
    """Return a number as its plain JSON literal, every digit kept."""
    return msgspec.Raw(plain(value).encode())


def with_strings(value: Any, model: type[BaseModel]) -> Any:
    """Return the JSON value of a kept document with its decimal numbers as strings, as `model` says which they are.

    `value` has its numbers as int and Decimal. An example: of `{"year": 2021, "value": 5}` the year is an integer of
    the model and stays, the value is a number of it and becomes "5"; what the model does not know stays as it is.
    """
    schema = _schema_of(model)
    return _with_strings(value, schema, schema.get("$defs", {}))


@cache
def _schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _with_strings(value: Any, schema: Mapping[str, Any], models: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _with_strings(value, models[schema["$ref"].rpartition("/")[2]], models)
    for choice in schema.get("anyOf", ()):
        value = _with_strings(value, choice, models)
    if schema.get("type") == "number" and isinstance(value, int | Decimal):
        return plain(Decimal(value))
    if isinstance(value, list) and "items" in schema:
        return [_with_strings(each, schema["items"], models) for each in value]
    if isinstance(value, dict) and schema.get("type") == "object":
        members, others = schema.get("properties", {}), schema.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        return {name: _with_strings(each, members.get(name, rest), models) for name, each in value.items()}
    return value
