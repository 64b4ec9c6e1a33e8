"""How a key ends, is rotated and tells when it was used, with several processes that remember it."""

from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app.core.access import Access, Scope
from app.store.engine.database import Database
from app.store.operations.key_uses import KeyUses
from app.store.operations.keyring import Keyring, UnknownKey
from app.store.operations.keys import create_key, delete_key, key_page, note_uses, rotate_key
from tests.api.test_keys import with_key
from tests.conftest import Make
from tests.support.shared import Shared

EVERYWHERE = Access(None, frozenset(Scope), None)
DAY_MS = 24 * 3_600_000


@pytest.fixture
def secret(database: Database) -> str:
    return made(database)


def made(database: Database, *, expires_at_ms: int | None = None, name: str = "k") -> str:
    with database.write() as session:
        _, secret = create_key(
            session, name=name, scopes=[Scope.READ], organizations=None, expires_at_ms=expires_at_ms, now_ms=0
        )
    return secret


class Process:
    """What a process of its own remembers, by a clock that the test moves."""

    def __init__(self, database: Database) -> None:
        self.now_s = 100.0
        self.keyring = Keyring(database, environment_secret=None, ttl_s=5, clock=lambda: self.now_s)

    def admits(self, secret: str, now_ms: int = 0) -> bool:
        try:
            return (self.keyring.remembered(secret, now_ms) or self.keyring.look_up(secret, now_ms)) is not None
        except UnknownKey:
            return False


def code_of(database: Database, secret: str) -> str:
    access = Keyring(database, environment_secret=None, ttl_s=5).look_up(secret, 0)
    assert access.key_code is not None
    return access.key_code


def rotated(database: Database, code: str, *, now_ms: int = 0, until_ms: int = 0) -> str:
    with database.write() as session:
        return rotate_key(session, EVERYWHERE, code, now_ms=now_ms, until_ms=until_ms)[1]


def test_a_deleted_key_stops_in_every_process_when_what_they_remember_is_up(database: Database, secret: str) -> None:
    one, two = Process(database), Process(database)
    assert one.admits(secret)
    two.now_s = 103
    assert two.admits(secret)
    with database.write() as session:
        delete_key(session, EVERYWHERE, code_of(database, secret))

    one.now_s, two.now_s = 105, 105
    assert (one.admits(secret), two.admits(secret)) == (True, True)
    one.now_s, two.now_s = 105.01, 108.01
    assert (one.admits(secret), two.admits(secret)) == (False, False)


def test_the_bound_counts_from_before_the_database_was_asked(database: Database, secret: str) -> None:
    process = Process(database)

    def slow(*_: object) -> None:
        process.now_s += 4

    event.listen(database.engine, "before_cursor_execute", slow)
    try:
        assert process.keyring.look_up(secret, 0)
    finally:
        event.remove(database.engine, "before_cursor_execute", slow)

    process.now_s = 105.01
    assert process.keyring.remembered(secret, 0) is None


def test_a_rotated_key_has_both_secrets_until_the_overlap_ends_in_every_process(
    database: Database, secret: str
) -> None:
    before, after = Process(database), Process(database)
    assert before.admits(secret)
    code = code_of(database, secret)
    new = rotated(database, code, until_ms=1_000)

    assert (after.admits(secret, 999), after.admits(new, 999)) == (True, True)
    assert (after.admits(secret, 1_000), after.admits(new, 1_000)) == (False, True)
    before.now_s = 105.01
    assert (before.admits(secret, 999), before.admits(secret, 1_000)) == (True, False)
    assert code_of(database, new) == code


def test_a_second_rotation_ends_the_first_secret(database: Database, secret: str) -> None:
    code = code_of(database, secret)
    second = rotated(database, code, until_ms=DAY_MS)
    third = rotated(database, code, until_ms=DAY_MS)
    process = Process(database)

    assert [process.admits(each, 1) for each in (secret, second, third)] == [False, True, True]


def test_an_overlap_does_not_outlive_the_key(database: Database) -> None:
    secret = made(database, expires_at_ms=500)
    new = rotated(database, code_of(database, secret), until_ms=1_000)
    process = Process(database)

    assert [process.admits(each, 499) for each in (secret, new)] == [True, True]
    assert [process.admits(each, 500) for each in (secret, new)] == [False, False]


