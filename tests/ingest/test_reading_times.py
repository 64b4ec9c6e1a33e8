"""A reading of before the organization's history or of after now is refused, in every format and on every way in."""

from datetime import date

import pytest
from sqlalchemy import text

from app.core.calendar.reading_times import DEFAULT, plausible_from
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.mapped import Destination, take_records
from app.ingest.door.streamed import StreamedBody
from app.ingest.problems import RowProblem
from app.ingest.sources.mapping import MeterRule, Rules
from app.ingest.sources.number_texts import ValueRule
from app.ingest.sources.records import Record
from app.ingest.sources.stamping import Stamp, TimestampRule, other_unit
from app.ingest.writing.gathering import PLAIN, Post
from app.store.engine.database import Database
from app.store.inventory.inventory import change_inventory
from tests.support.bodies import FORMATS, body
from tests.support.site import Site, row, stored

NOW_MS = 1_750_000_000_000  # 2025-06-15T15:06:40Z
BEFORE, FIRST = "1999-12-31T09:59:59.999Z", "1999-12-31T10:00:00Z"  # where 2000 begins first, at UTC+14
LAST, AFTER = "2025-06-17T15:06:40Z", "2025-06-17T15:06:40.001Z"
OLD = (
    "timestamp lies before 2000-01-01, where the organization's history begins; look at the sender's clock and its "
    "unit of time, or set the organization's history_from to an earlier day"
)
AHEAD = "timestamp lies more than 2 days after now; look at the sender's clock and its unit of time"


def told(problems: list[RowProblem]) -> list[tuple[int, str | None, str, str]]:
    return [(each.index, each.field, each.code, each.detail) for each in problems]


@pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
@pytest.mark.parametrize("filler", [0, 200], ids=["few", "many"])
def test_the_bounds_are_the_same_in_every_format(site: Site, form: str, filler: int) -> None:
    meter = site.meter()
    rows = [row(meter, each, 1) for each in (BEFORE, FIRST, LAST, AFTER)]
    rows += [row(meter, f"2021-03-01T{n // 60:02}:{n % 60:02}:00.000Z", 1) for n in range(filler)]
    outcome = site.post(rows, form=form, now_ms=NOW_MS)
    assert told(outcome.problems) == [
        (0, "timestamp", "timestamp_implausible", OLD),
        (3, "timestamp", "timestamp_implausible", AHEAD),
    ]
    assert outcome.inserted == 2 + filler


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_they_are_those_of_a_body_taken_as_it_arrives(site: Site, form: str) -> None:
    meter = site.meter()
    streamed = StreamedBody(
        site.database,
        Post(site.organization_id, None, PLAIN, NOW_MS, None),
        MediaType(FORMATS[form]),
        None,
        limit_bytes=10**6,
    )
    streamed.feed(body([row(meter, each, 1) for each in (FIRST, BEFORE, AFTER, LAST)], form))
    outcome = streamed.finish()
    assert told(outcome.problems) == [
        (1, "timestamp", "timestamp_implausible", OLD),
        (2, "timestamp", "timestamp_implausible", AHEAD),
    ]
    assert outcome.inserted == 2


def test_a_start_of_its_own_is_held_against_them_too(site: Site) -> None:
    meter = site.meter()
    rows = [row(meter, "2000-01-20T00:00:00Z", 1, start=BEFORE), row(meter, "2000-01-21T00:00:00Z", 1, start=FIRST)]
    (problem,) = site.post(rows, now_ms=NOW_MS).problems
    assert (problem.index, problem.field, problem.code) == (0, "start", "timestamp_implausible")
    assert problem.detail.startswith("start lies before 2000-01-01")


def test_an_older_history_is_taken_once_the_organization_says_so(site: Site) -> None:
    meter = site.meter()
    site.post([row(meter, FIRST, 1)], now_ms=NOW_MS)
    with site.database.write() as session:
        change_inventory(session, site.organization_id)
        since = text("UPDATE organization SET history_from = '1994-04-01' WHERE id = :id")
        session.connection().execute(since, {"id": site.organization_id})
    outcome = site.post(
        [row(meter, each, 1) for each in ("1994-03-31T09:59:59Z", "1994-03-31T10:00:00Z")], now_ms=NOW_MS
    )
    assert outcome.inserted == 1
    assert outcome.problems[0].detail.startswith("timestamp lies before 1994-04-01")


