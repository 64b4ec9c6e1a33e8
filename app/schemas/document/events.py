"""The `webhooks` of the OpenAPI document: what a receiver is called with, kind of event by kind."""

from typing import Any

from pydantic.json_schema import models_json_schema

from app.core.events import EventKind
from app.schemas.operations.events import PAYLOADS

_REFERENCE = "#/components/schemas/{model}"
_HEADERS = {
    "Webhook-Id": ("The event's id, the same at every attempt: tell repeats by it.", "string", "0-1042"),
    "Webhook-Timestamp": ("When this attempt was made, in seconds since 1970.", "integer", 1614528900),
    "Webhook-Signature": (
        "Signatures of id, timestamp and body by the webhook's secrets, separated by spaces (Standard Webhooks).",
        "string",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
}
_HELD = "The event is safe with the receiver; anything but 2xx within 10 seconds has it sent again."
_GONE = "Not taken, as by any other status: the event is sent again, and given up after `max_attempts` failures."


def declare_webhooks(document: dict[str, Any]) -> None:
    """Add a webhook for each kind of event, with the body it is told by as a component such as `ReadingsAcceptedEvent`.

    The stream's `data` is the same object without `organization`.
    """
    schemas = document["components"]["schemas"]
    _, payloads = models_json_schema(
        [(model, "serialization") for model in dict.fromkeys(PAYLOADS.values())], ref_template=_REFERENCE
    )
    for name, schema in payloads["$defs"].items():
        schemas.setdefault(name, schema)
    document["webhooks"] = {}
    for kind in EventKind:
        name = f"{''.join(part.title() for part in kind.name.split('_'))}Event"
        schemas[name] = _event(kind, schemas[PAYLOADS[kind].__name__]["description"])
        document["webhooks"][kind.value] = {"post": _operation(kind, name, schemas[name]["description"])}
    document["components"]["schemas"] = dict(sorted(schemas.items()))


def _event(kind: EventKind, words: str) -> dict[str, Any]:
    """Return the schema of an event of this kind."""
    codes: dict[str, Any] = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
    return {
        "type": "object",
        "description": words,
        "required": ["id", "kind", "organization", "at", "plants", "resources", "payload"],
        "properties": {
            "id": {
                "type": "string",
                "description": "The event's id, by which repeats are told; the stream resumes after it.",
                "examples": ["0-1042"],
            },
            "kind": {"type": "string", "enum": [kind.value], "description": "What happened."},
            "organization": {"type": "string"},
            "at": {
                "type": "string",
                "format": "date-time",
                "description": "When it happened, UTC.",
                "examples": ["2021-06-01T00:15:00.000Z"],
            },
            "plants": {**codes, "description": "The codes of the plants it concerns; null where it may concern any."},
            "resources": {
                **codes,
                "description": "The keys of what it concerns; null where it may concern anything.",
                "examples": [["electricity.grid"]],
            },
            "payload": {
                "$ref": _REFERENCE.format(model=PAYLOADS[kind].__name__),
                "description": "What is told of it.",
            },
        },
    }


def _operation(kind: EventKind, event: str, words: str) -> dict[str, Any]:
    return {
        "operationId": f"on_{kind.name.lower()}",
        "summary": kind.value,
        "description": words,
        "tags": ["events"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": said,
                "schema": {"type": type_},
                "example": example,
            }
            for name, (said, type_, example) in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model=event)}}},
        },
        "responses": {"204": {"description": _HELD}, "400": {"description": _GONE}},
    }
