"""Column types of secrets, which are sealed on their way to the database and opened on their way back."""

import json
from typing import Any, Protocol

from sqlalchemy import JSON, Dialect, String
from sqlalchemy.types import TypeDecorator

BOX = "esg_secret_box"
"""The attribute of an engine's dialect that holds what seals and opens."""


class Box(Protocol):
    """What seals texts and opens what it sealed."""

    def seal(self, text: str) -> str: ...
    def open(self, text: str) -> str: ...


class SealedText(TypeDecorator[str]):
    """A secret text; one that was stored before there was a key is read as it is."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else _box(dialect).seal(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _box(dialect).open(value)


class SealedTexts(TypeDecorator[dict[str, Any]]):
    """Secret texts by their names, which are sealed as well: {"": the sealed JSON}."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:
        if not value:
            return value
        text = json.dumps(value)
        sealed = _box(dialect).seal(text)
        return value if sealed == text else {"": sealed}

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any] | None:
        if not value or value.keys() != {""}:
            return value  # type: ignore[no-any-return]  # JSON of a time without a key
        opened: dict[str, Any] = json.loads(_box(dialect).open(value[""]))
        return opened


def _box(dialect: Dialect) -> Box:
    box: Box = getattr(dialect, BOX)
    return box
