"""Entering what has arrived, forced to overlap with readers, writers and other rollers on PostgreSQL, happens once."""

import pytest
from sqlalchemy import func, select

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.models import Batch
from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.arrivals.entered import enter_arrived
from app.store.engine.database import Database
from app.store.inventory.meters import MeterHasReadings, delete_meter
from tests.support.elsewhere import arrivals, waiting
from tests.support.gates import Gate, Racer
from tests.support.site import Site, later_ms, quantities, rollups, row, stored

FIRST, SECOND = "2021-03-01T00:00:00+08:00", "2021-03-01T00:15:00+08:00"
BEFORE = "2021-02-28T23:45:00+08:00"
FIRST_MS = 1_614_528_000_000
MARCH_1, JANUARY_1 = 18_687, 18_628
ONE, TWO, FOUR = 1_000_000, 2_000_000, 4_000_000


@pytest.fixture
def meter(own: Site) -> MeterSpec:
    """A meter with one reading that waits to be entered."""
    made = own.meter()
    own.post([row(made, FIRST, 1)], now_ms=later_ms())
    assert waiting(own) == 1
    return made


def entering(shut: Gate) -> Racer[int]:
    """Return a roller that is held while it enters what has arrived, all but the sums being written."""
    shut.before("INSERT OR DELETE", "rollup_addition")
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    assert slow.is_alive()
    return slow


def days(own: Site, meter: MeterSpec) -> dict[int, int | None]:
    """Roll to the end; return the quantities of days, as a rebuild makes them too."""
    roll_pending(own.database)
    before = rollups(own.database, meter)
    rebuild(own.database, [meter.id])
    assert rollups(own.database, meter) == before
    assert arrivals(own) == 0
    return quantities(own.database, meter, Grain.DAY)


def batches(own: Site) -> int:
    statement = select(func.count()).select_from(Batch).where(Batch.organization_id == own.organization_id)  # type: ignore[arg-type]
    with own.database.read() as session:
        return int(session.connection().execute(statement).scalar_one())


def test_a_reader_waits_for_the_roller_that_enters_and_sees_every_reading_once(
    shut: Gate, own: Site, meter: MeterSpec
) -> None:
    slow = entering(shut)
    reader = Racer(lambda: stored(own.database, meter))
    shut.wait_until_waiting(2, slow, reader)
    assert reader.is_alive()
    shut.open()
    assert slow.result() == 1
    assert [each[1] for each in reader.result()] == [ONE]
    assert days(own, meter) == {MARCH_1: ONE}


def test_what_is_posted_while_the_roller_enters_waits_for_the_next_pass(
    shut: Gate, own: Site, meter: MeterSpec
) -> None:
    slow = entering(shut)
    assert own.post([row(meter, SECOND, 2)], now_ms=later_ms()).inserted == 1
    assert own.post([row(meter, FIRST, 1)], now_ms=later_ms()).duplicate == 1
    shut.open()
    slow.result()
    assert days(own, meter) == {MARCH_1: 3_000_000}
    assert [each[1] for each in stored(own.database, meter)] == [ONE, TWO]


def test_a_correction_of_what_the_roller_is_entering_is_made_after_it(shut: Gate, own: Site, meter: MeterSpec) -> None:
    slow = entering(shut)
    assert own.post([row(meter, FIRST, 4)], now_ms=later_ms()).replaced == 1
    shut.open()
    slow.result()
    assert days(own, meter) == {MARCH_1: FOUR}
    assert [(each[1], each[4]) for each in stored(own.database, meter)] == [(FOUR, 2)]


def test_a_correction_waits_for_the_roller_that_makes_its_day_anew_and_is_added_to_what_it_made(
    shut: Gate, own: Site, meter: MeterSpec
) -> None:
    own.post([row(meter, SECOND, 2)], now_ms=later_ms())
    roll_pending(own.database)
    own.post([row(meter, BEFORE, 1)], now_ms=later_ms())
    roll_arrivals(own.database)
    shut.before("INSERT", "rollup")
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    assert own.post([row(meter, FIRST, 4)], now_ms=later_ms()).replaced == 1
    quick = Racer(lambda: roll_arrivals(own.database))
    shut.wait_until_waiting(2, slow, quick)
    shut.open()
    assert (slow.result(), quick.result()) == (1, 1)
    assert quantities(own.database, meter, Grain.YEAR) == {JANUARY_1: 7_000_000}
    assert days(own, meter) == {MARCH_1 - 1: ONE, MARCH_1: 6_000_000}


