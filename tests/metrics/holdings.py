"""Plants of which a part is held from a day on."""

from typing import Any

from tests.metrics.world import World
from tests.support.examples import Service

EVERY_MONTH = range(1, 13)


def held(valid_from: str, share: float = 1, *, operational: bool = True, financial: bool = True) -> dict[str, Any]:
    return {
        "valid_from": valid_from,
        "equity_share": share,
        "operational_control": operational,
        "financial_control": financial,
    }


def hold(service: Service, world: World, *items: dict[str, Any], plant: str = "main") -> dict[str, Any]:
    return service.put(f"{world.path}/plants/{plant}/holdings", {"items": list(items)})


def powered(service: Service, consolidation: str = "equity_share", **years: int) -> World:
    """A plant on a grid of 1 kg/kWh to the end of March 2021 and 2 kg from then on, with so many kWh each month."""
    world = World(service, consolidation=consolidation)
    world.plant()
    world.meter("grid", "electricity.grid", "kWh")
    factor = {"resource": "electricity.grid", "region": "CN-JX", "per": "kWh", "source": "a bill"}
    first = {"code": "one", "kg_co2": 1, "valid_from": "2020-01-01", "valid_to": "2021-04-01"}
    service.post(f"{world.path}/factors", {**factor, **first})
    service.post(f"{world.path}/factors", {**factor, "code": "two", "kg_co2": 2, "valid_from": "2021-04-01"})
    for year, kwh in years.items():
        world.months("grid", int(year[1:]), dict.fromkeys(EVERY_MONTH, kwh))
    return world
