"""When the base of a target is frozen, by whom, and what is refused, on both databases."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from app.core.calendar.periods import ms_from_instant
from app.jobs.base_years import freeze_base_years
from app.store.engine.database import Database
from tests.metrics.holdings import held, hold, powered
from tests.metrics.test_targets import WATER
from tests.metrics.world import World
from tests.support.examples import Service


def _at(instant: str) -> int:
    return ms_from_instant(datetime.fromisoformat(instant))


def _watered(service: Service) -> World:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3", interval="P1Y")
    return world


def _river(world: World, **years: int) -> None:
    rows = "".join(f"river,{year[1:]}-01-01T00:00:00+08:00,{value}\n" for year, value in years.items())
    world.service.post_csv(world.code, f"meter,timestamp,value\n{rows}".encode())
    world.service.roll()


def _standing(world: World, year: int = 2021) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = world.metrics("targets", year)["items"]
    return found


def _codes(checks: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in checks]


def _history(world: World, target: str = "water") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.service.get(f"{world.path}/targets/{target}/recalculations")["items"]
    return items


def test_a_base_is_frozen_with_what_it_rests_on(service: Service) -> None:
    world = _watered(service)
    _river(world, y2020=1000)
    made = service.post(f"{world.path}/targets", WATER)
    (entry,) = _history(world)
    assert made["base"] == {
        **{name: entry[name] for name in ("number", "kind", "gwp_set", "coverage", "as_of")},
        "value": 1000,
    }
    assert (entry["key"], entry["reason"], entry["framework"]) == ("environment", "the target was made", "hkex-2020")
    assert entry["shares"] == [{"plant": "main", "share": 1, "valid_from": None, "valid_to": None}]
    assert service.get(f"{world.path}/targets/water") == made
    assert service.get(f"{world.path}/targets")["items"] == [made]
    _river(world, y2020=1001)
    service.post(f"{world.path}/targets/water/recalculations", {"kind": "error", "reason": "a digit"})
    assert len({each["digest"] for each in _history(world)}) == 2
    page = service.get(f"{world.path}/targets/water/recalculations", limit="1")
    assert [each["number"] for each in page["items"]] == [1]
    following = service.get(f"{world.path}/targets/water/recalculations", cursor=page["next"])
    assert [each["number"] for each in following["items"]] == [2]


def test_a_base_without_data_follows_them_until_its_year_is_complete(service: Service, database: Database) -> None:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3")
    assert service.post(f"{world.path}/targets", WATER)["base"] is None
    assert _codes(_standing(world)["checks"]) == ["base_not_frozen"]
    world.months("river", 2020, dict.fromkeys(range(1, 12), 100))
    world.months("river", 2021, dict.fromkeys(range(1, 13), 90))
    freeze_base_years(database, at_ms=_at("2022-03-01T00:00:00+08:00"))
    assert (_history(world), _standing(world)["base"]["value"]) == ([], 1100)
    world.months("river", 2020, {12: 100})
    assert _standing(world)["base"]["value"] == 1200
    freeze_base_years(database, at_ms=_at("2020-12-31T23:00:00+08:00"))
    assert _history(world) == []
    freeze_base_years(database, at_ms=_at("2022-03-01T00:00:00+08:00"))
    (entry,) = _history(world)
    assert (entry["kind"], entry["after"], entry["key"]) == ("initial", 1200, "job:base-years")
    found = _standing(world)
    assert (found["base"]["value"], found["base_year"]["entry"], found["checks"]) == (1200, 1, [])
    freeze_base_years(database, at_ms=_at("2022-03-01T00:00:00+08:00"))
    assert len(_history(world)) == 1


def test_publishing_freezes_the_bases_that_are_not_yet(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    _river(world, y2020=1000, y2021=980)
    keys = [service.post("/v1/keys", {"name": each, "scopes": [each]}) for each in ("prepare", "approve")]
    place = f"{world.path}/disclosures/hkex-2020/2021/publications"
    for path, key in (("", keys[0]), ("/1/approve", keys[1]), ("/1/publish", keys[1])):
        assert client.post(place + path, json={}, headers={"X-API-Key": key["key"]}).is_success
    (entry,) = _history(world)
    assert (entry["key"], entry["reason"]) == (keys[1]["code"], "publication 1 of hkex-2020 2021 was published")
    assert _standing(world)["status"] == "off_track"
    _river(world, y2020=1200)
    found = _standing(world)
    assert (found["status"], found["base"]["value"], found["base_year"]["live"]) == ("off_track", 1000, 1200)
    assert [(each["code"], each["severity"]) for each in found["checks"]] == [("base_year_moved", "warning")]
    assert "/targets/water/recalculations" in found["checks"][0]["mend"]


def test_what_policy_recalculates_is_entered_and_stands(service: Service, database: Database) -> None:
    world = powered(service, y2020=1000, y2021=1000, y2022=900)
    target = {"code": "power", "metric": "consumption.electricity", "base_year": 2020, "yearly_reduction": 0.05}
    service.post(f"{world.path}/targets", target)
    hold(service, world, held("2021-07-01", 0.6))
    before = _standing(world, 2022)
    assert (before["base_year"]["entry"], _codes(before["checks"])) == (None, ["base_recalculated"])
    freeze_base_years(database, at_ms=_at("2022-03-01T00:00:00+08:00"))
    names = ("kind", "year", "before", "after", "change", "key")
    assert [[each[name] for name in names] for each in _history(world, "power")] == [
        ["initial", None, None, 12_000, None, "environment"],
        ["structural", 2021, 12_000, 9_600, Decimal("-0.2"), "job:base-years"],
        ["structural", 2022, 12_000, 7_200, Decimal("-0.4"), "job:base-years"],
    ]
    assert "main 100 % to 60 %" in _history(world, "power")[2]["reason"]
    # A correction of the plant whose share changed moves neither the years' bases nor their status.
    body = "".join(f"grid,2020-{month:02}-01T00:00:00+08:00,1200\n" for month in range(1, 13))
    service.post_csv(world.code, f"meter,timestamp,value\n{body}".encode())
    service.roll()
    after = _standing(world, 2022)
    assert [(each["base"], each["status"]) for each in after["years"]] == [(9_600, "off_track"), (7_200, "met")]
    assert (after["base_year"]["entry"], after["base_year"]["live"]) == (3, 8_640)
    assert _codes(after["checks"]) == ["base_recalculated", "base_year_moved"]


def test_another_gwp_set_of_a_year_is_entered_by_policy(
    service: Service, client: httpx.Client, database: Database
) -> None:
    world = World(service)
    world.plant()
    world.meter("mill", "process.dolomite", "t", interval="P1Y")
    factor = {"code": "two", "resource": "process.dolomite", "region": "CN", "per": "t", "kg_co2": 2, "kg_ch4": 1}
    service.post(f"{world.path}/factors", {**factor, "valid_from": "2019-01-01", "source": "a laboratory"})
    world.read([("mill", f"{year}-01-01T00:00:00", 1000) for year in (2020, 2021)])
    target = {"code": "carbon", "metric": "ghg.scope1", "base_year": 2020, "yearly_reduction": 0.05, "unit": "t"}
    assert _problem(client, world, target) == ("unit", "unit_mismatch")
    service.post(f"{world.path}/targets", {**target, "unit": "tCO2e"})
    choice = {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"}
    service.put(f"{world.path}/gwp-sets", {"items": [choice]})
    freeze_base_years(database, at_ms=_at("2021-03-01T00:00:00+08:00"))
    names = ("kind", "year", "before", "after", "gwp_set")
    assert [[each[name] for name in names] for each in _history(world, "carbon")] == [
        ["initial", None, None, 30, "AR5"],
        # Years from 2025 on are reported by an edition that has fossil methane by a potential of its own.
        ["gwp_set", 2025, 30, Decimal("31.8"), "AR6"],
        ["gwp_set", 2021, 30, Decimal("29.9"), "AR6"],
    ]
    assert _standing(world)["base_year"]["entry"] == 3


def _problem(client: httpx.Client, world: World, target: dict[str, Any]) -> tuple[str, str]:
    """Return field and code of the one problem of a target that is refused."""
    refused = client.post(f"{world.path}/targets", json=target)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    return error["field"], error["code"]


def test_an_organization_goes_when_its_targets_are_gone(service: Service, client: httpx.Client) -> None:
    world = World(service)
    service.post(f"{world.path}/targets", {**WATER, "metric": "patents.granted"})
    refused = client.delete(world.path).json()
    assert (refused["code"], "targets" in refused["detail"]) == ("still_in_use", True)
    assert client.delete(f"{world.path}/targets/water").status_code == 204
    assert client.delete(world.path).status_code == 204


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"metric": "climate.targets"}, "metric", "unknown_metric"),
    ({"dimensions": {"colour": "blue"}}, "dimensions", "unknown_dimension"),
    ({"dimensions": {"freshwater": "perhaps"}}, "dimensions", "unknown_dimension_value"),
    ({"metric": "ghg.scope3", "dimensions": {"category": "16"}}, "dimensions", "unknown_dimension_value"),
    ({"metric": "ghg.scope3", "dimensions": {"gender": "female"}}, "dimensions", "unknown_dimension"),
    ({"metric": "ghg.scope3", "unit": "m3"}, "unit", "unit_mismatch"),
    ({"metric": "ghg.scope3", "unit": "t"}, "unit", "unit_mismatch"),
    ({"denominator": "luck"}, "denominator", "unknown_denominator"),
    ({"metric": "energy.renewable_share", "denominator": "headcount"}, "denominator", "already_a_quotient"),
    ({"decimals": 13}, "decimals", "less_than_equal"),
    ({"yearly_reduction": None, "goal": 0.55, "goal_year": 2030, "decimals": 1}, "decimals", "goal_too_fine"),
]


def test_a_target_on_what_cannot_be_measured_is_refused_with_the_reason(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    for change, field, code in REFUSED:
        assert _problem(client, world, {**WATER, **change}) == (field, code)
    assert service.get(f"{world.path}/targets")["items"] == []


def test_a_recalculation_that_says_nothing_is_refused(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    service.post(f"{world.path}/targets", WATER)
    service.post(f"{world.path}/targets", {**WATER, "code": "later", "base_year": 2999, "yearly_reduction": 0.1})
    path = f"{world.path}/targets/water/recalculations"

    def refused(body: dict[str, Any], at: str = path) -> tuple[int, str, list[str]]:
        answer = client.post(at, json=body)
        problem = answer.json()
        return answer.status_code, problem["code"], [error["field"] for error in problem["errors"]]

    good = {"kind": "error", "reason": "a digit"}
    assert refused(good) == (409, "base_not_recalculated", [])
    assert refused(good, f"{world.path}/targets/later/recalculations") == (409, "base_not_recalculated", [])
    assert refused(good, f"{world.path}/targets/none/recalculations") == (404, "not_found", [])
    assert refused({"kind": "error"}) == (422, "invalid_request", ["reason"])
    assert refused({"reason": "a digit"}) == (422, "invalid_request", ["kind"])
    assert refused({**good, "reason": " "}) == (422, "invalid_request", ["reason"])
    assert refused({**good, "kind": "whim"}) == (422, "invalid_request", ["kind"])
    assert refused({**good, "kind": "initial"}) == (422, "invalid_fields", ["kind"])
    _river(world, y2020=1000)
    assert client.post(path, json=good).status_code == 201
    assert refused(good) == (409, "base_not_recalculated", [])
    assert [each["after"] for each in _history(world)] == [1000]
    assert client.get(f"{world.path}/targets/none/recalculations").status_code == 404


def test_only_a_key_that_prepares_recalculates(service: Service, client: httpx.Client) -> None:
    world = _watered(service)
    _river(world, y2020=1000)
    service.post(f"{world.path}/targets", WATER)
    reader = service.post("/v1/keys", {"name": "r", "scopes": ["read"]})
    path, headers = f"{world.path}/targets/water/recalculations", {"X-API-Key": reader["key"]}
    assert client.get(path, headers=headers).status_code == 200
    assert client.post(path, json={"kind": "error", "reason": "a digit"}, headers=headers).status_code == 403


def test_a_running_year_of_a_part_that_holds_nothing_yet_is_carried(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("scrap", "waste.nonhazardous", "t", attributes={"treatment": "recycling"})
    world.months("scrap", 2024, dict.fromkeys(range(1, 13), 1))
    world.months("scrap", 2026, {1: 1})
    target = {"code": "landfill", "metric": "waste.directed", "base_year": 2024, "goal": 0, "goal_year": 2100}
    service.post(f"{world.path}/targets", target)
    assert _standing(world, 2026)["years"][-1]["value"] == 0
