"""Going through an OpenAPI document."""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """An operation of the document, and where it stands."""

    path: str
    method: str
    members: dict[str, Any]

    @property
    def name(self) -> str:
        """Its operationId."""
        name: str = self.members["operationId"]
        return name


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return every operation below `paths`."""
    return [
        Operation(path, method, each) for path, methods in document["paths"].items() for method, each in methods.items()
    ]


def properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every property of every component as `Component.property` with its schema."""
    for name, schema in document["components"]["schemas"].items():
        for each, members in schema.get("properties", {}).items():
            yield f"{name}.{each}", members


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every object below a node that has a `type` or a `$ref`; examples are none."""
    if isinstance(node, list):
        for each in node:
            yield from schemas(each)
    elif isinstance(node, dict):
        if isinstance(node.get("type"), str) or "$ref" in node:
            yield node
        for name, value in node.items():
            if name not in ("example", "examples"):
                yield from schemas(value)
