"""The type of the attributes that qualify a resource on a meter or a factor."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from app.core.units.quantities import plain
from app.schemas.wire.texts import Name, Word


def _as_texts(value: Any) -> Any:
    """Write booleans and numbers as their JSON text, by which attributes are compared."""
    if not isinstance(value, dict):
        return value
    return {name: _as_text(member) for name, member in value.items()}


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40:
        return plain(value)
    return value


Attributes = Annotated[
    dict[Word, Name],
    BeforeValidator(_as_texts),
    Field(max_length=20),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string"}}),
]
"""Names to texts; a boolean or a number that is sent is kept as its JSON text, such as "true" or "0.3"."""
