"""What an API key looks like from outside; its secret is shown once, when it is made."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app import models
from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.texts import Code, Name


class KeyCreate(Received):
    """A new key. `organizations` null means every one.

    With `plants` or `meters`, of one organization, it posts readings of these meters, and of the meters of these
    plants, and of no other. `ingest` is the only scope it can have then. With an `owner`, a user, what is done by it is
    done by them, and it stops when they are disabled.
    """

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    organizations: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    plants: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    meters: Annotated[list[Code], Field(min_length=1, max_length=1000)] | None = None
    expires_at: Instant | None = None
    owner: Annotated[str, Field(min_length=1, max_length=254)] | None = None


class KeyRotation(Received):
    """How long the secret before works beside the new one, and the key's new end; null leaves it."""

    overlap_s: Annotated[int, Field(ge=0, le=30 * 24 * 3600)] = 24 * 3600
    expires_at: Instant | None = None


class Key(Shape):
    """A key, without its secret. `last_used_at` is right to a minute; `previous_until` ends the secret before."""

    code: str
    name: str
    scopes: list[Scope]
    organizations: list[str] | None
    plants: list[str] | None
    meters: list[str] | None
    expires_at: Instant | None
    created_at: Instant
    rotated_at: Instant | None
    previous_until: Instant | None
    last_used_at: Instant | None
    owner: str | None
    made_by: str | None


class KeyCreated(Key):
    """A key that was just made or rotated, with the secret that is never shown again."""

    key: str


class KeyPage(Shape):
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
        meters=row.meters,
        expires_at=_instant(row.expires_at),
        created_at=instant_from_ms(row.created_at),
        rotated_at=_instant(row.rotated_at),
        previous_until=_instant(row.previous_until),
        last_used_at=_instant(row.last_used_at),
        owner=row.owner,
        made_by=row.shown_to[0] if row.shown_to else None,
    )


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else instant_from_ms(ms)