def test_a_process_that_starts_waits_for_the_roller_that_enters(shut: Gate, own: Site, meter: MeterSpec) -> None:
    slow = entering(shut)
    other = Database(own.database.url.render_as_string(hide_password=False))
    fresh = Racer(lambda: Site(other, own.organization_id).post([row(meter, FIRST, 1), row(meter, SECOND, 2)]))
    shut.wait_until_waiting(2, slow, fresh)
    assert fresh.is_alive()
    shut.open()
    slow.result()
    outcome = fresh.result()
    assert (outcome.inserted, outcome.duplicate) == (1, 1)
    other.close()
    assert days(own, meter) == {MARCH_1: 3_000_000}


def test_a_withdrawal_waits_for_the_roller_that_enters(shut: Gate, own: Site, meter: MeterSpec) -> None:
    slow = entering(shut)
    amendment = Amendment(own.organization_id, "test", "read wrongly", later_ms())
    withdrawal = Racer(lambda: withdraw_reading(own.database, amendment, meter_id=meter.id, at=FIRST_MS))
    shut.wait_until_waiting(2, slow, withdrawal)
    assert withdrawal.is_alive()
    shut.open()
    slow.result()
    withdrawal.result()
    assert days(own, meter) == {}


@pytest.mark.parametrize("table", ["batch", "entered", "rollup_addition"])
def test_a_roller_killed_while_it_enters_loses_nothing_and_adds_nothing_twice(
    shut: Gate, own: Site, meter: MeterSpec, table: str
) -> None:
    shut.before("INSERT", table)
    before = batches(own)
    slow = Racer(lambda: roll_pending(shut.gated))
    shut.wait_until_waiting(1, slow)
    shut.end_what_waits()
    with pytest.raises(Exception, match=r"connection is lost|terminat"):
        slow.result()
    assert waiting(own) == 1
    assert batches(own) == before
    assert days(own, meter) == {MARCH_1: ONE}
    assert [each[1] for each in stored(own.database, meter)] == [ONE]
    assert batches(own) == before + 1


def test_a_post_killed_at_its_commit_is_not_there_and_the_next_one_is(shut: Gate, own: Site, meter: MeterSpec) -> None:
    shut.at_commit_of("arrival")
    slow = Site(shut.gated, own.organization_id)
    post = Racer(lambda: slow.post([row(meter, SECOND, 2)], now_ms=later_ms()))
    shut.wait_until_waiting(1, post)
    shut.end_what_waits()
    with pytest.raises(Exception, match=r"connection is lost|terminat"):
        post.result()
    shut.open()
    assert [each[1] for each in stored(own.database, meter)] == [ONE]
    for site in (slow, own):
        outcome = site.post([row(meter, FIRST, 1), row(meter, SECOND, 4)], now_ms=later_ms())
        assert outcome.inserted == (1 if site is slow else 0)
        assert outcome.duplicate == (1 if site is slow else 2)
    assert days(own, meter) == {MARCH_1: 5_000_000}


def test_the_roller_passes_by_a_post_that_is_not_committed(shut: Gate, own: Site, meter: MeterSpec) -> None:
    own.post([row(meter, "2021-03-02T00:00:00+08:00", 8)], now_ms=later_ms())
    enter_arrived(own.database)
    roll_pending(own.database)
    shut.at_commit_of("arrival")
    slow = Site(shut.gated, own.organization_id)
    post = Racer(lambda: slow.post([row(meter, "2021-03-03T00:00:00+08:00", 2)], now_ms=later_ms()))
    shut.wait_until_waiting(1, post)
    assert post.is_alive()
    assert roll_pending(own.database) == 0
    assert [each[1] for each in stored(own.database, meter)] == [ONE, 8_000_000]
    shut.open()
    assert post.result().inserted == 1
    assert days(own, meter) == {MARCH_1: ONE, MARCH_1 + 1: 8_000_000, MARCH_1 + 2: TWO}


def test_a_meter_is_not_deleted_while_its_first_reading_is_being_committed(shut: Gate, own: Site) -> None:
    meter = own.meter()
    shut.at_commit_of("arrival")
    slow = Site(shut.gated, own.organization_id)
    post = Racer(lambda: slow.post([row(meter, FIRST, 1)], now_ms=later_ms()))
    shut.wait_until_waiting(1, post)

    def delete() -> None:
        with own.database.write() as session:
            delete_meter(session, own.organization_id, meter.code)

    deleting = Racer(delete)
    shut.wait_until_waiting(2, post, deleting)
    assert post.is_alive()
    assert deleting.is_alive()
    shut.open()
    assert post.result().inserted == 1
    with pytest.raises(MeterHasReadings):
        deleting.result()
    assert days(own, meter) == {MARCH_1: ONE}
