"""One reading said many times, in a body or in an acceptance, is told row by row and costs what other rows cost."""

import gc
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from app.ingest.bodies.body import decode
from app.ingest.bodies.body_columns import MediaType
from app.ingest.writing.amend import Amendment, accept_readings
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.intake import IngestOutcome, ingest_together
from tests.support.bodies import FORMATS, body
from tests.support.site import Site, counts, later_ms, revisions, row, stored

AT = "2021-03-01T00:00:00Z"
LATER = "2021-03-01T00:15:00Z"
AT_MS = 1_614_556_800_000


def test_a_body_of_one_reading_is_corrected_row_by_row(site: Site) -> None:
    meter = site.meter()
    rows = [row(meter, AT, value) for value in (10, 12, 10, 12, 13)]
    assert counts(site.post(rows)) == (1, 2, 2)
    assert stored(site.database, meter) == [(AT_MS, 13_000_000, 1, None, 3)]
    assert [(each[1], each[4]) for each in revisions(site.database, meter)] == [(10_000_000, 1), (12_000_000, 2)]
    assert counts(site.post(rows)) == (0, 0, 5)


def test_forty_thousand_values_of_one_reading_leave_as_many_revisions_as_there_is_room_for(site: Site) -> None:
    meter = site.meter()
    outcome = site.post([row(meter, AT, value) for value in range(40_000)], form="csv")
    assert (outcome.inserted, outcome.replaced, outcome.rejected) == (1, 32_766, 7_233)
    first, last = outcome.problems[0], outcome.problems[-1]
    assert (first.index, first.code, first.meter, first.timestamp) == (
        32_767,
        "too_many_revisions",
        meter.code,
        "2021-03-01T00:00:00+00:00",
    )
    assert last.index == 39_999
    assert stored(site.database, meter) == [(AT_MS, 32_766_000_000, 1, None, 32_767)]
    assert len(revisions(site.database, meter)) == 32_766
    other = site.meter()
    assert counts(site.post([row(other, AT, 1), row(meter, AT, 7)])) == (1, 0, 1)


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
@pytest.mark.parametrize(("values", "taken", "warnings"), [(1, (1, 0, 29_999), 0), (2, (1, 1, 29_998), 1_000)])
def test_rows_that_say_the_same_are_not_looked_at_one_by_one(
    site: Site, form: str, values: int, taken: tuple[int, int, int], warnings: int
) -> None:
    meter = site.meter()
    content = body([row(meter, AT, number % values) for number in range(30_000)], form)
    outcomes: list[IngestOutcome] = []
    called = calls_of(lambda: outcomes.append(site.send(content, FORMATS[form])))
    assert counts(outcomes[0]) == taken
    assert len(outcomes[0].warnings) == warnings
    assert called < 30_000


def test_a_month_said_again_and_again_is_held_once_against_its_calendar_and_its_rate(site: Site) -> None:
    meter = site.meter(interval="P1M", max_rate="1", edge_assumed=True)
    february, middle_ms = "2021-02-01T00:00:00+08:00", 1_613_340_000_000
    content = body([row(meter, february, 1)] * 30_000, "csv")
    outcomes: list[IngestOutcome] = []
    called = calls_of(lambda: outcomes.append(site.send(content, "text/csv", now_ms=middle_ms)))
    assert (counts(outcomes[0]), outcomes[0].warnings) == ((1, 0, 29_999), [])
    assert called < 30_000


def test_each_stamp_of_a_meter_is_held_against_its_own_calendar(site: Site) -> None:
    meter = site.meter(interval="P1M", edge_assumed=True)
    stamps = ["2021-02-01T00:00:00+08:00", "2021-02-10T00:00:00+08:00", "2021-02-01T00:00:00+08:00"]
    outcome = site.post([row(meter, each, 1) for each in stamps], now_ms=1_613_340_000_000)
    assert (counts(outcome), outcome.suspect) == ((2, 0, 1), 1)
    assert [(each.index, each.code) for each in outcome.warnings] == [(1, "off_calendar"), (1, "edge_not_stated")]


def test_what_a_body_says_of_one_reading_is_not_gone_through_for_garbage(site: Site) -> None:
    meter = site.meter()
    content = body([row(meter, AT, value) for value in range(40_000)], "csv")
    collections: list[str] = []
    threshold = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as a process has it, which the tests raise
    gc.callbacks.append(lambda phase, _info: collections.append(phase))
    try:
        outcome = site.send(content, "text/csv")
    finally:
        gc.callbacks.pop()
        gc.set_threshold(*threshold)
    assert len(outcome.problems) == 7_233
    assert not any(map(gc.is_tracked, outcome.problems))
    assert collections.count("start") < 80


def test_each_of_the_posts_taken_together_gets_the_problems_of_its_own_rows(site: Site) -> None:
    meter = site.meter()
    bodies = [
        [row(meter, AT, 1), row(meter, "2021-03-01", 2)],
        [row(meter, AT, 1), row(meter, LATER, 1), row(meter, LATER, 2), row(meter, "no", 3)],
    ]
    texts = [decode(body(rows, "csv"), MediaType.CSV) for rows in bodies]
    posts = [Post(site.organization_id, None, PLAIN, later_ms(), None, len(rows)) for rows in bodies]
    one, two = ingest_together(site.database, posts, texts)
    assert [each.index for each in one.problems] == [1]
    assert [each.index for each in two.problems] == [3]
    assert (counts(one), counts(two)) == ((1, 0, 0), (1, 1, 1))
    assert one.warnings == []
    assert [(each.index, each.detail[:5]) for each in two.warnings] == [(2, "row 1")]


def test_rows_that_meet_are_told_beside_a_post_of_which_no_row_could_be_read(site: Site) -> None:
    meter = site.meter()
    bodies = [[row(meter, AT, 1), row(meter, AT, 2)], [row(meter, "no", 3)]]
    texts = [decode(body(rows, "csv"), MediaType.CSV) for rows in bodies]
    posts = [Post(site.organization_id, None, PLAIN, later_ms(), None, len(rows)) for rows in bodies]
    one, two = ingest_together(site.database, posts, texts)
    assert (counts(one), two.rejected) == ((1, 1, 0), 1)
    assert [(each.index, each.code) for each in one.warnings] == [(1, "contradicts_row")]


def test_many_suspect_readings_are_accepted_in_a_few_statements(site: Site) -> None:
    meter = site.meter("interval", interval="PT15M", max_rate="1")
    begin = datetime(2021, 3, 1, tzinfo=UTC)
    stamps = [begin + timedelta(minutes=15 * number) for number in range(1_000)]
    assert site.post([row(meter, each.isoformat(), 9) for each in stamps]).suspect == 1_000
    instants = [AT_MS + 900_000 * number for number in range(1_000)]
    amendment = Amendment(site.organization_id, "test", "they are right", later_ms())
    statements: list[str] = []

    def count(_connection: Connection, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        accepted = accept_readings(
            site.database, amendment, meter_id=meter.id, instants=[*instants, *instants, AT_MS + 1, AT_MS + 1]
        )
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert accepted.accepted == instants
    assert accepted.refused == [2_000, 2_001]
    assert {each[2] for each in stored(site.database, meter)} == {9}
    assert len(revisions(site.database, meter)) == 1_000
    assert len(statements) < 50


def calls_of(act: Callable[[], None]) -> int:
    """Return how many functions the act calls, in Python and below it."""
    called = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return called
