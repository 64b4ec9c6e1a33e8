"""A person changes the password they sign in by, and signs out; the audit log tells both."""

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import OWN, browsing

OLD, NEW = "grey whales sing low", "four green apples fell"


def signed(client: httpx.Client, email: str, password: str) -> httpx.Client:
    browser = httpx.Client(transport=client._transport, base_url="http://esg.test", headers=OWN)
    answer = browser.post("/session", data={"email": email, "password": password})
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
def email(client: httpx.Client, make_organization: Make, request: pytest.FixtureRequest) -> str:
    make_organization(code="acme")
    address = f"{request.node.name.split('[')[0][-20:]}@acme.example"
    grants = [{"scopes": ["ingest"], "organizations": ["acme"]}]
    body = {"name": "Uma Berg", "email": address, "grants": grants, "password": OLD}
    client.post("/v1/users", json=body).raise_for_status()
    return address


def test_a_person_changes_their_password_and_keeps_this_browser_alone(client: httpx.Client, email: str) -> None:
    here, there = signed(client, email, OLD), signed(client, email, OLD)
    assert 'href="/account"' in here.get("/account").text
    assert "Uma Berg" in here.get("/account").text

    def change(current: str, password: str, again: str) -> httpx.Response:
        return here.post("/account", data={"current": current, "password": password, "again": again})

    refusals = [
        (("wrong but long enough", NEW, NEW), "current", "not the password that you sign in by"),
        ((OLD, "short", "short"), "password", "A password has 12 to 256 characters."),
        ((OLD, NEW, f"{NEW}x"), "again", "The two are not the same."),
    ]
    for sent, field, words in refusals:
        refused = change(*sent)
        assert refused.status_code == 422
        assert words in refused.text.split(f'id="{field}-words"')[1].split("</p>")[0]
        assert refused.text.count('aria-invalid="true"') == 1
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (
        here.post("/account", data={"current": OLD, "password": NEW, "again": NEW}, headers=foreign).status_code == 403
    )

    done = change(OLD, NEW, NEW)
    assert (done.status_code, done.headers["Location"]) == (303, "/account?done=changed")
    assert "The password is changed" in here.get("/account?done=changed").text
    assert there.get("/account").status_code == 303, "everywhere else it asks to sign in"
    signed(client, email, NEW)
    entries = client.get("/v1/audit?limit=20").json()["items"]
    mine = [each for each in entries if each["operation"] == "change_own_password"]
    assert [(each["kind"], each["name"], OLD in str(each), NEW in str(each)) for each in mine] == [
        ("user", "Uma Berg", False, False)
    ]


def test_signing_out_is_told_once_by_whoever_did(client: httpx.Client, email: str, database: Database) -> None:
    def told() -> list[tuple[str, str, bool]]:
        entries = client.get("/v1/audit?limit=50").json()["items"]
        return [
            (each["kind"], each["name"], "begun_at" in str(each["before"]))
            for each in entries
            if each["operation"] == "sign_out"
        ]

    before = told()
    uma = signed(client, email, OLD)
    token = uma.cookies["esg_session"]
    assert uma.post("/session/end").status_code == 303
    again = httpx.Client(transport=client._transport, base_url="http://esg.test", headers=OWN)
    assert again.post("/session/end", headers={"Cookie": f"esg_session={token}"}).status_code == 303
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["key"]
    with browsing(client, key) as reader:
        assert "reader" in reader.get("/account").text
        reader.post("/session/end")

    assert told() == [("session", "reader", True), ("session", "Uma Berg", True), *before]
