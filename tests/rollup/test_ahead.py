"""Days computed ahead of their transaction are written only where nobody rolled their meter meanwhile."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from sqlalchemy import select, text

from app.core.calendar.periods import Grain
from app.core.events import EventKind
from app.core.inventory.meters import MeterSpec
from app.models import dirty_span_table
from app.rollup.buckets.hours import keep_missing
from app.rollup.rolling import roller
from app.rollup.rolling.ahead import Ahead, compute_ahead, without
from app.rollup.rolling.pieces import TimeSlice
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.arrivals.marks import mark_everything
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.rollups.dirty_spans import leave_spans
from app.store.rollups.kept_hours import kept_days
from app.store.rollups.shown import figure_marks
from tests.support.site import Site, later_ms, new_site, quantities, rollups, row
from tests.support.told import end_of, told

BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
JANUARY_1, JANUARY_2 = 18_628, 18_629


def on_hour(meter: MeterSpec, hour: int, value: int) -> dict[str, str]:
    return dict(row(meter, (BEGIN + timedelta(hours=hour)).isoformat(), value))


def roll_marks(site: Site) -> None:
    """Take the marks, and work off what they touch, as another roller does that leaves what waits to this one."""
    enter_arrived(site.database)
    roller._roll_marked(site.database, 1_000, in_lanes=False, slice_s=0)


def take_marks(site: Site, meter: MeterSpec) -> None:
    """Take the marks of a meter and leave what they touch, as another roller does before it computes."""
    enter_arrived(site.database)
    with site.database.write() as session:
        roller._roll_some(session, directories(site.database), meter.organization_id, [meter.id], TimeSlice(0))


def left(site: Site) -> list[int]:
    """Return the ids of what waits."""
    with site.database.read() as session:
        return list(session.connection().execute(select(dirty_span_table.c.id)).scalars())


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Return what has something done once, right after the next days were computed and before they are written."""
    acts: list[Callable[[], None]] = []

    def computed(*arguments: object) -> Ahead:
        ahead = compute_ahead(*arguments)  # type: ignore[arg-type]
        if ahead.days and acts:
            acts.pop()()
        return ahead

    monkeypatch.setattr(roller, "compute_ahead", computed)
    yield acts.append
    assert acts == []


def test_days_that_another_roller_has_written_meanwhile_are_not_written_older(
    site: Site, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 0, 0), on_hour(meter, 240, 1000)], now_ms=later_ms())

    def another() -> None:
        site.post([on_hour(meter, 48, 900)], now_ms=later_ms())
        roll_marks(site)
        assert quantities(site.database, meter, Grain.DAY)[JANUARY_1] == 450_000_000

    meanwhile(another)
    roll_pending(site.database, slice_s=0)
    days = quantities(site.database, meter, Grain.DAY)
    assert [days[JANUARY_1 + number] for number in (0, 1, 2, 9)] == [450_000_000, 450_000_000, 12_500_000, 12_500_000]
    assert quantities(site.database, meter, Grain.YEAR) == {JANUARY_1: 1_000_000_000}
    found = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == found


def test_what_waited_of_a_meter_that_is_made_anew_from_nothing_is_dropped(
    site: Site, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 0, 0), on_hour(meter, 240, 1000)], now_ms=later_ms())
    before: list[int] = []

    def another() -> None:
        before.extend(left(site))
        with site.database.write() as session:
            mark_everything(session, meter.organization_id, [meter.id])
        take_marks(site, meter)
        assert not set(before) & set(left(site))

    meanwhile(another)
    roll_pending(site.database, slice_s=0)
    assert before
    assert quantities(site.database, meter, Grain.YEAR) == {JANUARY_1: 1_000_000_000}


