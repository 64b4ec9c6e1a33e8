"""The door readings come in by: formats, refusals, and answers."""

import gzip
import json
from typing import Any

import httpx
import pytest

from tests.conftest import Make

READINGS = "/v1/organizations/acme/readings"
GOOD = {"meter": "grid", "timestamp": "2021-03-01T00:00:00+08:00", "value": 12.5}
COUNTS = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")


@pytest.fixture(autouse=True)
def acme(make_organization: Make, make_plant: Make, make_meter: Make) -> None:
    make_organization()
    make_plant()
    make_meter()


def post(client: httpx.Client, body: bytes, media_type: str = "application/json", **query: str) -> httpx.Response:
    return client.post(READINGS, content=body, headers={"Content-Type": media_type}, params=query)


def batch(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"readings": list(rows)}).encode()


def counts(answer: httpx.Response) -> list[int]:
    return [answer.json()[name] for name in COUNTS]


def test_the_three_formats_and_gzip_carry_the_same_reading(client: httpx.Client) -> None:
    line = json.dumps(GOOD).encode()
    csv = b"meter,timestamp,value\ngrid,2021-03-01T00:00:00+08:00,12.5\n"

    first = post(client, batch(GOOD))
    again = [
        post(client, line + b"\n", "application/x-ndjson"),
        post(client, csv, "text/csv; charset=utf-8"),
        client.post(
            READINGS,
            content=gzip.compress(csv),
            headers={"Content-Type": "text/csv", "Content-Encoding": "gzip"},
        ),
    ]

    assert first.status_code == 200
    assert counts(first) == [1, 1, 0, 0, 0, 0]
    assert first.json()["errors"] == []
    assert first.json()["batch"]
    assert [(answer.status_code, counts(answer)) for answer in again] == [(200, [1, 0, 0, 1, 0, 0])] * 3


def test_good_rows_go_in_and_bad_rows_come_back_named(client: httpx.Client) -> None:
    answer = post(
        client,
        batch(
            GOOD,
            {**GOOD, "meter": "nobody"},
            {**GOOD, "timestamp": "2021-03-01T00:15:00"},
            {**GOOD, "timestamp": "yesterday"},
            {**GOOD, "value": 4294967297},
        ),
    )

    assert answer.status_code == 200
    assert counts(answer) == [5, 1, 0, 0, 0, 4]
    assert [(error["index"], error["field"], error["code"]) for error in answer.json()["errors"]] == [
        (1, "meter", "unknown_meter"),
        (2, "timestamp", "timestamp_without_offset"),
        (3, "timestamp", "timestamp_unreadable"),
        (4, "value", "value_out_of_range"),
    ]
    assert answer.json()["errors"][0]["meter"] == "nobody"


def test_a_batch_without_one_good_row_is_422_with_its_counts(client: httpx.Client) -> None:
    answer = post(client, batch({**GOOD, "meter": "nobody"}))

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (422, "readings_rejected")
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert counts(answer) == [1, 0, 0, 0, 0, 1]
    assert [error["code"] for error in problem["errors"]] == ["unknown_meter"]


def test_an_atomic_batch_goes_in_whole_or_not_at_all(client: httpx.Client) -> None:
    refused = post(client, batch(GOOD, {**GOOD, "meter": "nobody"}), atomic="true")
    taken = post(client, batch(GOOD), atomic="true")

    assert (refused.status_code, counts(refused)) == (422, [2, 0, 0, 0, 0, 2])
    assert (taken.status_code, counts(taken)) == (200, [1, 1, 0, 0, 0, 0])


def test_a_dry_run_judges_and_stores_nothing(client: httpx.Client) -> None:
    dry = post(client, batch(GOOD), dry_run="true")
    real = post(client, batch(GOOD))

    assert (dry.status_code, dry.json()["batch"], counts(dry)) == (200, None, [1, 1, 0, 0, 0, 0])
    assert counts(real) == [1, 1, 0, 0, 0, 0]


def test_a_different_value_is_a_correction_unless_conflicts_are_rejected(client: httpx.Client) -> None:
    post(client, batch(GOOD))

    rejected = post(client, batch({**GOOD, "value": 13}), on_conflict="reject")
    corrected = post(client, batch({**GOOD, "value": 13}), reason="meter was misread")
    replayed = post(client, batch(GOOD))
    restored = post(client, batch(GOOD), restore="true")

    assert (rejected.status_code, rejected.json()["errors"][0]["code"]) == (422, "conflict")
    assert counts(corrected) == [1, 0, 1, 0, 0, 0]
    assert counts(replayed) == [1, 0, 0, 1, 0, 0]
    assert counts(restored) == [1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        (b"", "application/json", 400, "empty_body"),
        (b"  \n", "text/csv", 400, "empty_body"),
        (b'{"readings": [', "application/json", 400, "malformed_json"),
        (b'{"readings": []}', "application/json", 422, "no_readings"),
        (b"[]", "application/json", 422, "not_a_batch"),
        (b"meter,timestamp\ngrid,2021-03-01T00:00:00Z\n", "text/csv", 422, None),
        (b'meter,timestamp,value\ngrid,"2021-03-01T00:00:00Z,1\n', "text/csv", None, None),
        (b"<readings/>", "application/xml", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_is_no_batch_is_a_problem(
    client: httpx.Client, body: bytes, media_type: str, status: int | None, code: str | None
) -> None:
    answer = post(client, body, media_type)

    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status_code == status or (status is None and answer.status_code in (400, 422))
    assert problem["code"] == code or code is None
    assert problem["detail"]
    if answer.status_code == 422:
        assert problem["batch"] is None
        assert problem["inserted"] == 0


def test_the_place_where_json_breaks_is_told(client: httpx.Client) -> None:
    answer = post(client, b'{"readings": [{"meter": "grid" "value": 1}]}')

    assert answer.status_code == 400
    assert "31" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_a_value_that_is_no_number_is_a_row_error_naming_the_field(client: httpx.Client, number: str) -> None:
    bad = json.dumps(GOOD).replace("12.5", number)

    answer = post(client, f'{{"readings": [{json.dumps(GOOD)}, {bad}]}}'.encode())

    assert answer.status_code == 200
    assert counts(answer) == [2, 1, 0, 0, 0, 1]
    assert [(error["index"], error["field"]) for error in answer.json()["errors"]] == [(1, "value")]


@pytest.mark.parametrize(
    ("query", "field"), [({"atomic": "perhaps"}, "atomic"), ({"on_conflict": "ignore"}, "on_conflict")]
)
def test_a_bad_option_is_named(client: httpx.Client, query: dict[str, str], field: str) -> None:
    answer = post(client, batch(GOOD), **query)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_readings_of_an_organization_that_does_not_exist_are_404(client: httpx.Client) -> None:
    answer = client.post("/v1/organizations/nobody/readings", json={"readings": [GOOD]})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_readings_for_an_organization_just_deleted_by_another_process_are_404(
    client: httpx.Client, make_organization: Make, app: Any
) -> None:
    make_organization(code="brief")
    assert client.get("/v1/organizations/brief").status_code == 200
    with app.state.database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM organization WHERE code = 'brief'")

    answer = client.post("/v1/organizations/brief/readings", json={"readings": [GOOD]})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
