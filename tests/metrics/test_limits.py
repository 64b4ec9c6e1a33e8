"""Permit limits over HTTP on both databases: stored, refused, kept, exceeded; masses of stacks; the watch."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx

from app.core.calendar.periods import ms_from_instant
from app.jobs.limits import watch_limits_at
from app.store.engine.database import Database
from tests.metrics.world import World, by
from tests.support.examples import Service

SO2 = {"code": "so2-limit", "meter": "so2", "value": 400, "unit": "mg/m3", "valid_from": "2020-01-01"}
DRY = {"moisture": "dry", "temperature_c": 0, "pressure_kpa": 101.325, "oxygen_percent": 9}


def _stack(service: Service, **attributes: Any) -> World:
    world = World(service)
    world.plant()
    gauge = {"kind": "gauge", "interval": "PT15M"}
    world.meter("so2", "air.so2.concentration", "mg/m3", **gauge, attributes={"stack": "s1", **attributes})
    world.meter("dust", "air.pm.concentration", "mg/m3", **gauge, attributes={"stack": "s1", **attributes})
    return world


def _hours(meter: str, day: str, values: dict[int, str]) -> list[tuple[str, str, str]]:
    """Return rows of the quarters of hours: the values of each hour, separated by spaces."""
    return [
        (meter, f"{day}T{hour:02}:{quarter * 15:02}:00", value)
        for hour, quarters in values.items()
        for quarter, value in enumerate(quarters.split())
        if value != "-"
    ]


def _instant(text: str) -> int:
    return ms_from_instant(datetime.fromisoformat(text))


def test_a_limit_is_stored_listed_read_and_deleted(service: Service, client: httpx.Client) -> None:
    world = _stack(service, **DRY)
    created = service.post(f"{world.path}/limits", {**SO2, "reference": DRY, "source": "permit 7"})
    assert created["resource"] == "air.so2.concentration"
    assert created["reference"] == {**DRY, "pressure_kpa": Decimal("101.325")}
    service.post(f"{world.path}/limits", {**SO2, "code": "dust-limit", "meter": "dust", "value": 150})
    page = service.get(f"{world.path}/limits", limit="1")
    assert [item["code"] for item in page["items"]] == ["dust-limit"]
    rest = service.get(f"{world.path}/limits", cursor=page["next"])
    assert [item["code"] for item in rest["items"]] == ["so2-limit"]
    assert service.get(f"{world.path}/limits/so2-limit") == created
    assert client.delete(f"{world.path}/meters/so2").status_code == 409
    assert client.delete(f"{world.path}/limits/so2-limit").status_code == 204
    assert client.get(f"{world.path}/limits/so2-limit").status_code == 404
    assert client.delete(f"{world.path}/meters/so2").status_code == 204


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"meter": "nothing"}, "meter", "unknown_meter"),
    ({"meter": "river"}, "meter", "not_applicable"),
    ({"unit": "kg"}, "unit", "unit_mismatch"),
    ({"unit": "furlong"}, "unit", "unknown_unit"),
    ({"valid_to": "2020-01-01"}, "valid_to", "invalid_period"),
    ({"reference": {"oxygen_percent": 11}}, "reference", "other_condition"),
    ({"value": 0}, "value", "greater_than"),
    ({"value": "400 mg"}, "value", "number_type"),
    ({"averaging_period": "week"}, "averaging_period", "enum"),
    ({"reference": {"oxygen": 9}}, "reference.oxygen", "extra_forbidden"),
]


def test_a_limit_that_makes_no_sense_is_refused_with_the_reason(service: Service, client: httpx.Client) -> None:
    world = _stack(service, **DRY)
    world.meter("river", "water.withdrawal", "m3")
    for change, field, code in REFUSED:
        answer = client.post(f"{world.path}/limits", json={**SO2, **change})
        assert answer.status_code == 422
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_hourly_means_over_a_limit_are_listed_with_start_end_and_worst(service: Service, client: httpx.Client) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", SO2)
    assert client.post(f"{world.path}/limits", json=SO2).status_code == 409
    quarters = {
        8: "400 400 400 400",  # equal to the limit: kept
        9: "390 400 420 410",  # 405
        10: "450 450 450 450.4",  # 450.1, the worst
        11: "900 - - 900",  # half an hour is covered: no mean
        12: "430 - 430 430",  # three quarters: 430
        13: "100 100 100 100",
    }
    world.read(_hours("so2", "2021-03-01", quarters))
    (found,) = world.metrics("compliance")["limits"]
    assert found["status"] == "exceeded"
    assert (found["expected"], found["valid"], found["without_mean"], found["over"]) == (8760, 5, 8755, 3)
    assert found["highest"] == Decimal("450.1")
    assert found["exceedances"] == [
        {
            "start": "2021-03-01T01:00:00Z",
            "end": "2021-03-01T03:00:00Z",
            "periods": 2,
            "worst": Decimal("450.1"),
            "worst_start": "2021-03-01T02:00:00Z",
        },
        {
            "start": "2021-03-01T04:00:00Z",
            "end": "2021-03-01T05:00:00Z",
            "periods": 1,
            "worst": 430,
            "worst_start": "2021-03-01T04:00:00Z",
        },
    ]
    assert [check["code"] for check in found["checks"]] == ["periods_without_mean"]


def test_the_two_limits_of_a_smelter_are_held_apart_and_mass_is_of_the_hours_with_both(service: Service) -> None:
    world = _stack(service, **DRY)
    world.meter("flow", "air.flow", "m3", interval="PT1H", attributes={"stack": "s1", **DRY})
    service.post(f"{world.path}/limits", {**SO2, "reference": DRY})
    dust = {"code": "dust-limit", "meter": "dust", "value": 150, "unit": "mg/m3", "valid_from": "2020-01-01"}
    service.post(f"{world.path}/limits", {**dust, "reference": DRY})
    world.read(_hours("so2", "2021-03-01", {8: "380 390 400 410", 9: "500 500 400 400", 10: "395 - 395 395"}))
    world.read(_hours("dust", "2021-03-01", {8: "150 150 150 150", 9: "149 151 150 154", 10: "200 - - 200"}))
    world.read([("flow", f"2021-03-01T{hour:02}:00:00", 80_000) for hour in (8, 9, 10)])
    found = {each["limit"]["code"]: each for each in world.metrics("compliance")["limits"]}
    # Means of SO2: 395, 450, 395 (three quarters); of particulates: 150, 151, none (half an hour).
    assert [(each["valid"], each["over"], each["highest"]) for each in found.values()] == [(2, 1, 151), (3, 1, 450)]
    assert [(each["start"], each["worst"]) for each in found["dust-limit"]["exceedances"]] == [
        ("2021-03-01T01:00:00Z", 151)
    ]
    assert [(each["start"], each["end"], each["worst"]) for each in found["so2-limit"]["exceedances"]] == [
        ("2021-03-01T01:00:00Z", "2021-03-01T02:00:00Z", 450)
    ]
    # 80,000 m3 an hour: (395 + 450 + 395) mg/m3 are 99.2 kg, (150 + 151) are 24.08 kg.
    assert by(world.metrics("emissions")["air"], "pollutant") == {"so2": Decimal("99.2"), "pm": Decimal("24.08")}


def test_a_daily_limit_needs_three_quarters_of_the_day(service: Service) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", {**SO2, "value": 0.15, "unit": "g/m3", "averaging_period": "day"})
    world.read(_hours("so2", "2021-03-01", dict.fromkeys(range(24), "160 160 160 160")))
    world.read(_hours("so2", "2021-03-02", dict.fromkeys(range(17), "900 900 900 900")))
    world.read(_hours("so2", "2021-03-03", dict.fromkeys(range(24), "100 100 100 100")))
    (found,) = world.metrics("compliance")["limits"]
    assert (found["expected"], found["valid"], found["over"]) == (365, 2, 1)
    assert [(each["start"], each["end"], each["worst"]) for each in found["exceedances"]] == [
        ("2021-02-28T16:00:00Z", "2021-03-01T16:00:00Z", Decimal("0.16"))
    ]


def test_a_limit_holds_from_its_first_day_to_the_one_before_valid_to(service: Service) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", {**SO2, "valid_from": "2021-03-02", "valid_to": "2021-03-03"})
    for day in ("2021-03-01", "2021-03-02", "2021-03-03"):
        world.read(_hours("so2", day, {8: "500 500 500 500"}))
    (found,) = world.metrics("compliance")["limits"]
    assert (found["expected"], found["over"]) == (24, 1)
    assert found["exceedances"][0]["start"] == "2021-03-02T00:00:00Z"


def test_a_gauge_on_another_reference_condition_is_not_compared(service: Service, client: httpx.Client) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", {**SO2, "reference": {"oxygen_percent": 9}})
    (found,) = world.metrics("compliance")["limits"]
    assert (found["status"], found["checks"][0]["code"]) == ("no_data", "condition_assumed")
    attributes = {"stack": "s1", "oxygen_percent": 11}
    assert client.patch(f"{world.path}/meters/so2", json={"attributes": attributes}).status_code == 200
    world.read(_hours("so2", "2021-03-01", {8: "500 500 500 500"}))
    (found,) = world.metrics("compliance")["limits"]
    assert found["status"] == "not_comparable"
    assert "nothing is converted" in found["checks"][0]["detail"]


def test_the_watch_stores_what_is_new_and_tells_it_once(service: Service, database: Database) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", SO2)
    world.read(_hours("so2", "2022-03-01", {22: "500 500 500 500", 23: "510 510 510 510"}))
    now = _instant("2022-03-02T00:30:00+08:00")
    assert watch_limits_at(database, now_ms=now) == 1
    assert watch_limits_at(database, now_ms=now) == 0
    # It goes on after midnight: the same exceedance, longer.
    world.read(_hours("so2", "2022-03-02", {0: "520 520 520 520", 5: "450 450 450 450"}))
    assert watch_limits_at(database, now_ms=_instant("2022-03-02T06:00:00+08:00")) == 2
    # Two days on, nothing of it is lately any more.
    assert watch_limits_at(database, now_ms=_instant("2022-03-05T06:00:00+08:00")) == 0
    (found,) = world.metrics("compliance", 2022)["limits"]
    assert [(each["start"], each["periods"]) for each in found["exceedances"]] == [
        ("2022-03-01T14:00:00Z", 3),
        ("2022-03-01T21:00:00Z", 1),
    ]


def test_a_corrected_reading_takes_its_exceedance_back(
    service: Service, client: httpx.Client, database: Database
) -> None:
    world = _stack(service)
    service.post(f"{world.path}/limits", SO2)
    world.read(_hours("so2", "2023-03-01", {8: "500 500 500 500"}))
    now = _instant("2023-03-01T12:00:00+08:00")
    assert watch_limits_at(database, now_ms=now) == 1
    rows = [
        {"meter": "so2", "timestamp": f"2023-03-01T08:{at}:00+08:00", "value": 50} for at in ("00", "15", "30", "45")
    ]
    assert client.post(f"{world.path}/readings", json={"readings": rows}).json()["replaced"] == 4
    assert watch_limits_at(database, now_ms=now) == 0
    world.read(_hours("so2", "2023-03-01", {9: "600 600 600 600"}))
    assert watch_limits_at(database, now_ms=now) == 1


def _flow(world: World, **attributes: Any) -> None:
    world.meter("flow", "air.flow", "m3", interval="PT1H", attributes={"stack": "s1", **attributes})


def test_a_stacks_mass_is_concentration_times_flow_by_month_and_year(service: Service) -> None:
    world = _stack(service, **DRY)
    _flow(world, **DRY)
    # 400 mg/m3 x 50,000 m3 = 20 kg; 405 x 40,000 = 16.2 kg; the third hour has no flow, the fourth half a mean.
    world.read(_hours("so2", "2021-01-31", {22: "400 400 400 400"}))
    world.read(_hours("so2", "2021-02-01", {0: "390 400 420 410", 1: "100 100 100 100", 2: "500 - - 500"}))
    world.read([("flow", "2021-01-31T22:00:00", 50_000), ("flow", "2021-02-01T00:00:00", 40_000)])
    world.read([("flow", "2021-02-01T02:00:00", 40_000)])
    found = world.metrics("emissions")
    assert by(found["air"], "pollutant") == {"so2": Decimal("36.2"), "pm": None}
    so2 = found["air"][1]
    assert [month["value"] for month in so2["months"][:3]] == [20, Decimal("16.2"), None]
    assert by(found["air_by_stack"], "pollutant", "stack", "mass")["so2", "s1", "concentration_x_flow"] == Decimal(
        "36.2"
    )
    words = next(check["detail"] for check in found["air_checks"] if "so2" in check["detail"])
    assert words.startswith("so2 of stack s1 at main: 2 of 8760 hours have both concentration and flow")

    figures = service.get(f"{world.path}/disclosures/hkex-2020/2021")["figures"]
    (so2,) = [figure for figure in figures if figure["key"] == "air.so2"]
    assert (so2["value"], so2["display"], so2["unit"]) == (Decimal("36.2"), "36", "kg")
    assert "hours_uncovered" in {check["code"] for check in so2["checks"]}
    lineage = service.get(f"{world.path}/disclosures/hkex-2020/2021/figures/air.so2/lineage")
    assert [(term["value"], term["meters"]) for term in lineage["terms"]] == [(Decimal("36.2"), ["so2", "flow"])]
    target = {"code": "so2", "metric": "air.so2", "base_year": 2020, "goal": 0.03, "goal_year": 2021, "unit": "t"}
    service.post(f"{world.path}/targets", target)
    (standing,) = world.metrics("targets")["items"]
    assert standing["years"][0]["value"] == Decimal("0.0362")


def test_a_stack_whose_meters_are_on_two_bases_has_no_mass(service: Service) -> None:
    world = _stack(service, **DRY)
    _flow(world, moisture="wet")
    world.read(_hours("so2", "2021-01-31", {22: "400 400 400 400"}))
    world.read([("flow", "2021-01-31T22:00:00", 50_000)])
    found = world.metrics("emissions")
    assert by(found["air"], "pollutant") == {"so2": None, "pm": None}
    assert {check["code"] for check in found["air_checks"]} == {"other_basis"}


def test_a_meter_of_mass_goes_before_what_could_be_derived(service: Service) -> None:
    world = _stack(service)
    _flow(world)
    world.meter("so2-mass", "air.so2.mass", "kg", attributes={"stack": "s1"})
    world.read(_hours("so2", "2021-01-31", {22: "400 400 400 400"}))
    world.read([("flow", "2021-01-31T22:00:00", 50_000), ("so2-mass", "2021-01-01T00:00:00", 7)])
    found = world.metrics("emissions")
    assert by(found["air_by_stack"], "pollutant", "mass")["so2", "metered"] == 7
    assert "basis_assumed" in {check["code"] for check in found["air_checks"]}


def test_a_gauge_without_a_flow_meter_says_why_it_has_no_mass(service: Service) -> None:
    world = _stack(service)
    found = world.metrics("emissions")
    assert found["air"] == []
    assert [check["code"] for check in found["air_checks"]] == ["no_mass", "no_mass"]
