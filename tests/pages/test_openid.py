"""Signing in at an OpenID provider, a real one that the tests start: who comes in, who does not, and why."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from oidc_provider_mock import run_server_in_thread
from pydantic import ValidationError
from sqlalchemy import text

from app.clients import openid
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, client, database, database_url, settings
from tests.support.client import running

__all__ = ["client", "database", "database_url", "settings"]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib", "ignore:get_jwt_config")
"""The provider is built upon what its library will drop."""

GROUPS = {
    "esg-acme": {"scopes": ["read", "prepare"], "organizations": ["acme"]},
    "esg-all": {"scopes": ["read"], "organizations": None},
}
UMA = {"name": "Uma Berg", "email": "Uma@acme.example", "groups": ["staff", "esg-acme", "esg-all"]}
ACME = {"code": "acme", "name": "Acme Works", "timezone": "UTC", "currency": "EUR"}


class Site:
    """The service, a browser, and the provider, of whom Uma Berg is known as `uma`."""

    def __init__(self, client: httpx.Client, issuer: str) -> None:
        self.client, self.issuer = client, issuer
        self.browser = httpx.Client(transport=client._transport, base_url="http://esg.test")
        self.known("uma", UMA)

    def known(self, subject: str, claims: dict[str, Any]) -> None:
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def sent(self, path: str = "/") -> str:
        answer = self.browser.get("/sign-in/openid", params={"next": path})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def back(self, address: str, subject: str = "uma", **form: str) -> str:
        """What the provider sends the browser back to when its page is filled in."""
        answer = httpx.post(address, data={"sub": subject, **form})
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    def signs_in(self, subject: str = "uma", path: str = "/") -> httpx.Response:
        return self.browser.get(self.back(self.sent(path), subject))


def provided(**options: Any) -> AbstractContextManager[Any]:
    started: AbstractContextManager[Any] = run_server_in_thread(require_nonce=True, **options)
    return started


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provided() as server:
        yield f"http://localhost:{server.server_port}"


def app_with(database_url: str, issuer: str) -> FastAPI:
    openid._known.clear()
    return create_app(
        Settings(
            database_url=database_url,
            admin_key=ADMIN_KEY,
            oidc_issuer=issuer,
            oidc_client_id="esg",
            oidc_client_secret="a secret",
            oidc_groups=GROUPS,
            oidc_label="Works account",
        )
    )


@pytest.fixture
def site(database_url: str, issuer: str) -> Iterator[Site]:
    with running(app_with(database_url, issuer), key=ADMIN_KEY) as client:
        client.post("/v1/organizations", json=ACME)
        yield Site(client, issuer)


def words(answer: httpx.Response) -> tuple[int, str]:
    found = re.search(r'role="alert">(.*?)</p>', answer.text, re.DOTALL)
    return answer.status_code, found[1] if found else answer.text


def test_a_person_comes_in_by_their_groups_and_stays_one_user(site: Site) -> None:
    first = site.signs_in(path="/live?organization=acme")
    cookies = first.headers.get_list("set-cookie")
    statuses = [
        site.browser.get("/v1/organizations/acme/plants").status_code,
        site.browser.get("/v1/users").status_code,
        site.browser.get("/live", params={"organization": "acme"}).status_code,
    ]
    (user,) = site.client.get("/v1/users").json()["items"]
    site.known("uma", UMA | {"name": "Uma Lund", "groups": ["esg-all"]})
    site.signs_in()
    (again,) = site.client.get("/v1/users").json()["items"]
    refused = site.client.patch(f"/v1/users/{user['code']}", json={"grants": [{"scopes": ["admin"]}]}).json()
    log = site.client.get("/v1/audit", params={"kind": "session"}).json()["items"]

    assert (first.status_code, first.headers["refresh"]) == (200, "0;url=/live?organization=acme")
    assert any("esg_session=" in each and "HttpOnly" in each and "SameSite=strict" in each for each in cookies)
    assert statuses == [200, 403, 200]
    assert (user["name"], user["email"], user["issuer"]) == ("Uma Berg", "uma@acme.example", site.issuer)
    assert user["grants"] == list(GROUPS.values())
    assert (again["code"], again["name"]) == (user["code"], "Uma Lund")
    assert again["grants"] == [{"scopes": ["read"], "organizations": None}]
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("grants", "from_provider")]
    assert [(each["actor"], each["after"]) for each in log] == [(user["code"], {"by": site.issuer})] * 2
    assert "Works account" in site.browser.get("/sign-in").text


def test_who_is_in_no_group_of_ours_or_is_disabled_or_has_anothers_address_stays_out(site: Site) -> None:
    site.known("ned", {"name": "Ned", "email": "ned@acme.example", "groups": ["staff"]})
    site.known("eve", {"name": "Eve", "email": "uma@acme.example", "groups": ["esg-all"]})
    site.known("pat", {"name": "Pat", "email": "pat@acme.example"})
    site.signs_in()
    known = site.client.get("/v1/users").json()["items"]
    nobody, without, other = (words(site.signs_in(each)) for each in ("ned", "pat", "eve"))
    site.client.patch(f"/v1/users/{known[0]['code']}", json={"active": False})
    disabled = words(site.signs_in())
    sent = site.sent()
    state = httpx.URL(sent).params["state"]  # which this provider leaves out where it denies
    denied = words(site.browser.get(site.back(sent, action="deny"), params={"error": "access_denied", "state": state}))

    assert nobody == without == (403, "None of your groups may do anything here: ask who administers this service.")
    assert other[0] == 403
    assert "uma@acme.example" in other[1]
    assert disabled == (403, "This user may not sign in any more.")
    assert denied == (403, "The provider did not let you in.")
    assert len(site.client.get("/v1/users").json()["items"]) == 1
    assert site.browser.get("/v1/organizations").status_code == 401


def test_a_sign_in_is_good_once_in_the_browser_and_with_the_nonce_it_was_begun_with(
    site: Site, database_url: str
) -> None:
    back = site.back(site.sent())
    with httpx.Client(transport=site.client._transport, base_url="http://esg.test") as other:
        elsewhere = words(other.get(back))
    changed = words(site.browser.get(back.replace("state=", "state=x")))
    cookie = {"Cookie": f"esg_sign_in={site.browser.cookies['esg_sign_in']}"}
    first = site.browser.get(back).status_code
    twice = words(site.browser.get(back, headers=cookie))
    again = site.back(site.sent())
    database = Database(database_url)
    with database.write() as session:
        session.connection().execute(text("UPDATE sign_in SET nonce = 'another'"))
    nonce = words(site.browser.get(again))
    late = site.back(site.sent())
    with database.write() as session:
        session.connection().execute(text("UPDATE sign_in SET expires_at = 1"))
    too_late = words(site.browser.get(late))
    wrong_code = re.sub(r"code=\w+", "code=wrong", site.back(site.sent()))
    no_code = words(site.browser.get(wrong_code))
    database.close()

    assert elsewhere == changed == (403, "This sign-in was not begun in this browser: begin it here.")
    assert first == 200
    assert twice == too_late
    assert nonce[0] == 403
    assert "The ID token is not good" in nonce[1]
    assert "nonce" in nonce[1]
    assert too_late == (403, "This sign-in took too long, or was done already: begin it anew.")
    assert no_code == (403, "The provider does not take the code.")


def test_an_expired_token_is_refused_and_a_provider_that_is_away_is_told(database_url: str) -> None:
    with provided(access_token_max_age=timedelta(seconds=-300)) as server:
        issuer = f"http://localhost:{server.server_port}"
        with running(app_with(database_url, issuer), key=ADMIN_KEY) as client:
            expired = words(Site(client, issuer).signs_in())
    with running(app_with(database_url, issuer), key=ADMIN_KEY) as client:
        away = client.get("/sign-in/openid")
    with running(create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY)), key=ADMIN_KEY) as client:
        none = [client.get("/sign-in/openid").status_code, client.get("/sign-in/openid/answer").status_code]

    assert expired[0] == 403
    assert "expired" in expired[1]
    assert words(away) == (503, "The sign-in of your organization does not answer. Try again soon.")
    assert away.headers["retry-after"] == "30"
    assert none == [404, 404]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"oidc_client_id": None}, "set together"),
        ({"oidc_issuer": None}, "set together"),
        ({"oidc_groups": "{}"}, "nobody gets in"),
        ({"oidc_groups": "esg-acme"}, "no JSON object"),
        ({"oidc_groups": '{"a": {"scopes": [], "organizations": null}}'}, "at least 1 item"),
        ({"oidc_groups": '{"a": {"scopes": ["read"]}}'}, "Field required"),
        ({"oidc_issuer": "login.acme.example"}, "should match pattern"),
    ],
    ids=["no-client", "no-issuer", "no-group", "no-json", "no-scope", "no-organizations", "no-address"],
)
def test_half_a_provider_is_refused_at_the_start(changed: dict[str, Any], words: str) -> None:
    whole: dict[str, Any] = {
        "oidc_issuer": "https://login.acme.example",
        "oidc_client_id": "esg",
        "oidc_groups": GROUPS,
    }
    assert Settings(**whole).provider is not None

    with pytest.raises(ValidationError, match=words):
        Settings(**whole | changed)
