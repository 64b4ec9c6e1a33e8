"""Factors an organization adds to the shipped ones, and the pins that override selection."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION, ExactDecimal


class OwnFactor(SQLModel, table=True):
    """An organization's own emission factor, in kg per `per`; never edited or deleted, an edition supersedes it.

    other_gases maps a gas to its kg, as digits; calorific_value is the GJ in one `per` that it was derived from.
    """

    __tablename__ = "own_factor"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    resource: str
    attributes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    region: str
    method: str | None
    per: str
    kg_co2: Decimal | None = Field(sa_type=ExactDecimal)
    kg_co2_biogenic: Decimal | None = Field(sa_type=ExactDecimal)
    kg_ch4: Decimal | None = Field(sa_type=ExactDecimal)
    kg_ch4_nonfossil: Decimal | None = Field(sa_type=ExactDecimal)
    kg_n2o: Decimal | None = Field(sa_type=ExactDecimal)
    kg_co2e: Decimal | None = Field(sa_type=ExactDecimal)
    gwp_set: str | None
    basis: str | None
    valid_from: date
    valid_to: date | None
    published_on: date | None
    edition: str | None
    source: str
    supersedes: str | None
    factor_set: str | None
    other_gases: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    derivation: str | None = None
    calorific_value: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    created_at: int = Field(sa_type=BigInteger)


class FactorPin(SQLModel, table=True):
    """A factor fixed by decision; year, method and plant narrow it, null means any. `resource` may end in `.*`."""

    __tablename__ = "factor_pin"
    __mapper_args__ = OF_ORGANIZATION

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    year: int | None
    resource: str
    method: str | None
    plant: str | None
    factor: str
