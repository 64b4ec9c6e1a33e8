"""A change of what decides how readings count has their rollups made anew."""

from typing import Any

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make


@pytest.fixture(autouse=True)
def acme(client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()
    readings = [
        {"meter": "grid", "timestamp": "2021-01-01T00:00:00+08:00", "value": 1},
        {"meter": "grid", "timestamp": "2021-06-01T00:00:00+08:00", "value": 2},
    ]
    assert client.post("/v1/organizations/acme/readings", json={"readings": readings}).json()["inserted"] == 2


def years(client: httpx.Client, database: Database) -> list[Any]:
    roll_pending(database)
    page = client.get("/v1/organizations/acme/rollups", params={"grain": "year"}).json()
    return [(item["start"], item["quantity"]) for item in page["items"]]


def test_another_time_zone_moves_readings_to_other_years(client: httpx.Client, database: Database) -> None:
    before = years(client, database)
    client.patch("/v1/organizations/acme/plants/main", json={"timezone": "UTC"})

    assert before == [("2020-12-31T16:00:00Z", 3)]
    assert years(client, database) == [("2020-01-01T00:00:00Z", 1), ("2021-01-01T00:00:00Z", 2)]


def test_another_first_month_of_the_year_makes_other_years(client: httpx.Client, database: Database) -> None:
    before = years(client, database)
    client.patch("/v1/organizations/acme", json={"fiscal_year_start_month": 4})

    assert before == [("2020-12-31T16:00:00Z", 3)]
    assert years(client, database) == [("2020-03-31T16:00:00Z", 1), ("2021-03-31T16:00:00Z", 2)]


def test_a_misspelt_parameter_is_refused_before_anything_is_stored(client: httpx.Client) -> None:
    reading = {"meter": "grid", "timestamp": "2022-01-01T00:00:00+08:00", "value": 1}

    misspelt = client.post("/v1/organizations/acme/readings", params={"dryrun": "true"}, json={"readings": [reading]})
    after = client.post("/v1/organizations/acme/readings", json={"readings": [reading]})

    assert misspelt.status_code == 422
    assert [(each["field"], each["code"]) for each in misspelt.json()["errors"]] == [("dryrun", "unknown_parameter")]
    assert after.json()["inserted"] == 1
