"""A body is stored as a batch on either database, and its counts say what became of every row."""

import gzip
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.core.readings.batches import batch_from_code, stored_at_ms
from app.ingest.problems import BodyInvalid, RowCode
from app.ingest.writing.intake import IngestOptions, IngestOutcome, OnConflict, ingest_readings
from app.models import Batch, mark_table
from app.store.arrivals.entered import entered
from tests.support.site import NOW_MS, Site, new_site, revisions, row, stored

AT = "2021-03-01T00:00:00Z"
AT_MS = 1_614_556_800_000
LATER = "2021-03-01T00:15:00Z"
MEASURED, MANUAL = 1, 3


def counts(outcome: IngestOutcome) -> tuple[int, int, int, int, int]:
    """Return inserted, replaced, duplicate, rejected, suspect; what was received is their sum but for the suspect."""
    assert outcome.received == outcome.inserted + outcome.replaced + outcome.duplicate + outcome.rejected
    return outcome.inserted, outcome.replaced, outcome.duplicate, outcome.rejected, outcome.suspect


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
def test_every_format_stores_the_same_reading(site: Site, form: str) -> None:
    meter = site.meter()
    outcome = site.post([row(meter, AT, "12.3456785", quality="manual", start="2021-02-28T00:00:00Z")], form=form)
    assert counts(outcome) == (1, 0, 0, 0, 0)
    assert stored(site.database, meter) == [(AT_MS, 12_345_678, MANUAL, AT_MS - 86_400_000, 1)]


def test_the_same_digits_in_another_format_are_a_duplicate(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, "98765432.1234565")], form="json")
    assert counts(site.post([row(meter, AT, "98765432.1234565")], form="csv")) == (0, 0, 1, 0, 0)
    assert counts(site.post([row(meter, AT, "98765432.12345650")], form="ndjson")) == (0, 0, 1, 0, 0)


def test_good_rows_go_in_and_bad_rows_come_back_as_they_were_sent(site: Site) -> None:
    meter = site.meter()
    rows = [
        row(meter, AT, 1),
        row(meter, "2021-03-01", 2),
        {**row(meter, LATER, 3), "meter": "nobody"},
        row(meter, LATER, 4),
    ]
    outcome = site.post(rows)
    assert counts(outcome) == (2, 0, 0, 2, 0)
    assert [(each.index, each.field, each.code, each.meter, each.timestamp) for each in outcome.problems] == [
        (1, "timestamp", RowCode.TIMESTAMP_UNREADABLE, meter.code, "2021-03-01"),
        (2, "meter", RowCode.UNKNOWN_METER, "nobody", LATER),
    ]
    assert not outcome.refused


