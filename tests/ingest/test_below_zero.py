"""A month that has used less than nothing is suspect until somebody accepts it, whatever way it comes in."""

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
    ("meter", "value", "suspect"),
    [("month", -5, 1), ("month", 0, 0), ("month", 5, 0), ("quarter", -5, 0), ("off", -5, 0), ("sales", -5, 0)],
)
def test_a_month_below_zero_is_suspect_of_what_is_used_up(
    client: httpx.Client, meter: str, value: float, suspect: int
) -> None:
    told = _post(client, meter, value).json()
    assert (told["inserted"], told["suspect"]) == (1, suspect)


def test_it_says_why_and_counts_once_it_is_accepted(client: httpx.Client, database: Database) -> None:
    (warning,) = _post(client, "month", -5).json()["warnings"]
    assert (warning["code"], "a month's use is not below zero" in warning["detail"]) == ("implausible_value", True)
    assert _months(client, database) == []
    body = {"timestamps": ["2024-01-01T00:00:00+08:00"], "reason": "the supplier's credit"}
    client.post(f"{ACME}/meters/month/acceptances", json=body).raise_for_status()
    assert _months(client, database) == [-5]


def _months(client: httpx.Client, database: Database) -> list[float]:
    roll_pending(database)
    items = client.get(f"{ACME}/rollups?meter=month&grain=month").json()["items"]
    return [each["quantity"] for each in items if each["quantity"] is not None]
