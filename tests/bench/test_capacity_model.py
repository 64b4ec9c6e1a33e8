"""The capacity model: what a fleet takes, worked out by hand from round costs."""

import pytest

from bench.capacity_model import Costs, Fleet, Work, estimate

_SERVICE = Work(post_ms=10, meter_us=50, reading_us=4, figures_ms=40, figure_meter_us=20, idle_share=0.01)
_DATABASE = Work(post_ms=5, meter_us=30, reading_us=0, figures_ms=10, figure_meter_us=0, idle_share=0.005)
COSTS = Costs(
    service=_SERVICE,
    database=_DATABASE,
    log_post_bytes=2_000,
    log_meter_bytes=1_000,
    log_reading_bytes=4,
    stored_reading_bytes=3,
    stored_bucket_bytes=200,
)
PLANT = Fleet(meters=600, interval_s=60, post_meters=600)
"""One post a minute: of a processor 10 ms + 600 x 54 us + figures of 52 ms = 94.4 ms a minute."""


def test_a_post_a_minute_takes_what_its_cycle_costs_and_what_waiting_does() -> None:
    taken = estimate(PLANT, COSTS, processes=2, running_jobs=1)
    assert taken.service_share == pytest.approx(0.0944 / 60 + 0.02)
    assert taken.database_share == pytest.approx((0.005 + 600 * 0.00003 + 0.010) / 60 + 0.01)
    assert taken.processors == pytest.approx(taken.service_share + taken.database_share)


def test_log_and_disk_are_those_of_posts_meters_readings_and_buckets() -> None:
    taken = estimate(PLANT, COSTS)
    assert taken.log_bytes_a_day == pytest.approx(1_440 * (2_000 + 600 * 1_000 + 600 * 4))
    assert taken.stored_bytes_a_year == 600 * 525_600 * 3 + 600 * 378 * 200


def test_a_post_of_ten_readings_each_adds_to_each_bucket_once() -> None:
    gathered = Fleet(meters=600, interval_s=60, post_meters=600, post_intervals=10)
    assert (gathered.readings_per_s, gathered.meters_per_s, gathered.posts_per_s) == (10, 1, 1 / 600)
    assert estimate(gathered, COSTS).log_bytes_a_day == pytest.approx(144 * (2_000 + 600 * 1_000 + 6_000 * 4))


def test_a_large_fleet_has_its_figures_told_for_a_fifth_of_a_process_at_most() -> None:
    busy = Fleet(meters=60_000, interval_s=60, post_meters=100)
    taken = estimate(busy, COSTS, processes=1, running_jobs=1)
    # Figures take 40 + 60,000 x 0.02 = 1,240 ms of the service and 10 of the database, and are told each 6.25 s.
    assert busy.posts_per_s == 10
    assert taken.service_share == pytest.approx(0.01 + 10 * 0.010 + 1_000 * 0.000054 + 1.240 / 6.25)
    assert taken.database_share == pytest.approx(0.005 + 10 * 0.005 + 1_000 * 0.00003 + 0.010 / 6.25)


def test_organizations_beside_each_other_take_as_much_as_each() -> None:
    one = Fleet(meters=500, interval_s=60, post_meters=500)
    many = Fleet(meters=500, interval_s=60, post_meters=500, organizations=200)
    assert many.readings_per_s == pytest.approx(200 * one.readings_per_s)
    assert estimate(many, COSTS).stored_bytes_a_year == pytest.approx(200 * estimate(one, COSTS).stored_bytes_a_year)


def test_each_process_keeps_twenty_one_connections() -> None:
    assert estimate(PLANT, COSTS, processes=3).connections == 63
