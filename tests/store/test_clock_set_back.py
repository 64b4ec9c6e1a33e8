"""A clock that was two hours ahead is set back: who asks as of now finds what was just acknowledged."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.core.readings.batches import end_of_ms
from tests.support.company import READINGS, post, reading

ACME = "/v1/organizations/acme"
GRID = {"plant": "main", "resource": "electricity.grid", "kind": "interval", "unit": "kWh", "interval": "PT15M"}


@pytest.fixture
def set_back(client: httpx.Client, app: FastAPI) -> httpx.Client:
    """A client of `acme`, with a reading of before and one that was stored with the clock two hours ahead."""
    organization = {"code": "acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
    plant = {"code": "main", "country": "CN", "timezone": "Asia/Shanghai"}
    for path, body in (("", organization), ("/acme/plants", plant), ("/acme/meters", {"code": "grid", **GRID})):
        assert client.post(f"/v1/organizations{path}", json=body).status_code == 201
    app.state.database.batches.pass_over(end_of_ms(time.time_ns() // 1_000_000 + 2 * 3_600_000))
    assert post(client, reading(0, 12.5)).status_code == 200
    return client


def readings_as_of(client: httpx.Client, instant: datetime) -> list[Any]:
    answer = client.get(READINGS, params={"as_of": instant.isoformat(timespec="milliseconds")})
    return [item["value"] for item in answer.raise_for_status().json()["items"]]


def test_as_of_now_has_what_was_numbered_in_the_future(set_back: httpx.Client) -> None:
    now = datetime.now(UTC)
    (item,) = set_back.get(READINGS).json()["items"]
    assert datetime.fromisoformat(item["stored_at"]) > now + timedelta(minutes=119)

    assert readings_as_of(set_back, now) == [12.5]
    asked = {"as_of": now.isoformat(timespec="milliseconds")}
    (bucket,) = set_back.get(f"{ACME}/rollups", params={"grain": "year", **asked}).json()["items"]
    assert bucket["quantity"] == 12.5
    latest = set_back.get(f"{READINGS}/latest", params=asked).json()["items"]
    assert [each["value"] for each in latest] == [12.5]
    for path in ("disclosures/hkex-2020/2021", "disclosures/hkex-2020/2021/figures/consumption.electricity/lineage"):
        text = set_back.get(f"{ACME}/{path}", params=asked).raise_for_status().text
        assert '"value":null' not in text.partition('"consumption.electricity"')[2][:200]


def test_as_of_a_time_that_is_past_for_certain_has_not(set_back: httpx.Client) -> None:
    assert readings_as_of(set_back, datetime.now(UTC) - timedelta(minutes=5)) == []
    assert readings_as_of(set_back, datetime.now(UTC) + timedelta(hours=3)) == [12.5]
