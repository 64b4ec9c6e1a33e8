"""A month that has used less than nothing counts, as a credit does, and whoever sends it is told."""

import httpx
import pytest

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

ACME = "/v1/organizations/acme"


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter(code="month", interval="P1M", timestamp_edge="interval_start")
    make_meter(code="quarter", interval="PT15M")
    make_meter(code="off", interval="P1M", timestamp_edge="interval_start", plausibility="off")
    make_meter(code="sales", resource="revenue.total", unit="CNY", interval="P1M", timestamp_edge="interval_start")


def _post(client: httpx.Client, meter: str, value: float, stamp: str = "2024-01-01T00:00:00+08:00") -> httpx.Response:
    body = {"readings": [{"meter": meter, "timestamp": stamp, "value": value}]}
    return client.post(f"{ACME}/readings", json=body)


@pytest.mark.parametrize(
    ("meter", "value", "told"),
    [
        ("month", -5, ["below_zero"]),
        ("month", 0, []),
        ("month", 5, []),
        ("quarter", -5, []),
        ("off", -5, []),
        ("sales", -5, []),
    ],
)
def test_a_month_below_zero_of_what_is_used_up_is_told_of(
    client: httpx.Client, meter: str, value: float, told: list[str]
) -> None:
    answer = _post(client, meter, value).json()
    assert (answer["inserted"], answer["suspect"]) == (1, 0)
    assert [each["code"] for each in answer["warnings"]] == told


def test_it_counts_as_a_credit_does(client: httpx.Client, database: Database) -> None:
    _post(client, "month", -5)
    assert _months(client, database) == [-5]


def _months(client: httpx.Client, database: Database) -> list[float]:
    roll_pending(database)
    items = client.get(f"{ACME}/rollups?meter=month&grain=month").json()["items"]
    return [each["quantity"] for each in items if each["quantity"] is not None]
