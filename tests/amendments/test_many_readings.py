"""Readings withdrawn or accepted by meters and range, in pieces, under one batch; and undone to what they were."""

from itertools import pairwise

import msgspec
import pytest
from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.core.readings.columns import NO_REFERENCE
from app.core.readings.versions import Correction
from app.ingest.judging.decide import LAST_REVISION
from app.ingest.writing.amend import Amendment, RevisionsExhausted, withdraw_reading
from app.ingest.writing.bulk_amend import AlreadyUndone, AmendmentUnfinished, carry_on
from app.models import Batch, mark_table
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.arrivals import append_corrections, lock_readings
from app.store.arrivals.entered import entered
from app.store.readings.history import current_versions
from app.store.readings.revisions import revisions_of
from tests.amendments.orders import ACCEPT, WITHDRAW, amended, finish, kept, ms, ordered, undoing, undone
from tests.support.elsewhere import another_process
from tests.support.site import Site, later_ms, quantities, row, standing, stored

MARCH_2021 = 18_687
COUNTED, ACCEPTED, SUSPECT, WITHDRAWN = 0, 8, 16, 24
MEASURED, ESTIMATED, MANUAL = 1, 2, 3


def _standings(site: Site, meter: MeterSpec) -> list[tuple[int, int]]:
    """Return stored quality and revision of each reading of a meter, in order."""
    return [(quality, revision) for _, _, quality, _, revision in stored(site.database, meter)]


def _batches(site: Site, meter: MeterSpec) -> list[int]:
    batches: list[int] = standing(site.database, meter).batch.tolist()
    return batches


def test_a_range_of_meters_is_withdrawn_under_one_batch(site: Site) -> None:
    meters = [site.meter(interval="P1D", edge="interval_start") for _ in range(3)]
    days = [f"2021-03-0{day}T00:00:00+08:00" for day in (1, 2, 3, 4)]
    site.post([row(meter, at, 10 * place) for meter in meters for place, at in enumerate(days, start=1)])
    roll_pending(site.database)

    batch = amended(site, WITHDRAW, meters[:2], days[1], days[3])
    roll_pending(site.database)

    for meter in meters[:2]:
        assert _standings(site, meter) == [(1, 1), (25, 2), (25, 2), (1, 1)]
        assert [each == batch for each in _batches(site, meter)] == [False, True, True, False]
        assert quantities(site.database, meter, 2) == {MARCH_2021: 50_000_000}
    assert quantities(site.database, meters[2], 2) == {MARCH_2021: 100_000_000}
    done = kept(site, batch)
    assert (done.changed, done.passed_over, done.finished_at is None) == (4, 0, False)
    with entered(site.database) as session:
        record = session.get(Batch, (site.organization_id, batch))
        assert record is not None
        told = (record.received, record.replaced, record.key_code, record.reason, record.announced)
        assert told == (4, 4, "auditor", "found by inspection", False)
        versions = revisions_of(
            session, site.organization_id, (meters[0].id, ms(days[1]), NO_REFERENCE), after=0, limit=10
        )
    assert [(each.key_code, each.reason) for each in versions] == [("test", None), ("auditor", "found by inspection")]


def test_every_ticket_of_the_range_is_withdrawn(site: Site) -> None:
    ledger = site.meter("event")
    at = "2021-03-01T00:00:00+08:00"
    site.post([row(ledger, at, 1, reference=number) for number in ("T-1", "T-2")] + [row(ledger, at, 1)])

    amended(site, WITHDRAW, [ledger], at, "2021-03-01T00:00:00.001+08:00")

    assert _standings(site, ledger) == [(25, 2)] * 3


def test_only_suspect_readings_of_the_range_are_accepted(site: Site) -> None:
    meters = [site.meter(interval="P1D", edge="interval_start", max_rate="10") for _ in range(2)]
    days = [f"2021-03-0{day}T00:00:00+08:00" for day in (1, 2, 3, 4)]
    for meter in meters:
        site.post([row(meter, at, value) for at, value in zip(days, (900, 100, 800, 700), strict=True)])
    amended(site, WITHDRAW, [meters[1]], days[0], days[1])

    batch = amended(site, ACCEPT, meters, days[0], days[3])
    roll_pending(site.database)

    assert _standings(site, meters[0]) == [(9, 2), (1, 1), (9, 2), (17, 1)]
    assert _standings(site, meters[1]) == [(25, 2), (1, 1), (9, 2), (17, 1)]
    assert [quantities(site.database, meter, 2) for meter in meters] == [
        {MARCH_2021: 1_800_000_000},
        {MARCH_2021: 900_000_000},
    ]
    assert kept(site, batch).changed == 3


