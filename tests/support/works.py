"""A small company driven over HTTP: one plant in Jiangxi with yearly ledgers, and what is asked of it."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database

ORGANIZATION = "/v1/organizations/acme"
DISCLOSURE = f"{ORGANIZATION}/disclosures/hkex-2020"
YEARLY = {"interval": "P1Y", "timestamp_edge": "interval_start"}

CERTIFICATE = {
    "code": "gec-1",
    "kind": "certificate",
    "region": "CN",
    "valid_from": "2021-01-01",
    "valid_to": "2022-01-01",
    "amount": 400,
    "unit": "MWh",
    "registry": "GEC",
    "first_serial": "GEC-2021-000101",
    "last_serial": "GEC-2021-000500",
    "source": "statement of the registry of 5 March 2022",
}
"""An instrument for green power, as a request states it."""

OWN_COAL = {
    "code": "own-coal",
    "resource": "fuel.coal.anthracite",
    "region": "CN",
    "per": "t",
    "kg_co2": 2_000,
    "gwp_set": "AR5",
    "valid_from": "2020-01-01",
    "published_on": "2020-01-01",
    "source": "laboratory",
}
"""A factor of the organization's own, as a request states it."""


def answer(client: httpx.Client, method: str, path: str, status: int, **arguments: Any) -> Any:
    """Send a request; its JSON with exact numbers. Anything but `status` fails."""
    got = client.request(method, path, **arguments)
    assert got.status_code == status, got.text
    return json.loads(got.text, parse_float=Decimal)


def get(client: httpx.Client, path: str, **query: str | int) -> Any:
    """Read something."""
    return answer(client, "GET", path, 200, params=query)


def put(client: httpx.Client, path: str, *items: Mapping[str, Any]) -> Any:
    """Put a list in the place of what there is."""
    return answer(client, "PUT", f"{ORGANIZATION}/{path}", 200, json={"items": list(items)})


def figures(client: httpx.Client, year: int, **query: str) -> dict[str, dict[str, Any]]:
    """Return the total figures of a disclosure by key."""
    disclosure = get(client, f"{DISCLOSURE}/{year}", **query)
    return {figure["key"]: figure for figure in disclosure["figures"] if not figure["dimensions"]}


def send(client: httpx.Client, database: Database, rows: str, *, columns: str = "meter,timestamp,value") -> None:
    """Send readings and roll them up."""
    body = f"{columns}\n{rows}"
    headers = {"Content-Type": "text/csv"}
    outcome = answer(client, "POST", f"{ORGANIZATION}/readings", 200, content=body, headers=headers)
    assert outcome["rejected"] == 0
    roll_pending(database)


def problems(client: httpx.Client, method: str, path: str, body: Any) -> list[tuple[int | None, str, str]]:
    """Return (index, field, code) of each error of a request that is refused as invalid."""
    refused = answer(client, method, f"{ORGANIZATION}/{path}", 422, json=body)
    return [(each["index"], each["field"], each["code"]) for each in refused["errors"]]
