"""What a plant looks like from outside."""

from decimal import Decimal
from typing import Any

from app import models
from app.core.calendar.periods import instant_from_ms
from app.schemas.inventory.ownership import Chain, HeldFields, chain_from, held_share, stored_chain
from app.schemas.wire.base import Change, Flag, Shape, unsent
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import Share
from app.schemas.wire.texts import Code, CountryCode, Name, Word, ZoneName


class PlantCreate(HeldFields):
    """A new plant; its name is its code, its time zone the organization's and its equity share 1 when omitted."""

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
    """What may change of a plant; another time zone has its readings rolled up again.

    A chain of owners takes the place of the equity share, and an equity share that of a chain.
    """

    name: Name = unsent()
    country: CountryCode = unsent()
    region: Word | None = unsent()
    timezone: ZoneName = unsent()
    grid_region: Word | None = unsent()
    equity_share: Share = unsent()
    ownership_chain: Chain | None = unsent()
    joint_operation: Flag = unsent()
    operational_control: Flag = unsent()
    financial_control: Flag = unsent()


class Plant(Shape):
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
    joint_operation: bool
    ownership_chain: Chain | None
    created_at: Instant


class PlantPage(Shape):
    """Some plants, and the cursor of those that follow."""

    items: list[Plant]
    next: str | None


def new_plant(body: PlantCreate) -> dict[str, Any]:
    """Return what is stored of a new plant."""
    chain = stored_chain(body.ownership_chain)
    values = {**body.model_dump(), "name": body.name or body.code}
    return {**values, "equity_share": held_share(body), "ownership_chain": chain}


def changed_plant(body: PlantUpdate) -> dict[str, Any]:
    """Return the columns that a change of a plant sets."""
    sent = dict(body.sent())
    if body.ownership_chain is not None:
        sent |= {"equity_share": held_share(body), "ownership_chain": stored_chain(body.ownership_chain)}
    elif "equity_share" in sent:
        sent["ownership_chain"] = None
    return sent


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
        joint_operation=row.joint_operation,
        ownership_chain=chain_from(row.ownership_chain),
        created_at=instant_from_ms(row.created_at),
    )
