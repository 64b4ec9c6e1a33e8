"""Who is told of events by HTTP, and what waits to be told, was told or could not be. Instants are UTC milliseconds."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.base import BigId
from app.models.sealed import SealedText


class Webhook(SQLModel, table=True):
    """A subscription of an organization; `kinds` lists the kinds of event, null means every one.

    Events up to (`after_transaction`, `after_number`) of the log have been queued. `previous_secret` signs beside
    `secret` until `previous_until`. Who holds `lease` sends, alone, until `leased_until`.
    """

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    name: str
    url: str
    kinds: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    enabled: bool
    max_attempts: int
    secret: str = Field(sa_type=SealedText)
    previous_secret: str | None = Field(default=None, sa_type=SealedText)
    previous_until: int | None = Field(default=None, sa_type=BigInteger)
    after_transaction: int = Field(sa_type=BigInteger)
    after_number: int = Field(sa_type=BigInteger)
    lease: str | None = None
    leased_until: int = Field(default=0, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


class WebhookDelivery(SQLModel, table=True):
    """An event to be told to one subscription: pending, delivered or dead. Pending ones are sent in order of id.

    `body` is what is sent, byte for byte at every attempt; `status` and `error` are those of the last one.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index(
            "ix_webhook_delivery_pending",
            "webhook_id",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_webhook_delivery_state", "webhook_id", "state", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    webhook_id: int = Field(foreign_key="webhook.id")
    event_id: str
    kind: str
    body: str
    state: str
    attempts: int
    next_at: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    tried_at: int | None = Field(default=None, sa_type=BigInteger)
    status: int | None = None
    error: str | None = None
