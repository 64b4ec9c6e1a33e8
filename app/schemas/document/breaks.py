"""What a client of one OpenAPI document trips over in a later one, and whether the changelog says so.

What is sent and what is answered break in opposite ways:

    a property that is newly required     breaks who sends the object       not who reads it
    a property that may be null or away   breaks who reads the object       not who sends it
    an enum with a value less             breaks who sends it               not who reads it
    a closed enum with a value more       not who sends it                  breaks who reads it

so each component is judged by where it is used: in bodies and parameters, in answers and webhooks, or in both.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from app.schemas.document.words import MAY_GROW

Json: TypeAlias = Mapping[str, Any]
_COMPONENT = re.compile(r'"#/components/schemas/(\w+)"')
_LOWER_IS_STRICTER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_HIGHER_IS_STRICTER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")


class Break(NamedTuple):
    """Something that no longer is as it was: of an operation or a `Component.property`, and in words what."""

    subject: str
    words: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.words}"


class _Side(NamedTuple):
    """A document, and which of its components are sent and which are read."""

    schemas: Json
    sent: frozenset[str]
    read: frozenset[str]


def breaks(before: Json, after: Json) -> list[Break]:
    """Return everything in `after` that breaks a client made for `before`."""
    return [*_operation_breaks(before, after), *_component_breaks(_side(before), _side(after))]


def unnamed(found: Iterable[Break], changelog: str) -> list[Break]:
    """Return the breaks whose subject the changelog's first section, that of what is not released, does not name.

    A name stands between backticks, and that of a component or an operation names all that breaks of it.
    """
    section = changelog.partition("\n## ")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([^`\n]+)`", section))
    return [each for each in found if not {each.subject, each.subject.partition(".")[0]} & named]


def _operation_breaks(before: Json, after: Json) -> Iterator[Break]:
    now = _operations(after)
    for place, old in _operations(before).items():
        new, name = now.get(place), old["operationId"]
        if new is None:
            yield Break(name, f"{place[0].upper()} {place[1]} is gone")
            continue
        if new["operationId"] != name:
            yield Break(name, f"is called {new['operationId']}")
        yield from _parameter_breaks(name, old, new, before["components"]["schemas"], after["components"]["schemas"])
        for media in _content(old.get("requestBody")).keys() - _content(new.get("requestBody")).keys():
            yield Break(name, f"says no longer that it takes {media}")
        for status in sorted(each for each in old["responses"] if each < "400"):
            if status not in new["responses"]:
                yield Break(name, f"no longer answers {status}")
                continue
            gone = _content(old["responses"][status]).keys() - _content(new["responses"][status]).keys()
            yield from (Break(name, f"says no longer that it answers {media}") for media in sorted(gone))


def _parameter_breaks(name: str, old: Json, new: Json, schemas: Json, later: Json) -> Iterator[Break]:
    had, has = _parameters(old), _parameters(new)
    in_path = [key for key in had if key[0] == "path"]
    if in_path != [key for key in has if key[0] == "path"]:
        yield Break("parameter order", f"{name} has its path parameters in another order")
    for key, parameter in had.items():
        if key not in has:
            yield Break(name, f"has no parameter {key[1]}")
            continue
        was, is_now = _type(schemas, parameter["schema"]), _type(later, has[key]["schema"])
        if was != is_now:
            yield Break(name, f"takes {key[1]} as {is_now}, no longer as {was}")
        yield from _stricter(name, f"the parameter {key[1]}", parameter["schema"], has[key]["schema"])
    for key, parameter in has.items():
        if parameter.get("required") and not had.get(key, {}).get("required"):
            yield Break(name, f"requires the parameter {key[1]}")


def _component_breaks(before: _Side, after: _Side) -> Iterator[Break]:
    for name, old in before.schemas.items():
        new = after.schemas.get(name)
        if new is None:
            yield Break(name, "is gone, or called otherwise")
            continue
        sent, read = name in before.sent, name in before.read
        yield from _enum_breaks(name, old, new, sent=sent, read=read)
        required, still = set(old.get("required", ())), set(new.get("required", ()))
        for property_, was in old.get("properties", {}).items():
            subject, is_now = f"{name}.{property_}", new.get("properties", {}).get(property_)
            if is_now is None:
                yield Break(subject, "is gone")
                continue
            types = _type(before.schemas, was), _type(after.schemas, is_now)
            if types[0] != types[1]:
                yield Break(subject, f"is {types[1]}, no longer {types[0]}")
            if read and _may_be_null(is_now) and not _may_be_null(was):
                yield Break(subject, "may be null")
            if sent and _may_be_null(was) and not _may_be_null(is_now):
                yield Break(subject, "may no longer be null")
            if read and property_ in required - still:
                yield Break(subject, "may be left out")
            if sent:
                yield from _stricter(subject, "it", was, is_now)
        yield from (Break(f"{name}.{each}", "is required") for each in sorted(still - required) if sent)


def _enum_breaks(name: str, old: Json, new: Json, *, sent: bool, read: bool) -> Iterator[Break]:
    had, has = old.get("enum", []), new.get("enum", [])
    if sent:
        yield from (Break(name, f"no longer takes {each!r}") for each in had if has and each not in has)
    if read and had and MAY_GROW not in old.get("description", ""):
        yield from (Break(name, f"may be {each!r}") for each in has if each not in had)


def _stricter(subject: str, what: str, old: Json, new: Json) -> Iterator[Break]:
    """Yield what a schema that is sent no longer takes."""
    old, new = _value_of(old), _value_of(new)
    for bound in (*_LOWER_IS_STRICTER, *_HIGHER_IS_STRICTER):
        sign = 1 if bound in _LOWER_IS_STRICTER else -1
        if bound in new and (bound not in old or sign * new[bound] < sign * old[bound]):
            yield Break(subject, f"{what} has {bound} {new[bound]}")
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield Break(subject, f"{what} has the pattern {new['pattern']}")
    for value in old.get("enum", ()):
        if "enum" in new and value not in new["enum"]:
            yield Break(subject, f"{what} is no longer {value!r}")


def _operations(document: Json) -> dict[tuple[str, str], Json]:
    return {(method, path): each for path, methods in document["paths"].items() for method, each in methods.items()}


def _parameters(operation: Json) -> dict[tuple[str, str], Json]:
    return {(each["in"], each["name"].lower()): each for each in operation.get("parameters", ())}


def _content(holder: Json | None) -> Json:
    content: Json = (holder or {}).get("content", {})
    return content


def _side(document: Json) -> _Side:
    schemas: Json = document["components"]["schemas"]
    operations = _operations(document).values()
    sent = [[each.get("parameters"), each.get("requestBody")] for each in operations]
    read = [[each["responses"] for each in operations], document.get("webhooks")]
    return _Side(schemas, _reached(schemas, sent), _reached(schemas, read))


def _reached(schemas: Json, node: Any) -> frozenset[str]:
    """Return the components that a part of a document refers to, and those that these refer to."""
    reached: set[str] = set()
    ahead = set(_COMPONENT.findall(json.dumps(node)))
    while ahead:
        reached |= ahead
        ahead = {each for name in ahead for each in _COMPONENT.findall(json.dumps(schemas[name]))} - reached
    return frozenset(reached)


def _value_of(schema: Json) -> Json:
    """Return the schema of what is not null."""
    choices: list[Json] = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _may_be_null(schema: Json) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())


def _type(schemas: Json, schema: Json) -> str:
    """Return the type a client gives a schema, null left out: an enum is a text, whether it has a name or not."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _type(schemas, schemas[name]) if "properties" not in schemas[name] else name
    if "anyOf" in schema:
        return " or ".join(sorted(_type(schemas, each) for each in schema["anyOf"] if each != {"type": "null"}))
    kind = schema.get("type", "anything")
    if kind == "array":
        return f"a list of {_type(schemas, schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"a map of {_type(schemas, schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if kind == "string" and "format" in schema else str(kind)
