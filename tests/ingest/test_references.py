"""Tickets of one moment: a reference is part of an event's identity, in every format, wherever readings are shown."""

import gzip
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.csv_pattern import alike_csv
from app.ingest.bodies.json_pattern import alike_json, alike_ndjson
from app.ingest.door import door
from tests.conftest import Make
from tests.support.examples import Service
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]

READINGS = "/v1/organizations/acme/readings"
DAY = "2026-04-02T00:00:00+08:00"
TICKETS = [("WB-1", "57.3"), ("WB-2", "95.36"), ("WB-3", "199.57")]
COUNTS = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")
MEDIA = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}


@pytest.fixture(autouse=True)
def ledger(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter(code="coal", resource="fuel.coal.bituminous", kind="event", unit="t", interval=None)
    make_meter()


def body(form: str, tickets: Sequence[tuple[str | None, str]], *, meter: str = "coal", padding: int = 0) -> bytes:
    """Return one row a ticket, then `padding` rows of the electricity meter, alike and without a reference."""
    rows: list[dict[str, Any]] = [
        {"meter": meter, "timestamp": DAY, "value": value, **({} if name is None else {"reference": name})}
        for name, value in tickets
    ]
    rows += [
        {
            "meter": "grid",
            "timestamp": f"2026-04-{2 + at // 96:02}T{at // 4 % 24:02}:{at % 4 * 15:02}:00Z",
            "value": "1",
        }
        for at in range(padding)
    ]
    if form == "csv":
        records = (f"{each['meter']},{each['timestamp']},{each['value']},{each.get('reference', '')}" for each in rows)
        return "\n".join(["meter,timestamp,value,reference", *records, ""]).encode()
    lines = [json.dumps(each).replace(f'"value": "{each["value"]}"', f'"value": {each["value"]}') for each in rows]
    return (f'{{"readings": [{", ".join(lines)}]}}' if form == "json" else "\n".join(lines)).encode()


def post(client: httpx.Client, form: str, content: bytes, **query: str) -> httpx.Response:
    return client.post(READINGS, content=content, headers={"Content-Type": MEDIA[form]}, params=query)


def counts(answer: httpx.Response) -> list[int]:
    return [answer.json()[name] for name in COUNTS]


def stored(client: httpx.Client, **query: str) -> list[tuple[str | None, float, int]]:
    found = client.get(READINGS, params={"meter": "coal", **query}).json()["items"]
    return [(each["reference"], each["value"], each["revision"]) for each in found]


@pytest.mark.parametrize("padding", [0, 400], ids=["row by row", "alike"])
@pytest.mark.parametrize("form", MEDIA)
def test_tickets_of_one_day_all_stand_and_sending_them_again_changes_nothing(
    client: httpx.Client, form: str, padding: int
) -> None:
    content = body(form, TICKETS, padding=padding)
    rows = 3 + padding

    assert counts(post(client, form, content)) == [rows, rows, 0, 0, 0, 0]
    assert counts(post(client, form, content)) == [rows, 0, 0, rows, 0, 0]
    assert stored(client) == [("WB-1", 57.3, 1), ("WB-2", 95.36, 1), ("WB-3", 199.57, 1)]


@pytest.mark.parametrize(("form", "cut"), [("json", alike_json), ("ndjson", alike_ndjson), ("csv", alike_csv)])
def test_a_ledger_whose_rows_are_all_written_alike_is_cut_with_its_references(
    client: httpx.Client, form: str, cut: Callable[[bytes], TextColumns | None]
) -> None:
    content = body(form, [(f"T-{number:03}", f"{number}.5") for number in range(300)])
    columns = cut(content)

    assert columns is not None
    assert list(columns.reference or ())[7:9] == ["T-007", "T-008"]
    assert counts(post(client, form, content)) == [300, 300, 0, 0, 0, 0]
    assert stored(client, limit="1000")[299] == ("T-299", 299.5, 1)


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_tickets_in_a_body_that_is_streamed_all_stand(
    client: httpx.Client, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "_SMALL_BYTES", 64)
    monkeypatch.setattr(door, "_WHOLE_BYTES", 128)
    monkeypatch.setattr(door, "_PIECE_BYTES", 64)
    content = gzip.compress(body(form, TICKETS, padding=90))
    headers = {"Content-Type": MEDIA[form], "Content-Encoding": "gzip"}

    answer = client.post(
        READINGS, content=(content[at : at + 50] for at in range(0, len(content), 50)), headers=headers
    )

    assert counts(answer) == [93, 93, 0, 0, 0, 0]
    assert stored(client) == [("WB-1", 57.3, 1), ("WB-2", 95.36, 1), ("WB-3", 199.57, 1)]


def test_a_correction_of_one_ticket_keeps_the_others(client: httpx.Client) -> None:
    post(client, "csv", body("csv", [*TICKETS, (None, "4")]))
    corrected = post(client, "json", body("json", [("WB-2", "59.36")]))

    assert counts(corrected) == [1, 0, 1, 0, 0, 0]
    assert stored(client) == [(None, 4, 1), ("WB-1", 57.3, 1), ("WB-2", 59.36, 2), ("WB-3", 199.57, 1)]
    late = post(client, "csv", body("csv", TICKETS))
    assert counts(late) == [3, 0, 0, 3, 0, 0]
    refused = post(client, "json", body("json", [("WB-2", "1"), ("WB-9", "2")]), on_conflict="reject")
    assert counts(refused) == [2, 1, 0, 0, 0, 1]
    assert [(error["index"], error["code"]) for error in refused.json()["errors"]] == [(0, "conflict")]


def test_a_restored_value_of_one_ticket_comes_back_to_it_alone(client: httpx.Client) -> None:
    for value in ("10", "11"):
        post(client, "json", body("json", [("WB-1", value), ("WB-2", "10")]))

    assert counts(post(client, "json", body("json", [("WB-1", "10")]), restore="true")) == [1, 0, 1, 0, 0, 0]
    assert stored(client) == [("WB-1", 10, 3), ("WB-2", 10, 1)]


def test_a_body_without_references_does_not_touch_tickets(client: httpx.Client) -> None:
    post(client, "json", body("json", TICKETS))

    assert counts(post(client, "json", body("json", [(None, "57.3")]))) == [1, 1, 0, 0, 0, 0]
    assert counts(post(client, "json", body("json", [(None, "58")]))) == [1, 0, 1, 0, 0, 0]
    assert stored(client) == [(None, 58, 2), ("WB-1", 57.3, 1), ("WB-2", 95.36, 1), ("WB-3", 199.57, 1)]


def test_withdrawing_a_ticket_takes_that_one_and_its_revisions_tell(client: httpx.Client) -> None:
    post(client, "json", body("json", TICKETS))
    named = {"meter": "coal", "timestamp": DAY, "reason": "weighed twice"}

    nameless = client.delete(READINGS, params=named)
    withdrawn = client.delete(READINGS, params={**named, "reference": "WB-3"})

    assert (nameless.status_code, withdrawn.status_code) == (404, 204)
    assert nameless.json()["detail"] == "There is no reading of this meter at this timestamp without a reference"
    assert stored(client) == [("WB-1", 57.3, 1), ("WB-2", 95.36, 1)]
    revisions = "/v1/organizations/acme/meters/coal/revisions"
    told = client.get(revisions, params={"timestamp": DAY, "reference": "WB-3"}).json()["items"]
    assert [(each["reference"], each["value"], each["standing"], each["reason"]) for each in told] == [
        ("WB-3", 199.57, "counted", None),
        ("WB-3", 199.57, "withdrawn", "weighed twice"),
    ]
    assert client.get(revisions, params={"timestamp": DAY}).status_code == 404


def test_pages_and_streams_show_every_ticket_once_with_its_reference(client: httpx.Client) -> None:
    post(client, "json", body("json", [("a,b", "1"), ('say "7"', "2"), ("单号-7", "3"), (None, "4")]))

    pages, cursor = [], None
    while True:
        query = {"meter": "coal", "limit": "1", **({"cursor": cursor} if cursor else {})}
        page = client.get(READINGS, params=query).json()
        pages += [(each["reference"], each["value"]) for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    csv = client.get(READINGS, params={"meter": "coal"}, headers={"Accept": "text/csv"}).text.splitlines()
    lines = client.get(READINGS, params={"meter": "coal"}, headers={"Accept": "application/x-ndjson"}).text.splitlines()

    assert pages == [(None, 4), ("a,b", 1), ('say "7"', 2), ("单号-7", 3)]
    assert csv[0].split(",")[-1] == "reference"
    assert [line.split(",", 8)[8] for line in csv[1:]] == ["", '"a,b"', '"say ""7"""', "单号-7"]
    assert [json.loads(line)["reference"] for line in lines] == [None, "a,b", 'say "7"', "单号-7"]


def test_what_was_believed_before_a_ticket_was_corrected_is_told_of_each(client: httpx.Client) -> None:
    post(client, "json", body("json", TICKETS))
    before = client.get(READINGS, params={"meter": "coal"}).json()["items"][0]["stored_at"]
    post(client, "json", body("json", [("WB-1", "1"), ("WB-4", "4")]))

    assert stored(client, as_of=before) == [("WB-1", 57.3, 1), ("WB-2", 95.36, 1), ("WB-3", 199.57, 1)]
    assert stored(client) == [("WB-1", 1, 2), ("WB-2", 95.36, 1), ("WB-3", 199.57, 1), ("WB-4", 4, 1)]


@pytest.mark.parametrize("form", MEDIA)
def test_a_reference_on_a_meter_that_is_no_ledger_or_unfit_to_print_is_that_rows_error(
    client: httpx.Client, form: str
) -> None:
    other = post(client, form, body(form, [("WB-1", "1")], meter="grid"))
    unfit = post(client, form, body(form, [("x" * 65, "1"), (" WB-1", "2"), ("x" * 64, "3")]))

    assert [(error["field"], error["code"]) for error in other.json()["errors"]] == [
        ("reference", "reference_not_allowed")
    ]
    assert "of kind interval" in other.json()["errors"][0]["detail"]
    assert [(error["index"], error["code"]) for error in unfit.json()["errors"]] == [
        (0, "reference_unreadable"),
        (1, "reference_unreadable"),
    ]
    assert stored(client) == [("x" * 64, 3, 1)]


def test_the_day_the_month_and_the_year_add_up_every_ticket(client: httpx.Client, service: Service) -> None:
    post(client, "csv", body("csv", TICKETS))
    service.roll()
    quantities = {}
    for grain in ("day", "month", "year"):
        found = client.get("/v1/organizations/acme/rollups", params={"grain": grain, "meter": "coal"}).json()["items"]
        quantities[grain] = [(each["quantity"], each["count"]) for each in found]

    assert quantities == {"day": [(352.23, 3)], "month": [(352.23, 3)], "year": [(352.23, 3)]}
