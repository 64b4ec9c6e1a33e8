"""Keyset pagination: a page is what follows a position in an order, and its cursor is that position."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlmodel import Session, collate

Item = TypeVar("Item")
Position = Sequence[str | int]


class BadCursor(ValueError):
    """Not a cursor this list has given out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in order, and the cursor of what follows them; null when nothing does."""

    items: list[Item]
    next: str | None


def encode_cursor(position: Position) -> str:
    """Return the URL-safe text of a position."""
    return urlsafe_b64encode(json.dumps(list(position), separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type[str] | type[int]) -> tuple[Any, ...]:
    """Return the position `cursor` names, one value for each of `types`; raises BadCursor."""
    try:
        position = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise BadCursor("The cursor is not one that this list gave out") from None
    fits = isinstance(position, list) and tuple(type(value) for value in position) == types
    if not fits or any(isinstance(value, str) and "\x00" in value for value in position):
        raise BadCursor("The cursor is not one that this list gave out")
    if any(isinstance(value, int) and abs(value) >= 2**63 for value in position):
        raise BadCursor("The cursor is not one that this list gave out")
    return tuple(position)


def page_of(rows: Sequence[Item], limit: int, position: Callable[[Item], Position]) -> Page[Item]:
    """Return the page of `rows`, which were read one past `limit`."""
    items = list(rows[:limit])
    return Page(items, encode_cursor(position(items[-1])) if len(rows) > limit else None)


def in_code_order(session: Session, column: Any) -> ColumnElement[str]:
    """Return `column` ordered and compared by its bytes, so that both databases list codes alike."""
    name = "BINARY" if session.get_bind().dialect.name == "sqlite" else "C"
    return collate(column, name)
