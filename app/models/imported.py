"""Imported publications: the tables a company printed before, as they were entered; rows are only inserted."""

from sqlalchemy import BigInteger, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION


class ImportedPublication(SQLModel, table=True):
    """A table printed before, for `year` and the years beside it; created_at is UTC ms.

    `document` is its canonical JSON (plants, rows, assertions, content index) and `digest` the SHA-256 of that.
    `supersedes` is the code of an earlier import that this one corrects.
    """

    __tablename__ = "imported_publication"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    framework: str
    year: int
    title: str
    document: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    supersedes: str | None
    key_code: str | None
    created_at: int = Field(sa_type=BigInteger)
