"""Files that people brought: their bytes once, what was uploaded of readings, what proves a figure, named mappings."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, String, Table
from sqlmodel import Field, SQLModel

from app.models.base import metadata

kept_file_table = Table(
    "kept_file",
    metadata,
    Column("organization_id", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The bytes of a file by their SHA-256, once however often an organization was given them.

They lie in the database so that every process has them, that one backup holds figures and what proves them, and that
they are gone or there with the row that names them. Deleted with the last upload and the last evidence of them.
"""


class Upload(SQLModel, table=True):
    """A file of readings that somebody has uploaded, to be looked at and then stored. Instants are UTC milliseconds.

    `mapping` is how it is read, null while nobody has chosen. What is not stored is forgotten at `expires_at`; after
    that it is kept with its `batch` and its `outcome`, the counts of a receipt.
    """

    __tablename__ = "upload"

    organization_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    code: str = Field(primary_key=True)
    digest: str
    name: str
    size: int = Field(sa_type=BigInteger)
    key_code: str | None
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(sa_type=BigInteger)
    mapping: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    batch: int | None = Field(default=None, sa_type=BigInteger)
    outcome: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))


class NamedMapping(SQLModel, table=True):
    """A mapping of files that an organization has given a name, as connectors have one of their own."""

    __tablename__ = "reading_mapping"

    organization_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(primary_key=True)
    mapping: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class Evidence(SQLModel, table=True):
    """A file that proves what a meter says of a month, or what a batch brought. `attached_at` is UTC milliseconds.

    Either `meter_id` and `month` (2024-03) are given, or `batch`.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index("ix_evidence_figure", "organization_id", "meter_id", "month"),
        Index("ix_evidence_batch", "organization_id", "batch"),
    )

    organization_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    code: str = Field(primary_key=True)
    digest: str
    name: str
    media_type: str
    size: int = Field(sa_type=BigInteger)
    key_code: str | None
    attached_at: int = Field(sa_type=BigInteger)
    meter_id: int | None = None
    month: str | None = None
    batch: int | None = Field(default=None, sa_type=BigInteger)
