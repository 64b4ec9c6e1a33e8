"""Rows that wait to be entered count as stored: for every writer, for whoever reads, and against every change."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.core.readings.batches import batch_from_code
from app.core.readings.columns import NO_START, ReadingColumns
from app.core.readings.versions import Correction, Version
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.ingest.writing.intake import OnConflict
from app.models import Batch
from app.store.arrivals.arrivals import append_arrival, arrivals_after, lock_readings
from app.store.arrivals.batches import BatchRecord
from app.store.arrivals.entered import entered
from app.store.arrivals.entering import enter_arrivals
from app.store.arrivals.packed import Arrival, pack, unpack
from app.store.inventory.meters import MeterHasReadings, delete_meter, update_meter
from app.store.readings.standing import EVER, standing_of
from tests.support.elsewhere import another_process, arrivals, waiting
from tests.support.site import Site, counts, later_ms, revisions, row, stored

T1, T2, T3 = (f"2021-03-01T00:{minute}:00Z" for minute in ("00", "15", "30"))
T1_MS = 1_614_556_800_000
EARLIER = "2021-02-01T00:00:00Z"


@pytest.fixture
def elsewhere(site: Site) -> Iterator[Site]:
    with another_process(site) as other:
        yield other


@pytest.fixture(params=["same", "second", "fresh"])
def sender(request: pytest.FixtureRequest, site: Site, elsewhere: Site) -> Site:
    """The process that sends what another has sent: the same one, one that was at work before, or one just started."""
    if request.param == "same":
        return site
    if request.param == "second":
        elsewhere.post([row(site.meter(), EARLIER, 1)], now_ms=later_ms())
    return elsewhere


def test_repeats_and_corrections_and_replays_of_what_only_waits_are_told_apart(site: Site, sender: Site) -> None:
    meter = site.meter()
    assert counts(site.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())) == (2, 0, 0)
    assert waiting(site) == 2
    assert counts(sender.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())) == (0, 0, 2)
    assert counts(sender.post([row(meter, T2, 7), row(meter, T3, 3)], now_ms=later_ms())) == (1, 1, 0)
    assert counts(sender.post([row(meter, T2, 2), row(meter, T1, 1)], now_ms=later_ms())) == (0, 0, 2)
    assert counts(site.post([row(meter, T2, 2), row(meter, T2, 7)], now_ms=later_ms())) == (0, 0, 2)
    assert counts(site.post([row(meter, T2, 9)], now_ms=later_ms())) == (0, 1, 0)
    assert counts(sender.post([row(meter, T2, 7), row(meter, T2, 9)], now_ms=later_ms())) == (0, 0, 2)
    assert counts(sender.post([row(meter, T2, 2)], now_ms=later_ms(), restore=True)) == (0, 1, 0)
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000, 2_000_000, 3_000_000]
    assert [(each[1], each[4]) for each in revisions(site.database, meter)] == [
        (2_000_000, 1),
        (7_000_000, 2),
        (9_000_000, 3),
    ]


def test_on_conflict_reject_holds_against_what_waits(site: Site, sender: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    outcome = sender.post([row(meter, T1, 2)], now_ms=later_ms(), on_conflict=OnConflict.REJECT)
    assert (outcome.rejected, outcome.replaced) == (1, 0)
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000]


def test_what_waits_is_seen_at_once_by_whoever_reads_readings(site: Site, elsewhere: Site) -> None:
    meter = site.meter()
    outcome = site.post([row(meter, T1, 1)], now_ms=later_ms())
    assert waiting(site) == 1
    with entered(elsewhere.database) as session:
        assert standing_of(session, site.organization_id, meter.id, *EVER).value.tolist() == [1_000_000]
        assert session.get(Batch, (site.organization_id, batch_from_code(outcome.batch or ""))) is not None
    assert waiting(site) == 0


def test_a_dry_run_appends_nothing_and_counts_what_waits(site: Site, sender: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    before = arrivals(site)
    rows = [row(meter, T1, 1), row(meter, T1, 2), row(meter, T2, 3)]
    assert counts(sender.post(rows, now_ms=later_ms(), dry_run=True)) == (1, 1, 1)
    assert arrivals(site) == before
    assert counts(sender.post(rows, now_ms=later_ms())) == (1, 1, 1)


def test_an_atomic_body_that_fails_appends_no_rows(site: Site, sender: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    outcome = sender.post([row(meter, T2, 5), row(meter, T1, 2), row(meter, "x", 1)], now_ms=later_ms(), atomic=True)
    assert outcome.rejected == 3
    assert waiting(site) <= 1
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000]
    assert counts(sender.post([row(meter, T2, 5)], now_ms=later_ms())) == (1, 0, 0)


def test_a_withdrawal_right_after_a_post_finds_what_waits(site: Site, sender: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1), row(meter, T2, 2)], now_ms=later_ms())
    amendment = Amendment(site.organization_id, "test", "read wrongly", later_ms())
    withdraw_reading(sender.database, amendment, meter_id=meter.id, at=T1_MS)
    assert [each[2] // 8 for each in stored(site.database, meter)] == [3, 0]
    for each in (site, sender):
        assert counts(each.post([row(meter, T2, 2)], now_ms=later_ms())) == (0, 0, 1)
    assert counts(site.post([row(meter, T1, 4)], now_ms=later_ms())) == (0, 1, 0)
    assert [each[1] for each in stored(site.database, meter)] == [4_000_000, 2_000_000]


def test_a_meter_whose_only_readings_wait_has_readings(site: Site, elsewhere: Site) -> None:
    meter = site.meter()
    site.post([row(meter, T1, 1)], now_ms=later_ms())
    assert waiting(site) == 1
    with pytest.raises(MeterHasReadings), elsewhere.database.write() as session:
        delete_meter(session, site.organization_id, meter.code)
    assert waiting(site) == 1
    with pytest.raises(MeterHasReadings), elsewhere.database.write() as session:
        update_meter(session, site.organization_id, meter.code, {"interval": "PT1H"})
    assert [each[1] for each in stored(site.database, meter)] == [1_000_000]


def columns(*rows: tuple[int, int, int, int, int]) -> ReadingColumns:
    """Return rows of meter, instant, value, quality and start as columns."""
    meter, at, value, quality, start = (np.array(each, dtype=np.int64) for each in zip(*rows, strict=True))
    places = np.zeros(len(rows), dtype=np.int32)
    return ReadingColumns(places, meter.astype(np.int32), at, value, start, quality.astype(np.int16))


def record(number: int, organization_id: int = 1, inserted: int = 0) -> BatchRecord:
    return BatchRecord(number, organization_id, "key", "why", 3, inserted, 0, 0, 0, 0, [3, 9])


CORRECTION = Correction(3, 50, Version(-5, 1, NO_START, 1, 11), Version(2**52, 2, 10, 2, 12))
ROWS = columns((3, 100, -7, 1, NO_START), (3, 200, 2**52, 18, 150), (9, 0, 0, 3, NO_START))


@pytest.mark.parametrize(
    "arrival",
    [
        Arrival(ROWS, np.array([12] * 3), np.array([3, 9], np.int32), np.array([90, -(2**62)]), [], [record(12)]),
        Arrival(
            ROWS,
            np.array([12, 13, 12]),
            np.array([3, 9], np.int32),
            np.array([90, 0]),
            [CORRECTION],
            [record(12), record(13)],
        ),
        Arrival(ROWS.take(np.empty(0, np.intp)), *(np.empty(0, np.int64),) * 3, [CORRECTION], [record(12)]),  # type: ignore[arg-type]
        Arrival(ROWS.take(np.arange(1)), np.array([12]), np.array([3], np.int32), np.array([9]), [], [record(12)]),
    ],
    ids=["one-batch", "two-batches", "corrections-alone", "no-start"],
)
def test_what_is_packed_comes_out_again(arrival: Arrival) -> None:
    found = unpack(pack(arrival))
    for name in ("meter", "at", "value", "start", "quality"):
        assert getattr(found.new, name).tolist() == getattr(arrival.new, name).tolist()
        assert getattr(found.new, name).dtype == getattr(arrival.new, name).dtype
    for name in ("batches", "meters", "before"):
        assert getattr(found, name).tolist() == getattr(arrival, name).tolist()
    assert list(found.corrections) == list(arrival.corrections)
    assert list(found.records) == list(arrival.records)


def test_arrivals_are_entered_in_order_and_no_more_at_once_than_asked(site: Site) -> None:
    meter = site.meter().id
    for number in (1, 2, 3):
        rows = columns(*((meter, 1_000 * number + n, number, 1, NO_START) for n in range(number)))
        with site.database.write() as session:
            assert lock_readings(session, site.organization_id)[1] == number
            batch = int(later_ms()) << 20
            arrival = Arrival(
                rows,
                np.full(number, batch),
                np.array([meter], np.int32),
                np.array([1_000 * number - 1]),
                [],
                [record(batch, site.organization_id, number)],
            )
            append_arrival(session, site.organization_id, number, 0, arrival)
    with site.database.read() as session:
        assert list(arrivals_after(session, site.organization_id, 1)) == [(2, 0), (3, 0)]
    sizes = []
    for _ in range(3):
        with site.database.write() as session:
            taken = enter_arrivals(session, site.organization_id, most_rows=3)
            sizes.append(None if taken is None else len(taken.new))
    assert sizes == [3, 3, None]
    with entered(site.database) as session:
        assert len(standing_of(session, site.organization_id, meter, *EVER)) == 6


def test_readings_with_a_reference_are_entered_from_arrivals_too(site: Site) -> None:
    meter = site.meter().id
    for number, names in enumerate((["B2", "B9"], None, ["A1", ""]), start=1):
        rows = columns((meter, 1_000, number, 1, NO_START), (meter, 1_000 + number, number, 1, NO_START))
        named = replace(rows, reference=None if names is None else np.array(names, dtype=object))
        batch = int(later_ms()) << 20
        with site.database.write() as session:
            lock_readings(session, site.organization_id)
            known = [record(batch, site.organization_id, 2)]
            arrival = Arrival(named, np.full(2, batch), np.array([meter], np.int32), np.array([0]), [], known)
            append_arrival(session, site.organization_id, number, 0, arrival)
    with site.database.write() as session:
        entered = enter_arrivals(session, site.organization_id)
        assert entered is not None
        assert entered.new.reference is not None
        assert entered.new.reference.tolist() == ["", "A1", "B2", "B9", "", ""]
    with site.database.read() as session:
        found = standing_of(session, site.organization_id, meter, *EVER)
        assert found.reference is not None
        assert list(zip(found.at.tolist(), found.reference.tolist(), found.value.tolist(), strict=True)) == [
            (1_000, "", 2),
            (1_000, "A1", 3),
            (1_000, "B2", 1),
            (1_001, "B9", 1),
            (1_002, "", 2),
            (1_003, "", 3),
        ]


def test_a_transaction_that_is_rolled_back_leaves_its_number_to_the_next(site: Site) -> None:
    numbers = []
    for _ in range(2):
        with site.database.write() as session:
            numbers.append(lock_readings(session, site.organization_id)[1])
            session.rollback()
    with site.database.write() as session:
        numbers.append(lock_readings(session, site.organization_id)[1])
    with site.database.write() as session:
        numbers.append(lock_readings(session, site.organization_id)[1])
    assert numbers == [1, 1, 1, 2]
