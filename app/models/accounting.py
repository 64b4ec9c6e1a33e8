"""What an organization decides for its accounts: GWP sets, how figures are printed, and the instruments it holds."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION, ExactDecimal


class GwpChoice(SQLModel, table=True):
    """The GWP set of a framework's figures in a reporting year, or in every year that has no choice of its own."""

    __tablename__ = "gwp_choice"
    __mapper_args__ = OF_ORGANIZATION

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id", index=True)
    framework: str
    year: int | None
    gwp_set: str


class FigureSetting(SQLModel, table=True):
    """How an organization prints one figure of a framework; null leaves the rule as it is."""

    __tablename__ = "figure_setting"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "framework", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    framework: str
    key: str
    rounding: str | None
    unit: str | None
    decimals: int | None


class Instrument(SQLModel, table=True):
    """A claim on how energy was won: `amount` of `unit` within [valid_from, valid_to), used in a region.

    energy_source is null where nothing is known of it, basis the heating value of an amount of gas.
    The certificates are numbers serial_first to serial_last behind serial_prefix in a registry, whose name is compared
    as registry_key. One that was entered
    in error is withdrawn: it covers nothing from that instant on, and is kept.
    """

    __tablename__ = "instrument"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (
        UniqueConstraint("organization_id", "code"),
        Index("ix_instrument_serial", "registry_key", "serial_prefix"),
    )

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    code: str
    kind: str
    region: str
    valid_from: date
    valid_to: date
    amount: Decimal = Field(sa_type=ExactDecimal)
    unit: str
    kg_co2e_per_kwh: Decimal = Field(sa_type=ExactDecimal)
    energy_source: str | None = None
    issuing_area: str | None = None
    basis: str | None = None
    registry_name: str | None
    registry_key: str | None = None
    serial_prefix: str | None
    serial_first: int | None = Field(sa_type=BigInteger)
    serial_last: int | None = Field(sa_type=BigInteger)
    first_serial: str | None
    last_serial: str | None
    source: str
    created_at: int = Field(sa_type=BigInteger)
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)
    withdrawn_by: str | None = None
    withdrawal_reason: str | None = None
