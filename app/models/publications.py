"""Publications as they were prepared, the steps each of them took, and comments on them; rows are only inserted."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.models.base import NOBODY, OF_ORGANIZATION


class Publication(SQLModel, table=True):
    """A disclosure as prepared: its canonical JSON and the SHA-256 of that; instants are UTC ms.

    It is of the year `year`, or of the transition period with that number; `number` counts from 1 within organization,
    framework and year, transition or not. `interim` was prepared before its period was over. `replaces` is the number
    of the published one that this restates. `prepared_by` is a key's code, or a job's name behind `job:`.
    """

    __tablename__ = "publication"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "framework", "year", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    framework: str
    year: int
    number: int
    document: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    transition: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    interim: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    reason: str | None
    replaces: int | None
    prepared_by: str
    prepared_at: int = Field(sa_type=BigInteger)
    as_of: int = Field(sa_type=BigInteger)


class PublicationStep(SQLModel, table=True):
    """A step of a publication after its preparation, `approved` or `published`: whose key took it, and when."""

    __tablename__ = "publication_step"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("publication_id", "step"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(sa_column_kwargs={"server_default": NOBODY})
    publication_id: int = Field(foreign_key="publication.id")
    step: str
    key_code: str
    at: int = Field(sa_type=BigInteger)


class PublicationComment(SQLModel, table=True):
    """What somebody says of a publication before it is published: `author` is the code of a key or a user.

    `number` counts from 1 within a publication. It is of the whole, or of what `key` and `dimensions` name in it.
    """

    __tablename__ = "publication_comment"

    organization_id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    publication_id: int = Field(primary_key=True, foreign_key="publication.id")
    number: int = Field(primary_key=True)
    key: str | None
    dimensions: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    text: str = Field(sa_column=Column(Text, nullable=False))
    author: str
    at: int = Field(sa_type=BigInteger)
