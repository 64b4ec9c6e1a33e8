"""A session acts in the API as its key or user does, from our own pages alone, and for as long as it lasts."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import text

from app.core.access import Access, Grant, Scope
from app.core.acting import actor
from app.http.deps import MayPrepare
from app.http.page_route import PageRoute
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.passwords import hash_password
from app.store.operations.users import change_user, create_user, user_of
from tests.conftest import ADMIN_KEY, Make, client, database, database_url
from tests.support.pages import signed_in

__all__ = ["client", "database", "database_url"]
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "http://esg.test"}
PASSWORD = "correct horse battery"
EVERYTHING = Access(None, frozenset(Scope), None)
PLANT = {"code": "north", "name": "North", "country": "DE", "timezone": "Europe/Berlin"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, admin_key=ADMIN_KEY, session_hours=10, session_idle_minutes=30)


@pytest.fixture
def visitor(client: httpx.Client) -> Iterator[httpx.Client]:
    """A browser: it has no key of its own."""
    with httpx.Client(transport=client._transport, base_url="http://esg.test") as browser:
        yield browser


@pytest.fixture
def works(client: httpx.Client, make_organization: Make, database: Database) -> dict[str, Any]:
    """Three organizations and a user: admin in the first, reader of the second."""
    made = [make_organization(code=code) for code in ("acme", "bolt", "cork")]
    grants = [
        Grant(frozenset({Scope.ADMIN}), frozenset({made[0]["code"]})),
        Grant(frozenset({Scope.READ}), frozenset({made[1]["code"]})),
    ]
    with database.write() as session:
        user = create_user(
            session,
            name="Uma Berg",
            email="Uma@Works.example",
            grants=grants,
            now_ms=time.time_ns() // 1_000_000,
            password=hash_password(PASSWORD),
        )
        return {"code": user.code, "own": made[0]["code"], "read": made[1]["code"], "other": made[2]["code"]}


def by_password(visitor: httpx.Client, password: str = PASSWORD, email: str = "uma@works.example") -> httpx.Response:
    answer = visitor.post("/session", data={"email": email, "password": password, "next": "/live?year=2021"})
    visitor.cookies.clear()
    return answer


def cookie_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return {"Cookie": answer.headers["set-cookie"].partition(";")[0]}


def test_a_user_acts_where_they_may_in_their_own_name(
    client: httpx.Client, visitor: httpx.Client, works: dict[str, Any]
) -> None:
    answer = by_password(visitor)
    cookie = cookie_of(answer)
    made = visitor.post(f"/v1/organizations/{works['own']}/plants", json=PLANT, headers=cookie | OWN)
    statuses = {
        name: (
            visitor.get(f"/v1/organizations/{works[name]}/plants", headers=cookie).status_code,
            visitor.post(f"/v1/organizations/{works[name]}/plants", json=PLANT, headers=cookie | OWN).status_code,
        )
        for name in ("own", "read", "other")
    }
    listed = visitor.get("/v1/organizations", headers=cookie).json()["items"]
    entries = client.get(f"/v1/organizations/{works['own']}/audit", params={"kind": "plant"}).json()["items"]
    begun = client.get("/v1/audit", params={"kind": "session"}).json()["items"]

    assert answer.headers["location"] == "/live?year=2021"
    assert made.status_code == 201, made.text
    assert statuses == {"own": (200, 409), "read": (200, 403), "other": (404, 404)}
    assert {each["code"] for each in listed} == {works["own"], works["read"]}
    assert [(each["actor"], each["name"]) for each in entries] == [(works["code"], "Uma Berg")]
    assert [(each["actor"], each["subject"], each["after"]) for each in begun] == [
        (works["code"], works["code"], {"by": "password"})
    ]
    assert visitor.get("/v1/jobs", headers=cookie).status_code == 403, "admin of one organization is not of the service"


def test_only_our_own_pages_act_by_a_session(visitor: httpx.Client, works: dict[str, Any]) -> None:
    cookie, address = cookie_of(by_password(visitor)), f"/v1/organizations/{works['own']}/plants"
    sent: dict[str, dict[str, str]] = {
        "own": OWN,
        "own-site": {"Sec-Fetch-Site": "same-origin"},
        "own-origin": {"Origin": "http://esg.test"},
        "cross": {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        "sibling": {"Sec-Fetch-Site": "same-site", "Origin": "http://other.esg.test"},
        "foreign-origin": {"Origin": "https://evil.example"},
        "no-origin": {"Origin": "null"},
        "silent": {},
    }
    answers = {
        name: visitor.post(address, json=PLANT | {"code": name}, headers=cookie | headers)
        for name, headers in sent.items()
    }
    made = {name for name, answer in answers.items() if answer.status_code == 201}
    refused = {answer.json()["code"] for answer in answers.values() if answer.status_code == 403}

    assert made == {"own", "own-site", "own-origin"}
    assert refused == {"cross_site_request"}
    assert {each["code"] for each in visitor.get(address, headers=cookie).json()["items"]} == made


def test_a_session_of_a_key_may_what_the_key_may_and_a_key_in_the_header_counts_first(
    client: httpx.Client, visitor: httpx.Client, works: dict[str, Any]
) -> None:
    reader = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["key"]
    cookie = {"Cookie": signed_in(visitor, reader)}
    address = f"/v1/organizations/{works['own']}/plants"

    assert visitor.get(address, headers=cookie).status_code == 200
    assert visitor.post(address, json=PLANT, headers=cookie | OWN).json()["code"] == "forbidden"
    assert visitor.post(address, json=PLANT, headers=cookie | OWN | {"X-API-Key": ADMIN_KEY}).status_code == 201
    assert visitor.get(address, headers=cookie | {"X-API-Key": "wrong"}).status_code == 401


def test_a_disabled_user_is_out_at_once_and_a_new_password_ends_every_session(
    visitor: httpx.Client, works: dict[str, Any], database: Database
) -> None:
    address = f"/v1/organizations/{works['own']}"
    first, second = (cookie_of(by_password(visitor)) for _ in range(2))
    visitor.post("/session/end", headers=first | OWN)
    after_sign_out = [visitor.get(address, headers=each).status_code for each in (first, second)]
    with database.write() as session:
        change_user(session, user_of(session, EVERYTHING, works["code"]), password=hash_password("another one, longer"))
    after_change = visitor.get(address, headers=second)
    third = cookie_of(by_password(visitor, "another one, longer"))
    with database.write() as session:
        change_user(session, user_of(session, EVERYTHING, "UMA@works.example"), active=False)

    assert after_sign_out == [401, 200]
    assert (after_change.status_code, after_change.json()["code"]) == (401, "unauthenticated")
    assert visitor.get(address, headers=third).status_code == 401
    assert by_password(visitor, "another one, longer").status_code == 403


def test_a_session_ends_when_nobody_uses_it(visitor: httpx.Client, works: dict[str, Any], database: Database) -> None:
    cookie, address = cookie_of(by_password(visitor)), f"/v1/organizations/{works['own']}"

    def rests(minutes: float) -> int:
        with database.write() as session:
            older = text("UPDATE page_session SET seen_at = seen_at - :ms")
            session.connection().execute(older, {"ms": int(minutes * 60_000)})
        return visitor.get(address, headers=cookie).status_code

    assert [rests(29), rests(29), rests(29)] == [200, 200, 200], "each use begins it anew"
    assert rests(30) == 401


def test_guesses_are_few_and_say_when_to_go_on(visitor: httpx.Client, works: dict[str, Any]) -> None:
    wrong = [by_password(visitor, f"wrong {n}") for n in range(9)]
    right = by_password(visitor)
    more = [by_password(visitor, f"wrong {n}", "UMA@works.example") for n in range(11)]
    nobody = by_password(visitor, PASSWORD, "nobody@works.example")
    elsewhere = visitor.post("/session", data={"email": "a\x00b", "password": "\x00"})

    assert {answer.status_code for answer in wrong} == {403}
    assert right.status_code == 303, "and fills the bucket"
    assert [answer.status_code for answer in more] == [403] * 10 + [429]
    assert 50 <= int(more[-1].headers["Retry-After"]) <= 60
    assert by_password(visitor).status_code == 429, "the right one as well, or it would be told"
    assert nobody.status_code == elsewhere.status_code == 403
    words = "This address and this password are not those of a user who may sign in."
    assert words in nobody.text
    assert words in wrong[0].text


def test_an_address_does_not_guess_at_everybody(visitor: httpx.Client) -> None:
    statuses = [visitor.post("/session", data={"key": f"wrong {n}"}).status_code for n in range(65)]

    assert statuses[:60] == [403] * 60
    assert 429 in statuses[60:]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/live?year=2021", "/live?year=2021"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
    ],
    ids=["own", "elsewhere", "no scheme", "backslash", "header"],
)
def test_signing_in_leads_to_our_own_pages_alone(client: httpx.Client, path: str, kept: str) -> None:
    answer = client.post("/session", data={"key": ADMIN_KEY, "next": path})

    assert answer.headers["location"] == kept


def test_a_page_asks_for_scopes_as_an_operation_does(
    app: FastAPI, client: httpx.Client, visitor: httpx.Client, works: dict[str, Any]
) -> None:
    async def prepared(access: MayPrepare, _: Annotated[None, Depends(lambda: None)]) -> list[str | None]:
        return [access.organization, actor().who, actor().name]

    route = PageRoute("/prepare/{organization}", prepared, methods=["GET", "POST"])
    app.router.routes.append(route)
    html = {"Accept": "text/html,*/*"}
    sent = visitor.get(f"/prepare/{works['own']}?year=2021", headers=html)
    cookie = cookie_of(by_password(visitor))

    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/sign-in?next=%2Fprepare%2F{works['own']}%3Fyear%3D2021",
    )
    assert visitor.get(f"/prepare/{works['own']}").status_code == 401
    assert visitor.post(f"/prepare/{works['own']}", headers=cookie).status_code == 403
    assert visitor.get(f"/prepare/{works['own']}", headers=cookie | html).json() == [
        works["own"],
        works["code"],
        "Uma Berg",
    ]
    assert visitor.get(f"/prepare/{works['read']}", headers=cookie).json()["code"] == "forbidden"
    assert "next" in visitor.get(sent.headers["location"]).text


def test_a_form_of_a_session_that_is_over_is_kept_to_be_sent_again(
    visitor: httpx.Client, works: dict[str, Any]
) -> None:
    page, headers = "/organizations/acme/monthly", {**OWN, "Accept": "text/html"}
    answer = visitor.post(
        page, params={"year": "2024"}, data={"cell|grid|2024-01": '5"<', "act": "store"}, headers=headers
    )
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert f'<form method="post" action="{page}?year=2024">' in answer.text
    assert '<input type="hidden" name="cell|grid|2024-01" value="5&#34;&lt;">' in answer.text
    assert '<input type="hidden" name="act" value="store">' in answer.text
    told = visitor.post(page, data={"act": "store"}, headers={**OWN, "Accept": "application/json"})
    assert (told.status_code, told.json()["code"]) == (401, "unauthenticated")


def test_a_form_that_is_refused_is_answered_with_a_page_whose_links_lead_back(
    visitor: httpx.Client, works: dict[str, Any]
) -> None:
    headers = {**OWN, "Accept": "text/html", "Cookie": signed_in(visitor, ADMIN_KEY)}
    came_from = {"Referer": "http://esg.test/organizations/acme/run?year=2024"}
    answer = visitor.post("/organizations/acme/monthly", data={"act": "store"}, headers={**headers, **came_from})
    assert answer.status_code == 422
    assert 'href="/organizations/acme/run?year=2024&amp;language=zh"' in answer.text
    missing = visitor.post("/organizations/nobody/monthly", data={"act": "store"}, headers=headers)
    assert (missing.status_code, missing.headers["content-type"]) == (404, "text/html; charset=utf-8")
