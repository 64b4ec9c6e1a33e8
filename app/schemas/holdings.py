"""What the dated shares and controls of a plant look like from outside."""

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from app import models
from app.core.inventory import FieldProblem
from app.schemas.base import Flag, Received
from app.schemas.instants import Day
from app.schemas.numbers import Share


class PlantHolding(Received):
    """How much of a plant is held from the day `valid_from` on, until the next such day."""

    valid_from: Day
    equity_share: Share
    operational_control: Flag
    financial_control: Flag


class PlantHoldingList(Received):
    """All that is dated of a plant; before the first day the plant's own fields hold."""

    items: list[PlantHolding]


class UndatedHolding(BaseModel):
    """How much of a plant is held before any date."""

    equity_share: Share
    operational_control: bool
    financial_control: bool


class PlantHoldings(BaseModel):
    """All that is dated of a plant, in order of day; before the first, what is `undated`, the plant's own, holds."""

    undated: UndatedHolding
    items: list[PlantHolding]


def holdings_from(plant: models.Plant, rows: Iterable[models.PlantHolding]) -> PlantHoldings:
    """Return the outside view of what is held of a plant."""
    return PlantHoldings(
        undated=UndatedHolding(
            equity_share=plant.equity_share,
            operational_control=plant.operational_control,
            financial_control=plant.financial_control,
        ),
        items=[
            PlantHolding(
                valid_from=row.valid_from,
                equity_share=row.equity_share,
                operational_control=row.operational_control,
                financial_control=row.financial_control,
            )
            for row in rows
        ],
    )


def holding_problems(body: PlantHoldingList) -> Iterator[FieldProblem]:
    """Yield which entries date from a day that an earlier one has."""
    days = [item.valid_from for item in body.items]
    for index, day in enumerate(days):
        if day in days[:index]:
            yield FieldProblem("valid_from", "repeated_day", f"{day.isoformat()} is stated twice", index=index)
