"""Figures that lack a part where they are compared, published, exported and shown, over HTTP on both databases."""

import csv
import io
import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, Make
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, get, send

_GAS = {"key": "fuel.pyrolysis_gas", "title": "Pyrolysis gas", "unit": "m3", "origin": "fossil", "fuel_group": "gas"}


@pytest.fixture
def gasworks(desk: Desk, make_meter: Make, client: httpx.Client, database: Database) -> Desk:
    """The works, and a gas in both years of which neither a calorific value nor a factor is known."""
    answer(client, "POST", f"{ORGANIZATION}/resources", 201, json=_GAS)
    make_meter(code="gas", resource="fuel.pyrolysis_gas", unit="m3", **YEARLY)
    send(client, database, "gas,2020-01-01T00:00:00+08:00,1000\ngas,2021-01-01T00:00:00+08:00,3000\n")
    return desk


def _errors(figure: dict[str, Any]) -> list[str]:
    return [check["detail"] for check in figure["checks"] if check["severity"] == "error"]


def test_a_published_comparative_that_lacked_a_part_still_says_so(gasworks: Desk, client: httpx.Client) -> None:
    gasworks.published(year=2020)
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=_factor())
    found = figures(client, 2021)["ghg.scope1"]
    assert found["value"] is not None
    (told,) = _errors(found)
    assert told.startswith("2020: as published: no emission factor of fuel.pyrolysis_gas for CN-JX / CN-CENTRAL / CN")
    assert found["comparatives"][0]["value"] is None


def test_what_moved_between_two_years_is_the_factor_where_a_gap_was_closed(
    gasworks: Desk, client: httpx.Client
) -> None:
    grid = {"code": "grid", "resource": "electricity.grid", "per": "kWh", "kg_co2": 0.5}
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=_factor(**grid))
    path = f"{DISCLOSURE}/2021/bridge"
    bridged = {each["key"]: each for each in get(client, path, from_year=2020)["figures"]}
    # Coal has no reading in 2020: Scope 1 has no value then, and the total is that of Scope 2.
    assert "ghg.scope1" not in bridged
    assert {check["code"] for check in bridged["ghg.total"]["checks"]} == {"no_factor"}
    assert bridged["ghg.scope2"]["checks"] == []
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=_factor(valid_from="2021-01-01"))
    total = {each["key"]: each for each in get(client, path, from_year=2020)["figures"]}["ghg.total"]
    # 3,000 m3 x 2 kg by a factor that 2020 does not have.
    assert total["bridge"]["factors"] == 6
    assert [check["code"] for check in total["checks"]] == ["no_factor"]


def test_exports_and_pages_say_what_a_figure_lacks(gasworks: Desk, client: httpx.Client) -> None:
    gasworks.published()
    place = f"{DISCLOSURE}/2021/publications/1"
    table = answer_text(client, f"{place}/exports/csv")
    rows = {
        row["key"]: row for row in csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))) if not row["dimensions"]
    }
    gas, total = rows["energy.fuel.pyrolysis_gas"], rows["energy.total"]
    assert (gas["value"], gas["display"], Decimal(gas["coverage"])) == ("", "", Decimal(0))
    assert "error no_calorific_value" in gas["checks"]
    assert "error no_calorific_value" in total["checks"]
    assert Decimal(total["coverage"]) < 1
    printed = answer_text(client, f"{place}/exports/html")
    assert "Pyrolysis gas, as energy" in printed
    client.post("/session", content=f"key={ADMIN_KEY}")
    page = answer_text(client, "/?organization=acme&year=2021")
    row = re.search(r'data-key="energy.fuel.pyrolysis_gas".*?</tr>', page, re.DOTALL)
    assert row is not None
    assert "cannot be computed" in row[0]
    total_row = re.search(r'data-key="energy.total".*?</tr>', page, re.DOTALL)
    assert total_row is not None
    assert "2 errors" in total_row[0]  # its own, and that of 2020 beside it


def test_a_gap_that_is_closed_after_publication_is_drift_by_its_factor(gasworks: Desk, client: httpx.Client) -> None:
    gasworks.published()
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=_factor())
    moved = {each["key"]: each for each in gasworks.drift(1)["figures"]}
    scope1 = moved["ghg.scope1"]
    # 3,000 m3 x 2 kg CO2 come to what was published of the coal alone.
    assert scope1["live"] - scope1["published"] == 6
    assert [(cause["code"], cause["amount"]) for cause in scope1["causes"]] == [("factor_editions", 6)]
    live = figures(client, 2021)["ghg.scope1"]
    assert (live["coverage"], [error for error in _errors(live) if not error.startswith("2020: ")]) == (1, [])


def _factor(**fields: Any) -> dict[str, Any]:
    known = {"code": "gas", "resource": "fuel.pyrolysis_gas", "region": "CN", "per": "m3", "kg_co2": 2,
             "valid_from": "2020-01-01", "source": "an analysis"}  # fmt: skip
    return known | fields


def answer_text(client: httpx.Client, path: str) -> str:
    """Read something that is no JSON."""
    got = client.get(path)
    assert got.status_code == 200, got.text
    return got.text
