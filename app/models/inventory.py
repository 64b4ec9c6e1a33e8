"""Who reports and what is measured where: organizations, plants and meters."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint, false
from sqlmodel import Field, SQLModel

from app.models.base import NOBODY, OF_ORGANIZATION, ExactDecimal


class Organization(SQLModel, table=True):
    """A reporting entity; `inventory_version` grows whenever a plant or meter of it changes. Instants are UTC ms.

    `fiscal_years` are the dated settings as a JSON list in order of day; before the first the two fields above hold.
    `frameworks` are the families and editions it reports by, main one first, with commas between; null: the default.
    `history_from` is the first day of which it has readings; null: the service's default.
    """

    __tablename__ = "organization"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    timezone: str
    currency: str
    fiscal_year_start_month: int
    fiscal_year_label: str
    fiscal_years: str = Field(default="[]", sa_column_kwargs={"server_default": "[]"})
    consolidation: str
    rounding: str
    factor_set: str | None
    frameworks: str | None = None
    plausibility: str = Field(default="history", sa_column_kwargs={"server_default": "history"})
    history_from: date | None = None
    inventory_version: int = 0
    created_at: int = Field(sa_type=BigInteger)


class Plant(SQLModel, table=True):
    """A site with its own calendar, country and grid.

    ownership_chain lists {entity, share}, whose shares multiply to equity_share; a joint operation enters by it.
    """

    __tablename__ = "plant"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    name: str
    country: str
    region: str | None
    timezone: str
    grid_region: str | None
    equity_share: Decimal = Field(sa_type=ExactDecimal)
    operational_control: bool
    financial_control: bool
    joint_operation: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    ownership_chain: list[dict[str, str]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: int = Field(sa_type=BigInteger)


class PlantHolding(SQLModel, table=True):
    """The share and control of a plant from a day on, until the next such day; before the first, the plant's own."""

    __tablename__ = "plant_holding"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("plant_id", "valid_from"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(sa_column_kwargs={"server_default": NOBODY})
    plant_id: int = Field(foreign_key="plant.id")
    valid_from: date
    equity_share: Decimal = Field(sa_type=ExactDecimal)
    operational_control: bool
    financial_control: bool
    joint_operation: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    ownership_chain: list[dict[str, str]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: int = Field(sa_type=BigInteger)


class Meter(SQLModel, table=True):
    """A measuring point or ledger; register_modulus and dip_tolerance are in its unit, max_rate in unit per hour."""

    __tablename__ = "meter"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    plant_id: int = Field(foreign_key="plant.id", index=True)
    code: str
    name: str
    resource: str
    attributes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    kind: str
    unit: str
    interval: str | None
    timestamp_edge: str | None
    multiplier: Decimal = Field(sa_type=ExactDecimal)
    register_modulus: Decimal | None = Field(sa_type=ExactDecimal)
    max_rate: Decimal | None = Field(sa_type=ExactDecimal)
    dip_tolerance: Decimal | None = Field(sa_type=ExactDecimal)
    parent_id: int | None = Field(foreign_key="meter.id")
    counts: bool
    replaces_id: int | None = Field(foreign_key="meter.id")
    in_service_from: date | None
    in_service_to: date | None
    estimates_gaps: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    edge_assumed: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    basis: str | None = None
    reference_conditions: str | None = None
    register_direction: str | None = None
    register_reset: str | None = None
    plausibility: str | None = None
    interval_changes: list[dict[str, str]] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    annual_expectation: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    created_at: int = Field(sa_type=BigInteger)
