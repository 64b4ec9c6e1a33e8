"""Publications: frozen disclosures as they were prepared, and the steps each of them took; rows are only inserted."""

from sqlalchemy import BigInteger, Column, Text, UniqueConstraint, false
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
