"""What every body that enters has in common."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Flag = StrictBool


class Received(BaseModel):
    """A body as it is sent: a field the service does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", use_enum_values=False)


def without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Change(Received):
    """A PATCH body: only the fields that were sent change; null empties those that may be empty."""

    model_config = ConfigDict(json_schema_extra=without_defaults)

    def sent(self) -> Mapping[str, Any]:
        """Return the fields that were sent, with their values."""
        return {name: getattr(self, name) for name in self.model_fields_set}


def unsent() -> Any:
    """Return the declaration of a PATCH field: it may be left out, and is then not among `Change.sent()`."""
    return Field(default=None)
