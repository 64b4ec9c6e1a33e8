"""The charts of months show what the organization's figures hold of its plants, as the annual table does."""

from decimal import Decimal

import httpx
import pytest

from app.pages.annual_page import charts_of, inventory_of
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from tests.conftest import Make

ACME = "/v1/organizations/acme"


@pytest.fixture
def halves(
    client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make, database: Database
) -> None:
    """Three plants with 30 MWh a day in January, March and, a year before, February: 40 % held, whole, and not held."""
    make_organization(consolidation="equity_share")
    days = [f"2024-01-{day:02}" for day in range(1, 32)] + [f"2024-03-{day:02}" for day in range(1, 32)]
    days += [f"2023-02-{day:02}" for day in range(1, 29)]
    for plant, share in (("part", 0.4), ("main", 1), ("other", 0)):
        make_plant(code=plant, name=plant, equity_share=share)
        make_meter(code=plant, plant=plant, interval="P1D", timestamp_edge="interval_start")
        readings = [{"meter": plant, "timestamp": f"{day}T00:00:00+08:00", "value": 30_000} for day in days]
        client.post(f"{ACME}/readings", json={"readings": readings}).raise_for_status()
    roll_pending(database)


def _months(database: Database, plant: str | None = None) -> dict[str, tuple[str | None, str | None]]:
    with database.read() as session:
        (chart,) = charts_of(session, inventory_of(session, organization_of(session, "acme")), 2024, plant).charts
    return {each.month: (each.value, each.earlier) for each in chart.numbers if each.value or each.earlier}


def _figure(client: httpx.Client) -> Decimal:
    figures = client.get(f"{ACME}/disclosures/hkex-2020/2024").json()["figures"]
    return Decimal(str(next(each["value"] for each in figures if each["key"] == "consumption.electricity")))


def test_a_plant_counts_by_the_share_that_is_held(halves: None, client: httpx.Client, database: Database) -> None:
    assert _months(database) == {"January": ("1,302", None), "February": (None, "1,176"), "March": ("1,302", None)}
    assert _figure(client) == 2 * 1_302
    assert _months(database, "part")["January"] == ("930", None)


def test_a_share_that_changes_within_a_month_counts_from_its_day(
    halves: None, client: httpx.Client, database: Database
) -> None:
    dated = [{"valid_from": "2024-03-11", "equity_share": 0.9, "operational_control": True, "financial_control": True}]
    answer = client.put(f"{ACME}/plants/part/holdings", json={"items": dated})
    assert answer.status_code == 200, answer.text
    # 10 days at 40 % and 21 at 90 % of 30 MWh are 120 and 567; the plant that is held whole has 930.
    assert _months(database) == {"January": ("1,302", None), "February": (None, "1,176"), "March": ("1,617", None)}
    assert _figure(client) == 1_302 + 1_617


def test_without_equity_shares_a_plant_under_control_counts_whole(
    halves: None, client: httpx.Client, database: Database
) -> None:
    client.patch(ACME, json={"consolidation": "operational_control"}).raise_for_status()
    assert _months(database)["January"] == ("2,790", None)
    assert _figure(client) == 2 * 2_790
