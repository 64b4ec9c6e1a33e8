"""Finishing the OpenAPI document: every error of every operation declared, as one schema."""

from typing import Any

from pydantic.json_schema import models_json_schema

from app.schemas.factors.factor_imports import FactorList
from app.schemas.readings.readings import ReadingBatch, ReadingProblem
from app.schemas.wire.problems import PROBLEM_MEDIA_TYPE, TITLES, Problem

_REFERENCE = "#/components/schemas/{model}"
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
_ALWAYS = (500, 503)
_GUARDED = (401, 403, 404, 422)
_CHANGING = (409,)
_WITH_BODY = (400, 408, 413, 415)
_OVERLOADED = "post_readings"


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document with the problems declared and its own validation error removed."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, extra = models_json_schema(
        [(model, "validation") for model in (Problem, FactorList, ReadingBatch, ReadingProblem)],
        ref_template=_REFERENCE,
    )
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas.update(extra["$defs"])
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _declare_problems(operation, _statuses(path, method, operation))
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    return document


def _statuses(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    statuses = set(_ALWAYS)
    if path.startswith("/v1"):
        statuses |= set(_GUARDED)
    if method != "get":
        statuses |= set(_CHANGING)
    if "requestBody" in operation:
        statuses |= set(_WITH_BODY)
    if operation["operationId"] == _OVERLOADED:
        statuses.add(429)
    return sorted(statuses)


def _declare_problems(operation: dict[str, Any], statuses: list[int]) -> None:
    responses = operation["responses"]
    problem = {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="Problem")}}}
    for status in statuses:
        content = responses.get(str(status), {}).get("content", {})
        own = {PROBLEM_MEDIA_TYPE: content[PROBLEM_MEDIA_TYPE]} if PROBLEM_MEDIA_TYPE in content else problem
        responses[str(status)] = {"description": TITLES[status], "content": own}
    operation["responses"] = dict(sorted(responses.items()))


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that may be left out but can never be null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    return {**choices[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
