"""What runs the service: the keys callers present, and a table to try whether there is room."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, LargeBinary, String, Table
from sqlmodel import Field, SQLModel

from app.models.base import BigId, metadata


class ApiKey(SQLModel, table=True):
    """A caller's key, kept as the SHA-256 of the secret. Instants are UTC milliseconds.

    `organizations` lists the codes it may touch; null means every one.
    """

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    digest: str = Field(unique=True)
    scopes: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    organizations: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    plants: list[Any] | None = Field(sa_column=Column(JSON(none_as_null=True), nullable=True))
    expires_at: int | None = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)


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
