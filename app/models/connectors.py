"""Sources that readings are fetched from, and what came of each pull. Instants are UTC milliseconds."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import BigId
from app.models.sealed import SealedTexts


class Connector(SQLModel, table=True):
    """A scheduled pull from an HTTP source.

    `position` is the latest instant that was taken. While a pull's pages are not all read, `page_url` is the next of
    them and `page_newest` the latest instant taken from those before. Who holds `lease` pulls, alone, until
    `leased_until`; `failures` counts the pulls that failed since one succeeded.
    """

    __tablename__ = "connector"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    name: str
    url: str
    headers: dict[str, Any] = Field(sa_column=Column(SealedTexts, nullable=False))
    parameters: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    since_format: str
    overlap_s: int
    next_page: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    max_pages: int
    mapping: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    schedule: str
    timezone: str
    enabled: bool
    position: int | None = Field(sa_type=BigInteger)
    page_url: str | None = None
    page_newest: int | None = Field(default=None, sa_type=BigInteger)
    next_at: int = Field(index=True, sa_type=BigInteger)
    failures: int = 0
    lease: str | None = None
    leased_until: int = Field(default=0, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


class ConnectorPull(SQLModel, table=True):
    """One pull: its pages, its counts, the first of the rows it rejected, and why it failed, if it did."""

    __tablename__ = "connector_pull"
    __table_args__ = (Index("ix_connector_pull_connector", "connector_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    connector_id: int = Field(foreign_key="connector.id")
    started_at: int = Field(sa_type=BigInteger)
    finished_at: int = Field(sa_type=BigInteger)
    pages: int
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    skipped: int
    error: str | None
    detail: str | None
    problems: list[Any] = Field(sa_column=Column(JSON, nullable=False))
