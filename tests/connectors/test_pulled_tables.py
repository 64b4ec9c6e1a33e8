"""What connectors pull is read as files are: workbooks, wide rows, and hours that come twice."""

from datetime import UTC, datetime
from typing import Any

import httpx

from tests.conftest import Make
from tests.connectors.conftest import CONNECTORS, Create, Pull, on_sqlite_alone
from tests.connectors.test_import import readings
from tests.connectors.test_pulls import counts, page, position
from tests.connectors.test_workbooks import book
from tests.support.webhook_site import Answer, Asked, site

NOON = datetime(2021, 3, 1, 12, tzinfo=UTC).replace(tzinfo=None)
WIDE: dict[str, Any] = {
    "format": "xlsx",
    "meter": {"field": "meter"},
    "timestamp": {"field": "day", "format": "local", "order": "YMD", "timezone": "Asia/Shanghai"},
    "wide": {"names": "times", "first": "06:00", "last": "18:00"},
    "value": {"factor": "0.001"},
}
LOCAL: dict[str, Any] = {
    "format": "csv",
    "meter": {"constant": "grid"},
    "timestamp": {"field": "at", "format": "local", "order": "YMD", "timezone": "Europe/Berlin"},
    "value": {"field": "v"},
}


def test_a_page_may_be_a_workbook_of_wide_rows(client: httpx.Client, create: Create, pull: Pull) -> None:
    rows: list[list[Any]] = [
        ["meter", "day", "06:00", "18:00"],
        ["grid", NOON.date(), 1500, None],
        ["grid", "soon", 1, 2],
    ]
    with site(lambda _: Answer(body=book(*rows))) as source:
        create(url=source.url, mapping=WIDE)
        pulled = pull()
    mapping = client.get(f"{CONNECTORS}/historian").json()["mapping"]

    assert counts(pulled) == {"pages": 1, "received": 4, "inserted": 1, "rejected": 2, "skipped": 1}
    (error,) = pulled["errors"]
    assert (error["index"], error["meter"], error["timestamp"], error["code"]) == (
        1,
        "grid",
        "soon",
        "timestamp_unreadable",
    )
    assert [part.partition(":")[0] for part in error["detail"].split("; ")] == ["column '06", "column '18"]
    assert readings(client, "grid") == [("2021-02-28T22:00:00Z", 1.5)]
    assert (mapping["format"], mapping["value"]["factor"], mapping["wide"]["last"]) == ("xlsx", "0.001", "18:00")


@on_sqlite_alone
def test_a_rejected_row_is_numbered_through_the_pages_of_a_pull(create: Create, pull: Pull) -> None:
    def answer(asked: Asked) -> Answer:
        rows = [{"tag": "grid", "at": "2021-03-01T01:00:00+08:00", "v": 1}, {"tag": "attic", "at": "", "v": 2}]
        return page(*rows, **({} if "page=2" in asked.path else {"next": "/values?page=2"}))

    with site(answer) as source:
        create(url=f"{source.url}/values", next_page={"field": "next"})
        assert [error["index"] for error in pull()["errors"]] == [1, 3]


@on_sqlite_alone
def test_what_is_no_workbook_fails_the_pull(create: Create, pull: Pull) -> None:
    with site(lambda _: Answer(body=b"at,v\n")) as source:
        create(url=source.url, mapping=WIDE)
        assert pull()["error"] == "not_a_workbook"


@on_sqlite_alone
def test_an_hour_that_comes_twice_is_taken_once_both_of_it_are_there(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    times = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    lines = [f"2024-10-27 {time},{at}\n" for at, time in enumerate(times, start=1)]
    pages = [lines[:3], lines]
    with site(lambda _: Answer(body="".join(["at,v\n", *pages[0]]).encode())) as source:
        create(url=source.url, mapping=LOCAL)
        first, before = pull(), position(client)
        del pages[0]
        second = pull()

    assert counts(first) == {"pages": 1, "received": 3, "inserted": 1, "rejected": 2}
    assert before == "2024-10-26T23:30:00Z"
    assert counts(second) == {"pages": 1, "received": 6, "inserted": 5, "duplicate": 1}
    assert [when for when, _ in readings(client, "grid")] == [
        "2024-10-26T23:30:00Z",
        "2024-10-27T00:00:00Z",
        "2024-10-27T00:30:00Z",
        "2024-10-27T01:00:00Z",
        "2024-10-27T01:30:00Z",
        "2024-10-27T02:00:00Z",
    ]


@on_sqlite_alone
def test_a_connector_whose_mapping_was_stored_with_other_defaults_is_read(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    mapping = {**LOCAL, "timestamp": {"field": "at", "format": "rfc3339", "ambiguous": "reject"}}
    with site(lambda _: Answer(body=b"at,v\n2021-03-01 00:15 UTC,1\n")) as source:
        create(url=source.url, mapping=mapping)
        assert counts(pull()) == {"pages": 1, "received": 1, "inserted": 1}
    assert readings(client, "grid") == [("2021-03-01T00:15:00Z", 1)]


@on_sqlite_alone
def test_names_of_months_move_no_position(client: httpx.Client, create: Create, pull: Pull, make_meter: Make) -> None:
    make_meter(code="monthly", interval="P1M", timestamp_edge="interval_end")
    mapping = {**LOCAL, "meter": {"constant": "monthly"}, "timestamp": {"field": "at", "format": "period"}}
    with site(lambda _: Answer(body=b"at,v\nJan 2021,1\n2021-02,2\n")) as source:
        create(url=source.url, mapping=mapping)
        assert counts(pull()) == {"pages": 1, "received": 2, "inserted": 2}

    assert client.get(f"{CONNECTORS}/historian").json()["position"] is None
    assert readings(client, "monthly") == [("2021-01-31T16:00:00Z", 1), ("2021-02-28T16:00:00Z", 2)]
