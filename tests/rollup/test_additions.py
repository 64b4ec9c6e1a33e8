"""What has arrived is added to the rollups where it stands for itself, and always ends as a rebuild makes it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.models import mark_table
from app.rollup.buckets.hours import hours_by_day, keep_missing, parsed
from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.roller import rebuild, roll, roll_pending
from app.store.arrivals.entered import enter_arrived, entered
from app.store.directory.directory import directories
from tests.support.bodies import Row
from tests.support.elsewhere import another_process, waiting
from tests.support.site import Site, later_ms, new_site, quantities, revisions, rollups, row, stored
from tests.support.streams import Saying, Stream, deliveries, streams

MIDNIGHT = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
MARCH_1, JANUARY_1 = 18_687, 18_628
LARGEST = 4_294_967_296


def rows(meter: MeterSpec, *said: tuple[float, int], since: datetime = MIDNIGHT) -> list[Row]:
    """Return readings stamped so many quarters of an hour after an instant."""
    start = since.astimezone(UTC)
    return [row(meter, (start + timedelta(minutes=15 * at)).isoformat(), value) for at, value in said]


def post(site: Site, *said: Row) -> None:
    """Post rows that are all taken, and wait to be entered."""
    before = waiting(site)
    outcome = site.post(said, now_ms=later_ms())
    assert outcome.rejected == 0
    assert waiting(site) == before + outcome.inserted + outcome.replaced


def marks(site: Site, meter: MeterSpec) -> int:
    statement = select(func.count()).select_from(mark_table).where(mark_table.c.meter_id == meter.id)
    with site.database.read() as session:
        return int(session.connection().execute(statement).scalar_one())


def days(site: Site, meter: MeterSpec) -> dict[int, int | None]:
    """Roll to the end; return quantities in whole units by days after 1 March, as a rebuild makes them too."""
    roll_pending(site.database)
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before
    found = quantities(site.database, meter, Grain.DAY)
    return {day - MARCH_1: None if each is None else each // 1_000_000 for day, each in found.items()}


def test_what_waits_while_its_day_is_made_anew_is_added_once(site: Site) -> None:
    meter = site.meter(edge="interval_start")
    post(site, *rows(meter, (0, 1), (1, 2)))
    enter_arrived(site.database)
    post(site, *rows(meter, (2, 4)))
    with site.database.write() as session:
        assert roll(session, directories(site.database), [meter.id]) == 1
    assert quantities(site.database, meter, Grain.DAY) == {MARCH_1: 3_000_000}
    assert days(site, meter) == {0: 7}


@pytest.mark.parametrize("edge", ["interval_start", "interval_end"])
def test_readings_that_stand_for_themselves_are_added_without_a_mark(site: Site, edge: str) -> None:
    meter = site.meter(edge=edge)
    post(site, *rows(meter, (0, 1), (1, 2), (2, 4), (96, 8)))
    post(site, *rows(meter, (97, 16), (100, 32)))
    assert roll_arrivals(site.database) == 1
    assert marks(site, meter) == 0
    expected = {0: 7, 1: 56} if edge == "interval_start" else {-1: 1, 0: 14, 1: 48}
    assert days(site, meter) == expected


def test_additions_a_day_at_a_time_move_month_and_year(site: Site) -> None:
    meter = site.meter()
    for day in range(40):
        post(site, *rows(meter, (96 * day, 1), (96 * day + 1, 2)))
        if day % 3 == 0:
            assert roll_arrivals(site.database) == 1
    roll_arrivals(site.database)
    assert marks(site, meter) == 0
    assert quantities(site.database, meter, Grain.MONTH) == {MARCH_1: 93_000_000, MARCH_1 + 31: 27_000_000}
    assert quantities(site.database, meter, Grain.YEAR) == {JANUARY_1: 120_000_000}
    assert days(site, meter) == dict.fromkeys(range(40), 3)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(4.5, 9, {})], {0: 14, 1: 7}),
        ([(5, 9, {"quality": "estimated"})], {0: 14, 1: 7}),
        ([(5, 9, {"quality": "manual"})], {0: 14, 1: 7}),
        ([(5, -9, {})], {0: -4, 1: 7}),
        ([(192, 96, {"start": "2021-03-02T00:00:00+08:00"})], {0: 5, 1: 103}),
        ([(96, 96, {"start": "2021-03-01T00:00:00+08:00"})], {0: 101}),
        ([(4, 3, {}), (0, 1, {}), (0, 6, {})], {0: 9, 1: 7}),
        ([(96, 3, {}), (97, 2, {})], {0: 5, 1: 5}),
    ],
    ids=["off-grid", "estimated", "manual", "negative", "own-start", "own-start-over-both", "late", "corrected"],
)
@pytest.mark.parametrize("together", [True, False])
def test_what_does_not_stand_for_itself_is_made_anew(
    site: Site, said: list[tuple[float, int, dict[str, str]]], expected: dict[int, int], together: bool
) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5), (96, 7)))
    if not together:
        roll_pending(site.database)
    post(site, *({**rows(meter, (at, value))[0], **stated} for at, value, stated in said))
    assert days(site, meter) == expected


@pytest.mark.parametrize("quality", ["estimated", "manual"])
def test_what_was_estimated_or_entered_by_hand_is_added_with_its_share(site: Site, quality: str) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 5)))
    post(site, {**rows(meter, (1, -2))[0], "quality": quality}, *rows(meter, (2, 4)))
    assert roll_arrivals(site.database) == 1
    assert marks(site, meter) == 0
    assert {(each[2], each[5]) for each in rollups(site.database, meter)} == {(7_000_000, 11_000_000)}
    assert days(site, meter) == {0: 7}


@pytest.mark.parametrize("fields", [{"interval": "P1M"}, {"estimates_gaps": True}])
def test_a_meter_that_is_not_regular_is_marked(site: Site, fields: dict[str, Any]) -> None:
    meter = site.meter(**fields)
    post(site, *rows(meter, (0, 5), (96, 7)))
    roll_arrivals(site.database)
    assert marks(site, meter) > 0
    assert days(site, meter)


@pytest.mark.parametrize(
    ("midnight", "quarters"), [("2021-03-28T00:00:00+01:00", 92), ("2021-10-31T00:00:00+02:00", 100)]
)
@pytest.mark.parametrize("interval", ["PT15M", "PT1H"])
@pytest.mark.parametrize("edge", ["interval_start", "interval_end"])
def test_days_on_which_clocks_change_have_their_own_length(
    site: Site, midnight: str, quarters: int, interval: str, edge: str
) -> None:
    meter = site.meter(zone="Europe/Berlin", interval=interval, edge=edge)
    step = 1 if interval == "PT15M" else 4
    shift = step if edge == "interval_end" else 0
    since = datetime.fromisoformat(midnight)
    said = [(at + shift, 1) for at in range(-8, quarters + 8, step)]
    for first in range(0, len(said), 17):
        post(site, *rows(meter, *said[first : first + 17], since=since))
        roll_arrivals(site.database)
    assert marks(site, meter) == 0
    assert list(days(site, meter).values()) == [8 // step, quarters // step, 8 // step]


def test_what_waits_and_is_corrected_before_it_is_entered_counts_once(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 1), (1, 2)))
    post(site, *rows(meter, (1, 7), (96, 4)))
    post(site, *rows(meter, (1, 9), (96, 5)))
    assert days(site, meter) == {0: 10, 1: 5}
    assert [each[4] for each in stored(site.database, meter)] == [1, 3, 2]


def test_late_rows_between_what_waits_count_once(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, (0, 1)))
    post(site, *rows(meter, (8, 2), (200, 16)))
    post(site, *rows(meter, (4, 4), (4.5, 8), (100, 32)))
    assert days(site, meter) == {0: 15, 1: 32, 2: 16}


def test_a_value_too_large_to_add_is_summed_as_the_others(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, *((at, LARGEST) for at in range(2_880)), *((at, -LARGEST) for at in range(2_976, 5_856))))
    roll_pending(site.database)
    for quarter in (6_000, 6_001):
        post(site, *rows(meter, (quarter, LARGEST)))
        roll_pending(site.database)
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before


def test_kept_hours_of_a_day_that_is_added_to_are_made_anew(site: Site) -> None:
    meter = site.meter()
    post(site, *rows(meter, *((at, 1) for at in range(4))))
    roll_pending(site.database)
    assert keep_missing(site.database, [meter]) == 1
    post(site, *rows(meter, *((at, 2) for at in range(4, 8))))
    roll_pending(site.database)
    with entered(site.database) as session:
        texts = hours_by_day(session, meter, MARCH_1, MARCH_1 + 1)
    hours = parsed(texts[MARCH_1])
    assert [hour.quantity for hour in hours] == [4_000_000, 8_000_000]


WITHIN = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@WITHIN
@given(streams(kinds=("interval", "interval", "register", "gauge")), st.randoms(use_true_random=False))
def test_two_processes_in_turn_end_as_one_that_starts_afresh_and_enters_every_time(
    site: Site, stream: Stream, random: Random
) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    plain, shared = own.meter(**stream.meter), own.meter(**stream.meter)
    sent = list(deliveries(stream, random))
    with another_process(own) as other:
        for delivery in sent:
            sender = random.choice((own, other))
            _send(sender, shared, delivery.sayings)
            after = random.random()
            if after < 0.2:
                enter_arrived(random.choice((own, other)).database)
            elif after < 0.5:
                roll_pending(random.choice((own, other)).database)
        for delivery in sent:
            with another_process(own) as fresh:
                _send(fresh, plain, delivery.sayings)
                enter_arrived(fresh.database)
    roll_pending(own.database)
    assert stored(own.database, shared) == stored(own.database, plain)
    assert revisions(own.database, shared) == revisions(own.database, plain)
    assert rollups(own.database, shared) == rollups(own.database, plain)
    rebuild(own.database, [shared.id])
    assert rollups(own.database, shared) == rollups(own.database, plain)


QUARTERS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 250), st.integers(0, 9), st.sampled_from([0, 0, 0, 0, 0, 0.5])),
        min_size=1,
        max_size=12,
    ),
    min_size=1,
    max_size=6,
)


@WITHIN
@given(QUARTERS, st.sampled_from(["interval_start", "interval_end"]), st.integers(1, 30))
def test_any_posts_on_and_off_the_grid_rolled_in_any_pieces_equal_a_rebuild(
    site: Site, posts: Sequence[Sequence[tuple[int, int, float]]], edge: str, rows_a_transaction: int
) -> None:
    own = new_site(site.database)
    meter = own.meter(zone="Europe/Berlin", edge=edge)
    since = datetime.fromisoformat("2021-03-27T00:00:00+01:00")
    for number, said in enumerate(posts):
        own.post(rows(meter, *((at + off, value) for at, value, off in said), since=since), now_ms=later_ms())
        if number % 2:
            roll_arrivals(own.database, rows_a_transaction=rows_a_transaction)
    roll_arrivals(own.database, rows_a_transaction=rows_a_transaction)
    days(own, meter)


def _send(site: Site, meter: MeterSpec, sayings: Sequence[Saying]) -> None:
    assert site.post([saying.row(meter) for saying in sayings], now_ms=later_ms()).rejected == 0
