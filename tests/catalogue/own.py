"""Resources of an organization's own, as requests define them."""

from typing import Any

import httpx

from tests.support.works import ORGANIZATION, answer

RESIN = {"key": "fuel.resin", "title": "Spent resin", "unit": "t", "origin": "fossil", "fuel_group": "other"}
LIME = {"key": "process.soda_ash", "title": "Soda ash used", "unit": "t"}
STEEL = {"key": "material.steel", "title": "Steel strip", "unit": "t"}
BRICKS = {"key": "product.bricks", "title": "Bricks", "unit": "number"}
HEAT = {"key": "heat.geothermal", "title": "Geothermal heat", "unit": "GJ", "scope": 2, "origin": "renewable"}


def add(client: httpx.Client, *resources: dict[str, Any]) -> None:
    for resource in resources:
        answer(client, "POST", f"{ORGANIZATION}/resources", 201, json=resource)


def state_factor(client: httpx.Client, resource: str, **fields: Any) -> None:
    known = {
        "code": f"own-{resource}",
        "resource": resource,
        "region": "CN",
        "valid_from": "2020-01-01",
        "source": "us",
    }
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json={**known, **fields})
