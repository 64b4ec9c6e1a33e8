"""Drafts are commented on by whoever reads them, by name, on the whole or on one figure, until they are published."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.store.engine.database import Database
from tests.support.desk import Desk

FIELDS = ("number", "key", "dimensions", "text", "name")


def _key(desk: Desk, name: str) -> str:
    body = {"name": name, "scopes": ["read"], "organizations": ["acme"]}
    return str(desk.client.post("/v1/keys", json=body).json()["key"])


def _say(desk: Desk, by: str, status: int, number: int = 1, **body: Any) -> Any:
    return desk.ask(by, "POST", f"/{number}/comments", status, json=body)


def test_comments_stand_with_who_and_when_in_order_and_in_the_audit_log(desk: Desk) -> None:
    frozen = desk.prepare()["hash"]
    ava, ben = _key(desk, "Ava Reads"), _key(desk, "Ben Checks")
    first = _say(desk, ava, 201, text="Is the coal\nof the second kiln in it?")
    _say(desk, ben, 201, text="Why so high?", key="consumption.electricity")
    desk.approve(1)
    _say(desk, ben, 201, text="Nothing is said of water", key="A2.2")

    listed = desk.ask(ava, "GET", "/1/comments", 200)
    assert [tuple(each[name] for name in FIELDS) for each in listed["items"]] == [
        (1, None, {}, "Is the coal\nof the second kiln in it?", "Ava Reads"),
        (2, "consumption.electricity", {}, "Why so high?", "Ben Checks"),
        (3, "A2.2", {}, "Nothing is said of water", "Ben Checks"),
    ]
    assert listed["items"][0] == first
    page = desk.ask(ava, "GET", "/1/comments?limit=2", 200)
    rest = desk.ask(ava, "GET", f"/1/comments?limit=2&cursor={page['next']}", 200)
    assert ([each["number"] for each in rest["items"]], rest["next"]) == ([3], None)
    assert desk.read(1)["hash"] == frozen
    audit = desk.client.get("/v1/organizations/acme/audit?kind=publication").json()["items"]
    told = [each for each in audit if each["operation"] == "comment_on_publication"]
    assert {each["subject"] for each in told} == {f"hkex-2020/2021/1/comments/{number}" for number in (1, 2, 3)}
    assert {each["name"] for each in told} == {"Ava Reads", "Ben Checks"}


def test_a_comment_that_says_nothing_names_nothing_or_comes_late_is_refused(desk: Desk) -> None:
    desk.prepare()
    ava = _key(desk, "Ava Reads")
    for body, field, code in (
        ({"text": " "}, "text", "string_too_short"),
        ({"text": "x", "key": "consumption.plutonium"}, "key", "unknown_figure"),
        ({"text": "x", "key": "consumption.electricity", "dimensions": {"stream": "mud"}}, "key", "unknown_figure"),
        ({"text": "x", "dimensions": {"stream": "mud"}}, "key", "missing"),
    ):
        found = _say(desk, ava, 422, **body)["errors"]
        assert [(each["field"], each["code"]) for each in found] == [(field, code)]
    assert _say(desk, ava, 404, number=7, text="x")["code"] == "not_found"
    desk.approve(1)
    desk.publish(1)
    assert _say(desk, ava, 409, text="too late")["code"] == "wrong_status"
    assert desk.ask(ava, "GET", "/1/comments", 200) == {"items": [], "next": None}


def test_a_comment_sent_again_with_its_idempotency_key_is_one(desk: Desk) -> None:
    desk.prepare()
    place = "/v1/organizations/acme/disclosures/hkex-2020/2021/publications/1/comments"
    twice = [desk.client.post(place, json={"text": "x"}, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert [each.status_code for each in twice] == [201, 201]
    assert twice[0].json() == twice[1].json()
    assert len(desk.client.get(place).json()["items"]) == 1


def test_the_database_keeps_a_comment_as_it_is(desk: Desk, database: Database) -> None:
    desk.prepare()
    _say(desk, _key(desk, "Ava Reads"), 201, text="x")
    for statement in ("UPDATE publication_comment SET text = 'y'", "DELETE FROM publication_comment"):
        with pytest.raises(Exception, match="never changed or deleted"), database.write() as session:
            session.connection().execute(text(statement))


def test_nobody_comments_without_a_name(desk: Desk, client: httpx.Client) -> None:
    desk.prepare()
    place = "/v1/organizations/acme/disclosures/hkex-2020/2021/publications/1/comments"
    answer = client.post(place, json={"text": "x"}, headers={"X-API-Key": ""})
    assert answer.status_code == 401