@pytest.mark.parametrize("most_readings", [1, 2, 3, 7, 100])
def test_pieces_of_any_size_come_to_the_same(site: Site, most_readings: int) -> None:
    meters = [site.meter(), site.meter("event"), site.meter()]
    site.post([row(meters[0], f"2021-03-01T00:{minute}:00Z", 1) for minute in ("00", "15", "30", "45")])
    tickets = [(day, number) for day in (1, 2) for number in ("A", "B", "C")]
    site.post([row(meters[1], f"2021-03-0{day}T00:00:00Z", 2, reference=number) for day, number in tickets])
    site.post([row(meters[2], "2021-03-02T00:00:00Z", 3)])

    batch = ordered(site, WITHDRAW, meters, "2021-03-01T00:15:00Z", "2021-03-02T00:00:00.001Z")
    finish(site, most_readings=most_readings)

    assert _standings(site, meters[0]) == [(1, 1), (25, 2), (25, 2), (25, 2)]
    assert _standings(site, meters[1]) == [(1, 1)] * 3 + [(25, 2)] * 3
    assert _standings(site, meters[2]) == [(25, 2)]
    assert kept(site, batch).changed == 7


def test_what_is_posted_meanwhile_stands_as_if_it_was_withdrawn_at_once(site: Site) -> None:
    meter = site.meter()
    quarters = [f"2021-03-01T10:{minute}:00+08:00" for minute in ("00", "15", "30", "45")]
    site.post([row(meter, at, value) for at, value in zip(quarters, (5, 6, 7), strict=False)])
    batch = ordered(site, WITHDRAW, [meter], quarters[0], "2021-03-02T00:00:00+08:00")

    first = carry_on(site.database, site.organization_id, now_ms=later_ms(), most_readings=1)
    site.post([row(meter, quarters[0], 5), row(meter, quarters[1], 8)], now_ms=later_ms())
    site.post([row(meter, quarters[3], 9)], now_ms=later_ms())
    finish(site, most_readings=1)

    assert first is not None
    assert (first.looked_at, first.changed, first.finished) == (1, 1, False)
    assert [(value, quality) for _, value, quality, _, _ in stored(site.database, meter)] == [
        (5_000_000, 25),
        (8_000_000, 1),
        (7_000_000, 25),
        (9_000_000, 1),
    ]
    done = kept(site, batch)
    assert (done.changed, done.passed_over) == (2, 2)


def test_another_process_goes_on_where_one_has_stopped(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, f"2021-03-01T00:{minute}:00Z", 1) for minute in ("00", "15", "30", "45")])
    batch = ordered(site, WITHDRAW, [meter], "2021-03-01T00:00:00Z", "2021-03-02T00:00:00Z")
    carry_on(site.database, site.organization_id, now_ms=later_ms(), most_readings=3)

    with another_process(site) as other:
        piece = carry_on(other.database, site.organization_id, now_ms=later_ms(), most_readings=3)
        assert carry_on(other.database, site.organization_id, now_ms=later_ms()) is None

    assert piece is not None
    assert (piece.batch, piece.looked_at, piece.changed, piece.finished) == (batch, 1, 4, True)


def test_amendments_are_carried_out_in_the_order_they_were_given(site: Site) -> None:
    meter = site.meter(max_rate="10")
    site.post([row(meter, f"2021-03-01T00:{minute}:00Z", 900) for minute in ("00", "15", "30")])
    day = ("2021-03-01T00:00:00Z", "2021-03-02T00:00:00Z")
    accepted, withdrawn = ordered(site, ACCEPT, [meter], *day), ordered(site, WITHDRAW, [meter], *day)

    finish(site, most_readings=2)

    assert _standings(site, meter) == [(25, 3)] * 3
    assert [kept(site, batch).changed for batch in (accepted, withdrawn)] == [3, 3]


def test_an_undone_withdrawal_leaves_each_reading_as_it_was(site: Site) -> None:
    meter = site.meter(max_rate="1000")
    days = [f"2021-03-0{day}T00:00:00+08:00" for day in (1, 2, 3, 4, 5)]
    site.post([row(meter, days[0], 1), row(meter, days[1], 2, quality="estimated", start=days[0])])
    site.post([row(meter, days[2], 9_000, quality="manual"), row(meter, days[3], 8_000), row(meter, days[4], 5)])
    amended(site, ACCEPT, [meter], days[3], days[4])
    amended(site, WITHDRAW, [meter], days[4], "2021-03-06T00:00:00+08:00")
    roll_pending(site.database)
    before, totals = stored(site.database, meter), quantities(site.database, meter, 1)

    batch = amended(site, WITHDRAW, [meter], days[0], "2021-03-06T00:00:00+08:00")
    roll_pending(site.database)
    withdrawn = quantities(site.database, meter, 1)
    own = undone(site, batch)
    roll_pending(site.database)

    assert [quality for _, _, quality, _, _ in before] == [
        MEASURED,
        ESTIMATED,
        SUSPECT + MANUAL,
        ACCEPTED + MEASURED,
        WITHDRAWN + MEASURED,
    ]
    assert [each[:4] for each in stored(site.database, meter)] == [each[:4] for each in before]
    assert [each[4] for each in stored(site.database, meter)] == [3, 3, 3, 4, 2]
    assert withdrawn == {}
    assert quantities(site.database, meter, 1) == totals
    assert (kept(site, own).changed, kept(site, own).passed_over, kept(site, own).undoes) == (4, 0, batch)


