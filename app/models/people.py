"""The people who sign in, how far each sign-in by OpenID Connect has come, and who deleted keys were."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, String, Table
from sqlmodel import Field, SQLModel

from app.models.base import metadata


class User(SQLModel, table=True):
    """A person who signs in, by a password or by an OpenID provider. Instants are UTC milliseconds.

    `email` is in small letters. `issuer` and `subject` are how a provider calls them. `grants` lists what they may do,
    each `{"scopes": [...], "organizations": [...] or null for every one}`. `password` is a scrypt hash, null for who
    has none. `stamp` is 256 random bits in hexadecimal that their sessions are held to: another one ends them all.
    Users are never deleted, so that what they did keeps their name.
    """

    __tablename__ = "user_account"
    __table_args__ = (Index("uq_user_account_issuer_subject", "issuer", "subject", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    email: str = Field(unique=True)
    issuer: str | None = Field(default=None)
    subject: str | None = Field(default=None)
    grants: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    active: bool = Field(sa_type=Boolean)
    password: str | None = Field(default=None)
    stamp: str = Field(unique=True)
    created_at: int = Field(sa_type=BigInteger)
    signed_in_at: int | None = Field(default=None, sa_type=BigInteger)


class FormerKey(SQLModel, table=True):
    """A key that was deleted: what it was called, whose it was and who was shown its secrets, as in `ApiKey`."""

    __tablename__ = "former_key"

    code: str = Field(primary_key=True)
    name: str
    owner: str | None = Field(default=None)
    shown_to: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))


sign_in_table = Table(
    "sign_in",
    metadata,
    Column("state", String(64), primary_key=True),
    Column("nonce", String, nullable=False),
    Column("verifier", String, nullable=False),
    Column("path", String, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
"""Who was sent to the OpenID provider and has not come back: the SHA-256 of the state that their browser keeps too, the
nonce that the ID token must have, what proves the code to be for us (PKCE), and the page to go on to.
"""
