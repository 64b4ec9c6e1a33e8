"""Users: who makes and changes them, what they may do then, and that somebody is always left who may."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.access import Access, Scope
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.keys import create_key, delete_key
from app.store.operations.users import LastAdministrator
from tests.conftest import Make
from tests.support.client import running

EVERYWHERE = Access(None, frozenset(Scope), None)
EVERYTHING = [{"scopes": ["admin"], "organizations": None}]
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def nobody(database: Database) -> None:
    """The users of the tests before are gone."""
    with database.write() as session:
        session.connection().execute(text("DELETE FROM user_account"))


@pytest.fixture
def visitor(client: httpx.Client) -> Iterator[httpx.Client]:
    with httpx.Client(transport=client._transport, base_url="http://esg.test") as browser:
        yield browser


def made(client: httpx.Client, email: str, grants: list[dict[str, Any]], **headers: Any) -> dict[str, Any]:
    answer = client.post("/v1/users", json={"name": email.title(), "email": email, "grants": grants}, **headers)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def session_of(visitor: httpx.Client, email: str, password: str) -> dict[str, str]:
    answer = visitor.post("/session", data={"email": email, "password": password})
    visitor.cookies.clear()
    assert answer.status_code == 303, answer.text
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0], **OWN}


def problem(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    told = answer.json()
    return answer.status_code, told["code"], [(each["field"], each["code"]) for each in told["errors"]]


def test_a_user_is_made_signs_in_and_is_told_in_the_log(
    client: httpx.Client, visitor: httpx.Client, make_organization: Make, database: Database
) -> None:
    make_organization(code="acme")
    grants = [{"scopes": ["read", "prepare"], "organizations": ["acme"]}]
    user = made(client, "Uma@acme.example", grants)
    password = user.pop("password")
    read = client.get("/v1/users/uma@ACME.example").json()
    listed = client.get("/v1/users").json()["items"]
    cookie = session_of(visitor, "uma@acme.example", password)
    entries = client.get("/v1/audit", params={"kind": "user"}).json()["items"]
    own = client.get("/v1/organizations/acme/audit", params={"kind": "user"}).json()["items"]
    with database.read() as session:
        kept = str(session.connection().execute(text("SELECT * FROM user_account")).all())

    assert len(password) == 20
    assert (user["email"], user["active"], user["issuer"]) == ("uma@acme.example", True, None)
    assert user["grants"] == [{"scopes": ["read", "prepare"], "organizations": ["acme"]}]
    assert listed == [read] == [user]
    assert visitor.get("/v1/organizations/acme", headers=cookie).status_code == 200
    assert client.get(f"/v1/users/{user['code']}").json()["signed_in_at"] is not None
    assert [(each["subject"], each["before"], each["after"]["password"]) for each in entries] == [
        (user["code"], None, "(secret)")
    ]
    assert [each["subject"] for each in own] == [user["code"]]
    assert password not in kept


def test_what_is_wrong_with_a_user_is_told_by_field(client: httpx.Client, make_organization: Make) -> None:
    make_organization(code="acme")
    body = {"name": "Uma", "email": "uma@acme.example", "grants": EVERYTHING}
    sent: dict[str, dict[str, Any]] = {
        "address": {"email": "uma"},
        "no grant": {"grants": []},
        "no such scope": {"grants": [{"scopes": ["rule"]}]},
        "unknown": {"grants": [{"scopes": ["read"], "organizations": ["bolt"]}]},
        "short": {"password": "12345678901"},
        "own": {"password": "uma@acme.example"},
        "dull": {"password": "aaaaaaaaaaaaaaa"},
    }
    told = {name: problem(client.post("/v1/users", json=body | each)) for name, each in sent.items()}

    assert told == {
        "address": (422, "invalid_request", [("email", "string_pattern_mismatch")]),
        "no grant": (422, "invalid_request", [("grants", "too_short")]),
        "no such scope": (422, "invalid_request", [("scopes.0", "enum")]),
        "unknown": (422, "invalid_fields", [("grants", "unknown_organization")]),
        "short": (422, "invalid_request", [("password", "string_too_short")]),
        "own": (422, "invalid_fields", [("password", "weak_password")]),
        "dull": (422, "invalid_fields", [("password", "weak_password")]),
    }
    assert client.get("/v1/users").json()["items"] == []
    made(client, "uma@acme.example", EVERYTHING)
    assert problem(client.post("/v1/users", json=body | {"email": "UMA@acme.example"}))[:2] == (409, "email_taken")
    assert problem(client.get("/v1/users/ned"))[:2] == (404, "not_found")


def test_an_administrator_of_one_organization_makes_users_of_it_and_sees_no_others(
    client: httpx.Client, visitor: httpx.Client, make_organization: Make
) -> None:
    for code in ("acme", "bolt"):
        make_organization(code=code)
    admin = [
        {"scopes": ["admin"], "organizations": ["acme"]},
        {"scopes": ["read"], "organizations": ["bolt"]},
    ]
    uma = made(client, "uma@acme.example", admin)
    wide = made(client, "wide@acme.example", EVERYTHING)
    cookie = session_of(visitor, "uma@acme.example", uma["password"])
    ned = made(visitor, "ned@acme.example", [{"scopes": ["read"], "organizations": ["acme"]}], headers=cookie)

    def asked(grants: list[dict[str, Any]]) -> tuple[int, str, list[tuple[str, str]]]:
        body = {"name": "X", "email": "x@acme.example", "grants": grants}
        return problem(visitor.post("/v1/users", json=body, headers=cookie))

    assert asked(EVERYTHING) == (403, "forbidden", [])
    assert asked([{"scopes": ["read"], "organizations": ["bolt"]}])[2] == [("grants", "unknown_organization")]
    assert [each["code"] for each in visitor.get("/v1/users", headers=cookie).json()["items"]] == [ned["code"]]
    for code in (wide["code"], uma["code"]):
        assert visitor.patch(f"/v1/users/{code}", json={"active": False}, headers=cookie).status_code == 404
        assert visitor.post(f"/v1/users/{code}/password", json={}, headers=cookie).status_code == 404


def test_a_change_holds_from_the_next_request_on(
    client: httpx.Client, visitor: httpx.Client, make_organization: Make
) -> None:
    make_organization(code="acme")
    user = made(client, "uma@acme.example", [{"scopes": ["read"], "organizations": ["acme"]}])
    address, page = f"/v1/users/{user['code']}", "/v1/organizations/acme/audit"
    cookie = session_of(visitor, "uma@acme.example", user["password"])
    before = visitor.get(page, headers=cookie).status_code
    client.patch(address, json={"grants": [{"scopes": ["audit"], "organizations": ["acme"]}]})
    after = visitor.get(page, headers=cookie).status_code
    changed = client.post(f"{address}/password", json={"password": "a longer one, 17"})
    ended = visitor.get(page, headers=cookie).status_code
    again = session_of(visitor, "uma@acme.example", "a longer one, 17")
    client.patch(address, json={"active": False})

    assert (before, after, ended) == (403, 200, 401)
    assert changed.json()["password"] is None
    assert visitor.get(page, headers=again).status_code == 401
    client.patch(address, json={"active": True})
    assert visitor.get(page, headers=again).status_code == 401, "no session comes back"
    client.patch(address, json={"active": False})
    assert (
        visitor.post("/session", data={"email": "uma@acme.example", "password": "a longer one, 17"}).status_code == 403
    )


def test_the_last_administrator_stays_one(client: httpx.Client, database_url: str) -> None:
    uma, ned = (made(client, f"{name}@acme.example", EVERYTHING) for name in ("uma", "ned"))
    reads = {"grants": [{"scopes": ["read"], "organizations": None}]}
    with running(create_app(Settings(database_url=database_url)), key=None) as alone:  # no key of the environment
        cookie = session_of(alone, "uma@acme.example", uma["password"])

        def change(user: dict[str, Any], body: dict[str, Any]) -> tuple[int, str]:
            answer = alone.patch(f"/v1/users/{user['code']}", json=body, headers=cookie)
            return answer.status_code, answer.json().get("code", "")

        key = client.post("/v1/keys", json={"name": "spare", "scopes": ["admin"]}).json()["code"]
        client.delete(f"/v1/keys/{key}")
        firsts = client.get("/v1/keys").json()["items"]
        for each in firsts:
            client.delete(f"/v1/keys/{each['code']}")
        assert change(ned, {"active": False})[0] == 200
        assert change(uma, {"active": False}) == (409, "last_administrator")
        assert change(uma, reads) == (409, "last_administrator")
        assert change(uma, {"name": "Uma Berg"})[0] == 200
        assert change(ned, {"active": True})[0] == 200
        assert change(uma, reads)[0] == 200
        spare = client.post("/v1/keys", json={"name": "spare", "scopes": ["admin"]}).json()
        client.post("/v1/keys", json={"name": "brief", "scopes": ["admin"], "expires_at": "2099-01-01T00:00:00Z"})
        cookie = {"X-API-Key": spare["key"]}
        assert change(ned, {"active": False})[0] == 200, "the key is left"
        address = f"/v1/keys/{spare['code']}"
        ended = alone.post(f"{address}/rotate", json={"expires_at": "2099-01-01T00:00:00Z"}, headers=cookie)
        gone = alone.delete(address, headers=cookie)
        assert [(each.status_code, each.json()["code"]) for each in (ended, gone)] == [(409, "last_administrator")] * 2
        assert alone.get(address.rpartition("/")[0], headers=cookie).status_code == 200, "nothing has changed"
        hers = client.post("/v1/keys", json={"name": "hers", "scopes": ["admin"], "owner": uma["code"]}).json()
        assert alone.delete(address, headers=cookie).status_code == 204, "hers is left"
        cookie = {"X-API-Key": hers["key"]}
        assert change(uma, {"active": False}) == (409, "last_administrator"), "her key would stop with her"
    assert client.patch(f"/v1/users/{ned['code']}", json={"active": False}).status_code == 200, "the operator has a key"


def test_of_two_administrators_who_go_at_once_one_stays(database: Database) -> None:
    told: list[str] = []
    with database.write() as session:
        session.connection().execute(text("DELETE FROM api_key"))
        one, two = (
            create_key(session, name=name, scopes=[Scope.ADMIN], organizations=None, expires_at_ms=None, now_ms=0)[
                0
            ].code
            for name in ("one", "two")
        )

    def second() -> None:
        try:
            with database.write() as session:
                delete_key(session, EVERYWHERE, two)
        except LastAdministrator as error:
            told.append(str(error))

    thread = Thread(target=second)
    with database.write() as session:
        delete_key(session, EVERYWHERE, one)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "it waits"
    thread.join(30)
    assert told == ["two is the last one who may administer everything: let another user or key do so first"]


def test_the_address_of_a_user_out_of_reach_is_refused_without_telling_that_there_is_one(
    client: httpx.Client, visitor: httpx.Client, make_organization: Make
) -> None:
    for code in ("acme", "bolt"):
        make_organization(code=code)
    admin = made(client, "uma@acme.example", [{"scopes": ["admin"], "organizations": ["acme"]}])
    made(client, "bo@bolt.example", [{"scopes": ["read"], "organizations": ["bolt"]}])
    cookie = session_of(visitor, "uma@acme.example", admin["password"])
    body = {"name": "X", "grants": [{"scopes": ["read"], "organizations": ["acme"]}]}

    answer = visitor.post("/v1/users", json=body | {"email": "BO@bolt.example"}, headers=cookie)
    assert problem(answer) == (422, "invalid_fields", [("email", "address_not_usable")])
    page = visitor.post(
        "/organizations/acme/start/person",
        data={"name": "X", "email": "bo@bolt.example", "role": "read"},
        headers={**cookie, "Sec-Fetch-Site": "same-origin"},
    )
    assert (page.status_code, "no user can be made with this address here" in page.text) == (422, True)
    for told in (answer.text, page.text):
        assert "already" not in told
        assert "taken" not in told
    own = visitor.post("/v1/users", json=body | {"email": "uma@acme.example"}, headers=cookie)
    assert problem(own)[:2] == (409, "email_taken")
