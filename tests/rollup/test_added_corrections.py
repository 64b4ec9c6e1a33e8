"""Corrections add their difference where both versions count in one day, and always end as a rebuild makes it."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.roller import roll_pending
from tests.rollup.test_additions import JANUARY_1, LARGEST, MARCH_1, MIDNIGHT, days, marks, post, rows
from tests.support.folded import fold_site
from tests.support.site import Site, later_ms, new_site, quantities, rollups

ESTIMATED, MANUAL = {"quality": "estimated"}, {"quality": "manual"}
OWN_START = {"start": "2021-03-01T00:00:00+08:00"}


def say(site: Site, meter: MeterSpec, *said: tuple[float, int, dict[str, str]]) -> None:
    post(site, *({**rows(meter, (at, value))[0], **stated} for at, value, stated in said))


def shares(site: Site, meter: MeterSpec, grain: Grain) -> list[tuple[int, ...]]:
    """Return quantity and gross, estimated and manual, in whole units, and the readings of each, by bucket."""
    found = [each[2:10] for each in rollups(site.database, meter) if each[0] == grain]
    return [
        (quantity // 10**6, gross // 10**6, of_est // 10**6, of_man // 10**6, count, count_est, count_man)
        for quantity, count, _, gross, of_est, of_man, count_est, count_man in found
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, 2, {})], (9, 9, 0, 0, 3, 0, 0)),
        ([(0, -2, {})], (5, 9, 0, 0, 3, 0, 0)),
        ([(0, 2, ESTIMATED)], (9, 9, 2, 0, 3, 1, 0)),
        ([(0, 5, MANUAL)], (12, 12, 0, 5, 3, 0, 1)),
        ([(0, 2, {}), (0, 9, ESTIMATED), (0, 1, {})], (8, 8, 0, 0, 3, 0, 0)),
        ([(4.5, 1, MANUAL)], (9, 9, 0, 1, 3, 0, 1)),
        ([(5, 0, {}), (4.5, 6, {})], (11, 11, 0, 0, 3, 0, 0)),
        ([(0, 2, {}), (8, 100, {})], (109, 109, 0, 0, 4, 0, 0)),
    ],
    ids=["less", "negative", "estimated", "manual", "three", "overlapping", "both-overlapping", "and-a-new-one"],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_correction_moves_day_month_and_year_by_its_difference(
    site: Site, said: list[tuple[float, int, dict[str, str]]], expected: tuple[int, ...], together: bool
) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5), (4.5, 4), (5, 3)))
    roll_pending(site.database)
    assert shares(site, meter, Grain.DAY) == [(12, 12, 0, 0, 3, 0, 0)]
    for each in [said] if together else [[one] for one in said]:
        say(site, meter, *each)
    assert roll_arrivals(site.database) == 1
    assert marks(site, meter) == 0
    for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR):
        assert shares(site, meter, grain) == [expected]
    assert days(site, meter) == {0: expected[0]}


def test_what_was_estimated_and_is_measured_later_is_estimated_no_more(site: Site) -> None:
    meter = site.meter(zone="Europe/Berlin", edge="interval_end")
    say(site, meter, (2, 5, ESTIMATED), (3, 4, ESTIMATED), (4, 1, {}))
    say(site, meter, (2, 7, {}))
    assert roll_arrivals(site.database) == 1
    assert marks(site, meter) == 0
    assert shares(site, meter, Grain.YEAR) == [(12, 12, 4, 0, 3, 1, 0)]
    assert days(site, meter) == {-1: 12}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((4, 9, OWN_START), (4, 8, {}), {0: 8}),
        ((4, 9, {}), (4, 8, OWN_START), {0: 8}),
        ((4, 9, {}), (4, 4_001, {}), {}),
        ((4, 4_001, {}), (4, 9, {}), {0: 9}),
        ((95.5, 9, {}), (95.5, 8, {}), {0: 4, 1: 4}),
    ],
    ids=["own-start-before", "own-start-after", "suspect-after", "suspect-before", "two-days"],
)
def test_a_correction_of_another_kind_makes_its_days_anew(
    site: Site, before: tuple[float, int, dict[str, str]], after: tuple[float, int, dict[str, str]], expected: object
) -> None:
    meter = site.meter(max_rate="4000", by_history="off")
    say(site, meter, before)
    roll_pending(site.database)
    say(site, meter, after)
    roll_arrivals(site.database)
    assert marks(site, meter) == 1
    assert {day: each for day, each in days(site, meter).items() if each} == expected


def test_a_day_that_does_not_hold_the_old_version_yet_is_not_given_the_difference(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5), (8, 9)))
    roll_pending(site.database)
    post(site, *rows(meter, (4, 100)))
    roll_arrivals(site.database)
    assert marks(site, meter) == 1
    post(site, *rows(meter, (4, 1)))
    roll_arrivals(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {MARCH_1: 14_000_000}
    assert days(site, meter) == {0: 15}


def test_a_late_reading_that_is_corrected_before_it_is_entered_is_not_taken_from_its_day(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5), (8, 9)))
    roll_pending(site.database)
    post(site, *rows(meter, (4, 100)))
    post(site, *rows(meter, (4, 1), (0, 6)))
    roll_arrivals(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {MARCH_1: 14_000_000}
    assert days(site, meter) == {0: 16}


def test_a_withdrawn_reading_that_is_sent_again_is_not_counted_twice(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5), (4, 9)))
    roll_pending(site.database)
    amendment = Amendment(site.organization_id, "test", "another plant's", later_ms())
    withdraw_reading(site.database, amendment, meter_id=meter.id, at=int(MIDNIGHT.timestamp() * 1000))
    assert site.post(rows(meter, (0, 6), (4, 8)), now_ms=later_ms()).replaced == 2
    roll_arrivals(site.database)
    assert days(site, meter) == {0: 14}


def test_corrections_of_a_year_near_what_64_bits_hold_are_made_anew(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, *((at, LARGEST) for at in range(1_000))))
    roll_pending(site.database)
    post(site, *rows(meter, (0, 1), (1, LARGEST - 1)))
    roll_arrivals(site.database)
    assert marks(site, meter) == 1
    days(site, meter)
    assert quantities(site.database, meter, Grain.YEAR) == {JANUARY_1: (999 * LARGEST) * 1_000_000}


SAID = st.tuples(
    st.integers(0, 120),
    st.sampled_from([0, 0, 0, 0.5, 0.25]),
    st.integers(-3, 9),
    st.sampled_from([{}, {}, {}, {}, ESTIMATED, MANUAL, {"start": "2021-02-28T23:00:00+08:00"}]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(SAID, min_size=1, max_size=10), min_size=2, max_size=8),
    st.sampled_from(["interval_start", "interval_end"]),
    st.sampled_from(["PT15M", "PT15M", "PT25M", "PT1H"]),
    st.randoms(use_true_random=False),
)
def test_any_posts_with_corrections_and_own_starts_equal_a_rebuild(
    site: Site,
    posts: Sequence[Sequence[tuple[int, float, int, dict[str, str]]]],
    edge: str,
    interval: str,
    random: Random,
) -> None:
    own = new_site(site.database)
    meter = own.meter(edge=edge, interval=interval)
    since = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
    for said in posts:
        body = [
            {**rows(meter, (at % 7 * 20 + off if at > 60 else at + off, value), since=since)[0], **stated}
            for at, off, value, stated in said
        ]
        own.post(body, now_ms=later_ms())
        chance = random.random()
        if chance < 0.5:
            roll_arrivals(own.database)
        elif chance < 0.7:
            roll_pending(own.database)
        elif chance < 0.85:
            fold_site(own)
    roll_arrivals(own.database)
    days(own, meter)
