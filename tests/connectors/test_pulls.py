"""Pulls take what sources hold, once, page by page, and go on from where they were."""

import json
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from app.clients.addresses import Reach
from app.jobs.connector_pulls import pull_connectors
from app.store.engine.database import Database
from tests.connectors.conftest import CONNECTORS, LOOPBACK, Create, Pull, on_sqlite_alone
from tests.support.webhook_site import Answer, Asked, site

COUNTS = ("pages", "received", "inserted", "replaced", "duplicate", "rejected", "skipped")


def counts(pulled: dict[str, Any]) -> dict[str, int]:
    return {name: pulled[name] for name in COUNTS if pulled[name]}


def row(hour: int, value: float, tag: str = "grid") -> dict[str, Any]:
    return {"tag": tag, "at": f"2021-03-01T{hour:02}:00:00+08:00", "v": value}


def page(*rows: dict[str, Any], **members: Any) -> Answer:
    return Answer(body=json.dumps({"items": rows, **members}).encode())


def query(asked: Asked) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


def position(client: httpx.Client) -> str:
    return str(client.get(f"{CONNECTORS}/historian").json()["position"])


def test_pages_are_followed_and_the_next_pull_goes_on_from_the_latest_reading(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    pages = {
        "/values": page(row(1, 1.5), row(2, 2.5), next="/more?page=2"),
        "/more": page(row(3, 3.5), row(3, 7, "solar")),
    }
    with site(lambda asked: pages[urlsplit(asked.path).path]) as source:
        create(
            url=f"{source.url}/values?site=main",
            headers={"Authorization": "Bearer s3cret"},
            parameters={"from": "{since}", "to": "{now}"},
            position="2021-03-01T00:00:00+08:00",
            overlap_s=3600,
            next_page={"field": "next"},
        )
        first = pull()
        second = pull()

    assert counts(first) == {"pages": 2, "received": 4, "inserted": 4}
    assert counts(second) == {"pages": 2, "received": 4, "duplicate": 4}
    assert (first["error"], first["errors"]) == (None, [])
    asked = [query(each) for each in source.asked]
    assert [each.get("from") for each in asked] == ["2021-02-28T15:00:00Z", None, "2021-02-28T18:00:00Z", None]
    assert [each.get("site", each.get("page")) for each in asked] == ["main", "2", "main", "2"]
    assert {each.headers["Authorization"] for each in source.asked} == {"Bearer s3cret"}
    assert position(client) == "2021-02-28T19:00:00Z"
    stored = client.get("/v1/organizations/acme/readings", params={"meter": "grid"}).json()["items"]
    assert [(each["timestamp"], each["value"]) for each in stored] == [
        ("2021-02-28T17:00:00Z", 1.5),
        ("2021-02-28T18:00:00Z", 2.5),
        ("2021-02-28T19:00:00Z", 3.5),
    ]


@on_sqlite_alone
def test_what_is_doubtful_of_a_pages_rows_is_told_with_what_is_wrong(create: Create, pull: Pull) -> None:
    at = "2021-03-01T00:15:00+08:00"
    rows = [{"tag": tag, "at": at, "v": value} for tag, value in (("grid", 1), ("attic", 2), ("grid", 3))]
    with site(lambda _: Answer(body=json.dumps({"items": rows}).encode())) as source:
        create(url=source.url)
        pulled = pull()

    assert counts(pulled) == {"pages": 1, "received": 3, "inserted": 1, "replaced": 1, "rejected": 1}
    told = [(each["index"], each["code"], each["detail"].partition(",")[0]) for each in pulled["errors"]]
    assert told == [
        (1, "unknown_meter", "no meter 'attic' in this organization"),
        (2, "contradicts_row", "row 1 says another value of the same meter and timestamp"),
    ]


@on_sqlite_alone
def test_rows_are_judged_as_a_post_would_and_the_rejected_ones_are_named(create: Create, pull: Pull) -> None:
    body = (
        b"Export\nZeit;Wert;Zaehler\n"
        b"01.03.2021 00:15;1.234,5;grid\n01.03.2021 00:30;1234.5;grid\n01.03.2021 00:45;-;grid\n"
        b"01.03.2021 01:00;7;attic\n31.02.2021 01:00;7;grid\n01.03.2021 00:00;9;grid\n"
    )
    mapping = {
        "format": "csv",
        "delimiter": ";",
        "skip_lines": 1,
        "meter": {"field": "Zaehler"},
        "timestamp": {
            "field": "Zeit",
            "format": "local",
            "order": "DMY",
            "timezone": "Europe/Berlin",
            "midnight": "ends_day",
        },
        "value": {"field": "Wert", "decimal": ",", "thousands": ".", "missing": ["-"]},
    }
    with site(lambda _: Answer(body=body)) as source:
        create(url=source.url, mapping=mapping)
        pulled = pull()

    assert counts(pulled) == {"pages": 1, "received": 6, "inserted": 2, "rejected": 3, "skipped": 1}
    assert [(each["index"], each["field"], each["code"], each["meter"]) for each in pulled["errors"]] == [
        (1, "value", "value_unreadable", "grid"),
        (3, "meter", "unknown_meter", "attic"),
        (4, "timestamp", "timestamp_unreadable", "grid"),
    ]


def test_a_record_of_no_text_or_with_a_name_given_twice_spoils_itself_alone(create: Create, pull: Pull) -> None:
    at = '"at": "2021-03-01T01:00:00+08:00"'
    records = [
        f'{{"tag": "\\ud800", {at}, "v": 1}}',
        f'{{"tag": "grid", {at}, "v": 1, "v": 2}}',
        f'{{"tag": "\\u0000", {at}, "v": 1}}',
        f'{{"tag": "grid", {at}, "v": 1e18446744073709551616}}',
        f'{{"tag": "grid", {at}, "v": 3}}',
    ]
    body = f'{{"items": [{", ".join(records)}], "next": "/\\ud800"}}'.encode()
    with site(lambda _: Answer(body=body)) as source:
        create(url=source.url)
        pulled = pull()

    assert counts(pulled) == {"pages": 1, "received": 5, "inserted": 1, "rejected": 4}
    assert [(each["index"], each["code"]) for each in pulled["errors"]] == [
        (0, "unreadable_row"),
        (1, "repeated_field"),
        (2, "unknown_meter"),
        (3, "value_out_of_range"),
    ]


@on_sqlite_alone
def test_a_next_page_whose_name_is_no_text_is_refused(create: Create, pull: Pull) -> None:
    with site(lambda _: Answer(body=b'{"items": [], "next": "/\\ud800"}')) as source:
        create(url=source.url, next_page={"field": "next"})
        assert pull()["error"] == "malformed_json"


def test_a_pull_reads_so_many_pages_and_the_next_goes_on_there(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    def answer(asked: Asked) -> Answer:
        number = int(query(asked).get("token", "1"))
        return page(row(number, number), **({"token": number + 1} if number < 5 else {}))

    with site(answer) as source:
        create(url=source.url, next_page={"field": "token", "parameter": "token"}, max_pages=2)
        pulls = [counts(pull()) for _ in range(3)]
        before = [query(each).get("token") for each in source.asked]

    assert pulls == [
        {"pages": 2, "received": 2, "inserted": 2},
        {"pages": 2, "received": 2, "inserted": 2},
        {"pages": 1, "received": 1, "inserted": 1},
    ]
    assert before == [None, "2", "3", "4", "5"]
    assert position(client) == "2021-02-28T21:00:00Z"


@on_sqlite_alone
def test_a_source_that_fails_is_tried_again_and_nothing_is_lost(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    trouble = iter([Answer(500), Answer(drop=True), Answer(302), Answer(body=b"{"), Answer(body=b"x" * 100_001)])
    with site(lambda _: next(trouble, page(row(1, 1)))) as source:
        create(url=source.url, schedule="0 0 1 1 *")
        failed = [pull()["error"] for _ in range(5)]
        at_worst = client.get(f"{CONNECTORS}/historian").json()
        last = pull()

    assert failed == ["refused", "not_reached", "redirected", "malformed_json", "answer_too_large"]
    assert (at_worst["failures"], at_worst["position"]) == (5, None)
    assert at_worst["next_at"] < f"{time.gmtime().tm_year + 1}-01-01"
    assert counts(last) == {"pages": 1, "received": 1, "inserted": 1}
    assert client.get(f"{CONNECTORS}/historian").json()["failures"] == 0


@on_sqlite_alone
def test_a_next_page_on_another_server_is_not_fetched(create: Create, pull: Pull) -> None:
    with site() as elsewhere, site(lambda _: page(row(1, 1), next=f"{elsewhere.url}/more")) as source:
        create(url=source.url, next_page={"field": "next"}, headers={"X-Token": "s3cret"})
        pulled = pull()

    assert (pulled["error"], elsewhere.asked) == ("page_elsewhere", [])


def test_a_pull_that_took_nothing_does_not_move_on(
    client: httpx.Client, create: Create, pull: Pull, make_meter: Any
) -> None:
    with site(lambda _: page(row(1, 1, "late"))) as source:
        create(url=source.url, parameters={"from": "{since}"}, position="2021-03-01T00:00:00+08:00")
        first = pull()
        stays = position(client)
        make_meter(code="late")
        second = pull()

    assert (counts(first), stays) == ({"pages": 1, "received": 1, "rejected": 1}, "2021-02-28T16:00:00Z")
    assert counts(second) == {"pages": 1, "received": 1, "inserted": 1}
    assert position(client) == "2021-02-28T17:00:00Z"


@on_sqlite_alone
def test_a_source_whose_clock_is_ahead_does_not_hide_what_follows(
    client: httpx.Client, create: Create, pull: Pull
) -> None:
    ahead = {"tag": "grid", "at": "2150-01-01T00:00:00Z", "v": 1}
    with site(lambda _: page(ahead, row(0, 2))) as source:
        create(url=source.url)
        pulled = pull()

    assert counts(pulled) == {"pages": 1, "received": 2, "inserted": 1, "rejected": 1}
    assert position(client) == "2021-02-28T16:00:00Z"


@on_sqlite_alone
def test_an_empty_answer_is_no_failure(create: Create, pull: Pull) -> None:
    with site(lambda _: Answer(204)) as source:
        create(url=source.url)
        assert (pull()["error"], counts(pull())) == (None, {"pages": 1})


@on_sqlite_alone
def test_a_source_on_a_private_address_is_not_called_unless_it_is_allowed(
    client: httpx.Client, database: Database, create: Create
) -> None:
    with site() as source:
        create(url=source.url)
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE connector SET next_at = 0")
        pull_connectors(database, reach=Reach())
    items = client.get(f"{CONNECTORS}/historian/pulls").json()["items"]

    assert (source.asked, items[0]["error"]) == ([], "address_not_allowed")


def test_many_processes_pull_a_connector_once(client: httpx.Client, database: Database, create: Create) -> None:
    with site(lambda _: Answer(body=page(row(1, 1)).body, wait_s=0.3)) as source:
        create(url=source.url)
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE connector SET next_at = 0")
        pullers = [
            threading.Thread(target=pull_connectors, args=(database,), kwargs={"reach": LOOPBACK}) for _ in range(4)
        ]
        for puller in pullers:
            puller.start()
        for puller in pullers:
            puller.join()

    assert len(source.asked) == 1
    assert len(client.get(f"{CONNECTORS}/historian/pulls").json()["items"]) == 1


def test_a_connector_changed_during_a_pull_stops_it(client: httpx.Client, create: Create, database: Database) -> None:
    def answer(asked: Asked) -> Answer:
        if "page" not in query(asked):
            client_patch.append(client.patch(f"{CONNECTORS}/historian", json={"position": "2021-01-01T00:00:00Z"}))
        return page(row(1, 1), next="/?page=2")

    client_patch: list[httpx.Response] = []
    with site(answer) as source:
        create(url=source.url, next_page={"field": "next"})
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE connector SET next_at = 0")
        pull_connectors(database, reach=LOOPBACK)

    assert [each.status_code for each in client_patch] == [200]
    assert len(source.asked) == 1
    assert position(client) == "2021-01-01T00:00:00Z"