def test_rotating_answers_the_new_secret_and_when_the_old_one_ends(client: httpx.Client) -> None:
    key = client.post("/v1/keys", json={"name": "gateway", "scopes": ["read"]}).json()
    old = with_key(key["key"])
    assert client.get("/v1/organizations", headers=old).status_code == 200

    overlap = client.post(f"/v1/keys/{key['code']}/rotate", json={})
    body = {"overlap_s": 0, "expires_at": "2099-01-01T00:00:00Z"}
    at_once = client.post(f"/v1/keys/{key['code']}/rotate", json=body)

    new, newest = overlap.json(), at_once.json()
    assert (overlap.status_code, at_once.status_code) == (200, 200)
    assert (new["code"], newest["code"]) == (key["code"], key["code"])
    assert len({key["key"], new["key"], newest["key"]}) == 3
    assert new["previous_until"] > new["rotated_at"] >= key["created_at"]
    assert (newest["previous_until"], newest["expires_at"]) == (None, "2099-01-01T00:00:00Z")
    statuses = [client.get("/v1/organizations", headers=with_key(each["key"])).status_code for each in (key, new)]
    assert statuses == [401, 401]
    assert client.get("/v1/organizations", headers=with_key(newest["key"])).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"overlap_s": -1}, "overlap_s", "greater_than_equal"),
        ({"overlap_s": 2_592_001}, "overlap_s", "less_than_equal"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "in_the_past"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused_and_changes_nothing(
    client: httpx.Client, body: dict[str, Any], field: str, code: str
) -> None:
    key = client.post("/v1/keys", json={"name": "gateway", "scopes": ["read"]}).json()

    answer = client.post(f"/v1/keys/{key['code']}/rotate", json=body)

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    listed = next(each for each in client.get("/v1/keys").json()["items"] if each["code"] == key["code"])
    assert listed["rotated_at"] is None
    assert client.get("/v1/organizations", headers=with_key(key["key"])).status_code == 200


def test_a_key_out_of_reach_is_not_rotated(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    foreign = client.post("/v1/keys", json={"name": "f", "scopes": ["read"]}).json()
    limited = client.post("/v1/keys", json={"name": "l", "scopes": ["admin"], "organizations": ["acme"]}).json()

    answer = client.post(f"/v1/keys/{foreign['code']}/rotate", json={}, headers=with_key(limited["key"]))

    assert answer.status_code == 404


def test_when_a_key_was_used_is_told_and_stays_out_of_the_request(shared: Shared, client: httpx.Client) -> None:
    key = client.post("/v1/keys", json={"name": "gateway", "scopes": ["read"]}).json()
    assert key["last_used_at"] is None
    client.get("/v1/organizations", headers=with_key(key["key"]))

    def used() -> Any:
        return next(each for each in client.get("/v1/keys").json()["items"] if each["code"] == key["code"])

    assert used()["last_used_at"] is None
    shared.app.state.keyring.uses.write()
    assert used()["last_used_at"] >= key["created_at"]


def test_a_use_is_written_once_a_minute_by_all_processes_together(database: Database, secret: str) -> None:
    code = code_of(database, secret)
    one, two = KeyUses(database), KeyUses(database)
    updates: list[int] = []

    def count(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE api_key"):
            updates.append(cursor.rowcount)

    event.listen(database.engine, "after_cursor_execute", count)
    for at_ms in range(1_000_000, 1_000_000 + 180_000, 250):
        for uses in (one, two):
            uses.note(code, at_ms)
            if at_ms % 10_000 == 0:
                uses.write()
    event.remove(database.engine, "after_cursor_execute", count)

    assert sum(updates) == 3
    assert len(updates) == 6
    assert used_at(database, code) == 1_120_000


def test_a_later_use_is_not_overwritten_by_an_earlier_one(database: Database, secret: str) -> None:
    code = code_of(database, secret)
    for at_ms in (2_000_000, 1_000_000):
        with database.write() as session:
            note_uses(session, {code: at_ms}, at_least_ms=60_000)

    assert used_at(database, code) == 2_000_000


def used_at(database: Database, code: str) -> int | None:
    with database.read() as session:
        rows = {key.code: key.last_used_at for key in key_page(session, EVERYWHERE, cursor=None, limit=1000).items}
    return rows[code]