def test_a_correction_keeps_what_stood_before(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    assert counts(site.post([row(meter, AT, 2)], reason="meter read again")) == (0, 1, 0, 0, 0)
    assert counts(site.post([row(meter, AT, 1)])) == (0, 0, 1, 0, 0)
    assert counts(site.post([row(meter, AT, 1)], restore=True)) == (0, 1, 0, 0, 0)
    assert stored(site.database, meter) == [(AT_MS, 1_000_000, MEASURED, None, 3)]
    assert revisions(site.database, meter) == [
        (AT_MS, 1_000_000, MEASURED, None, 1),
        (AT_MS, 2_000_000, MEASURED, None, 2),
    ]


def test_the_later_row_of_a_body_wins_and_the_earlier_one_is_its_past(site: Site) -> None:
    meter = site.meter()
    rows = [row(meter, AT, 1), row(meter, LATER, 9), row(meter, AT, 2), row(meter, AT, 1), row(meter, AT, 3)]
    assert counts(site.post(rows)) == (2, 2, 1, 0, 0)
    assert stored(site.database, meter)[0] == (AT_MS, 3_000_000, MEASURED, None, 3)
    assert [each[1] for each in revisions(site.database, meter)] == [1_000_000, 2_000_000]


def test_on_conflict_reject_leaves_what_stands_and_names_the_row(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    outcome = site.post([row(meter, LATER, 5), row(meter, AT, 2)], on_conflict=OnConflict.REJECT)
    assert counts(outcome) == (1, 0, 0, 1, 0)
    assert [(each.index, each.code, each.meter) for each in outcome.problems] == [(1, RowCode.CONFLICT, meter.code)]
    assert datetime.fromisoformat(outcome.problems[0].timestamp or "") == datetime.fromisoformat(AT)
    assert stored(site.database, meter)[0][1] == 1_000_000


def test_an_atomic_body_with_a_bad_row_stores_nothing(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    rows = [row(meter, LATER, 5), row(meter, AT, 1), row(meter, AT, 2), row(meter, "x", 2)]
    outcome = site.post(rows, atomic=True)
    assert counts(outcome) == (0, 0, 0, 4, 0)
    assert outcome.refused
    assert [problem.index for problem in outcome.problems] == [3]
    assert stored(site.database, meter) == [(AT_MS, 1_000_000, MEASURED, None, 1)]
    assert _marks(site, meter.id) == 1


def test_an_atomic_body_with_a_conflict_stores_nothing(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1)])
    outcome = site.post([row(meter, LATER, 5), row(meter, AT, 2)], atomic=True, on_conflict=OnConflict.REJECT)
    assert counts(outcome) == (0, 0, 0, 2, 0)
    assert len(stored(site.database, meter)) == 1


def test_an_atomic_body_without_a_bad_row_is_stored(site: Site) -> None:
    meter = site.meter()
    assert counts(site.post([row(meter, AT, 1), row(meter, LATER, 2)], atomic=True)) == (2, 0, 0, 0, 0)


def test_a_dry_run_judges_and_stores_nothing(site: Site) -> None:
    meter = site.meter(max_rate="10")
    site.post([row(meter, AT, 1)])
    rows = [row(meter, AT, 2), row(meter, LATER, 1_000), row(meter, "x", 1), row(meter, AT, 1)]
    outcome = site.post(rows, dry_run=True)
    assert counts(outcome) == (1, 1, 1, 1, 1)
    assert outcome.batch is None
    assert stored(site.database, meter) == [(AT_MS, 1_000_000, MEASURED, None, 1)]
    assert revisions(site.database, meter) == []
    assert _marks(site, meter.id) == 1
    assert counts(site.post(rows)) == (1, 1, 1, 1, 1)


def test_a_suspect_reading_is_stored_and_counted_as_suspect(site: Site) -> None:
    meter = site.meter(max_rate="4")
    assert counts(site.post([row(meter, AT, 1), row(meter, LATER, "1.000001")])) == (2, 0, 0, 0, 1)
    assert [each[2] for each in stored(site.database, meter)] == [MEASURED, 16 + MEASURED]
    assert counts(site.post([row(meter, LATER, "1")])) == (0, 1, 0, 0, 0)
    assert counts(site.post([row(meter, LATER, "7")])) == (0, 1, 0, 0, 1)


def test_a_body_of_bad_rows_alone_is_refused_and_still_has_a_batch(site: Site) -> None:
    meter = site.meter()
    outcome = site.post([row(meter, "x", 1)])
    assert outcome.refused
    assert outcome.batch is not None


def test_a_body_without_rows_is_no_batch(site: Site) -> None:
    with pytest.raises(BodyInvalid):
        site.send(b'{"readings": []}', "application/json")


def test_a_batch_is_recorded_with_its_counts_and_the_instant_it_was_stored(site: Site) -> None:
    meter = site.meter()
    outcome = site.post([row(meter, AT, 1), row(meter, "x", 1)], reason="first delivery")
    assert outcome.batch is not None
    with entered(site.database) as session:
        record = session.get(Batch, (site.organization_id, batch_from_code(outcome.batch)))
    assert record is not None
    assert stored_at_ms(record.id) == NOW_MS
    assert (record.key_code, record.reason, record.received, record.inserted, record.rejected) == (
        "test",
        "first delivery",
        2,
        1,
        1,
    )


def test_another_organizations_meter_is_unknown(site: Site) -> None:
    other = new_site(site.database).meter()
    outcome = site.post([row(other, AT, 1)])
    assert [problem.code for problem in outcome.problems] == [RowCode.UNKNOWN_METER]


def test_a_meter_made_after_the_first_batch_is_known_at_once(site: Site) -> None:
    site.post([row(site.meter(), AT, 1)])
    assert counts(site.post([row(site.meter(), AT, 1)])) == (1, 0, 0, 0, 0)


def test_a_gzipped_body_is_unpacked(site: Site) -> None:
    meter = site.meter()
    outcome = ingest_readings(
        site.database,
        organization_id=site.organization_id,
        key_code=None,
        body=gzip.compress(f"meter,timestamp,value\n{meter.code},{AT},1\n".encode()),
        content_type="text/csv",
        content_encoding="gzip",
        limit_bytes=1_000,
        options=IngestOptions(),
        now_ms=NOW_MS,
    )
    assert counts(outcome) == (1, 0, 0, 0, 0)


def test_a_correction_is_later_than_what_it_corrects_even_when_the_clock_went_back(site: Site) -> None:
    meter = site.meter()
    first = site.post([row(meter, AT, 1)])
    second = site.post([row(meter, LATER, 1)])
    third = site.post([row(meter, AT, 2), row(meter, LATER, 2)], now_ms=NOW_MS - 60_000)
    fourth = site.post([row(meter, AT, 3), row(meter, LATER, 3)], now_ms=NOW_MS - 60_000)
    numbers = [batch_from_code(each.batch or "") for each in (first, second, third, fourth)]
    assert numbers == sorted(set(numbers))
    assert counts(fourth) == (0, 2, 0, 0, 0)


def test_two_corrections_of_one_batch_with_a_clock_that_went_back_are_two_batches(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, AT, 1), row(meter, LATER, 1)])
    third = site.post([row(meter, AT, 2)], now_ms=NOW_MS - 60_000)
    fourth = site.post([row(meter, LATER, 2)], now_ms=NOW_MS - 60_000)
    assert counts(fourth) == (0, 1, 0, 0, 0)
    assert third.batch != fourth.batch