def test_what_is_stored_and_marked_meanwhile_is_made_anew_after_what_was_computed(
    site: Site, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 1, 0), on_hour(meter, 9, 100)], now_ms=later_ms())

    def store() -> None:
        site.post([on_hour(meter, 9, 70)], now_ms=later_ms())
        enter_arrived(site.database)

    meanwhile(store)
    roll_pending(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {JANUARY_1: 100_000_000}
    roll_pending(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {JANUARY_1: 70_000_000}


def test_days_that_another_roller_has_left_meanwhile_are_made_anew_although_they_were_written(
    site: Site, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 1, 0), on_hour(meter, 9, 100)], now_ms=later_ms())

    def another() -> None:
        site.post([on_hour(meter, 9, 70)], now_ms=later_ms())
        take_marks(site, meter)

    meanwhile(another)
    roll_pending(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {JANUARY_1: 70_000_000}
    assert left(site) == []


def test_days_that_another_roller_took_are_not_written_again(
    site: Site, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 1, 0), on_hour(meter, 30, 290)], now_ms=later_ms())

    def another() -> None:
        site.post([on_hour(meter, 30, 580)], now_ms=later_ms())
        roll_pending(site.database)

    meanwhile(another)
    roll_pending(site.database)
    assert quantities(site.database, meter, Grain.DAY) == {JANUARY_1: 460_000_000, JANUARY_2: 120_000_000}


def test_days_that_are_summed_in_columns_do_not_wait_until_all_others_are_done(site: Site) -> None:
    register, interval = site.meter("register", zone="UTC", dip_tolerance="1"), site.meter(zone="UTC")
    dip = [on_hour(register, 2399, 2401), on_hour(register, 2400, 2400)]
    site.post([on_hour(register, 0, 0), *dip], now_ms=later_ms())
    site.post([on_hour(interval, 1, 3)], now_ms=later_ms())
    roll_pending(site.database)
    with site.database.write() as session:
        session.connection().execute(text("UPDATE rollup SET quantity = 0"))
        days = [(register.id, JANUARY_1, JANUARY_1 + 100), (interval.id, JANUARY_1, JANUARY_2)]
        leave_spans(session, site.organization_id, days)
    assert roller._roll_left(site.database, 0)
    assert quantities(site.database, interval, Grain.DAY) == {JANUARY_1: 3_000_000}
    assert left(site)
    roll_pending(site.database)
    assert quantities(site.database, register, Grain.YEAR) == {JANUARY_1: 2_400_000_000}


def test_hours_that_are_kept_of_what_was_computed_are_forgotten(site: Site) -> None:
    meter = site.meter("register", zone="UTC")
    site.post([on_hour(meter, 1, 0), on_hour(meter, 9, 100), on_hour(meter, 33, 340)], now_ms=later_ms())
    roll_pending(site.database)
    assert keep_missing(site.database, [meter]) == 2
    site.post([on_hour(meter, 35, 360)], now_ms=later_ms())
    roll_pending(site.database)
    with site.database.read() as session:
        assert kept_days(session, meter.organization_id, meter.id) == {JANUARY_1}


def test_what_was_computed_is_told_of_when_it_is_written_and_its_year_marked(site: Site) -> None:
    meter = site.meter("register", zone="UTC")
    start = end_of(site)
    site.post([on_hour(meter, 1, 0), on_hour(meter, 30, 290)], now_ms=later_ms())
    roll_pending(site.database)
    (event,) = told(site, start, EventKind.ROLLUPS_CHANGED)
    assert event.payload == {"meters": 1, "start_day": "2021-01-01", "end_day": "2021-01-03"}
    assert event.resources == ("electricity.grid",)
    with site.database.read() as session:
        marks = figure_marks(session, limit=100)
    assert [each.year_start_day for each in marks if each.organization_id == site.organization_id] == [JANUARY_1]


def test_on_sqlite_others_have_the_writer_three_times_as_long_as_days_took(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = new_site(sqlite_database)
    meter = site.meter("register", zone="UTC", dip_tolerance="1")
    site.post([on_hour(meter, 0, 0), on_hour(meter, 479, 481), on_hour(meter, 480, 480)], now_ms=later_ms())
    slept: list[float] = []

    def slowly(*arguments: object) -> Ahead:
        Event().wait(0.03)
        return compute_ahead(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(roller, "compute_ahead", slowly)
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr(sqlite_database, "rolls", True)
    roll_pending(sqlite_database, slice_s=0)
    assert len(slept) > 1
    assert all(0.09 <= seconds <= 0.5 for seconds in slept)


def test_what_was_not_come_to_waits_on() -> None:
    assert without([(1, 10)], [(1, 4)]) == [(4, 10)]
    assert without([(1, 10)], [(3, 4), (6, 10)]) == [(1, 3), (4, 6)]
    assert without([(1, 3), (5, 9)], [(2, 6)]) == [(1, 2), (6, 9)]
    assert without([(1, 3)], []) == [(1, 3)]
    assert without([(1, 3)], [(1, 3)]) == []
