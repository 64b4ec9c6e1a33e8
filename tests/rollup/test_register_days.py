"""Days of registers made of columns are those that the rules make of their readings one by one, on either database."""

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec, RegisterDirection
from app.core.readings.buckets import Bucket, RollupFlag
from app.core.readings.versions import StoredColumns
from app.ingest.writing.amend import Amendment, state_exchange, withdraw_reading
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.register_days import _touching
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.readings.around import Around
from app.store.sql.conflicts import DuplicateCode, NotThere
from tests.rollup.steady import DEFINITIONS, QUARTER_MS, readings
from tests.rollup.test_any_order import stored_buckets, whole
from tests.support.folded import fold_site
from tests.support.site import NOW_MS, Site, later_ms, new_site, quantities, rollups, row
from tests.support.streams import Saying

BEGIN_MS = 1_616_803_200_000
"""27 March 2021, a day before clocks change in Berlin."""

BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
WITHIN = settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def sayings(random: Random, meter: MeterSpec) -> list[Saying]:
    """Return what a register says, some of it twice and differently."""
    odd = random.choice([0, 0, 0.01, 0.03])
    said = [Saying(*each, start=None) for each in readings(random, 130, begin_ms=BEGIN_MS, odd=odd)]
    if meter.direction is RegisterDirection.DOWN:
        said = [Saying(each.at, 4 * 10**15 - each.value, each.quality, None) for each in said]
    wrong = random.sample(said, random.choice([0, 1, 2, 30]))
    return [Saying(each.at, each.value - random.choice([1, 10**6, 10**9]), "measured", None) for each in wrong] + said


def deliver(site: Site, random: Random, said: dict[int, list[Saying]], meters: dict[int, MeterSpec]) -> None:
    """Send what registers say in some order, in bodies that hold several of them, and roll now and then."""
    for each in said.values():
        if random.random() < 0.6:
            each.sort(key=lambda saying: saying.at)
        else:
            random.shuffle(each)
    while any(said.values()):
        rows = []
        for meter, waiting in said.items():
            some = random.choice([0, 1, 1, 20, 130])
            rows += [saying.row(meters[meter]) for saying in waiting[:some]]
            del waiting[:some]
        if rows:
            site.post(rows, form="ndjson", now_ms=NOW_MS)
        amend(site, random, random.choice(list(meters.values())))
        if random.random() < 0.6:
            roll_pending(site.database)
        if random.random() < 0.3:
            fold_site(site)


def amend(site: Site, random: Random, meter: MeterSpec) -> None:
    """Withdraw a reading or state an exchange, seldom."""
    amendment = Amendment(site.organization_id, "test", "a meter was looked at", NOW_MS + 1)
    at = BEGIN_MS + random.randrange(100) * QUARTER_MS
    try:
        if random.random() < 0.1:
            withdraw_reading(site.database, amendment, meter_id=meter.id, at=at)
        elif random.random() < 0.05:
            state_exchange(site.database, amendment, meter_id=meter.id, at=at, final_value=10**9, first_value=5_000_000)
    except (DuplicateCode, NotThere):
        return


