"""What an API key looks like from outside; its secret is shown once, when it is made."""

from typing import Annotated

from pydantic import BaseModel, Field

from app import models
from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.base import Received
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code, Name


class KeyCreate(Received):
    """A new key. `organizations` null means every one; keys cannot be bound to plants yet."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)]
    organizations: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    plants: Annotated[list[Code], Field(max_length=1000)] | None = None
    expires_at: Instant | None = None


class Key(BaseModel):
    """A key, without its secret."""

    code: str
    name: str
    scopes: list[Scope]
    organizations: list[str] | None
    plants: list[str] | None
    expires_at: Instant | None
    created_at: Instant


class KeyCreated(Key):
    """A key that was just made, with the secret that is never shown again."""

    key: str


class KeyPage(BaseModel):
    """Some keys, and the cursor of those that follow."""

    items: list[Key]
    next: str | None


def key_from(row: models.ApiKey) -> Key:
    """Return the outside view of a stored key."""
    return Key(
        code=row.code,
        name=row.name,
        scopes=[Scope(scope) for scope in row.scopes],
        organizations=row.organizations,
        plants=row.plants,
        expires_at=None if row.expires_at is None else instant_from_ms(row.expires_at),
        created_at=instant_from_ms(row.created_at),
    )
