"""The example readings add up to the printed totals to the last digit, and are the same on every run."""

from datetime import date
from hashlib import sha256
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.calendar.periods import interval_from_iso
from app.demo.readings import csv_body, year_readings
from app.demo.seed import SEED_NAMES, load_seed
from app.demo.slots import interval_slots, weekly_slots
from app.demo.spread import BadSpread, spread

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@given(
    total=st.integers(0, 2**62),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=200),
    step=st.integers(1, 10**7),
)
def test_parts_add_up_to_any_total_over_any_number_of_slots(total: int, weights: list[int], step: int) -> None:
    assume(any(weights))

    parts = spread(total, weights, step=step)

    assert sum(parts) == total
    assert len(parts) == len(weights)
    assert min(parts) >= 0


def test_an_indivisible_total_is_shared_within_one_step_and_the_heaviest_slot_takes_the_odd_digits() -> None:
    assert spread(10, [1, 1, 1]) == [3, 3, 4]
    assert spread(100, [1, 2, 1]) == [25, 50, 25]
    assert spread(105, [1, 2, 1], step=10) == [20, 55, 30]
    assert spread(0, [5, 7]) == [0, 0]


@pytest.mark.parametrize(
    ("total", "weights", "step"), [(-1, [1], 1), (1, [], 1), (1, [0, 0], 1), (1, [1, -1], 1), (1, [1], 0)]
)
def test_a_total_that_no_slot_can_take_is_refused(total: int, weights: list[int], step: int) -> None:
    with pytest.raises(BadSpread):
        spread(total, weights, step=step)


def test_clock_slots_fill_a_year_with_both_clock_changes_without_gap_or_overlap() -> None:
    slots = interval_slots(BERLIN, date(2021, 1, 1), date(2022, 1, 1), interval_from_iso("PT15M"))

    assert len(slots) == 35_040
    assert all(before.end_ms == after.start_ms for before, after in pairwise(slots))
    assert slots[0].start_ms == 1_609_455_600_000
    assert slots[-1].end_ms == 1_640_991_600_000


def test_day_and_month_slots_follow_the_local_calendar() -> None:
    days = interval_slots(SHANGHAI, date(2020, 7, 1), date(2021, 1, 1), interval_from_iso("P1D"))
    months = interval_slots(SHANGHAI, date(2020, 7, 1), date(2021, 1, 1), interval_from_iso("P1M"))

    assert len(days) == 184
    assert [slot.date.month for slot in months] == [7, 8, 9, 10, 11, 12]


def test_weekly_pick_ups_fall_on_their_weekday_and_hour() -> None:
    slots = weekly_slots(SHANGHAI, date(2021, 1, 1), date(2021, 2, 1), weekday=2, hour=10)

    assert [slot.date for slot in slots] == [date(2021, 1, 6), date(2021, 1, 13), date(2021, 1, 20), date(2021, 1, 27)]
    assert slots[0].start_ms == 1_609_898_400_000
    assert {slot.weekday for slot in slots} == {2}


@pytest.mark.parametrize("name", SEED_NAMES)
def test_every_example_meter_adds_up_to_its_printed_total(name: str) -> None:
    seed = load_seed(name)

    for meter in seed.meters:
        zone = ZoneInfo(seed.timezone_of(meter))
        for year, total in meter.totals.items():
            readings = year_readings(meter, year, zone)
            if meter.definition["kind"] == "stock":
                assert readings[-1].value == total, meter.code
            else:
                assert sum(reading.value for reading in readings) == total, meter.code


def test_the_companies_totals_are_the_printed_ones() -> None:
    assert _totals("magnets", "electricity.") == {2019: 97_496_800, 2020: 136_568_200, 2021: 168_239_500}
    assert _totals("magnets", "fuel.natural_gas") == {2019: 258_078, 2020: 1_007_188, 2021: 1_184_947}
    assert _totals("magnets", "water.withdrawal") == {2019: 576_571, 2020: 551_868, 2021: 732_345}
    assert _totals("magnets", "headcount") == {2019: 2_195, 2020: 3_043, 2021: 3_529}
    assert _totals("magnesium", "electricity.") == {2020: 55_320_585}
    assert _totals("magnesium", "fuel.coal.bituminous") == {2020: 106_352}
    assert _totals("magnesium", "water.withdrawal") == {2020: 129_095}
    assert _totals("magnesium", "product.output") == {2020: 39_641}


def test_the_same_meter_and_year_always_give_the_same_bytes() -> None:
    meter = next(meter for meter in load_seed("magnets").meters if meter.code == "ganzhou-water")

    body = csv_body(meter.code, year_readings(meter, 2021, SHANGHAI))

    assert body.startswith(b"meter,timestamp,value\nganzhou-water,2020-12-31T16:00:00Z,")
    assert sha256(body).hexdigest() == "8ad44a56a7d8c94673091b3b5aae9403924d89b01a9d89ec1de78cd180a0c02d"


def test_a_head_count_moves_in_whole_persons_and_ends_the_year_at_the_printed_number() -> None:
    meter = next(meter for meter in load_seed("magnets").meters if meter.code == "baotou-staff")

    counts = [reading.value for reading in year_readings(meter, 2021, SHANGHAI)]

    assert counts[0] == 34_000_000
    assert counts[-1] == 354_000_000
    assert all(count % 1_000_000 == 0 for count in counts)


def _totals(name: str, resource: str) -> dict[int, int]:
    sums: dict[int, int] = {}
    for meter in load_seed(name).meters:
        if meter.definition["resource"].startswith(resource):
            for year, total in meter.totals.items():
                sums[year] = sums.get(year, 0) + total // 1_000_000
    return sums
