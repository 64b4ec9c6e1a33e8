"""Keys and what they let their holders do."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.core.access import Scope
from app.http.admission import requirement_of
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.keyring import Keyring, UnknownKey
from app.store.operations.keys import create_key
from tests.conftest import ADMIN_KEY, Make
from tests.support.client import running

OPEN = {
    "/",
    "/charts",
    "/findings",
    "/static/{name}",
    "/session",
    "/session/end",
    "/account",
    "/sign-in",
    "/sign-in/openid",
    "/sign-in/openid/answer",
    "/live",
    "/organizations/{organization}/start/seen",
    "/live/stream",
    "/live/figures",
    "/organizations/{organization}/look/{meter}/newest",
    "/docs",
    "/docs/{name}",
    "/openapi.json",
    "/health/live",
    "/health/ready",
    "/metrics",
}
"""The pages settle for themselves, by cookie, who may read them."""


def make_key(client: httpx.Client, scopes: list[str], organizations: list[str] | None = None) -> str:
    answer = client.post("/v1/keys", json={"name": "gateway", "scopes": scopes, "organizations": organizations})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


def with_key(key: str) -> dict[str, str]:
    return {"X-API-Key": key}


def test_a_key_is_shown_once_and_only_its_digest_is_kept(client: httpx.Client, database: Database) -> None:
    answer = client.post("/v1/keys", json={"name": "gateway", "scopes": ["read", "ingest"]})

    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/keys/{made['code']}"
    secret = made.pop("key")
    assert len(secret) == 43
    assert (made["scopes"], made["organizations"], made["expires_at"]) == (["ingest", "read"], None, None)
    listed = client.get("/v1/keys")
    assert made in listed.json()["items"]
    assert secret not in listed.text
    with database.engine.connect() as connection:
        assert secret not in str(connection.exec_driver_sql("SELECT * FROM api_key").all())


def test_every_route_but_the_open_ones_declares_what_it_needs(app: FastAPI) -> None:
    undeclared = {
        context.path
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute) and requirement_of(context.original_route.dependant) is None
    }

    assert undeclared == OPEN


def test_every_route_but_the_open_ones_refuses_a_caller_without_a_key(app: FastAPI) -> None:
    with running(app, key=None) as nobody:
        statuses = {
            (method, context.path): nobody.request(method, context.path or "", content=b"{").status_code
            for context in iter_route_contexts(app.routes)
            for method in context.methods or ()
            if context.path not in OPEN
        }

    assert len(statuses) > 20
    assert set(statuses.values()) == {401}


@pytest.mark.parametrize("key", ["", "nonsense", "\u00e9"])
def test_an_unknown_key_is_401_and_says_how_to_do_better(client: httpx.Client, key: str) -> None:
    answer = client.get("/v1/organizations", headers={b"X-API-Key": key.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "ApiKey"
    assert answer.json()["code"] == "unauthenticated"


def test_a_key_does_what_its_scopes_say_and_no_more(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    reader = with_key(make_key(client, ["read"]))
    gateway = with_key(make_key(client, ["ingest"]))
    plant = {"code": "main", "country": "CN"}

    assert client.get("/v1/organizations/acme", headers=reader).status_code == 200
    refused = [
        client.post("/v1/organizations/acme/plants", json=plant, headers=reader),
        client.post("/v1/organizations/acme/readings", json={"readings": []}, headers=reader),
        client.put("/v1/organizations/acme/factor-pins", json={"items": []}, headers=reader),
        client.get("/v1/keys", headers=reader),
        client.get("/v1/organizations/acme", headers=gateway),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(403, "forbidden")] * 5


def test_an_organization_out_of_reach_looks_like_one_that_does_not_exist(
    client: httpx.Client, make_organization: Make
) -> None:
    make_organization()
    make_organization(code="other")
    limited = with_key(make_key(client, ["admin"], ["acme"]))

    out_of_reach = client.get("/v1/organizations/other", headers=limited)
    missing = client.get("/v1/organizations/nobody", headers=limited)
    listed = client.get("/v1/organizations", headers=limited).json()["items"]

    assert [answer.status_code for answer in (out_of_reach, missing)] == [404, 404]
    assert {**out_of_reach.json(), "request_id": ""} == {**missing.json(), "request_id": ""}
    assert [item["code"] for item in listed] == ["acme"]


def test_a_limited_administrator_manages_keys_within_reach_only(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    make_organization(code="other")
    foreign = client.post("/v1/keys", json={"name": "f", "scopes": ["read"], "organizations": ["other"]}).json()
    limited = with_key(make_key(client, ["admin"], ["acme"]))
    wanted = {"name": "x", "scopes": ["read"]}

    own = client.post("/v1/keys", json={**wanted, "organizations": ["acme"]}, headers=limited)
    everywhere = client.post("/v1/keys", json=wanted, headers=limited)
    elsewhere = client.post("/v1/keys", json={**wanted, "organizations": ["acme", "other"]}, headers=limited)
    gone = client.delete(f"/v1/keys/{foreign['code']}", headers=limited)
    organization = {"code": "third", "timezone": "UTC", "currency": "EUR"}
    created = client.post("/v1/organizations", json=organization, headers=limited)
    deleted = client.delete("/v1/organizations/acme", headers=limited)
    codes = [key["code"] for key in client.get("/v1/keys", headers=limited).json()["items"]]

    assert own.status_code == 201
    refused = (everywhere, elsewhere, gone, created, deleted)
    assert [answer.status_code for answer in refused] == [403, 422, 404, 403, 403]
    assert own.json()["code"] in codes
    assert foreign["code"] not in codes
    assert len(codes) == 2


def test_a_deleted_key_stops_working_at_once(client: httpx.Client) -> None:
    made = client.post("/v1/keys", json={"name": "gateway", "scopes": ["read"]}).json()
    headers = with_key(made["key"])

    before = client.get("/v1/organizations", headers=headers)
    deleted = client.delete(f"/v1/keys/{made['code']}")
    after = client.get("/v1/organizations", headers=headers)

    assert [answer.status_code for answer in (before, deleted, after)] == [200, 204, 401]
    assert client.delete(f"/v1/keys/{made['code']}").status_code == 404


def test_a_key_expires_even_while_it_is_remembered(database: Database) -> None:
    with database.write() as session:
        _, secret = create_key(
            session, name="k", scopes=[Scope.READ], organizations=None, expires_at_ms=1_000, now_ms=0
        )
    keyring = Keyring(database, environment_secret=None, ttl_s=60)

    assert keyring.look_up(secret, 999).allows(Scope.READ)
    with pytest.raises(UnknownKey, match="expired"):
        keyring.remembered(secret, 1_000)
    with pytest.raises(UnknownKey, match="expired"):
        keyring.look_up(secret, 1_000)


def test_what_the_keyring_remembers_is_asked_again_when_its_time_is_up(database: Database) -> None:
    with database.write() as session:
        _, secret = create_key(session, name="k", scopes=[Scope.READ], organizations=None, expires_at_ms=None, now_ms=0)
    clock = [100.0]
    keyring = Keyring(database, environment_secret=None, ttl_s=5, clock=lambda: clock[0])
    keyring.look_up(secret, 0)

    assert keyring.remembered(secret, 0) is not None
    clock[0] = 105.1
    assert keyring.remembered(secret, 0) is None


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"scopes": []}, "scopes", "too_short"),
        ({"scopes": ["root"]}, "scopes", "enum"),
        ({"organizations": []}, "organizations", "too_short"),
        ({"organizations": ["nobody"]}, "organizations", "unknown_organization"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at", "in_the_past"),
        ({"expires_at": "2099-01-01T00:00:00"}, "expires_at", "instant"),
        ({"expires_at": "2099-01-01"}, "expires_at", "instant"),
        ({"expires_at": "20990101"}, "expires_at", "instant"),
        ({"expires_at": "4070908800"}, "expires_at", "instant"),
        ({"expires_at": 4070908800}, "expires_at", "instant_type"),
        ({"expires_at": "2099-01-01T00:00:00.0001Z"}, "expires_at", "instant"),
        ({"expires_at": "2099-02-30T00:00:00Z"}, "expires_at", "instant"),
        ({"expires_at": "2099-01-01T24:00:00Z"}, "expires_at", "instant"),
        ({"expires_at": "2099-01-01T00:00:00+25:00"}, "expires_at", "instant"),
    ],
)
def test_a_bad_field_of_a_key_is_named(
    client: httpx.Client, change: dict[str, Any], field: str | None, code: str
) -> None:
    answer = client.post("/v1/keys", json={"name": "k", "scopes": ["read"], **change})

    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]


def test_an_instant_is_answered_in_utc(client: httpx.Client) -> None:
    body = {"name": "k", "scopes": ["read"], "expires_at": "2099-01-01T08:00:00.250+08:00"}

    assert client.post("/v1/keys", json=body).json()["expires_at"] == "2099-01-01T00:00:00.250Z"


def test_anonymous_reading_is_allowed_only_where_it_is_switched_on(
    settings: Settings, make_organization: Make, make_plant: Make
) -> None:
    make_organization()
    make_plant()
    open_app = create_app(settings.model_copy(update={"anonymous_read": True}))

    with running(open_app, key=None) as nobody:
        read = nobody.get("/v1/organizations/acme/plants/main")
        refused = [
            nobody.patch("/v1/organizations/acme/plants/main", json={"name": "x"}),
            nobody.get("/v1/keys"),
            nobody.get("/v1/organizations", headers=with_key("nonsense")),
            nobody.post("/v1/organizations/acme/readings", json={"readings": []}),
        ]

    assert read.status_code == 200
    assert [answer.status_code for answer in refused] == [401, 401, 401, 401]


def test_the_first_start_prints_a_key_once(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(database_url=database_url, admin_key=None)

    with running(create_app(settings), key=None):
        first = capsys.readouterr().err
    with running(create_app(settings), key=None):
        second = capsys.readouterr().err

    secret = first.partition("Administrator key, shown this once: ")[2].split()[0]
    assert "Administrator key" not in second
    with running(create_app(settings), key=secret) as client:
        assert client.get("/v1/keys").status_code == 200


def test_the_environments_key_is_never_stored(client: httpx.Client) -> None:
    assert client.get("/v1/keys", headers=with_key(ADMIN_KEY)).json() == {"items": [], "next": None}