def test_what_was_changed_since_is_left_by_the_undoing(site: Site) -> None:
    meter = site.meter()
    at = [f"2021-03-01T00:{minute}:00Z" for minute in ("00", "15", "30")]
    site.post([row(meter, each, 1) for each in at])
    batch = amended(site, WITHDRAW, [meter], at[0], "2021-03-02T00:00:00Z")
    site.post([row(meter, at[1], 7)], now_ms=later_ms())

    own = undone(site, batch)

    assert [each[1:3] for each in stored(site.database, meter)] == [(1_000_000, 1), (7_000_000, 1), (1_000_000, 1)]
    assert (kept(site, own).changed, kept(site, own).passed_over) == (2, 1)


def test_an_undoing_is_undone_like_anything_else(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, "2021-03-01T00:00:00Z", 1)])
    batch = amended(site, WITHDRAW, [meter], "2021-03-01T00:00:00Z", "2021-03-02T00:00:00Z")
    own = undone(site, batch)
    with pytest.raises(AlreadyUndone):
        undoing(site, batch)

    again = undone(site, own)

    assert _standings(site, meter) == [(25, 4)]
    assert undone(site, again) > again
    assert _standings(site, meter) == [(1, 5)]


def test_what_is_still_carried_out_is_not_undone(site: Site) -> None:
    meter = site.meter()
    batch = ordered(site, WITHDRAW, [meter], "2021-03-01T00:00:00Z", "2021-03-02T00:00:00Z")
    with pytest.raises(AmendmentUnfinished):
        undoing(site, batch)
    finish(site)
    assert undoing(site, batch) > batch


def test_a_reading_without_room_for_a_revision_is_passed_over(site: Site) -> None:
    meter = site.meter()
    at = [f"2021-03-01T00:{minute}:00Z" for minute in ("00", "15")]
    site.post([row(meter, each, 1) for each in at])
    roll_pending(site.database)
    _exhaust(site, meter, ms(at[0]))

    batch = amended(site, WITHDRAW, [meter], at[0], "2021-03-02T00:00:00Z")

    assert _standings(site, meter) == [(1, LAST_REVISION), (25, 2)]
    assert (kept(site, batch).changed, kept(site, batch).passed_over) == (1, 1)
    amendment = Amendment(site.organization_id, None, "wrong", later_ms())
    with pytest.raises(RevisionsExhausted):
        withdraw_reading(site.database, amendment, meter_id=meter.id, at=ms(at[0]))


def _exhaust(site: Site, meter: MeterSpec, at: int) -> None:
    """Have a reading stand that was changed as often as one can be."""
    with site.database.write() as session:
        lock_readings(session, site.organization_id)
        known = current_versions(session, site.organization_id, meter.id, [at], NO_REFERENCE)
        old = known[meter.id, at, NO_REFERENCE]
        correction = Correction(meter.id, at, old, msgspec.structs.replace(old, revision=LAST_REVISION))
        append_corrections(session, site.organization_id, [correction])


def test_neighbouring_readings_of_a_piece_make_one_mark(site: Site) -> None:
    meter = site.meter()
    hours = [f"2021-03-0{day}T{hour:02}:00:00Z" for day in (1, 2, 8) for hour in range(24)]
    site.post([row(meter, each, 1) for each in hours])
    roll_pending(site.database)

    amended(site, WITHDRAW, [meter], hours[0], "2021-03-09T00:00:00Z")

    with site.database.read() as session:
        assert _marks(session, meter.id) == [
            (ms("2021-03-01T00:00:00Z"), ms("2021-03-02T23:00:00Z")),
            (ms("2021-03-08T00:00:00Z"), ms("2021-03-08T23:00:00Z")),
        ]


def _marks(session: Session, meter_id: int) -> list[tuple[int, int]]:
    rows = session.connection().execute(mark_table.select().where(mark_table.c.meter_id == meter_id))
    found = sorted((each.first_at, each.last_at) for each in rows)
    assert all(before[1] < after[0] for before, after in pairwise(found))
    return found