def test_the_operator_sets_both_bounds(site: Site) -> None:
    meter = site.meter()
    url = site.database.url.render_as_string(hide_password=False)
    database = Database(url, plausible=plausible_from(date(2020, 1, 1), 0))
    try:
        own = Site(database, site.organization_id)
        rows = [row(meter, each, 1) for each in ("2019-12-30T00:00:00Z", "2020-01-01T00:00:00Z", LAST)]
        outcome = own.post(rows, now_ms=NOW_MS)
    finally:
        database.close()
    assert [(each.index, each.detail[:45]) for each in outcome.problems] == [
        (0, "timestamp lies before 2020-01-01, where the o"),
        (2, "timestamp lies more than 0 days after now; lo"),
    ]


def test_what_was_stored_before_there_were_bounds_stays_and_can_be_told_again_no_more(site: Site) -> None:
    meter = site.meter()
    lax = Database(
        site.database.url.render_as_string(hide_password=False), plausible=plausible_from(date(1970, 1, 1), 366)
    )
    try:
        Site(lax, site.organization_id).post([row(meter, "1970-06-01T00:00:00Z", 5)], now_ms=NOW_MS)
    finally:
        lax.close()
    assert site.post([row(meter, "1970-06-01T00:00:00Z", 6)], now_ms=NOW_MS).rejected == 1
    assert [value for _, value, *_ in stored(site.database, meter)] == [5_000_000]


@pytest.mark.parametrize(
    ("stamp", "number", "code", "words"),
    [
        ("epoch_ms", "1749945600", "timestamp_implausible", "as seconds it is of 2025-06-15: "),
        ("epoch_us", "1749945600000", "timestamp_implausible", "as milliseconds it is of 2025-06-15: "),
        ("epoch_ns", "1749945600000000", "timestamp_implausible", "as microseconds it is of 2025-06-15: "),
        ("epoch_ns", "1749945600000", "timestamp_too_fine", "as milliseconds it is of 2025-06-15: "),
        ("epoch_s", "1749945600000", "timestamp_out_of_range", "as milliseconds it is of 2025-06-15: "),
        ("epoch_ms", "1749945600000000", "timestamp_out_of_range", "as microseconds it is of 2025-06-15: "),
        ("epoch_s", "17", "timestamp_implausible", None),
        ("epoch_s", "1e300", "timestamp_out_of_range", None),
    ],
)
def test_a_number_in_another_unit_of_time_is_told_with_that_unit(
    site: Site, stamp: str, number: str, code: str, words: str | None
) -> None:
    rules = Rules(MeterRule(constant=site.meter().code), TimestampRule("t", stamp=Stamp(stamp)), ValueRule("v"))
    records = [Record(1, {"t": number, "v": "1"})]
    destination = Destination(site.organization_id, None, PLAIN)
    (taken,) = take_records(site.database, records, rules, destination, clock_ms=lambda: NOW_MS)
    (rejection,) = taken.rejections
    assert rejection.problem.code == code
    assert ("the mapping's format may have to be" in rejection.problem.detail) is (words is not None)
    assert words is None or words in rejection.problem.detail


def test_a_unit_is_named_only_where_it_gives_an_instant_of_our_years() -> None:
    january = "1970-01-21T10:00:00.000+00:00"
    assert other_unit(january, Stamp.EPOCH_MS) == (
        "as seconds it is of 2025-11-24: the mapping's format may have to be epoch_s"
    )
    assert other_unit(january, Stamp.RFC3339) is None
    assert other_unit("2026-04", Stamp.PERIOD) is None
    assert other_unit("1970-01-01T00:00:03.000+00:00", Stamp.EPOCH_MS) is None


def test_an_instant_is_objected_to_only_outside() -> None:
    assert DEFAULT.objection(NOW_MS, NOW_MS) is None
    assert DEFAULT.first_ms == 946_634_400_000
    assert DEFAULT.end_ms(NOW_MS) == 1_750_172_800_001
