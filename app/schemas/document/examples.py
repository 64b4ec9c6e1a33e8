"""Examples on every property, parameter, body and answer, composed of what is said of each property.

An example of an object is made of those of its properties, null where that is usual. Of a body that is sent only the
required ones are in it, unless it is written out in `app/reference/words/bodies.yaml`:

    meter: like grid-1, value: like 12.5      ReadingCreate: {"meter": "grid-1", ..., "value": 12.5}
"""

from functools import cache
from typing import Any

from app.core.datafile import documents
from app.schemas.document.words import glossary, plainly

_SCHEMA = "#/components/schemas/"
_JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
Schemas = dict[str, dict[str, Any]]


@cache
def _bodies() -> dict[str, Any]:
    (bodies,) = documents("words/bodies.yaml")
    return {name: plainly(body) for name, body in bodies.items()}


def exemplify(document: dict[str, Any]) -> None:
    """Add examples: to properties first, then to all that is made of them."""
    schemas: Schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for property_, members in schema.get("properties", {}).items():
            _exemplify_property(schemas, name, property_, members)
    for methods in (*document["paths"].values(), *document["webhooks"].values()):
        for operation in methods.values():
            _exemplify_operation(schemas, operation)


def _exemplify_property(schemas: Schemas, component: str, name: str, schema: dict[str, Any]) -> None:
    if "examples" in schema:
        return
    words = glossary().of(component, name) or glossary().every.get(name)
    like = None if words is None else words.like
    if like is None or not _fits(schemas, schema, like):
        like = _simple(schemas, schema)
    if like is not None:
        schema["examples"] = [like]


def _exemplify_operation(schemas: Schemas, operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    for parameter in operation.get("parameters", ()):
        if "example" not in parameter:
            like = _parameter(schemas, name, parameter)
            if like is not None:
                parameter["example"] = like
    for media in operation.get("requestBody", {}).get("content", {}).values():
        if name in _bodies():
            media["example"] = _bodies()[name]
        elif "$ref" in media["schema"]:
            media["example"] = _composed(schemas, media["schema"], sent="events" not in operation["tags"])
    for answer in operation["responses"].values():
        media = answer.get("content", {}).get("application/json")
        if media is not None and (example := _composed(schemas, media["schema"], sent=False)) is not None:
            media["example"] = example


def _parameter(schemas: Schemas, operation: str, parameter: dict[str, Any]) -> Any:
    known, name, schema = glossary().parameters, parameter["name"].lower(), parameter["schema"]
    for like in (known.get(f"{operation}.{name}"), known.get(name)):
        if like is not None and _fits(schemas, schema, like):
            return like
        if like is not None and _fits(schemas, schema, [like]):
            return [like]
    return _simple(schemas, schema)


def _fits(schemas: Schemas, schema: dict[str, Any], value: Any) -> bool:
    """Tell whether a value is of the type of a schema; of a list or map, whether its members are of theirs."""
    if "$ref" in schema:
        target = schemas[schema["$ref"].removeprefix(_SCHEMA)]
        return "properties" not in target and _fits(schemas, target, value)
    if "anyOf" in schema:
        return any(_fits(schemas, each, value) for each in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    if "type" not in schema:  # any JSON
        return True
    kind = _JSON_TYPES.get(schema["type"])
    if kind is None or not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return False
    inner = schema.get("items", schema.get("additionalProperties"))
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not isinstance(inner, dict) or all(_fits(schemas, inner, each) for each in members)


def _simple(schemas: Schemas, schema: dict[str, Any]) -> Any:
    """Return the example that a schema without properties tells by itself: a default, a first value, false; or None."""
    if "$ref" in schema:
        target = schemas[schema["$ref"].removeprefix(_SCHEMA)]
        return schema.get("default", None if "properties" in target else _simple(schemas, target))
    if schema.get("default") is not None:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        found = (_simple(schemas, each) for each in schema["anyOf"])
        return next((each for each in found if each is not None), None)
    if schema.get("type") == "boolean":
        return False
    if schema.get("type") == "array":
        item = _simple(schemas, schema["items"])
        return None if item is None else [item]
    return None


def _composed(schemas: Schemas, schema: dict[str, Any], *, sent: bool) -> Any:
    """Return an example of a schema, made of those of its properties; of what is sent, of the required ones alone."""
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return _composed(schemas, schemas[schema["$ref"].removeprefix(_SCHEMA)], sent=sent)
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            name: None if _is_absent(name, each) else _composed(schemas, each, sent=sent)
            for name, each in schema["properties"].items()
            if not sent or name in required
        }
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return _composed(schemas, schema[choices][0], sent=sent)
    if schema.get("type") == "array":
        return [_composed(schemas, schema["items"], sent=sent)]
    if isinstance(schema.get("additionalProperties"), dict):
        return {}
    return _simple(schemas, schema)


def _is_absent(name: str, schema: dict[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", ()) and name not in glossary().present
