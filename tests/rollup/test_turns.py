"""However much is to be made anew, a transaction of the roller is short, others pass by, and the sums are the same.

What takes long here are registers with a dip, whose days are made reading by reading.
"""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.models import dirty_span_table, rollup_table
from app.rollup.rolling import roller
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.arrivals.marks import mark_everything
from app.store.rollups.rolling import meters_with_marks
from tests.support.site import Site, later_ms, new_site, quantities, rollups, row

BEGIN = datetime(2021, 1, 1, tzinfo=UTC)


def on_day(meter: MeterSpec, number: int, value: int) -> dict[str, str]:
    return dict(row(meter, (BEGIN + timedelta(days=number)).isoformat(), value))


def left(site: Site) -> list[tuple[int, int, int]]:
    table = dirty_span_table.c
    with site.database.read() as session:
        rows = session.connection().execute(select(table.meter_id, table.first_day, table.end_day).order_by(table.id))
        return [tuple(each) for each in rows]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn is over at once, and the work of this process is done by hand."""
    monkeypatch.setattr(roller, "_roll_left", lambda _database, _turn_s: False)


def test_a_meter_with_years_to_make_anew_leaves_them_and_another_is_rolled_up(site: Site, hurried: None) -> None:
    roll_pending(site.database)
    other = new_site(site.database)
    long, short = site.meter("register", dip_tolerance="1"), other.meter("event")
    site.post([on_day(long, 0, 0), on_day(long, 1000, 1001), on_day(long, 1001, 1000)], now_ms=later_ms())
    other.post([on_day(short, 5, 7)], now_ms=later_ms())
    roll_pending(site.database, slice_s=0)
    assert quantities(site.database, short, Grain.YEAR) == {18628: 7_000_000}
    assert len(quantities(site.database, long, Grain.DAY)) < 1_000
    assert [meter for meter, _, _ in left(site)] == [long.id]
    with site.database.read() as session:
        assert meters_with_marks(session, short.organization_id, limit=10) == []


def test_what_is_left_is_worked_off_and_gives_what_one_transaction_gives(site: Site) -> None:
    meter = site.meter("register", zone="Europe/Berlin")
    site.post([on_day(meter, 0, 0), on_day(meter, 600, 1201), on_day(meter, 1000, 1800)], now_ms=later_ms())
    roll_pending(site.database, slice_s=0)
    assert left(site) == []
    in_pieces = rollups(site.database, meter)
    assert sum(quantities(site.database, meter, Grain.DAY).values()) == 1_800_000_000  # type: ignore[arg-type]
    assert sum(quantities(site.database, meter, Grain.YEAR).values()) == 1_800_000_000  # type: ignore[arg-type]
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == in_pieces


def test_a_reading_between_two_pieces_is_in_both_the_old_work_and_the_new(
    site: Site, hurried: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    roll_pending(site.database)
    meter = site.meter("register", dip_tolerance="1")
    site.post([on_day(meter, 0, 0), on_day(meter, 1000, 1001), on_day(meter, 1001, 1000)], now_ms=later_ms())
    roll_pending(site.database, slice_s=0)
    assert left(site)
    site.post([on_day(meter, 500, 900)], now_ms=later_ms())
    roll_pending(site.database, slice_s=0)
    assert len({meter for meter, _, _ in left(site)}) == 1
    monkeypatch.undo()
    roll_pending(site.database, slice_s=0)
    assert left(site) == []
    assert sum(quantities(site.database, meter, Grain.YEAR).values()) == 1_000_000_000  # type: ignore[arg-type]
    found = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == found


def test_a_rebuild_in_pieces_never_takes_a_figure_away(site: Site, hurried: None) -> None:
    meter = site.meter("register", dip_tolerance="1")
    site.post([on_day(meter, 0, 0), on_day(meter, 1000, 1001), on_day(meter, 1001, 1000)], now_ms=later_ms())
    roll_pending(site.database, slice_s=60)
    assert left(site) == []
    before = rollups(site.database, meter)
    with site.database.write() as session:
        mark_everything(session, meter.organization_id, [meter.id])
    roll_pending(site.database, slice_s=0)
    assert left(site)
    assert rollups(site.database, meter) == before


def test_a_rebuild_deletes_what_no_reading_touches(site: Site) -> None:
    meter = site.meter("event")
    site.post([on_day(meter, 0, 1)], now_ms=later_ms())
    roll_pending(site.database)
    good = rollups(site.database, meter)
    with site.database.write() as session:
        for grain, day in ((1, 18_000), (2, 17_987), (3, 17_897), (1, 20_000), (3, 18_700)):
            values = dict.fromkeys((each.name for each in rollup_table.c), 0)
            values |= {"organization_id": meter.organization_id, "meter_id": meter.id, "grain": grain, "start_day": day}
            session.connection().execute(rollup_table.insert().values(values))
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == good


def test_a_rebuild_leaves_nothing_of_a_meter_without_readings(site: Site) -> None:
    meter = site.meter("event")
    with site.database.write() as session:
        values = dict.fromkeys((each.name for each in rollup_table.c), 0)
        values |= {"organization_id": meter.organization_id, "meter_id": meter.id, "grain": 1}
        session.connection().execute(rollup_table.insert().values(values))
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == []


@pytest.mark.parametrize("interval", ["PT15M", "PT1M"])
def test_one_old_reading_of_a_meter_that_estimates_its_gaps_costs_no_more_than_weeks(site: Site, interval: str) -> None:
    roll_pending(site.database)
    meter = site.meter(interval=interval, estimates_gaps=True)
    site.post([on_day(meter, 0, 4), on_day(meter, 1, 4)], now_ms=later_ms())
    roll_pending(site.database)
    started = time.perf_counter()
    site.post([dict(row(meter, "2000-06-01T00:00:00Z", 9))], now_ms=later_ms())
    roll_pending(site.database)
    assert time.perf_counter() - started < 10  # it walked ten million intervals
    found = quantities(site.database, meter, Grain.YEAR)
    assert found == {10957: 45_000_000, 18628: 8_000_000}  # 9, and as much at the same hour of four weeks


def test_a_register_that_is_silent_for_more_than_three_years_counts_in_none_of_them(site: Site) -> None:
    meter = site.meter("register")
    site.post([on_day(meter, 0, 100), on_day(meter, 10, 110)], now_ms=later_ms())
    roll_pending(site.database)
    before = rollups(site.database, meter)
    site.post([dict(row(meter, "2000-01-01T00:00:17Z", 0))], now_ms=later_ms())
    roll_pending(site.database)
    assert quantities(site.database, meter, Grain.YEAR) == {10957: None, 18628: 10_000_000}
    flagged = {day: flags for grain, day, *_, flags in rollups(site.database, meter) if grain == 1 and flags}
    assert flagged == {10957: 2048, 18628: 2048}
    rebuild(site.database, [meter.id])
    assert quantities(site.database, meter, Grain.YEAR) == {10957: None, 18628: 10_000_000}
    wrong = Amendment(site.organization_id, "test", "the clock had been reset", later_ms())
    withdraw_reading(site.database, wrong, meter_id=meter.id, at=946_684_817_000)
    roll_pending(site.database)
    assert rollups(site.database, meter) == before
