"""Targets on both databases: stored, refused, how years stand, projections, a boundary that changes."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import yaml

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.targets.target_standing import TargetStanding, standings
from app.core.calendar.periods import date_of, ms_from_instant
from app.store.engine.database import Database
from tests.metrics.world import World
from tests.support.examples import Service, set_up

MAGNETS = Path(__file__).parents[1] / "examples" / "magnets.yaml"
FOUR = Decimal("0.0001")
WATER = {"code": "water", "metric": "water.total", "base_year": 2020, "yearly_reduction": 0.05}


def _standing(database: Database, world: World, year: int, now: str) -> TargetStanding:
    with database.read() as session:
        (found,) = standings(
            session,
            organization=world.code,
            year=year,
            gwp_set_of=lambda _year: gwp_set_named("AR5"),
            now_ms=ms_from_instant(datetime.fromisoformat(now)),
        )
        return found


def _watered(service: Service) -> World:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3")
    return world


def test_a_target_is_stored_listed_read_and_deleted(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    created = service.post(f"{world.path}/targets", {**WATER, "plant": "main", "name": "Less water"})
    assert (created["unit"], created["compounding"], created["direction"]) == ("m3", True, "decrease")
    assert created["base_shares"] == [{"plant": "main", "share": 1, "valid_from": None, "valid_to": None}]
    assert created["recalculation_threshold"] == Decimal("0.05")
    carbon = {"code": "carbon", "metric": "ghg.total", "base_year": 2020, "goal": 500, "goal_year": 2030}
    service.post(f"{world.path}/targets", {**carbon, "unit": "tCO2e"})
    assert client.post(f"{world.path}/targets", json=WATER).status_code == 409
    page = service.get(f"{world.path}/targets", limit="1")
    assert [item["code"] for item in page["items"]] == ["carbon"]
    assert service.get(f"{world.path}/targets", cursor=page["next"])["items"] == [created]
    assert service.get(f"{world.path}/targets/water") == created
    assert client.delete(f"{world.path}/targets/water").status_code == 204
    assert client.get(f"{world.path}/targets/water").status_code == 404


def test_a_year_is_told_of_up_to_two_centuries_after_the_first_base_whatever_year_another_target_begins(
    service: Service, client: httpx.Client
) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    service.post(f"{world.path}/targets", {**WATER, "code": "far", "base_year": 9000})
    for year, years in ((2022, 2), (2220, 200)):
        water, far = sorted(
            service.get(f"{world.path}/metrics/targets", year=str(year))["items"],
            key=lambda each: each["target"]["base_year"],
        )
        assert (len(water["years"]), far["years"]) == (years, [])
    for year in (2221, 9000):
        answer = client.get(f"{world.path}/metrics/targets", params={"year": year})
        assert answer.status_code == 422
        assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [("year", "too_far")]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"metric": "water.luck"}, "metric", "unknown_metric"),
    ({"plant": "nowhere"}, "plant", "unknown_plant"),
    ({"unit": "kg"}, "unit", "unit_mismatch"),
    ({"unit": "furlong"}, "unit", "unit_mismatch"),
    ({"goal": 5, "goal_year": 2030}, "goal", "reduction_or_goal"),
    ({"yearly_reduction": None}, "goal", "reduction_or_goal"),
    ({"yearly_reduction": None, "goal": 5}, "goal_year", "missing"),
    ({"goal_year": 2020}, "goal_year", "invalid_period"),
    ({"yearly_reduction": 0}, "yearly_reduction", "no_reduction"),
    ({"yearly_reduction": 5}, "yearly_reduction", "less_than_equal"),
    ({"direction": "sideways"}, "direction", "enum"),
]


def test_a_target_that_makes_no_sense_is_refused_with_the_reason(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    for change, field, code in REFUSED:
        answer = client.post(f"{world.path}/targets", json={**WATER, **change})
        assert answer.status_code == 422, answer.text
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_years_that_are_over_have_met_a_reduction_or_not(service: Service) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    carbon = {"code": "share", "metric": "energy.renewable_share", "base_year": 2020, "goal": 50, "goal_year": 2022}
    service.post(f"{world.path}/targets", {**carbon, "direction": "increase"})
    for year, used in ((2020, 1000), (2021, 950), (2022, 940)):
        world.months("river", year, dict.fromkeys(range(1, 13), used))
    found = {item["target"]["code"]: item for item in world.metrics("targets", 2023)["items"]}
    water = found["water"]
    assert (water["base"]["value"], water["base"]["recalculated"]) == (12_000, False)
    assert [(year["year"], year["value"], year["allowed"], year["status"]) for year in water["years"]] == [
        (2021, 11_400, 11_400, "met"),
        (2022, 11_280, 10_830, "off_track"),
        (2023, None, Decimal("10288.5"), "no_data"),
    ]
    assert water["years"][0]["projection"] == {"value": 11_400, "methods": ["actual"], "through": "2022-01-01"}
    # The goal's year is past: the last year listed is that one.
    assert ([year["year"] for year in found["share"]["years"]], found["share"]["status"]) == ([2021, 2022], "no_data")


def test_the_first_companys_five_to_ten_percent_a_year(service: Service) -> None:
    example = yaml.safe_load(MAGNETS.read_text("utf-8"))
    path = set_up(service, {**example, "organization": {**example["organization"], "code": "magnets-aims"}})
    metric = {"metric": "ghg.intensity.revenue.product", "base_year": 2019}
    service.post(f"{path}/targets", {**metric, "code": "least", "yearly_reduction": 0.05})
    service.post(f"{path}/targets", {**metric, "code": "most", "yearly_reduction": 0.1})
    found = {each["target"]["code"]: each for each in service.get(f"{path}/metrics/targets", year="2021")["items"]}
    # kg per CNY 1,000: 32.2415 in 2019, 32.5866 in 2020, 23.9488 in 2021.
    for code, allowed in (("least", ("30.6294", "29.0979")), ("most", ("29.0173", "26.1156"))):
        assert found[code]["base"]["value"].quantize(FOUR) == Decimal("32.2415")
        assert [
            (each["value"].quantize(FOUR), each["allowed"].quantize(FOUR), each["status"])
            for each in found[code]["years"]
        ] == [
            (Decimal("32.5866"), Decimal(allowed[0]), "off_track"),
            (Decimal("23.9488"), Decimal(allowed[1]), "met"),
        ]


def test_a_running_year_is_carried_by_last_years_course_or_else_by_days(service: Service, database: Database) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    world.months("river", 2020, {month: 500 if month <= 3 else 1000 for month in range(1, 13)})
    world.months("river", 2021, dict.fromkeys((1, 2, 3), 490))
    (running,) = _standing(database, world, 2021, "2021-04-20T12:00:00+08:00").years
    # A seventh of 2020 (1,500 of 10,500) fell in its first three months: 1,470 x 7 = 10,290.
    assert [running.value, running.projection.value, running.allowed] == [1_470, 10_290, 9_975]
    assert ([*running.projection.methods], running.status) == (["same_period"], "off_track")
    assert running.projection.through_day is not None
    assert date_of(running.projection.through_day).isoformat() == "2021-04-01"

    world.meter("well", "water.withdrawal", "m3", attributes={"source": "well"})
    world.months("well", 2021, {1: 31, 2: 28})
    (running,) = _standing(database, world, 2021, "2021-04-20T12:00:00+08:00").years
    # The well has no last year: 59 m3 in 59 days are 365 in the year, beside the 10,290.
    assert running.projection.value == 10_655
    assert {*running.projection.methods} == {"same_period", "linear_days"}


def test_an_intensity_is_carried_by_its_two_parts(service: Service, database: Database) -> None:
    world = _watered(service)
    world.meter("output", "product.output", "t")
    metric = "water.intensity.product.output"
    service.post(f"{world.path}/targets", {**WATER, "metric": metric, "yearly_reduction": 0.1, "compounding": False})
    for year in (2020, 2021):
        world.months("river", year, dict.fromkeys(range(1, 13 if year == 2020 else 7), 600))
        world.months("output", year, dict.fromkeys(range(1, 13 if year == 2020 else 4), 300 if year == 2020 else 400))
    (running,) = _standing(database, world, 2021, "2021-07-02T00:00:00+08:00").years
    # Water 3,600 -> 7,200; output 1,200 (three months) -> 4,800: 1.5 m3/t against 2 x 0.9.
    assert (running.projection.value, running.allowed, running.status) == (Decimal("1.5"), Decimal("1.8"), "on_track")
    assert [*running.projection.methods] == ["by_parts", "same_period"]


def test_what_is_stated_of_a_running_year_stands_beside_what_is_carried(service: Service, database: Database) -> None:
    world = World(service)
    world.plant()
    world.meter("mill", "process.dolomite", "t")
    factor = {"code": "heavy", "resource": "process.dolomite", "region": "CN", "per": "t", "kg_co2": 1000}
    service.post(f"{world.path}/factors", {**factor, "valid_from": "2019-01-01", "source": "a laboratory"})
    world.months("mill", 2020, dict.fromkeys(range(1, 13), 100))
    world.months("mill", 2021, dict.fromkeys((1, 2, 3), 110))
    for year in (2020, 2021):
        stated = {"indicator": "ghg.scope3", "period": year, "value": 500, "unit": "tCO2e"}
        service.post(f"{world.path}/datapoints", stated)
    target = {"code": "all", "metric": "ghg.total.scope123", "base_year": 2020, "yearly_reduction": 0.05}
    service.post(f"{world.path}/targets", {**target, "unit": "tCO2e"})
    (running,) = _standing(database, world, 2021, "2021-04-20T12:00:00+08:00").years
    # 330 t so far x 1,200 / 300, and the 500 t that are stated.
    assert (running.value, running.projection.value) == (Decimal(830), Decimal(1_820))
    assert [*running.projection.methods] == ["stated", "same_period"]


def test_a_base_follows_the_boundary_when_a_plant_leaves_by_more_than_the_threshold(
    service: Service, client: httpx.Client
) -> None:
    world = _watered(service)
    world.plant("side")
    world.meter("side-river", "water.withdrawal", "m3", plant="side")
    service.post(f"{world.path}/targets", WATER)
    service.post(f"{world.path}/targets", {**WATER, "code": "patient", "recalculation_threshold": 0.2})
    for year in (2020, 2021):
        world.months("river", year, dict.fromkeys(range(1, 13), 90))
        world.months("side-river", year, dict.fromkeys(range(1, 13), 10))
    assert client.patch(f"{world.path}/plants/side", json={"operational_control": False}).status_code == 200
    found = {item["target"]["code"]: item for item in world.metrics("targets", 2021)["items"]}
    assert found["water"]["base"] == {
        "year": 2020,
        "value": 1_080,
        "original": 1_200,
        "today": 1_080,
        "change": Decimal("-0.1"),
        "recalculated": True,
        "boundary_changes": [{"plant": "side", "before": 1, "after": 0}],
    }
    assert (found["water"]["years"][0]["allowed"], found["water"]["status"]) == (1_026, "off_track")
    assert (found["patient"]["base"]["value"], found["patient"]["base"]["recalculated"]) == (1_200, False)
    assert (found["patient"]["years"][0]["allowed"], found["patient"]["status"]) == (1_140, "met")


def test_a_plant_that_is_added_with_its_history_moves_the_base(service: Service) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    world.months("river", 2020, {1: 1000})
    world.plant("bought", equity_share=0.6)
    world.meter("bought-river", "water.withdrawal", "m3", plant="bought")
    world.months("bought-river", 2020, {1: 100})
    base = world.metrics("targets")["items"][0]["base"]
    assert (base["value"], base["original"], base["change"]) == (1_100, 1_000, Decimal("0.1"))
    assert base["boundary_changes"] == [{"plant": "bought", "before": 0, "after": 1}]
