"""What is checked of our own figures: readings that are missing, slips, factors, and KPIs without an answer."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlmodel import select

from app.disclosure.live.disclosure import live_disclosure
from app.models import Organization, Plant
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.support.works import DISCLOSURE, ORGANIZATION, answer, get, put, send

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]

MONTHLY = {"interval": "P1M", "timestamp_edge": "interval_start"}


@pytest.fixture
def plants(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    """A plant in Jiangxi with monthly meters of electricity and water, and one in Inner Mongolia with electricity."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_plant(code="north", name="North", region="CN-NM", grid_region="CN-NORTH")
    make_meter(**MONTHLY)
    make_meter(code="north-grid", plant="north", **MONTHLY)
    make_meter(code="water", resource="water.withdrawal", unit="m3", **MONTHLY)


def _months(meter: str, year: int, value: int, months: range = range(1, 13)) -> str:
    return "".join(f"{meter},{year}-{month:02d}-01T00:00:00+08:00,{value}\n" for month in months)


def _full(year: int = 2021) -> str:
    return _months("grid", year, 1000) + _months("north-grid", year, 500) + _months("water", year, 30)


def _found(client: httpx.Client, **query: str) -> dict[str, list[dict[str, Any]]]:
    checks: dict[str, list[dict[str, Any]]] = {}
    for check in get(client, f"{DISCLOSURE}/2021", **query)["checks"]:
        checks.setdefault(check["code"], []).append(check)
    return checks


def _details(client: httpx.Client, code: str) -> list[str]:
    return [check["detail"] for check in _found(client).get(code, [])]


