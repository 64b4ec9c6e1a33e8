"""Targets of plants that are held in part from a day on, on both databases."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.targets.target_standing import standings
from app.core.calendar.periods import ms_from_instant
from app.store.engine.database import Database
from tests.metrics.holdings import held, hold, powered
from tests.support.examples import Service


def test_each_year_of_a_target_is_held_against_the_base_by_its_own_boundary(service: Service) -> None:
    world = powered(service, y2020=1000, y2021=1000, y2022=900)
    target = {"code": "power", "metric": "consumption.electricity", "base_year": 2020, "yearly_reduction": 0.05}
    service.post(f"{world.path}/targets", target)
    hold(service, world, held("2021-07-01", 0.6))
    (found,) = world.metrics("targets", 2022)["items"]
    assert [
        (year["year"], year["value"], year["base"], year["allowed"], year["status"]) for year in found["years"]
    ] == [
        (2021, 9_600, 9_600, 9_120, "off_track"),  # 2020 with 60 % from July on: 6,000 + 3,600
        (2022, 6_480, 7_200, 6_498, "met"),  # 2020 with 60 % all the year; 7,200 x 0.95 x 0.95
    ]
    assert found["base"] == {
        "year": 2020,
        "value": 7_200,
        "original": 12_000,
        "today": 7_200,
        "change": Decimal("-0.4"),
        "recalculated": True,
        "boundary_changes": [{"plant": "main", "before": 1, "after": Decimal("0.6")}],
    }
    (of_2021,) = world.metrics("targets", 2021)["items"]
    # On the days of 2020: 182 whole and 184 at 0.6, of 366.
    (change,) = of_2021["base"]["boundary_changes"]
    assert (change["before"], change["after"]) == (1, Decimal("0.79890710382513661202"))


def test_a_target_that_was_set_after_the_change_keeps_the_shares_of_its_base_year(service: Service) -> None:
    world = powered(service, y2020=1000, y2021=1000)
    hold(service, world, held("2020-07-01", 0.6))
    target = {"code": "power", "metric": "consumption.electricity", "base_year": 2020, "yearly_reduction": 0.05}
    created = service.post(f"{world.path}/targets", target)
    assert created["base_shares"] == [
        {"plant": "main", "share": 1, "valid_from": None, "valid_to": "2020-07-01"},
        {"plant": "main", "share": Decimal("0.6"), "valid_from": "2020-07-01", "valid_to": None},
    ]
    (found,) = world.metrics("targets", 2021)["items"]
    assert (found["base"]["original"], found["base"]["value"], found["years"][0]["value"]) == (9_600, 7_200, 7_200)


@pytest.mark.parametrize(("past", "projected"), [(True, "9600"), (False, "9622.86198137171888230313")])
def test_a_running_year_is_carried_to_its_end_by_the_shares_that_hold_in_it(
    service: Service, database: Database, past: bool, projected: str
) -> None:
    world = powered(service, y2020=1000) if past else powered(service)
    target = {"code": "power", "metric": "consumption.electricity", "base_year": 2020, "yearly_reduction": 0.05}
    service.post(f"{world.path}/targets", target)
    world.months("grid", 2021, dict.fromkeys(range(1, 10), 1000))
    hold(service, world, held("2021-07-01", 0.6))
    with database.read() as session:
        (found,) = standings(
            session,
            organization=world.code,
            year=2021,
            gwp_set_of=lambda _year: gwp_set_named("AR5"),
            now_ms=ms_from_instant(datetime.fromisoformat("2021-10-05T12:00:00+08:00")),
        )
    # 7,800 so far. By last year's course: 9,600 of which 7,800 fell by September; by days: x 291.4 / 236.2.
    (running,) = found.years
    assert (running.value, running.projection.value) == (Decimal(7_800), Decimal(projected))
