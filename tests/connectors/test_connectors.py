"""Connectors over HTTP: made, read without their secrets, changed, asked to pull, deleted, and refused."""

from typing import Any

import httpx
import pytest

from tests.connectors.conftest import CONNECTOR, CONNECTORS, Create, on_sqlite_alone
from tests.support.problems import assert_problem


def test_a_connector_is_made_and_its_headers_values_never_shown(client: httpx.Client, create: Create) -> None:
    made = create(headers={"Authorization": "Bearer s3cret"}, schedule="*/15 * * * *")
    read = client.get(f"{CONNECTORS}/historian")

    assert read.json() == made
    assert "s3cret" not in read.text + client.get(CONNECTORS).text
    assert made["next_at"][14:16] in ("00", "15", "30", "45")
    assert {name: made[name] for name in ("name", "timezone", "headers", "position", "failures", "max_pages")} == {
        "name": "historian",
        "timezone": "Asia/Shanghai",
        "headers": ["Authorization"],
        "position": None,
        "failures": 0,
        "max_pages": 100,
    }


def test_a_connector_is_changed_asked_to_pull_and_deleted(client: httpx.Client, create: Create) -> None:
    create()
    changed = client.patch(
        f"{CONNECTORS}/historian",
        json={
            "enabled": False,
            "position": "2021-03-01T00:00:00+08:00",
            "mapping": {**CONNECTOR["mapping"], "start": "from"},
        },
    ).json()
    disabled = client.post(f"{CONNECTORS}/historian/pulls")
    again = client.patch(f"{CONNECTORS}/historian", json={"enabled": True}).json()
    asked = client.post(f"{CONNECTORS}/historian/pulls")
    gone = client.delete(f"{CONNECTORS}/historian")

    assert (changed["next_at"], changed["position"], changed["mapping"]["start"]) == (
        None,
        "2021-02-28T16:00:00Z",
        "from",
    )
    assert_problem(disabled, 409, "connector_disabled")
    assert again["next_at"].endswith("-12-31T16:00:00Z")
    assert (asked.status_code, asked.headers["Location"]) == (202, f"{CONNECTORS}/historian/pulls")
    assert asked.json()["next_at"] < again["next_at"]
    assert gone.status_code == 204
    assert_problem(client.get(f"{CONNECTORS}/historian/pulls"), 404, "not_found")


@on_sqlite_alone
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"url": "https://historian.example/other?x=1"}, ["Authorization"]),
        ({"url": "https://historian.example:443/values"}, ["Authorization"]),
        ({"name": "Another name"}, ["Authorization"]),
        ({"url": "http://historian.example/values"}, []),
        ({"url": "https://elsewhere.example/values"}, []),
        ({"url": "https://historian.example:8443/values"}, []),
        ({"url": "https://elsewhere.example/values", "headers": {"X-Token": "t"}}, ["X-Token"]),
    ],
)
def test_what_was_meant_for_one_server_is_not_sent_to_another(
    client: httpx.Client, create: Create, change: dict[str, Any], kept: list[str]
) -> None:
    create(headers={"Authorization": "Bearer s3cret"})

    changed = client.patch(f"{CONNECTORS}/historian", json=change)

    assert (changed.status_code, changed.json()["headers"]) == (200, kept)


@on_sqlite_alone
def test_a_connector_that_makes_no_sense_is_refused(client: httpx.Client, create: Create) -> None:
    create(code="taken")
    mapping = CONNECTOR["mapping"]
    csv = {**mapping, "format": "csv", "records": None}
    local = {**mapping, "timestamp": {"field": "at", "format": "local"}}
    invalid: list[tuple[dict[str, Any], str, str]] = [
        ({"url": "ftp://historian.example"}, "invalid_fields", "url"),
        ({"url": "http://127.1.1.1:1"}, "", ""),
        ({"url": "http://10.0.0.1/"}, "invalid_fields", "url"),
        ({"schedule": "61 * * * *"}, "invalid_fields", "schedule"),
        ({"schedule": "0 0 30 2 *"}, "invalid_fields", "schedule"),
        ({"timezone": "Asia/Soul"}, "invalid_fields", "timezone"),
        ({"parameters": {"from": "{since}"}}, "invalid_fields", "position"),
        ({"next_page": {"field": "next"}, "mapping": csv}, "invalid_fields", "next_page"),
        ({"headers": {"Host": "other.example"}}, "invalid_request", "headers.Host"),
        ({"headers": {"X-A": "a\r\nb"}}, "invalid_request", "headers.X-A"),
        ({"mapping": {**mapping, "factor": 1000}}, "invalid_request", "mapping.factor"),
        ({"mapping": {**mapping, "value": {"field": "v", "factor": 0}}}, "invalid_request", "mapping.value.factor"),
        ({"mapping": local}, "invalid_request", "mapping.timestamp"),
        (
            {"mapping": {**mapping, "reference": {"by_order": True}}},
            "invalid_fields",
            "mapping.reference.by_order",
        ),
        ({"max_pages": 0}, "invalid_request", "max_pages"),
        ({"overlap_s": -1}, "invalid_request", "overlap_s"),
    ]
    for fields, code, field in invalid:
        answer = client.post(CONNECTORS, json={**CONNECTOR, **fields})
        if not code:
            assert answer.status_code == 201
            continue
        problem = assert_problem(answer, 422, code)
        assert [error["field"] for error in problem["errors"]] == [field]
    assert_problem(client.post(CONNECTORS, json={**CONNECTOR, "code": "taken"}), 409, "duplicate_code")
    assert_problem(client.patch(f"{CONNECTORS}/taken", json={"url": "http://10.0.0.1"}), 422, "invalid_fields")
    assert_problem(client.patch(f"{CONNECTORS}/none", json={"enabled": False}), 404, "not_found")


@on_sqlite_alone
def test_only_an_administrator_sees_connectors(client: httpx.Client, create: Create) -> None:
    create()
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read", "ingest"]}).json()["key"]
    assert_problem(client.get(CONNECTORS, headers={"X-API-Key": key}), 403, "forbidden")
