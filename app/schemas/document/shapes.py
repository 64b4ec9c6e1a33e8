"""Schemas as generators read them: one name each, integers of 64 bits, defaults of the right type, names for enums."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Any

_LARGEST = 2**63 - 1
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def mend_shapes(document: dict[str, Any]) -> None:
    """Mend every schema of the document, and name the members of enums whose values are no names."""
    _drop_unused(document)
    for schema in _schemas(document):
        _mend(schema)
    members = {each.__name__: each for each in _enums(StrEnum)}
    for name, schema in document["components"]["schemas"].items():
        if any(not _IDENTIFIER.fullmatch(value) for value in schema.get("enum", ())):
            # what generators call the members: a tab, `52-week` and `0C` are no identifiers of any language
            schema["x-enum-varnames"] = [member.name for member in members[name]]


def _drop_unused(document: dict[str, Any]) -> None:
    """Drop components that nothing refers to any more, such as the formats of an operation that says JSON alone."""
    schemas = document["components"]["schemas"]
    while unused := schemas.keys() - set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))):
        for name in unused:
            del schemas[name]


def _mend(schema: dict[str, Any]) -> None:
    schema.pop("title", None)  # a generator takes it for a name: then two properties of one title are one type
    if schema.get("type") == "integer":
        schema["format"] = "int64"
        for bound in ("maximum", "exclusiveMaximum"):
            if schema.get(bound, 0) >= _LARGEST:
                del schema[bound]  # 64 bits say so, and 2^63 is itself beyond them
    if schema.get("type") == "number" and isinstance(schema.get("default"), str):
        default = Decimal(schema["default"])
        schema["default"] = int(default) if default == int(default) else float(default)


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object below a node that may be a schema; `properties` is none, and may have a member `title`."""
    if isinstance(node, list):
        for each in node:
            yield from _schemas(each)
    elif isinstance(node, dict):
        if isinstance(node.get("title", ""), str) and not node.keys() & {"openapi", "version"}:
            yield node
        for name, value in node.items():
            if name in ("example", "examples", "default", "enum", "required"):
                continue
            if name == "properties":
                for each in value.values():
                    yield from _schemas(each)
            else:
                yield from _schemas(value)


def _enums(kind: type[StrEnum]) -> Iterator[type[StrEnum]]:
    """Yield the program's own enums."""
    for each in kind.__subclasses__():
        if each.__module__.startswith("app."):
            yield each
