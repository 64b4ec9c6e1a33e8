"""How complete a year's readings are, over HTTP on both databases."""

from decimal import Decimal

from tests.metrics.world import World
from tests.support.examples import Service


def test_a_month_half_covered_says_so(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter(
        "grid", "electricity.grid", "kWh", interval="P1D", in_service_from="2021-04-01", in_service_to="2021-06-01"
    )
    world.read(("grid", f"2021-04-{day:02}T00:00:00", 10) for day in range(1, 16))
    found = world.metrics("energy")
    assert found["total"]["kwh"] == 150
    assert [month["coverage"] for month in found["total"]["months"][2:6]] == [0, Decimal("0.5"), 0, 0]
    assert [check["code"] for check in found["total"]["checks"]] == ["partial"]


def test_completeness_lists_months_gaps_and_what_is_missing(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter(
        "grid", "electricity.grid", "kWh", interval="P1D", in_service_from="2021-04-01", in_service_to="2021-07-01"
    )
    world.meter("water", "water.withdrawal", "m3", interval="P1M")
    days = [*((4, day) for day in range(1, 31)), *((6, day) for day in range(11, 31))]
    world.read(("grid", f"2021-{month:02}-{day:02}T00:00:00", 10) for month, day in days)
    page = world.metrics("completeness", limit="1")
    (grid,) = page["items"]
    assert (grid["meter"], grid["total"]["count"], grid["total"]["expected_seconds"]) == ("grid", 50, 91 * 86_400)
    assert grid["total"]["coverage"] == Decimal("0.549450549451")
    april, may, june = grid["months"][3:6]
    assert (april["coverage"], april["count"], april["measured_share"]) == (1, 30, 1)
    assert (may["coverage"], may["count"], may["measured_share"]) == (0, 0, None)
    assert june["coverage"] == Decimal("0.666666666667")
    assert grid["missing_months"] == ["2021-05-01"]
    assert [gap["start"] for gap in grid["gaps"]] == ["2021-04-30T16:00:00Z", "2021-05-31T16:00:00Z"]
    assert grid["gaps"][-1]["end"] == "2021-06-10T16:00:00Z"
    (water,) = world.metrics("completeness", limit="1", cursor=page["next"])["items"]
    assert (water["meter"], len(water["missing_months"])) == ("water", 12)
