"""Datapoints: what somebody stated of a reporting year, every version of it kept; rows are only inserted."""

from decimal import Decimal

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION, ExactDecimal


class Datapoint(SQLModel, table=True):
    """One version of a datapoint; those of one `code` state the same indicator, period, plant and dimensions.

    The period is the year `year`, or the transition period with that number.

    `value` is in the indicator's unit, `stated_value` in `stated_unit` as it was sent. A version with neither value nor
    text withdraws it, `evidence` then being the reason. `dimensions` is canonical JSON.
    """

    __tablename__ = "datapoint"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (
        UniqueConstraint("organization_id", "code", "revision"),
        Index("ix_datapoint_organization_id_year", "organization_id", "year"),
    )

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    revision: int
    indicator: str
    year: int
    transition: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    plant_id: int | None = Field(foreign_key="plant.id", index=True)
    dimensions: str
    value: Decimal | None = Field(sa_type=ExactDecimal)
    text: str | None = Field(sa_column=Column(Text, nullable=True))
    unit: str | None
    stated_value: Decimal | None = Field(sa_type=ExactDecimal)
    stated_unit: str | None
    evidence: str | None = Field(sa_column=Column(Text, nullable=True))
    key_code: str | None
    stored_at: int = Field(sa_type=BigInteger)
