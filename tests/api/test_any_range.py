"""Whatever instant, year or range is asked of an operation, the answer is a result or a refusal, never a failure."""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

DOCUMENT = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text("utf-8"))
INSTANTS = (
    "0001-01-01T00:00:00+14:00",
    "1582-10-15T00:00:00Z",
    "2248-09-26T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59-14:00",
)
LAST = "9999-12-31T23:59:59.999Z"
YEARS = ("-1", "0", "1899", "2248", "3889", "9999", "2147483648", "99999999999999999999")
LATE_YEARS = ("1973", "2021", "3889", "9000")
PLACES = {
    "organization": "acme",
    "plant": "main",
    "meter": "grid",
    "framework": "hkex-2020",
    "key": "energy.total",
    "number": "1",
    "format": "json",
    "year": "2021",
}
_INSTANT_NAMES = ("start", "end", "as_of", "timestamp")
_YEAR_NAMES = ("year", "from_year")


def _operations() -> Iterator[tuple[str, list[str]]]:
    for path, methods in DOCUMENT["paths"].items():
        operation = methods.get("get")
        if operation is None or path.endswith("/stream"):
            continue
        names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        yield path, names


def _requests() -> Iterator[tuple[str, dict[str, str]]]:
    """Each operation with each hostile value in each place that takes an instant or a year, and in both of a range."""
    for path, names in _operations():
        plain = {"year": "2021"} if "year" in names else {}
        for name in (name for name in names if name in _INSTANT_NAMES):
            yield from ((path, {**plain, name: instant}) for instant in INSTANTS)
        if {"start", "end"} <= set(names):
            yield path, {**plain, "start": INSTANTS[0], "end": LAST}
            yield path, {**plain, "start": LAST, "end": INSTANTS[0]}
        for name in (name for name in names if name in _YEAR_NAMES):
            yield from ((path, {**plain, name: year}) for year in YEARS)
        if "{year}" in path:
            beside = {"from_year": "2020"} if "from_year" in names else {}
            yield from ((path.replace("{year}", year), beside) for year in YEARS)
    for path, names in _operations():
        if "grain" in names:
            for start, grain in product(("", *INSTANTS[:2]), ("hour", "day", "month", "year")):
                yield path, {"grain": grain, "end": LAST, **({"start": start} if start else {})}
        if "by" in names:
            yield from ((path.replace("{year}", year), {"by": "month"}) for year in LATE_YEARS)
        if "from_year" in names:
            for year, before in product(LATE_YEARS, LATE_YEARS):
                yield path.replace("{year}", year), {"from_year": before}
    for page, year in product(("/organizations/acme", "/"), YEARS):
        yield page, {"year": year}


REQUESTS = list(_requests())


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant with a meter of each kind, a ledger of money among them, and a reading of each."""
    make_organization()
    make_plant(region="CN-JX")
    rows = ["meter,timestamp,value"]
    for code, resource, kind, unit in (
        ("grid", "electricity.grid", "interval", "kWh"),
        ("sales", "revenue.product", "interval", "CNY"),
        ("counter", "water.withdrawal", "register", "m3"),
        ("waste", "waste.hazardous", "event", "t"),
        ("people", "headcount", "stock", "person"),
        ("so2", "air.so2.concentration", "gauge", "mg/m3"),
    ):
        make_meter(code=code, resource=resource, kind=kind, unit=unit, interval="PT15M" if kind == "interval" else None)
        rows += [f"{code},2021-03-01T00:{minute}:00+08:00,1" for minute in ("00", "15")]
    answer = client.post(
        "/v1/organizations/acme/readings", content="\n".join(rows), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["inserted"] == 12
    roll_pending(database)


@pytest.mark.usefixtures("works")
def test_no_instant_or_year_makes_an_operation_fail(client: httpx.Client) -> None:
    failed: list[tuple[str, Any, int]] = []
    for path, query in REQUESTS:
        place = path
        for name, value in PLACES.items():
            place = place.replace(f"{{{name}}}", value)
        if "{" in place:
            continue
        answer = client.get(place, params=query)
        if answer.status_code >= 500 or (place.startswith("/v1") and answer.is_error and "code" not in answer.json()):
            failed.append((place, query, answer.status_code))
    assert failed == [], "\n".join(map(str, failed))


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize("meter", ["grid", "sales", "counter", "waste", "people", "so2"])
def test_any_meter_has_a_balance_or_a_word_why_not(client: httpx.Client, meter: str) -> None:
    answer = client.get(
        f"/v1/organizations/acme/meters/{meter}/balance",
        params={"start": "2021-03-01T00:00:00+08:00", "end": "2021-03-02T00:00:00+08:00"},
    )
    assert answer.status_code in (200, 422), answer.text
