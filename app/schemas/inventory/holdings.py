"""What the dated shares and controls of a plant look like from outside."""

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ConfigDict

from app import models
from app.core.inventory.inventory import FieldProblem
from app.schemas.inventory.ownership import Chain, HeldFields, chain_from, held_share, ownership_problems, stored_chain
from app.schemas.wire.base import Flag, Received, Shape, unsent, without_defaults
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import Share


class PlantHolding(HeldFields):
    """How much of a plant is held from the day `valid_from` on, until the next such day.

    It states `equity_share` or `ownership_chain`.
    """

    model_config = ConfigDict(json_schema_extra=without_defaults)

    valid_from: Day
    equity_share: Share = unsent()
    operational_control: Flag
    financial_control: Flag


class PlantHoldingList(Received):
    """All that is dated of a plant; before the first day the plant's own fields hold."""

    items: list[PlantHolding]


class UndatedHolding(Shape):
    """How much of a plant is held before any date."""

    equity_share: Share
    operational_control: bool
    financial_control: bool
    joint_operation: bool
    ownership_chain: Chain | None


class PlantHoldings(Shape):
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
            joint_operation=plant.joint_operation,
            ownership_chain=chain_from(plant.ownership_chain),
        ),
        items=[
            PlantHolding(
                valid_from=row.valid_from,
                equity_share=row.equity_share,
                operational_control=row.operational_control,
                financial_control=row.financial_control,
                joint_operation=row.joint_operation,
                ownership_chain=chain_from(row.ownership_chain),
            )
            for row in rows
        ],
    )


def holding_problems(body: PlantHoldingList) -> Iterator[FieldProblem]:
    """Yield which entries date from a day that an earlier one has, and which say two things of a share."""
    days = [item.valid_from for item in body.items]
    for index, day in enumerate(days):
        if day in days[:index]:
            yield FieldProblem("valid_from", "repeated_day", f"{day.isoformat()} is stated twice", index=index)
    for index, item in enumerate(body.items):
        if item.ownership_chain is None and "equity_share" not in item.model_fields_set:
            yield FieldProblem("equity_share", "missing", "state the share that is held, or the chain of owners", index)
        yield from ownership_problems(item, index=index)


def held_values(item: PlantHolding) -> dict[str, Any]:
    """Return what is stored of a dated holding."""
    chain = stored_chain(item.ownership_chain)
    return {**item.model_dump(), "equity_share": held_share(item), "ownership_chain": chain}