@WITHIN
@given(st.integers(0, 2**32))
def test_days_are_those_of_the_rules_whatever_arrives_and_in_whatever_order(site: Site, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - examples
    own = new_site(site.database)
    made = [
        own.meter("register", zone=random.choice(["Europe/Berlin", "Asia/Shanghai"]), **random.choice(DEFINITIONS))
        for _ in range(2)
    ]
    deliver(own, random, {meter.id: sayings(random, meter) for meter in made}, {meter.id: meter for meter in made})
    roll_pending(own.database)
    for meter in made:
        assert stored_buckets(own.database, meter, Grain.DAY) == whole(own.database, meter)
        incremental = rollups(own.database, meter)
        rebuild(own.database, [meter.id])
        assert rollups(own.database, meter) == incremental


Asked = list[tuple[int, int]]


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return what is made reading by reading: of each time the meter's id and how many days."""
    asked: Asked = []

    def made(session: Session, spec: MeterSpec, first_day: int, end_day: int) -> list[Bucket]:
        asked.append((spec.id, end_day - first_day))
        return day_buckets(session, spec, first_day, end_day)

    for module in ("app.rollup.rolling.ahead", "app.rollup.buckets.days"):
        monkeypatch.setattr(f"{module}.day_buckets", made)
    return asked


def on_quarter(meter: MeterSpec, number: int, value: int) -> dict[str, str]:
    return dict(row(meter, (BEGIN + timedelta(minutes=15 * number)).isoformat(), value))


def test_a_reading_more_of_many_registers_is_rolled_without_a_question_of_each(
    site: Site, one_by_one: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    meters = [site.meter("register", zone="UTC") for _ in range(30)]
    site.post([on_quarter(meter, at, 3 * at) for meter in meters for at in range(192)], now_ms=later_ms())
    roll_pending(site.database)
    fold_site(site)
    monkeypatch.setattr("app.rollup.rolling.roller.dirty_days", None)
    site.post([on_quarter(meter, 192, 3 * 192 + number) for number, meter in enumerate(meters)], now_ms=later_ms())
    roll_pending(site.database)
    assert one_by_one == []
    for number, meter in enumerate(meters):
        assert list(quantities(site.database, meter, Grain.DAY).values()) == [288 * 10**6, (288 + number) * 10**6]


def test_a_register_that_was_reset_is_made_by_the_rules_and_the_others_are_not(site: Site, one_by_one: Asked) -> None:
    steady, reset = site.meter("register", zone="UTC"), site.meter("register", zone="UTC")
    site.post([on_quarter(meter, at, 50 + at) for meter in (steady, reset) for at in range(4)], now_ms=later_ms())
    roll_pending(site.database)
    site.post([on_quarter(steady, 4, 60), on_quarter(reset, 4, 1), on_quarter(reset, 5, 3)], now_ms=later_ms())
    roll_pending(site.database)
    assert one_by_one == [(reset.id, 1)]
    assert list(quantities(site.database, steady, Grain.DAY).values()) == [10 * 10**6]
    assert list(quantities(site.database, reset, Grain.DAY).values()) == [5 * 10**6]
    flags = [bucket.flags for bucket in stored_buckets(site.database, reset, Grain.DAY)]
    assert flags == [RollupFlag.RESET]


def test_of_years_made_anew_the_months_around_a_reset_are_made_by_the_rules(site: Site, one_by_one: Asked) -> None:
    meter = site.meter("register", zone="UTC")
    values = [*range(500), *range(0, 1_000, 2)]
    site.post([on_quarter(meter, 96 * at, value) for at, value in enumerate(values)], now_ms=later_ms())
    roll_pending(site.database)
    one_by_one.clear()
    rebuild(site.database, [meter.id])
    assert 190 < sum(days for _, days in one_by_one) < 290
    assert sum(quantities(site.database, meter, Grain.YEAR).values()) == (499 + 998) * 10**6  # type: ignore[arg-type]


def test_a_day_with_a_flag_is_looked_at_by_the_rules_when_what_was_odd_is_corrected(
    site: Site, one_by_one: Asked
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_quarter(meter, at, at) for at in (0, 24, 48, 72, 96, 120)], now_ms=later_ms())
    site.post([on_quarter(meter, 60, 9_000)], now_ms=later_ms())
    roll_pending(site.database)
    assert list(quantities(site.database, meter, Grain.DAY).values()) == [72 * 10**6, 24 * 10**6]
    site.post([on_quarter(meter, 60, 60)], now_ms=later_ms())
    roll_pending(site.database)
    assert list(quantities(site.database, meter, Grain.DAY).values()) == [96 * 10**6, 24 * 10**6]
    assert [bucket.flags for bucket in stored_buckets(site.database, meter, Grain.DAY)] == [0, 0]


def test_registers_read_each_second_each_month_and_never_are_rolled_together(site: Site) -> None:
    often, seldom, once = (site.meter("register", zone="UTC") for _ in range(3))
    rows = [dict(row(often, (BEGIN + timedelta(seconds=at)).isoformat(), at)) for at in range(3_000)]
    rows += [on_quarter(seldom, 96 * 30 * at, at) for at in range(50)]
    site.post([*rows, on_quarter(once, 0, 7)], now_ms=later_ms())
    roll_pending(site.database)
    assert sum(quantities(site.database, often, Grain.YEAR).values()) == 2_999 * 10**6  # type: ignore[arg-type]
    assert sum(quantities(site.database, seldom, Grain.YEAR).values()) == 49 * 10**6  # type: ignore[arg-type]
    assert quantities(site.database, once, Grain.YEAR) == {}
    assert stored_buckets(site.database, seldom, Grain.DAY) == whole(site.database, seldom)


def test_an_exchange_between_readings_that_rise_steadily_counts_what_both_instruments_showed(site: Site) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_quarter(meter, 24 * at, 100 + 5 * at) for at in range(2)], now_ms=later_ms())
    site.post([on_quarter(meter, 24 * at, 102 + 5 * at) for at in (2, 3, 4)], now_ms=later_ms())
    roll_pending(site.database)
    assert list(quantities(site.database, meter, Grain.DAY).values()) == [22 * 10**6]
    amendment = Amendment(site.organization_id, "test", "a new instrument", later_ms())
    at = round((BEGIN + timedelta(hours=9)).timestamp()) * 1_000
    final, first = 110 * 10**6, 107 * 10**6
    state_exchange(site.database, amendment, meter_id=meter.id, at=at, final_value=final, first_value=first)
    roll_pending(site.database)
    assert list(quantities(site.database, meter, Grain.DAY).values()) == [25 * 10**6]
    rebuild(site.database, [meter.id])
    assert list(quantities(site.database, meter, Grain.DAY).values()) == [25 * 10**6]


