"""What a plant looks like from outside."""

from decimal import Decimal

from pydantic import BaseModel

from app import models
from app.core.periods import instant_from_ms
from app.schemas.base import Change, Flag, Received, unsent
from app.schemas.instants import Instant
from app.schemas.numbers import Share
from app.schemas.texts import Code, CountryCode, Name, Word, ZoneName


class PlantCreate(Received):
    """A new plant; its name is its code and its time zone the organization's when omitted."""

    code: Code
    name: Name | None = None
    country: CountryCode
    region: Word | None = None
    timezone: ZoneName | None = None
    grid_region: Word | None = None
    equity_share: Share = Decimal(1)
    operational_control: Flag = True
    financial_control: Flag = True


class PlantUpdate(Change):
    """What may change of a plant; another time zone has its readings rolled up again."""

    name: Name = unsent()
    country: CountryCode = unsent()
    region: Word | None = unsent()
    timezone: ZoneName = unsent()
    grid_region: Word | None = unsent()
    equity_share: Share = unsent()
    operational_control: Flag = unsent()
    financial_control: Flag = unsent()


class Plant(BaseModel):
    """A site with its own calendar, country and grid."""

    code: str
    name: str
    country: str
    region: str | None
    timezone: str
    grid_region: str | None
    equity_share: Share
    operational_control: bool
    financial_control: bool
    created_at: Instant


class PlantPage(BaseModel):
    """Some plants, and the cursor of those that follow."""

    items: list[Plant]
    next: str | None


def plant_from(row: models.Plant) -> Plant:
    """Return the outside view of a stored plant."""
    return Plant(
        code=row.code,
        name=row.name,
        country=row.country,
        region=row.region,
        timezone=row.timezone,
        grid_region=row.grid_region,
        equity_share=row.equity_share,
        operational_control=row.operational_control,
        financial_control=row.financial_control,
        created_at=instant_from_ms(row.created_at),
    )
