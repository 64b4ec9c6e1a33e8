"""Sessions of the pages: what the cookie holds, how a session ends, and who cannot begin one for somebody else."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, Make, client, database, database_url
from tests.support.client import running
from tests.support.pages import signed_in

__all__ = ["client", "database", "database_url"]


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, admin_key=ADMIN_KEY, key_cache_s=0, session_hours=1)


@pytest.fixture
def key(client: httpx.Client, make_organization: Make) -> dict[str, Any]:
    make_organization(name="Acme Works")
    answer: dict[str, Any] = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()
    return answer


@pytest.fixture
def visitor(app: FastAPI, client: httpx.Client) -> Iterator[httpx.Client]:
    """A browser: it has no key of its own."""
    with httpx.Client(transport=client._transport, base_url="http://esg.test") as browser:
        yield browser


def shown(visitor: httpx.Client, cookie: str) -> bool:
    answer = visitor.get("/", headers={"Cookie": cookie})
    assert answer.status_code in (200, 401)
    return "Acme Works" in answer.text


def test_the_cookie_is_not_the_key_and_opens_nothing_else(
    visitor: httpx.Client, key: dict[str, Any], database: Database
) -> None:
    cookie = signed_in(visitor, key["key"])
    token = cookie.removeprefix("esg_session=")

    assert shown(visitor, cookie)
    assert key["key"] not in cookie
    assert visitor.get("/v1/organizations", headers={"X-API-Key": token}).status_code == 401
    with database.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM page_session")).all())
    assert token not in kept
    assert key["key"] not in kept


def test_a_session_ends_where_it_is_kept(visitor: httpx.Client, key: dict[str, Any]) -> None:
    cookie = signed_in(visitor, key["key"])
    visitor.post("/session/end", headers={"Cookie": cookie})

    assert not shown(visitor, cookie)


def test_a_session_ends_with_its_key(client: httpx.Client, visitor: httpx.Client, key: dict[str, Any]) -> None:
    cookie = signed_in(visitor, key["key"])
    client.post(f"/v1/keys/{key['code']}/rotate", json={"overlap_s": 3600})
    during = shown(visitor, cookie)
    second = signed_in(visitor, client.post(f"/v1/keys/{key['code']}/rotate", json={}).json()["key"])
    after = shown(visitor, cookie)
    client.delete(f"/v1/keys/{key['code']}")

    assert (during, after, shown(visitor, second)) == (True, False, False)


def test_a_session_ends_after_its_hours(visitor: httpx.Client, key: dict[str, Any], database: Database) -> None:
    cookie = signed_in(visitor, key["key"])
    older = "UPDATE page_session SET expires_at = expires_at - :ms"
    with database.write() as session:
        session.connection().execute(text(older), {"ms": 3_600_000 - 60_000})
    before = shown(visitor, cookie)
    with database.write() as session:
        session.connection().execute(text(older), {"ms": 60_001})

    assert (before, shown(visitor, cookie)) == (True, False)
    signed_in(visitor, key["key"])
    with database.read() as session:
        assert session.connection().execute(text("SELECT count(*) FROM page_session")).scalar_one() == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://other.esg.test"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://esg.test:8000"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://esg.test"}, 303),
        ({"Origin": "https://esg.test"}, 303),
        ({}, 303),
    ],
)
def test_no_other_site_signs_its_visitor_in(
    visitor: httpx.Client, key: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    answer = visitor.post("/session", data={"key": key["key"]}, headers=headers)

    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) is (status == 303)


def test_another_site_does_not_sign_its_visitor_out(visitor: httpx.Client, key: dict[str, Any]) -> None:
    cookie = signed_in(visitor, key["key"])
    visitor.post("/session/end", headers={"Cookie": cookie, "Sec-Fetch-Site": "cross-site"})

    assert shown(visitor, cookie)


def test_a_cookie_of_before_is_no_session(visitor: httpx.Client, key: dict[str, Any]) -> None:
    assert not shown(visitor, f"esg_key={key['key']}")
    assert not shown(visitor, f"esg_session={key['key']}")


def test_the_metrics_are_for_whom_the_operator_says(settings: Settings) -> None:
    statuses: dict[str, list[int]] = {}
    for wanted in ("off", "on", "key"):
        app = create_app(Settings(**{**settings.model_dump(), "metrics": wanted}))
        with (
            running(app, key=ADMIN_KEY) as client,
            httpx.Client(transport=client._transport, base_url="http://esg.test") as nobody,
        ):
            ingest = client.post("/v1/keys", json={"name": "k", "scopes": ["ingest"]}).json()["key"]
            answers = [
                client.get("/metrics"),
                nobody.get("/metrics"),
                nobody.get("/metrics", headers={"X-API-Key": ingest}),
            ]
            statuses[wanted] = [answer.status_code for answer in answers]

    assert statuses == {"off": [404, 404, 404], "on": [200, 200, 200], "key": [200, 401, 403]}
