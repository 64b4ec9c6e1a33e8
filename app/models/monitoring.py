"""What an organization holds itself to: permit limits on gauges, the times they were exceeded, and targets."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, String, Table, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import NOBODY, OF_ORGANIZATION, ExactDecimal, metadata


class PermitLimit(SQLModel, table=True):
    """The most that a gauge's mean over a period may be, in `unit`, in force on days [valid_from, valid_to).

    moisture, temperature_c, pressure_kpa and oxygen_percent state the reference condition of the permit, null where
    it states none: values are compared with it, never converted.
    """

    __tablename__ = "permit_limit"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    meter_id: int = Field(foreign_key="meter.id", index=True)
    value: Decimal = Field(sa_type=ExactDecimal)
    unit: str
    averaging_period: str
    moisture: str | None
    temperature_c: Decimal | None = Field(sa_type=ExactDecimal)
    pressure_kpa: Decimal | None = Field(sa_type=ExactDecimal)
    oxygen_percent: Decimal | None = Field(sa_type=ExactDecimal)
    valid_from: date
    valid_to: date | None
    source: str | None
    created_at: int = Field(sa_type=BigInteger)


class Exceedance(SQLModel, table=True):
    """Consecutive periods over a limit, as last computed; instants are UTC ms, `worst` is in the limit's unit."""

    __tablename__ = "exceedance"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("limit_id", "start_at"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(sa_column_kwargs={"server_default": NOBODY})
    limit_id: int = Field(foreign_key="permit_limit.id")
    start_at: int = Field(sa_type=BigInteger)
    end_at: int = Field(sa_type=BigInteger)
    periods: int
    worst: Decimal = Field(sa_type=ExactDecimal)
    worst_at: int = Field(sa_type=BigInteger)
    found_at: int = Field(sa_type=BigInteger)


class Target(SQLModel, table=True):
    """A goal for a metric or a stated indicator: a reduction each year from a base year, or a value in `goal_year`.

    `dimensions` say which part of it, canonical JSON; `denominator` what it is divided by. `base_shares` lists
    [plant, share, first day, day after the last] as the figures held them when the target was set; a null plant_id
    means the whole organization.
    """

    __tablename__ = "target"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    name: str
    metric: str
    dimensions: str = Field(sa_column_kwargs={"server_default": "{}"})
    denominator: str | None
    decimals: int | None
    plant_id: int | None = Field(foreign_key="plant.id", index=True)
    base_year: int
    yearly_reduction: Decimal | None = Field(sa_type=ExactDecimal)
    compounding: bool
    goal: Decimal | None = Field(sa_type=ExactDecimal)
    goal_year: int | None
    direction: str
    unit: str
    recalculation_threshold: Decimal = Field(sa_type=ExactDecimal)
    base_shares: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: int = Field(sa_type=BigInteger)


class TargetBase(SQLModel, table=True):
    """An entry of a target's history: its base year's value as it was frozen, or frozen anew; rows are only inserted.

    `value`, `before` and `change` (a share) are of the target's unit. `shares` are those it was frozen with, `parts`
    what it is made from, `as_of` the instant of what was believed (UTC ms), `digest` that of what it rests on. `year`
    is the first reporting year that asked for another boundary or GWP set, null for the base itself. The history is the
    code's: it outlives a target that is deleted.
    """

    __tablename__ = "target_base"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "target", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    target: str
    number: int
    kind: str
    year: int | None
    value: Decimal | None = Field(sa_type=ExactDecimal)
    before: Decimal | None = Field(sa_type=ExactDecimal)
    change: Decimal | None = Field(sa_type=ExactDecimal)
    threshold: Decimal = Field(sa_type=ExactDecimal)
    unit: str
    framework: str
    gwp_set: str | None
    splits_methane: bool
    shares: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    parts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    coverage: Decimal | None = Field(sa_type=ExactDecimal)
    digest: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    key_code: str | None
    as_of: int = Field(sa_type=BigInteger)
    stored_at: int = Field(sa_type=BigInteger)


kept_hours_table = Table(
    "kept_hours",
    metadata,
    Column("meter_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("hours", String, nullable=False),
    Column("organization_id", Integer, nullable=False, server_default=NOBODY),
    sqlite_with_rowid=False,
)
"""The hours of one local day of a meter that is watched, as JSON; gone as soon as the day is rolled up again."""