@pytest.mark.usefixtures("plants")
def test_a_year_in_order_lacks_only_the_kpis_nobody_answers(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    assert set(_found(client)) == {"kpi_missing"}


@pytest.mark.usefixtures("plants")
def test_a_meter_without_readings_is_named_with_plant_and_resource(client: httpx.Client, database: Database) -> None:
    send(client, database, _months("grid", 2021, 1000) + _months("water", 2021, 30))
    assert _details(client, "missing_meter") == ["north, electricity.grid: no readings in the year of north-grid"]
    assert "missing_months" not in _found(client)


@pytest.mark.usefixtures("plants")
def test_months_without_readings_are_named(client: httpx.Client, database: Database) -> None:
    rows = _months("water", 2021, 30, range(1, 3)) + _months("water", 2021, 30, range(5, 13))
    send(client, database, _months("grid", 2021, 1000) + _months("north-grid", 2021, 500) + rows)
    assert _details(client, "missing_months") == ["main, water.withdrawal: water has no readings in 2021-03, 2021-04"]
    assert _details(client, "low_coverage") == ["main, water.withdrawal: readings cover 83.2 % of the time"]
    assert "missing_meter" not in _found(client)


@pytest.mark.usefixtures("plants")
def test_nothing_is_expected_before_a_meter_is_in_service(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    make_meter(code="new", resource="fuel.natural_gas", unit="m3", in_service_from="2021-07-01", **MONTHLY)
    send(client, database, _full() + _months("new", 2021, 5, range(7, 13)))
    assert set(_found(client)) == {"kpi_missing"}


@pytest.mark.usefixtures("plants")
def test_nothing_is_expected_of_days_on_which_a_plant_is_not_held(client: httpx.Client, database: Database) -> None:
    shares = [("2021-04-01", 1), ("2021-06-15", 0.6), ("2021-11-10", 0)]
    whole = {"operational_control": True, "financial_control": True}
    holdings = [{**whole, "valid_from": day, "equity_share": share} for day, share in shares]
    answer(client, "PATCH", ORGANIZATION, 200, json={"consolidation": "equity_share"})
    answer(client, "PATCH", f"{ORGANIZATION}/plants/north", 200, json={"equity_share": 0})
    put(client, "plants/north/holdings", *holdings)
    others = _months("grid", 2021, 1000) + _months("water", 2021, 30)
    send(client, database, others + _months("north-grid", 2021, 500, range(4, 12)))
    assert set(_found(client)) == {"kpi_missing"}


@pytest.mark.usefixtures("plants")
def test_readings_of_days_on_which_a_plant_is_not_held_do_not_stand_in_for_others(
    client: httpx.Client, database: Database
) -> None:
    held = {"equity_share": 1, "financial_control": True}
    answer(client, "PATCH", f"{ORGANIZATION}/plants/north", 200, json={"operational_control": False})
    put(client, "plants/north/holdings", {**held, "valid_from": "2021-07-01", "operational_control": True})
    others = _months("grid", 2021, 1000) + _months("water", 2021, 30)
    send(client, database, others + _months("north-grid", 2021, 500, range(1, 11)))
    assert _details(client, "missing_months") == [
        "north, electricity.grid: north-grid has no readings in 2021-11, 2021-12"
    ]


@pytest.mark.usefixtures("plants")
def test_nothing_is_expected_of_days_to_come(client: httpx.Client, database: Database) -> None:
    send(client, database, "".join(_months(meter, 2021, 30, range(1, 7)) for meter in ("grid", "north-grid", "water")))
    july = int(datetime(2021, 7, 1, tzinfo=UTC).timestamp() * 1000)

    def codes(now_ms: int | None) -> set[str]:
        live = live_disclosure(database, organization="acme", framework="hkex-2020", year=2021, now_ms=now_ms)
        return {check.code for check in live.checks}

    assert codes(july) == {"kpi_missing"}
    assert codes(None) == {"kpi_missing", "missing_months", "low_coverage"}


@pytest.mark.usefixtures("plants")
def test_a_value_a_thousand_times_last_years_is_found(client: httpx.Client, database: Database) -> None:
    answer(client, "PATCH", ORGANIZATION, 200, json={"plausibility": "off"})
    send(client, database, _full(2020) + _full().replace(",30\n", ",30000\n"))
    slips = _found(client)["unit_slip"]
    assert [check["key"] for check in slips] == ["water.total"]
    assert slips[0]["detail"] == "water.total 2021 is 360000 m3, 360 m3 the year before: 1000 times as much"
    assert slips[0]["severity"] == "error"


@pytest.mark.usefixtures("plants")
def test_an_old_factor_pinned_on_every_plant_is_stale_and_of_another_grid(
    client: httpx.Client, database: Database
) -> None:
    send(client, database, _full())
    put(client, "factor-pins", {"resource": "electricity.*", "factor": "cn_grid_regional_2012_central"})
    found = _found(client)
    assert set(found) == {"kpi_missing", "stale_factor", "wrong_grid"}
    assert {check["key"] for check in found["stale_factor"]} == {"ghg.scope2", "ghg.scope2.market"}
    stale, wrong = found["stale_factor"][0]["detail"], found["wrong_grid"][0]["detail"]
    assert stale.startswith("ghg.scope2 of 2021 rests on cn_grid_regional_2012_central (2012); for 2021 there are ")
    assert "cn_grid_mee_prov_2021_jx 0.5835" in stale
    assert wrong == (
        "ghg.scope2: cn_grid_regional_2012_central is of CN-CENTRAL; "
        "north stands in CN-NORTH, where cn_grid_regional_2012_north is 0.8843"
    )


@pytest.mark.usefixtures("plants")
def test_an_explanation_answers_a_kpi(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    assert "A2.5" in {check["key"] for check in _found(client)["kpi_missing"]}
    body = {"indicator": "explanation", "period": 2021, "dimensions": {"kpi": "A2.5"}, "text": "Nothing is packed"}
    answer(client, "POST", f"{ORGANIZATION}/datapoints", 201, json=body)
    assert "A2.5" not in {check["key"] for check in _found(client)["kpi_missing"]}


@pytest.mark.usefixtures("plants")
def test_one_plant_need_not_answer_every_kpi(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    assert _found(client, plant="north") == {}


@pytest.mark.usefixtures("plants")
def test_stated_head_counts_are_rolled_forward(client: httpx.Client, database: Database) -> None:
    for year, indicator, value in (
        (2020, "workforce.total", 100),
        (2021, "workforce.total", 110),
        (2021, "workforce.new_hires", 30),
    ):
        body = {"indicator": indicator, "period": year, "value": value, "unit": "person"}
        answer(client, "POST", f"{ORGANIZATION}/datapoints", 201, json=body)
    assert "roll_forward" not in _found(client)
    body = {"indicator": "workforce.turnover_rate", "period": 2021, "value": 9, "unit": "%"}
    answer(client, "POST", f"{ORGANIZATION}/datapoints", 201, json=body)
    assert _details(client, "roll_forward") == [
        "100 + 30 joiners - 110 leaves 20 leavers in 2021, a turnover of 15.4 to 20.0 %, but 9.0 % is printed"
    ]


@pytest.mark.usefixtures("plants")
def test_a_year_without_figures_is_not_checked(client: httpx.Client) -> None:
    assert _found(client) == {}


@pytest.mark.usefixtures("plants")
def test_a_place_that_no_list_knows_is_told_with_what_is_like_it(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    with database.write() as session:
        acme = session.exec(select(Organization).where(Organization.code == "acme")).one()
        plant = session.exec(select(Plant).where(Plant.organization_id == acme.id, Plant.code == "north")).one()
        plant.grid_region = "North China"

    (found,) = _found(client)["unknown_region"]
    assert found["detail"] == "north stands in 'North China', which is no known region: no factor counts by it"
    assert found["mend"] == "Set it to CN-NORTH (North China) or CN (China) or CN-NORTHEAST (Northeast China)"


@pytest.mark.usefixtures("plants")
def test_a_plant_on_a_grid_of_another_country_is_told(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    assert "grid_of_another_country" not in _found(client)
    answer(client, "PATCH", f"{ORGANIZATION}/plants/north", 200, json={"grid_region": "US-CAMX"})
    (found,) = _found(client)["grid_of_another_country"]
    assert found["detail"] == "north stands in CN (China), and on the grid US-CAMX (WECC California) of US"
    assert found["severity"] == "warning"


@pytest.mark.usefixtures("plants")
def test_an_own_factor_for_a_region_where_nobody_stands_is_told(client: httpx.Client, database: Database) -> None:
    send(client, database, _full())
    factor = {"resource": "electricity.grid", "per": "kWh", "kg_co2": 1, "valid_from": "2020-01-01", "source": "a bill"}
    for code, region in (("typed", "CN-JXX"), ("works", "north"), ("province", "CN-NM"), ("elsewhere", "FR")):
        answer(client, "POST", f"{ORGANIZATION}/factors", 201, json={**factor, "code": code, "region": region})

    assert _details(client, "unknown_region") == [
        "the factor typed is for 'CN-JXX', where no plant stands: it is never used"
    ]
