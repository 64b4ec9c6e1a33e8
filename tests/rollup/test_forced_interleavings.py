"""Rollers and ingest forced to overlap on PostgreSQL end right: nothing is lost and nothing is overwritten by less."""

from collections.abc import Sequence

import pytest

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import enter_arrived
from tests.support.bodies import Row
from tests.support.gates import Gate, Racer
from tests.support.site import Site, quantities, row

FIRST = "2021-03-01T00:00:00+08:00"
SECOND = "2021-03-01T00:15:00+08:00"
NEXT_DAY = "2021-03-02T00:00:00+08:00"
MARCH_1, MARCH_2, JANUARY_1 = 18_687, 18_688, 18_628
ROLLUPS = ("rollup", "rollup_addition")
"""Where days are made anew, and where readings that have arrived are added."""
ONE, TWO, THREE, FIVE = 1_000_000, 2_000_000, 3_000_000, 5_000_000


@pytest.fixture(params=["marked", "waiting"])
def is_marked(request: pytest.FixtureRequest) -> bool:
    """Whether the roller finds what was posted entered and marked, or still waiting to be entered."""
    return bool(request.param == "marked")


def arrive(own: Site, rows: Sequence[Row], *, is_marked: bool) -> None:
    """Post rows, and enter them if they are to be marked."""
    own.post(rows)
    if is_marked:
        enter_arrived(own.database)


def all_grains(own: Site, meter: MeterSpec) -> list[dict[int, int | None]]:
    return [quantities(own.database, meter, grain) for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)]


def through_the_gate(shut: Gate, *racers: Racer[int]) -> None:
    """Open the gate once the later racer waits for the earlier one, or has passed it by; wait for both."""
    shut.wait_until_waiting(2, *racers)
    shut.open()
    for racer in racers:
        racer.result()


@pytest.mark.parametrize("also", [[], [SECOND]], ids=["the-same-mark", "another-mark"])
def test_a_mark_taken_while_an_ingest_is_uncommitted_is_not_lost(shut: Gate, own: Site, also: list[str]) -> None:
    shut.at_commit_of("readings_head")
    meter = own.meter()
    arrive(own, [row(meter, FIRST, 1)], is_marked=True)
    slow = Site(shut.gated, own.organization_id)
    ingest = Racer(lambda: slow.post([row(meter, FIRST, 5), *(row(meter, at, 0) for at in also)]))
    shut.wait_until_waiting(1, ingest)
    assert ingest.is_alive()
    assert roll_pending(own.database) == 1
    assert all_grains(own, meter) == [{MARCH_1: ONE}, {MARCH_1: ONE}, {JANUARY_1: ONE}]
    shut.open()
    assert ingest.result().replaced == 1
    assert roll_pending(own.database) == 1
    assert all_grains(own, meter) == [{MARCH_1: FIVE}, {MARCH_1: FIVE}, {JANUARY_1: FIVE}]
    assert roll_pending(own.database) == 0


def test_two_rollers_with_two_marks_of_one_meter_leave_the_newest_sums(shut: Gate, own: Site, is_marked: bool) -> None:
    shut.before("INSERT OR DELETE", *ROLLUPS)
    meter = own.meter()
    arrive(own, [row(meter, FIRST, 1)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    assert slow.is_alive()
    arrive(own, [row(meter, SECOND, 2)], is_marked=is_marked)
    fast = Racer(lambda: roll_pending(own.database))
    through_the_gate(shut, slow, fast)
    assert all_grains(own, meter) == [{MARCH_1: THREE}, {MARCH_1: THREE}, {JANUARY_1: THREE}]


def test_a_second_roller_waits_before_it_takes_a_mark_or_reads_a_reading(
    shut: Gate, own: Site, is_marked: bool
) -> None:
    shut.before("INSERT OR DELETE", *ROLLUPS)
    meter = own.meter()
    arrive(own, [row(meter, FIRST, 1)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    fast = Racer(lambda: roll_pending(own.database))
    shut.wait_until_waiting(2, fast)
    assert shut.waiting_at_locks() == 2
    shut.open()
    assert slow.result() == 1
    assert fast.result() == 0


def test_two_rollers_with_two_days_of_one_month_leave_the_sum_of_both(shut: Gate, own: Site, is_marked: bool) -> None:
    shut.at_commit_of(*ROLLUPS)
    meter = own.meter()
    arrive(own, [row(meter, FIRST, 1)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    assert slow.is_alive()
    arrive(own, [row(meter, NEXT_DAY, 2)], is_marked=is_marked)
    fast = Racer(lambda: roll_pending(own.database))
    through_the_gate(shut, slow, fast)
    assert all_grains(own, meter) == [{MARCH_1: ONE, MARCH_2: TWO}, {MARCH_1: THREE}, {JANUARY_1: THREE}]


def test_two_rollers_with_two_days_of_a_month_that_stands_leave_the_sum_of_both(
    shut: Gate, own: Site, is_marked: bool
) -> None:
    shut.at_commit_of(*ROLLUPS)
    meter = own.meter()
    own.post([row(meter, FIRST, 5), row(meter, NEXT_DAY, 5)])
    roll_pending(own.database)
    arrive(own, [row(meter, FIRST, 1)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    arrive(own, [row(meter, NEXT_DAY, 2)], is_marked=is_marked)
    fast = Racer(lambda: roll_pending(own.database))
    through_the_gate(shut, slow, fast)
    assert all_grains(own, meter) == [{MARCH_1: ONE, MARCH_2: TWO}, {MARCH_1: THREE}, {JANUARY_1: THREE}]


def test_a_register_reading_that_arrives_between_two_rollers_splits_the_segment_once(
    shut: Gate, own: Site, is_marked: bool
) -> None:
    shut.before("INSERT OR DELETE", *ROLLUPS)
    meter = own.meter("register")
    arrive(own, [row(meter, FIRST, 0), row(meter, "2021-03-03T00:00:00+08:00", 6)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    arrive(own, [row(meter, NEXT_DAY, 1)], is_marked=is_marked)
    fast = Racer(lambda: roll_pending(own.database))
    through_the_gate(shut, slow, fast)
    assert quantities(own.database, meter, Grain.DAY) == {MARCH_1: ONE, MARCH_2: FIVE}
    assert quantities(own.database, meter, Grain.MONTH) == {MARCH_1: 6_000_000}


def test_rollers_of_many_meters_in_any_shards_do_not_lock_each_other_out(
    shut: Gate, own: Site, is_marked: bool
) -> None:
    shut.before("INSERT OR DELETE", *ROLLUPS)
    meters = [own.meter() for _ in range(70)]
    arrive(own, [row(meter, FIRST, 1) for meter in meters], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    arrive(own, [row(meter, SECOND, 2) for meter in reversed(meters)], is_marked=is_marked)
    fast = Racer(lambda: roll_pending(own.database, meters_a_transaction=3))
    through_the_gate(shut, slow, fast)
    assert [quantities(own.database, meter, Grain.YEAR) for meter in meters] == [{JANUARY_1: THREE}] * 70


def test_a_roller_that_fails_leaves_its_marks_to_the_next(shut: Gate, own: Site, is_marked: bool) -> None:
    shut.before("INSERT OR DELETE", *ROLLUPS)
    meter = own.meter()
    arrive(own, [row(meter, FIRST, 1)], is_marked=is_marked)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    shut.end_what_waits()
    with pytest.raises(Exception, match=r"connection is lost|terminat"):
        slow.result()
    assert roll_pending(own.database) == 1
    assert quantities(own.database, meter, Grain.DAY) == {MARCH_1: ONE}
