"""Resources an organization adds to the catalogue."""

from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import OF_ORGANIZATION, ExactDecimal


class OwnResource(SQLModel, table=True):
    """A thing that an organization measures and the catalogue does not have; never edited, deleted while unused.

    `unit` is its canonical one, energy contents are GJ in it. `kinds` are meter kinds; `attributes` maps each name to
    its allowed values, none meaning free text.
    """

    __tablename__ = "own_resource"
    __mapper_args__ = OF_ORGANIZATION
    __table_args__ = (UniqueConstraint("organization_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organization.id")
    key: str
    title: str
    unit: str
    kinds: list[str] = Field(sa_column=Column(JSON, nullable=False))
    attributes: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    aspect: str
    scope: int | None
    origin: str | None
    fuel_group: str | None
    energy_lhv_gj: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    energy_hhv_gj: Decimal | None = Field(default=None, sa_type=ExactDecimal)
    energy_source: str | None = None
    created_at: int = Field(sa_type=BigInteger)
