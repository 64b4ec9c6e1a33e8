"""Many readings amended at once: what was ordered, by whom and why, and how far it has been carried out."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, text
from sqlmodel import Field, SQLModel


class BulkAmendment(SQLModel, table=True):
    """Readings of meters stamped in [first_at, end_at) (UTC ms) withdrawn or accepted, or such an amendment undone.

    `batch_id` is the batch of every version that it makes; `meters` are ids. `position` is the meter, instant and
    reference that it has come to, null before the first. `changed` counts readings changed so far, `passed_over` those
    that it would have changed but leaves as they are. `undoes` is the batch of the amendment that it undoes.
    """

    __tablename__ = "bulk_amendment"
    __mapper_args__ = {"primary_key": ["organization_id", "batch_id"]}
    __table_args__ = (
        Index("ix_bulk_amendment_organization_id_batch_id", "organization_id", "batch_id"),
        Index(
            "ix_bulk_amendment_unfinished",
            "organization_id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )

    batch_id: int = Field(sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False})
    organization_id: int
    action: str
    meters: list[int] = Field(sa_column=Column(JSON, nullable=False))
    first_at: int = Field(sa_type=BigInteger)
    end_at: int = Field(sa_type=BigInteger)
    reason: str
    key_code: str | None
    undoes: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    position: list[Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    changed: int = 0
    passed_over: int = 0
    finished_at: int | None = Field(default=None, sa_type=BigInteger)