def test_what_a_corrected_reading_decided_beyond_its_neighbours_is_made_anew(site: Site) -> None:
    """10,500 was estimated too high and set aside beside 10,300; beside 10,600 it counts, two days before that."""
    meter = site.meter("register", zone="UTC")
    said = ((0, 9_700, "measured"), (1, 10_500, "estimated"), (2, 10_300, "measured"), (3, 10_700, "measured"))
    rows = [{**on_quarter(meter, 96 * day + 48, value), "quality": quality} for day, value, quality in said]
    site.post(rows, now_ms=later_ms())
    roll_pending(site.database)
    days = quantities(site.database, meter, Grain.DAY)
    assert list(days.values()) == [150 * 10**6, 300 * 10**6, 350 * 10**6, 200 * 10**6]
    site.post([on_quarter(meter, 96 * 2 + 48, 10_600)], now_ms=later_ms())
    roll_pending(site.database)
    days = quantities(site.database, meter, Grain.DAY)
    assert list(days.values()) == [400 * 10**6, 450 * 10**6, 100 * 10**6, 50 * 10**6]


def test_steps_of_stretches_apart_and_overlapping_are_told_once_each() -> None:
    """Of ten readings of one register: those of the stretches 2 to 4 and 3 to 5, then 8 alone."""
    integers = np.zeros(10, dtype=np.int64)
    rows = StoredColumns(integers, integers, integers, integers, integers, integers, integers)  # type: ignore[arg-type]
    places = [np.array(each) for each in ([0, 1, 2], [0, 1, 6], [2, 3, 8], [4, 5, 9], [6, 7, 10])]
    around = Around(rows, *places)
    everything = np.ones(3, dtype=np.bool_)
    # A step is numbered as the reading it begins at: 1 leads into the first stretch, 4 out of the second.
    assert np.flatnonzero(_touching(around, everything)).tolist() == [1, 2, 3, 4, 7, 8]
    assert np.flatnonzero(_touching(around, np.array([True, False, True]))).tolist() == [1, 2, 3, 7, 8]
    assert np.flatnonzero(_touching(around, np.array([False, False, True]))).tolist() == [7, 8]
