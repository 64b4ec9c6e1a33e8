"""Webhooks over HTTP: made, changed, rotated, looked at, resent; and told of readings by the running service."""

import json
import time
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from app.clients.addresses import Reach
from app.core.events import EventKind
from app.jobs.webhook_delivery import deliver_webhooks
from app.settings import Settings
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.outbox.events import append_event
from tests.conftest import ADMIN_KEY, Make
from tests.support.problems import assert_problem
from tests.support.webhook_site import Answer, site
from tests.webhooks.verify import is_signed

on_sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOOKS = "/v1/organizations/acme/webhooks"
HOOK = {"code": "hook", "url": "https://receiver.example/esg"}


@pytest.fixture
def settings(database_url: str) -> Settings:
    """The settings of a service that may call this machine."""
    return Settings(database_url=database_url, admin_key=ADMIN_KEY, allowed_networks=(ip_network("127.0.0.0/8"),))


def create(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    answer = client.post(HOOKS, json={**HOOK, **fields})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def test_a_webhook_is_made_and_its_secret_shown_once(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    answer = client.post(HOOKS, json={**HOOK, "kinds": ["figures.changed"]})

    made = answer.json()
    secret = made.pop("secret")
    assert answer.headers["Location"] == f"{HOOKS}/hook"
    assert secret.startswith("whsec_")
    assert made.pop("created_at").endswith("Z")
    assert made == {
        "code": "hook",
        "name": "hook",
        "url": "https://receiver.example/esg",
        "kinds": ["figures.changed"],
        "max_attempts": 15,
        "enabled": True,
        "previous_secret_until": None,
    }
    for read in (client.get(HOOKS), client.get(f"{HOOKS}/hook")):
        assert read.status_code == 200
        assert secret not in read.text


def test_webhooks_are_listed_in_pages_changed_and_deleted(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    for code in ("b", "a", "c"):
        create(client, code=code)

    first = client.get(HOOKS, params={"limit": 2}).json()
    second = client.get(HOOKS, params={"limit": 2, "cursor": first["next"]}).json()
    changed = client.patch(f"{HOOKS}/a", json={"url": "http://other.example/", "kinds": None, "enabled": False})
    gone = client.delete(f"{HOOKS}/b")

    assert [item["code"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next"] is None
    assert (changed.json()["url"], changed.json()["enabled"]) == ("http://other.example/", False)
    assert gone.status_code == 204
    assert_problem(client.get(f"{HOOKS}/b"), 404, "not_found")
    assert_problem(client.delete("/v1/organizations/acme"), 409, "still_in_use")


def test_a_rotated_secret_overlaps_the_one_before(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    first = create(client)["secret"]

    rotated = client.post(f"{HOOKS}/hook/rotate", json={"overlap_s": 3600})

    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in ("", first)
    assert rotated.json()["previous_secret_until"].endswith("Z")
    assert "secret" not in client.get(f"{HOOKS}/hook").json()


@on_sqlite_alone
def test_a_webhook_that_makes_no_sense_is_refused(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    refused = [
        ({"url": "https://receiver.example"}, "invalid_request", "code"),
        ({**HOOK, "kinds": []}, "invalid_request", "kinds"),
        ({**HOOK, "max_attempts": 0}, "invalid_request", "max_attempts"),
        ({**HOOK, "secret": "mine"}, "invalid_request", "secret"),
        ({**HOOK, "url": "ftp://receiver.example"}, "invalid_fields", "url"),
        ({**HOOK, "url": "https://user:pass@receiver.example"}, "invalid_fields", "url"),
        ({**HOOK, "url": "http://169.254.169.254/latest/meta-data"}, "invalid_fields", "url"),
    ]
    for body, code, field in refused:
        problem = assert_problem(client.post(HOOKS, json=body), 422, code)
        assert [error["field"] for error in problem["errors"]] == [field]
    assert_problem(client.post(HOOKS, json={**HOOK, "kinds": ["nothing.such"]}), 422, "invalid_request")
    assert client.get(HOOKS).json()["items"] == []


def test_what_is_not_there_or_already_is_says_so(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    create(client)

    assert_problem(client.post(HOOKS, json=HOOK), 409, "duplicate_code")
    for answer in (
        client.patch(f"{HOOKS}/none", json={"enabled": False}),
        client.delete(f"{HOOKS}/none"),
        client.post(f"{HOOKS}/none/rotate", json={}),
        client.get(f"{HOOKS}/none/deliveries"),
        client.post(f"{HOOKS}/hook/deliveries/7/resend"),
    ):
        assert_problem(answer, 404, "not_found")
    assert_problem(client.patch(f"{HOOKS}/hook", json={"url": "http://10.0.0.1/"}), 422, "invalid_fields")
    assert_problem(client.get(f"{HOOKS}/hook/deliveries", params={"state": "lost"}), 422, "invalid_request")
    assert_problem(client.get(f"{HOOKS}/hook/deliveries", params={"cursor": "x"}), 422, "invalid_cursor")
    assert_problem(client.post(f"{HOOKS}/hook/deliveries/0/resend"), 422, "invalid_request")


@on_sqlite_alone
def test_only_an_administrator_sees_webhooks(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read", "prepare"]}).json()["key"]
    assert_problem(client.get(HOOKS, headers={"X-API-Key": key}), 403, "forbidden")


def test_dead_letters_are_looked_at_and_resent(
    client: httpx.Client, database: Database, make_organization: Make
) -> None:
    make_organization()
    well = {"now": False}
    with site(lambda _: Answer(200 if well["now"] else 410)) as receiver:
        create(client, url=receiver.url, max_attempts=1, kinds=["publication.prepared"])  # no job tells of one here
        with database.write() as session:
            acme = organization_of(session, "acme").id or 0
            append_event(
                session, organization_id=acme, kind=EventKind.PUBLICATION_PREPARED, payload={"number": 3}, at_ms=0
            )
        dead = _delivery(client, database, "dead")
        well["now"] = True
        again = client.post(f"{HOOKS}/hook/deliveries/{dead['id']}/resend")
        delivered = _delivery(client, database, "delivered")

    assert (dead["status"], dead["error"], dead["attempts"], dead["next_at"]) == (410, "refused", 1, None)
    assert json.loads(dead["body"]) == {
        "id": dead["event"],
        "kind": "publication.prepared",
        "organization": "acme",
        "at": "1970-01-01T00:00:00.000Z",
        "plants": None,
        "resources": None,
        "payload": {"number": 3},
    }
    assert (again.status_code, again.json()["state"]) == (200, "pending")
    assert (delivered["id"], delivered["status"], delivered["error"]) == (dead["id"], 200, None)


def _delivery(client: httpx.Client, database: Database, state: str) -> dict[str, Any]:
    """Return the one delivery in this state, whoever sends it: this test or the running service."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        deliver_webhooks(database, reach=Reach((ip_network("127.0.0.0/8"),)))
        items = client.get(f"{HOOKS}/hook/deliveries", params={"state": state}).json()["items"]
        if items:
            found: dict[str, Any] = items[0]
            return found
        time.sleep(0.05)
    raise AssertionError(f"no delivery is {state}")


@on_sqlite_alone
def test_a_receiver_hears_of_readings_that_were_posted(
    client: httpx.Client, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant()
    make_meter()
    with site() as receiver:
        secret = create(client, url=receiver.url, kinds=["readings.accepted"])["secret"]
        reading = {"meter": "grid", "timestamp": "2021-03-01T00:15:00+08:00", "value": 12.5}
        client.post("/v1/organizations/acme/readings", json={"readings": [reading]})
        ends = time.monotonic() + 30
        while not receiver.asked and time.monotonic() < ends:
            time.sleep(0.05)

    heard = receiver.asked[0]
    body = json.loads(heard.body)
    assert is_signed(heard, secret)
    assert heard.headers["Webhook-Id"] == body["id"]
    assert (body["kind"], body["organization"], body["payload"]["inserted"]) == ("readings.accepted", "acme", 1)
