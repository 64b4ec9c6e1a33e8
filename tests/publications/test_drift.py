"""Drift: what moved since a publication, by how much, and each cause told apart and counted."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.rollup.rolling.roller import rebuild
from app.store.engine.database import Database
from app.store.inventory.meters import meter_ids
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, put, send

PIN = {"year": None, "resource": "fuel.*", "method": None, "plant": None, "factor": "ipcc2006_anthracite"}


def moved(desk: Desk, **query: str | int) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in desk.drift(1, **query)["figures"] if not each["dimensions"]}


def causes(figure: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(each["code"], each["amount"]) for each in figure["causes"]]


def test_nothing_has_moved_right_after_publishing(desk: Desk) -> None:
    published = desk.published()
    drift = desk.drift(1)
    assert (drift["publication"], drift["threshold"], drift["figures"]) == (published, 5, [])


def test_a_correction_shows_with_its_count_and_amount_and_a_restatement_ends_it(desk: Desk, database: Database) -> None:
    desk.published()
    send(desk.client, database, "grid,2021-01-01T00:00:00+08:00,1040000\n")
    found = moved(desk)
    power = found["consumption.electricity"]
    assert (power["published"], power["live"], power["unit"]) == (1000, 1040, "MWh")
    assert (power["published_display"], power["live_display"]) == ("1000", "1040")
    assert (power["change_percent"], power["material"]) == (4, False)
    (cause,) = power["causes"]
    assert (cause["code"], cause["amount"]) == ("corrections", 40)
    assert cause["detail"].startswith("1 corrected reading of meter grid, last by batch b")
    assert causes(found["ghg.scope2"]) == [("corrections", Decimal("23.34"))]
    assert causes(found["consumption.electricity.intensity.product.output"]) == [("corrections", 160)]
    assert "ghg.scope1" not in found
    assert moved(desk, threshold="3.5")["consumption.electricity"]["material"] is True

    desk.published("The grid meter was read wrongly.")
    assert desk.drift(2)["figures"] == []
    assert desk.read(1)["document"] != desk.read(2)["document"]


def test_of_three_tickets_of_one_day_the_two_corrected_ones_are_a_cause(
    desk: Desk, database: Database, make_meter: Make
) -> None:
    make_meter(code="slag", resource="waste.nonhazardous", unit="t", kind="event", interval=None)
    columns = "meter,timestamp,value,reference"
    tickets = "slag,2021-05-03T00:00:00+08:00,40,S-1\nslag,2021-05-03T00:00:00+08:00,50,S-2\n"
    tickets += "slag,2021-05-03T00:00:00+08:00,10,S-3\n"
    send(desk.client, database, tickets, columns=columns)
    desk.published()
    send(desk.client, database, tickets.replace("50", "53").replace("10,", "12,"), columns=columns)
    waste = moved(desk)["waste.nonhazardous"]
    assert (waste["published"], waste["live"]) == (100, 105)
    assert [(each["code"], each["amount"], each["detail"].partition(",")[0]) for each in waste["causes"]] == [
        ("corrections", 5, "2 corrected readings of meter slag")
    ]


def test_late_readings_are_counted_by_meter_and_told_apart_from_corrections(
    desk: Desk, database: Database, make_meter: Make
) -> None:
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3", interval="P1M", timestamp_edge="interval_start")
    send(desk.client, database, "".join(f"gas,2021-0{month}-01T00:00:00+08:00,100\n" for month in (1, 2, 3)))
    desk.published()
    send(
        desk.client,
        database,
        "".join(f"gas,2021-0{month}-01T00:00:00+08:00,100\n" for month in (4, 5, 6))
        + "gas,2022-01-01T00:00:00+08:00,100\ngas,2021-01-01T00:00:00+08:00,150\n"
        + "coal,2021-01-01T00:00:00+08:00,12\n",
    )
    found = moved(desk)
    gas = found["consumption.fuel.natural_gas"]
    assert (gas["published"], gas["live"]) == (300, 650)
    assert [(each["code"], each["detail"].partition(",")[0]) for each in gas["causes"]] == [
        ("corrections", "1 corrected reading of meter gas"),
        ("late_readings", "3 late readings of meter gas"),
    ]
    coal = found["consumption.fuel.coal.anthracite"]
    assert causes(coal) == [("corrections", 2)]
    assert {each[0] for each in causes(found["ghg.scope1"])} == {"corrections", "late_readings"}


def test_forty_meters_are_told_apart_by_amount_and_the_readings_of_the_others_together(
    desk: Desk, database: Database, make_meter: Make
) -> None:
    codes = [f"sub-{number:02}" for number in range(42)]
    for code in codes:
        make_meter(code=code, resource="fuel.diesel", unit="L", **YEARLY)
    send(desk.client, database, "".join(f"{code},2021-01-01T00:00:00+08:00,100\n" for code in codes))
    desk.published()
    send(desk.client, database, "".join(f"{code},2021-01-01T00:00:00+08:00,101\n" for code in codes))
    diesel = moved(desk)["consumption.fuel.diesel"]
    assert (diesel["live"] - diesel["published"], len(diesel["causes"])) == (42, 42)
    assert [amount for _, amount in causes(diesel)] == [1] * 40 + [None] * 2


def test_a_reading_of_the_next_year_reaches_back_into_the_last_days(
    desk: Desk, database: Database, make_meter: Make
) -> None:
    make_meter(code="well", resource="water.withdrawal", unit="m3", kind="register", interval=None)
    send(desk.client, database, "well,2020-12-22T00:00:00+08:00,0\nwell,2021-12-22T00:00:00+08:00,365\n")
    desk.published()
    send(desk.client, database, "well,2022-01-11T00:00:00+08:00,565\nwell,2022-03-01T00:00:00+08:00,600\n")
    water = moved(desk)["water.total"]
    assert (water["published"], water["live"]) == (355, 455)
    assert causes(water) == [("late_readings", 100)]
    assert water["causes"][0]["detail"] == "readings beside the year, which reach into it, came or changed"


def test_a_withdrawn_reading_is_a_cause_and_a_figure_without_data_is_material(desk: Desk, database: Database) -> None:
    desk.published()
    query = {"meter": "coal", "timestamp": "2021-01-01T00:00:00+08:00", "reason": "another plant's"}
    assert desk.client.delete(f"{ORGANIZATION}/readings", params=query).status_code == 204
    send(desk.client, database, "grid,2019-01-01T00:00:00+08:00,1\n")
    coal = moved(desk)["consumption.fuel.coal.anthracite"]
    assert (coal["published"], coal["live"], coal["change_percent"], coal["material"]) == (10, None, None, True)
    assert [each["detail"].partition(",")[0] for each in coal["causes"]] == ["1 withdrawn reading of meter coal"]
    assert causes(coal) == [("withdrawals", None)]


def test_every_choice_that_changed_since_is_a_cause_of_its_own_and_amounts_add_up(
    desk: Desk, database: Database, make_plant: Make, make_meter: Make
) -> None:
    put(desk.client, "factor-pins", PIN)
    desk.published()
    published = {each["key"]: each for each in desk.read(1)["document"]["figures"]}["ghg.total"]["value"]

    send(desk.client, database, "coal,2021-01-01T00:00:00+08:00,11\n")
    make_meter(code="coal-2", resource="fuel.coal.anthracite", unit="t", interval="P1Y", timestamp_edge="interval_end")
    make_plant(code="new", region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(code="new-grid", plant="new", interval="P1Y", timestamp_edge="interval_start")
    send(
        desk.client,
        database,
        "coal-2,2022-01-01T00:00:00+08:00,5\nnew-grid,2021-01-01T00:00:00+08:00,100000\n",
    )
    answer(desk.client, "PATCH", f"{ORGANIZATION}/plants/main", 200, json={"equity_share": 0.5})
    answer(desk.client, "PATCH", ORGANIZATION, 200, json={"consolidation": "equity_share"})
    own = {"code": "own", "resource": "electricity.grid", "region": "CN-JX", "per": "kWh", "method": "location"}
    body = {**own, "kg_co2": 1, "valid_from": "2021-01-01", "source": "the supplier"}
    answer(desk.client, "POST", f"{ORGANIZATION}/factors", 201, json=body)
    put(desk.client, "gwp-sets", {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"})

    found = moved(desk)
    total = found["ghg.total"]
    assert total["published"] == published
    assert [code for code, _ in causes(total)] == [
        "corrections", "meter_inventory", "boundary", "factor_editions", "gwp_set"
    ]  # fmt: skip
    assert sum((amount for _, amount in causes(total) if amount is not None), Decimal(0)) == (
        total["live"] - total["published"]
    )
    details = {each["code"]: each["detail"] for each in total["causes"]}
    assert details["meter_inventory"] == "meter coal-2 counts since"
    assert details["boundary"] == (
        "consolidation is equity_share, was operational_control; "
        "equity_share of plant main is 0.5, was 1; plant new is new"
    )
    assert details["factor_editions"] == "factor own in the place of cn_grid_mee_prov_2021_jx"
    assert details["gwp_set"] == "GWP set AR6 in the place of AR5"
    assert causes(found["ghg.scope2"])[-1] == ("factor_editions", Decimal("249.9"))

    put(desk.client, "factor-pins")
    assert "factor_pins" in [code for code, _ in causes(moved(desk)["ghg.scope1"])]


def test_what_nobody_measured_then_counts_as_moved(desk: Desk, database: Database, make_meter: Make) -> None:
    desk.published()
    make_meter(code="diesel", resource="fuel.diesel", unit="L", interval="P1Y", timestamp_edge="interval_start")
    send(desk.client, database, "diesel,2021-01-01T00:00:00+08:00,1000\n")
    diesel = moved(desk)["consumption.fuel.diesel"]
    assert (diesel["published"], diesel["live"], diesel["material"]) == (None, 1000, True)
    assert causes(diesel) == [("meter_inventory", None)]


def test_a_year_that_begins_on_another_day_now_is_the_one_cause(desk: Desk, database: Database) -> None:
    desk.published()
    send(desk.client, database, "grid,2021-01-01T00:00:00+08:00,4000000\n")
    with database.write() as session:
        session.connection().execute(
            text("UPDATE organization SET fiscal_year_start_month = 4, inventory_version = inventory_version + 1")
        )
        meters = meter_ids(session, None)
    rebuild(database, meters)
    power = moved(desk)["consumption.electricity"]
    assert [code for code, _ in causes(power)] == ["reporting_year"]
    assert causes(power)[0][1] == power["live"] - power["published"]


def test_a_stated_figure_drifts_by_its_revision(desk: Desk) -> None:
    fact = {"indicator": "workforce.total", "period": 2021, "value": 900, "unit": "person"}
    _state(desk.client, fact)
    desk.published()
    assert desk.drift(1)["figures"] == []
    _state(desk.client, {**fact, "value": 990})
    people = moved(desk)["workforce.total"]
    assert (people["published"], people["live"], people["change_percent"]) == (900, 990, 10)
    (cause,) = people["causes"]
    assert (cause["code"], cause["amount"]) == ("datapoint_revision", 90)
    assert "revision 2, published was 1" in cause["detail"]

    _state(desk.client, {**fact, "value": 400, "dimensions": {"gender": "female"}})
    women = [each for each in desk.drift(1)["figures"] if each["dimensions"] == {"gender": "female"}]
    assert [(each["published"], each["live"], each["material"]) for each in women] == [(None, 400, True)]
    assert [each["detail"] for each in women[0]["causes"]] == ["workforce.total was stated since"]


def _state(client: httpx.Client, fact: dict[str, Any]) -> None:
    got = client.post(f"{ORGANIZATION}/datapoints", json=fact)
    assert got.status_code in (200, 201), got.text


@pytest.mark.parametrize("threshold", ["-1", "NaN", "x"])
def test_a_threshold_is_a_number_of_percent(desk: Desk, threshold: str) -> None:
    desk.published()
    answer(desk.client, "GET", f"{DISCLOSURE}/2021/publications/1/drift", 422, params={"threshold": threshold})
