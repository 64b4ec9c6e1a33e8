"""What every body has in common."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

Flag = StrictBool


class Shape(BaseModel):
    """Members of a body. pydantic builds what reads and writes them at the first use, not when the class is made.

    There are more than two hundred, and most processes see a few of them; built at import all of them took a sixth of
    the start. One that is built is built for good, under a lock of pydantic's.
    """

    model_config = ConfigDict(defer_build=True)


class Received(Shape):
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
