"""Finishing the OpenAPI document: what the framework leaves out of it, or says in a way that clients trip over."""

from typing import Any

from pydantic.json_schema import models_json_schema

from app.schemas.document.answers import declare_answers
from app.schemas.document.events import declare_webhooks
from app.schemas.document.examples import exemplify
from app.schemas.document.front import declare_front
from app.schemas.document.parameters import declare_parameters
from app.schemas.document.shapes import mend_shapes
from app.schemas.document.words import describe
from app.schemas.factors.factor_imports import FactorList
from app.schemas.readings.readings import ReadingBatch, ReadingProblem
from app.schemas.wire.problems import Problem

_REFERENCE = "#/components/schemas/{model}"
_FRAMEWORK_SCHEMAS = ("HTTPValidationError", "ValidationError")
_BESIDE_ROUTES = (Problem, FactorList, ReadingBatch, ReadingProblem)
"""What operations read or answer without FastAPI knowing: no signature names it."""


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return FastAPI's document with everything declared that an operation takes and answers."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, extra = models_json_schema([(model, "validation") for model in _BESIDE_ROUTES], ref_template=_REFERENCE)
    for name in _FRAMEWORK_SCHEMAS:
        schemas.pop(name, None)
    schemas.update(extra["$defs"])
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    declare_front(document)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _declare_scope(operation)
            declare_parameters(path, operation)
            declare_answers(document, path, method, operation)
    declare_webhooks(document)
    mend_shapes(document)
    describe(document)
    exemplify(document)
    return document


def _declare_scope(operation: dict[str, Any]) -> None:
    """Say in words which scope an operation needs, of several any one; its route has left it under a name of ours."""
    scopes = operation.get("x-required-scopes")
    if scopes is not None:
        limited = " that is not limited to organizations" if operation.get("x-unlimited-key") else ""
        operation["description"] += (
            f"\n\nNeeds a key with the scope {' or '.join(f'`{scope}`' for scope in scopes)}{limited}."
        )
