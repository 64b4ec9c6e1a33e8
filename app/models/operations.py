"""What runs the service: the keys callers present, and a table to try whether there is room."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Float, Index, Integer, LargeBinary, SmallInteger, String, Table
from sqlmodel import Field, SQLModel

from app.models.base import BigId, metadata


class ApiKey(SQLModel, table=True):
    """A caller's key, kept as the SHA-256 of the secret. Instants are UTC milliseconds.

    `organizations` lists the codes it may touch; null means every one. One with `plants` or `meters` posts readings of
    these alone. After a rotation the secret before works until `previous_until`. `last_used_at` is right to a minute.
    `owner` is the code of the user whose key it is, null for one that no person uses. `shown_to` are the codes of those
    who were shown a secret of it: its maker first, then who rotated it; null for keys of before these were noted.
    """

    __tablename__ = "api_key"
    __table_args__ = (Index("uq_api_key_previous_digest", "previous_digest", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    digest: str = Field(unique=True)
    scopes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    organizations: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    plants: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    meters: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    expires_at: int | None = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    previous_digest: str | None = Field(default=None)
    previous_until: int | None = Field(default=None, sa_type=BigInteger)
    rotated_at: int | None = Field(default=None, sa_type=BigInteger)
    last_used_at: int | None = Field(default=None, sa_type=BigInteger)
    owner: str | None = Field(default=None)
    shown_to: list[Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))


page_session_table = Table(
    "page_session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
    Column("seen_at", BigInteger, nullable=True),
)
"""Who is signed in to the pages: the SHA-256 of what is in their cookie, and what the session was begun with.

`digest` is that of a key's secret, or a user's stamp: a session is good as long as its key or user has that, no longer
than `expires_at`, and not without a request for too long since `seen_at`, which is right to a minute (UTC ms).
"""

key_budget_table = Table(
    "key_budget",
    metadata,
    Column("key_code", String, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""The bucket of a key whose rate is limited: so many requests were left in it at an instant (UTC ms)."""

room_probe_table = Table(
    "room_probe",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("filler", LargeBinary, nullable=False),
)
"""Empty but while somebody tries, after a write failed, whether the storage gives room again."""

schema_support_table = Table(
    "schema_support",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("oldest", String, nullable=False),
)
"""One row: the revision of the oldest program that can work on the schema as it is."""

kept_answer_table = Table(
    "kept_answer",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("key_code", String, primary_key=True),
    Column("idempotency_key", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("location", String, nullable=True),
    Column("media_type", String, nullable=False),
    Column("body", LargeBinary, nullable=True),
)
"""What was answered to a request that a caller gave an idempotency key, for a day; `digest` tells the request.

`organization_id` is 0 for one outside any organization, `stored_at` UTC ms, `body` null where it held a secret.
"""
