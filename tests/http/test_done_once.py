"""A creating request that is sent again with its idempotency key is done once, and has the same answer each time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.jobs.retention import forget_old
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.problems import assert_problem
from tests.support.shared import Shared
from tests.support.works import DISCLOSURE, ORGANIZATION, OWN_COAL

PLANT = {"code": "north", "name": "North", "country": "CN", "timezone": "Asia/Shanghai"}
METER = {
    "code": "second",
    "name": "Second",
    "plant": "main",
    "resource": "electricity.grid",
    "kind": "interval",
    "interval": "P1D",
    "unit": "kWh",
}
COUNTER = {"code": "counter", "name": "Counter", "plant": "main", "resource": "electricity.grid", "unit": "kWh"}
CREATED: dict[str, tuple[str, dict[str, Any]]] = {
    "organization": ("/v1/organizations", {"code": "b", "name": "B", "timezone": "UTC", "currency": "EUR"}),
    "plant": (f"{ORGANIZATION}/plants", PLANT),
    "meter": (f"{ORGANIZATION}/meters", METER),
    "factor": (f"{ORGANIZATION}/factors", OWN_COAL),
    "factors": (f"{ORGANIZATION}/factors", {"items": [{**OWN_COAL, "code": "one"}]}),
    "webhook": (f"{ORGANIZATION}/webhooks", {"code": "hook", "url": "https://example.com/hook"}),
    "datapoint": (
        f"{ORGANIZATION}/datapoints",
        {"indicator": "workforce.total", "period": 2021, "value": 9, "unit": "person"},
    ),
    "publication": (f"{DISCLOSURE}/2021/publications", {}),
    "exchange": (
        f"{ORGANIZATION}/meters/counter/exchanges",
        {"at": "2021-02-01T00:00:00Z", "final_value": 9, "first_value": 1, "reason": "broken"},
    ),
    "amendment": (
        f"{ORGANIZATION}/amendments",
        {
            "action": "withdraw",
            "meters": ["grid"],
            "start": "2021-01-01T00:00:00+08:00",
            "end": "2021-01-02T00:00:00+08:00",
            "reason": "wrong",
        },
    ),
    "run": ("/v1/jobs/retention/runs", {}),
}
ROWS = ("organization", "plant", "meter", "own_factor", "webhook", "datapoint", "publication", "exchange", "batch")


def sent(client: httpx.Client, what: str, key: str) -> httpx.Response:
    path, body = CREATED[what]
    return client.post(path, json=body, headers={"Idempotency-Key": key})


def stored(database: Database) -> list[int]:
    with database.read() as session:
        return [session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ROWS]


@pytest.fixture
def counter(desk: Desk, make_meter: Make) -> Desk:
    """The works with a register besides."""
    make_meter(**COUNTER, kind="register", interval=None)
    return desk


@pytest.mark.parametrize("what", CREATED)
def test_what_is_sent_again_is_done_once_and_answered_alike(counter: Desk, database: Database, what: str) -> None:
    first = sent(counter.client, what, f"k-{what}")
    assert first.status_code in (200, 201, 202), first.text
    rows = stored(database)

    again = sent(counter.client, what, f"k-{what}")

    assert stored(database) == rows
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for header in ("content-type", "location"):
        assert again.headers.get(header) == first.headers.get(header)
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")


def test_the_same_key_for_another_request_is_refused_and_another_callers_is_another(counter: Desk) -> None:
    plants = f"{ORGANIZATION}/plants"
    first = counter.client.post(plants, json=PLANT, headers={"Idempotency-Key": "one"})
    assert first.status_code == 201
    other = {**PLANT, "code": "south"}
    for path, body in ((plants, other), (f"{ORGANIZATION}/meters", METER)):
        refused = counter.client.post(path, json=body, headers={"Idempotency-Key": "one"})
        assert_problem(refused, 422, "idempotency_key_reused")
    assert counter.client.get(f"{plants}/south").status_code == 404
    made = counter.client.post("/v1/keys", json={"name": "second", "scopes": ["admin"]})
    key = made.json()["key"]
    mine = counter.client.post(plants, json=other, headers={"Idempotency-Key": "one", "X-API-Key": key})
    assert (mine.status_code, "idempotency-replayed" in mine.headers) == (201, False)


def test_what_failed_is_tried_again(counter: Desk) -> None:
    body = {**METER, "plant": "north"}
    for _ in range(2):
        failed = counter.client.post(f"{ORGANIZATION}/meters", json=body, headers={"Idempotency-Key": "m"})
        assert failed.status_code == 422
    assert counter.client.post(f"{ORGANIZATION}/plants", json=PLANT).status_code == 201
    done = counter.client.post(f"{ORGANIZATION}/meters", json=body, headers={"Idempotency-Key": "m"})
    assert (done.status_code, "idempotency-replayed" in done.headers) == (201, False)


@pytest.mark.parametrize("what", ["plant", "publication"])
def test_of_many_at_once_one_is_done_and_all_are_answered_by_it(counter: Desk, database: Database, what: str) -> None:
    path, body = CREATED[what]
    rows = stored(database)

    def send(_: int) -> httpx.Response:
        return counter.client.post(path, json=body, headers={"Idempotency-Key": "race"})

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))
    assert {(each.status_code, each.content) for each in answers} == {(201, answers[0].content)}
    assert sum("idempotency-replayed" not in each.headers for each in answers) == 1
    assert sum(stored(database)) == sum(rows) + 1


def test_a_secret_is_not_kept(counter: Desk, database: Database) -> None:
    body = {"name": "gateway", "scopes": ["ingest"]}
    first = counter.client.post("/v1/keys", json=body, headers={"Idempotency-Key": "k"})
    assert first.status_code == 201
    again = counter.client.post("/v1/keys", json=body, headers={"Idempotency-Key": "k"})
    assert first.headers["Location"] in assert_problem(again, 409, "secret_shown_once")["detail"]
    with database.read() as session:
        kept = session.connection().execute(text("SELECT body FROM kept_answer WHERE idempotency_key = 'k'")).all()
    assert [row.body for row in kept] == [None]


def test_an_answer_is_kept_for_a_day(counter: Desk, database: Database) -> None:
    assert sent(counter.client, "plant", "old").status_code == 201
    with database.write() as session:
        session.connection().execute(text("UPDATE kept_answer SET stored_at = stored_at - 86400000"))
    assert_problem(sent(counter.client, "plant", "old"), 409, "duplicate_code")
    forget_old(database, event_days=7)
    with database.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM kept_answer")).scalar_one() == 0


def test_keys_are_texts_and_readings_need_none(counter: Desk, vacant: Shared) -> None:
    for key in ("", "a b", "x" * 256):
        refused = sent(counter.client, "plant", key)
        assert_problem(refused, 422, "invalid_request")
        assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    body = {"readings": [{"meter": "grid", "timestamp": "2019-01-01T00:00:00+08:00", "value": 5}]}
    for inserted in (1, 0):
        got = counter.client.post(f"{ORGANIZATION}/readings", json=body, headers={"Idempotency-Key": "r"})
        assert (got.status_code, got.json()["inserted"]) == (200, inserted)
    document = vacant.app.openapi()
    creating = [
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
        if {"201", "202"} & operation["responses"].keys()
    ]
    assert len(creating) > 20
    without = [each["operationId"] for each in creating if "Idempotency-Key" not in _headers(each)]
    assert without == ["undo_amendment"]


def _headers(operation: dict[str, Any]) -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