VALUES = st.sampled_from(["1", "2", "3", "3.0", "nope", "5000000000"])
STAMPS = st.sampled_from([AT, LATER, "2021-03-01T08:00:00+08:00", "2021-03-02T00:00:00Z", "2021-03-01"])
SENT = st.lists(st.tuples(st.booleans(), STAMPS, VALUES), min_size=1, max_size=10)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SENT, min_size=1, max_size=3), st.booleans(), st.booleans(), st.sampled_from(OnConflict))
def test_the_counts_always_add_up_and_a_body_equals_its_rows_sent_one_by_one(
    site: Site, bodies: list[list[tuple[bool, str, str]]], atomic: bool, restore: bool, on_conflict: OnConflict
) -> None:
    whole, single = site.meter(), site.meter()
    for sent in bodies:
        rows = [
            row(whole, at, value) if known else {**row(whole, at, value), "meter": "nobody"}
            for known, at, value in sent
        ]
        trial = site.post(rows, form="csv", atomic=atomic, restore=restore, on_conflict=on_conflict, dry_run=True)
        outcome = site.post(rows, form="csv", atomic=atomic, restore=restore, on_conflict=on_conflict)
        assert counts(trial) == counts(outcome)
        if atomic and outcome.rejected:
            continue
        for each in rows:
            renamed = {**each, "meter": single.code} if each["meter"] == whole.code else each
            site.post([renamed], form="csv", restore=restore, on_conflict=on_conflict)
    assert stored(site.database, whole) == stored(site.database, single)
    assert revisions(site.database, whole) == revisions(site.database, single)


def _marks(site: Site, meter_id: int) -> int:
    statement = select(func.count()).select_from(mark_table).where(mark_table.c.meter_id == meter_id)
    with site.database.read() as session:
        return int(session.connection().execute(statement).scalar_one())
