"""Calorific values and densities an organization states beside the shipped ones."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION, ExactDecimal


class OwnCalorificValue(SQLModel, table=True):
    """What an organization states of a fuel: heat in one `per` by either heating value, in energy_unit, and density.

    Never edited or deleted; an edition supersedes it.
    """

    __tablename__ = "own_calorific_value"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    resource: str
    attributes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    region: str
    per: str | None
    lhv: Decimal | None = Field(sa_type=ExactDecimal)
    hhv: Decimal | None = Field(sa_type=ExactDecimal)
    energy_unit: str
    density: Decimal | None = Field(sa_type=ExactDecimal)
    density_unit: str | None
    reference_conditions: str | None
    valid_from: date
    valid_to: date | None
    published_on: date | None
    source: str
    supersedes: str | None
    created_at: int = Field(sa_type=BigInteger)
