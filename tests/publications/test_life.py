"""The life of a publication: prepared, approved by another, published, restated; and what none of that can do."""

import json
import threading
from decimal import Decimal
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.events import BEGINNING, EventKind
from app.disclosure.drift.verify import verify
from app.disclosure.frameworks.frameworks import frameworks
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import PublicationYear
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.outbox.events import events_after
from tests.conftest import ADMIN_KEY, Make
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, get, put, send

STORED = (
    "SELECT document, digest FROM publication JOIN organization ON organization_id = organization.id "
    "WHERE organization.code = 'acme'"
)
KINDS = (EventKind.PUBLICATION_PREPARED, EventKind.PUBLICATION_APPROVED, EventKind.PUBLICATION_PUBLISHED)


def figure(document: dict[str, Any], key: str) -> dict[str, Any]:
    return next(each for each in document["figures"] if each["key"] == key and not each["dimensions"])


def test_a_draft_freezes_the_figures_with_their_lineage_and_basis(desk: Desk) -> None:
    put(desk.client, "gwp-sets", {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"})
    prepared = desk.prepare()
    assert (prepared["number"], prepared["status"], prepared["replaces"]) == (1, "draft", None)

    found = desk.read(1)
    document = found["document"]
    assert {name: found[name] for name in prepared} == prepared
    assert (document["format"], document["year"], document["number"]) == (1, 2021, 1)
    assert document["organization"] == {
        "code": "acme", "name": "Acme", "currency": "CNY", "timezone": "Asia/Shanghai"
    }  # fmt: skip
    assert document["period"] == {
        "start": "2020-12-31T16:00:00Z", "end": "2021-12-31T16:00:00Z", "name": "2021", "kind": "year"
    }  # fmt: skip
    assert (document["interim"], document["basis"]["fiscal_years"]) == (False, [])
    assert (document["basis"]["gwp_set"], document["basis"]["consolidation"]) == ("AR6", "operational_control")
    assert [each["code"] for each in document["basis"]["plants"]] == ["main"]
    scope2 = figure(document, "ghg.scope2")
    assert (scope2["value"], scope2["display"], scope2["unit"]) == (Decimal("583.5"), "584", "tCO2e")
    assert scope2["comparatives"][0] == {
        "year": 2020, "value": Decimal("305.05"), "display": "305", "restated": False, "text": None, "source": "live",
        "framework": None,
        "period": {"start": "2019-12-31T16:00:00Z", "end": "2020-12-31T16:00:00Z", "name": "2020", "kind": "year"},
    }  # fmt: skip
    assert len(scope2["lineage"]["terms"]) == 12
    assert scope2["lineage"]["terms"][0]["factor"]["code"] == "cn_grid_mee_prov_2021_jx"
    live = figures(desk.client, 2021)
    assert {each["key"]: each["value"] for each in document["figures"] if not each["dimensions"]} == {
        key: each["value"] for key, each in live.items()
    }


def test_the_hash_is_that_of_the_document_written_canonically(desk: Desk, database: Database) -> None:
    prepared = desk.prepare()
    path = f"{DISCLOSURE}/2021/publications/1"
    received = desk.client.get(path).text
    document = received.partition('"document":')[2][:-1]
    assert sha256(document.encode()).hexdigest() == prepared["hash"]
    members = json.loads(document, parse_float=str, parse_int=str)
    assert list(members) == sorted(members)
    assert desk.client.get(path).text == received
    with database.read() as session:
        stored = session.connection().execute(text(STORED)).one()
    assert stored == (document, prepared["hash"])


def test_preparing_answers_with_its_place(desk: Desk) -> None:
    got = desk.client.post(f"{DISCLOSURE}/2021/publications", json={})
    assert got.headers["Location"] == f"{DISCLOSURE}/2021/publications/1"
    assert get(desk.client, got.headers["Location"])["prepared_by"] == "environment"


def test_one_key_prepares_another_approves_and_each_step_is_kept_and_told(desk: Desk, database: Database) -> None:
    desk.prepare()
    assert figures_status(desk) == "draft"
    desk.approve(1)
    assert figures_status(desk) == "approved"
    published = desk.publish(1)
    assert figures_status(desk) == "published"
    assert published["status"] == "published"
    assert [each["step"] for each in published["steps"]] == ["prepared", "approved", "published"]
    preparer, approver, publisher = (each["by"] for each in published["steps"])
    assert preparer != approver == publisher

    with database.read() as session:
        organization_id = organization_of(session, "acme").id
        told = events_after(session, BEGINNING, organization_id=organization_id, kinds=KINDS)
    assert [event.kind for event in told] == list(KINDS)
    assert told[-1].payload == {
        "framework": "hkex-2020",
        "year": 2021,
        "period": "2021",
        "number": 1,
        "status": "published",
        "interim": False,
        "hash": published["hash"],
        "replaces": None,
    }


def figures_status(desk: Desk) -> str:
    return str(get(desk.client, f"{DISCLOSURE}/2021")["status"])


def test_nobody_approves_what_they_prepared(desk: Desk) -> None:
    got = desk.client.post(f"{DISCLOSURE}/2021/publications", json={})
    assert got.status_code == 201
    refused = desk.ask(ADMIN_KEY, "POST", "/1/approve", 409, json={})
    assert refused["code"] == "own_publication"
    assert desk.approve(1)["status"] == "approved"


def test_steps_are_taken_in_order_and_once(desk: Desk) -> None:
    desk.prepare()
    assert desk.publish(1, status=409)["code"] == "wrong_status"
    desk.approve(1)
    assert desk.approve(1, status=409)["code"] == "wrong_status"
    desk.publish(1)
    assert desk.publish(1, status=409)["code"] == "wrong_status"


def test_each_step_needs_its_scope(desk: Desk) -> None:
    desk.ask(desk.approver, "POST", "", 403, json={})
    desk.prepare()
    desk.ask(desk.preparer, "POST", "/1/approve", 403, json={})


def test_what_there_is_not_is_not_found(desk: Desk) -> None:
    assert desk.ask(desk.preparer, "GET", "/1", 404)["code"] == "not_found"
    assert desk.approve(1, status=404)["code"] == "not_found"
    unknown = answer(desk.client, "GET", f"{ORGANIZATION}/disclosures/none/2021/publications", 404)
    assert unknown["code"] == "unknown_framework"


def test_a_restatement_says_why_and_names_what_it_replaces_and_both_stay_readable(
    desk: Desk, database: Database
) -> None:
    desk.published()
    send(desk.client, database, "grid,2021-01-01T00:00:00+08:00,4000000\n")
    refused = desk.prepare(status=422)
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("reason", "missing")]
    restated = desk.published("The grid meter was read wrongly.")
    assert (restated["number"], restated["replaces"]) == (2, 1)
    assert restated["reason"] == "The grid meter was read wrongly."

    first, second = desk.read(1), desk.read(2)
    assert figure(first["document"], "consumption.electricity")["value"] == 1000
    assert figure(second["document"], "consumption.electricity")["value"] == 4000
    assert (first["status"], second["document"]["replaces"]) == ("published", 1)
    listed = get(desk.client, f"{DISCLOSURE}/2021/publications")
    assert [(each["number"], each["status"]) for each in listed["items"]] == [(1, "published"), (2, "published")]
    page = get(desk.client, f"{DISCLOSURE}/2021/publications", limit=1)
    rest = get(desk.client, f"{DISCLOSURE}/2021/publications", limit=1, cursor=page["next"])
    assert [each["number"] for each in (*page["items"], *rest["items"])] == [1, 2]


def test_a_draft_prepared_before_another_was_published_cannot_be_published(desk: Desk) -> None:
    for number in (1, 2):
        desk.prepare()
        desk.approve(number)
    desk.publish(2)
    assert desk.publish(1, status=409)["code"] == "publication_overtaken"


def test_comparatives_show_what_was_published_and_mark_what_was_restated(desk: Desk, database: Database) -> None:
    desk.published(year=2020)
    send(desk.client, database, "grid,2020-01-01T00:00:00+08:00,700000\n")
    before = figures(desk.client, 2021)["consumption.electricity"]["comparatives"][0]
    assert (before["value"], before["display"], before["restated"]) == (500, "500", False)

    desk.published("A late bill.", year=2020)
    after = figures(desk.client, 2021)
    assert after["consumption.electricity"]["comparatives"][0]["restated"] is True
    assert after["consumption.electricity"]["comparatives"][0]["value"] == 700
    assert (
        after["product.output" if "product.output" in after else "ghg.scope1"]["comparatives"][0]["restated"] is False
    )
    of_plant = figures(desk.client, 2021, plant="main")["consumption.electricity"]["comparatives"][0]
    assert (of_plant["value"], of_plant["restated"]) == (700, False)


def test_drafts_prepared_at_once_are_numbered_one_after_the_other(desk: Desk, database: Database) -> None:
    target = PublicationYear("acme", "hkex-2020", 2021)
    numbers: list[int] = []

    def prepare() -> None:
        numbers.append(prepare_next(database, target, reason=None, key_code="k").number)

    threads = [threading.Thread(target=prepare) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE publication SET reason = 'other'",
        "DELETE FROM publication",
        "UPDATE publication_step SET key_code = 'other'",
        "DELETE FROM publication_step",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_what_was_published(
    desk: Desk, database: Database, statement: str
) -> None:
    desk.published()
    with pytest.raises(IntegrityError, match="never changed or deleted"), database.write() as session:
        session.connection().execute(text(statement))
    assert desk.read(1)["status"] == "published"


def test_the_database_itself_refuses_to_replace_or_empty(desk: Desk, database: Database) -> None:
    desk.published()
    replace = "INSERT OR REPLACE INTO publication SELECT * FROM publication"
    if not database.is_sqlite:
        replace = "TRUNCATE publication CASCADE"
    with pytest.raises(IntegrityError, match="never changed or deleted"), database.write() as session:
        session.connection().execute(text(replace))


def test_an_organization_that_has_published_is_not_deleted(client: httpx.Client, make_organization: Make) -> None:
    make_organization()
    answer(client, "POST", f"{DISCLOSURE}/2021/publications", 201, json={})
    assert answer(client, "DELETE", ORGANIZATION, 409)["code"] == "still_in_use"


@pytest.mark.usefixtures("works")
def test_a_year_without_data_can_be_prepared(desk: Desk, make_meter: Make) -> None:
    make_meter(code="more", **YEARLY)
    prepared = desk.prepare(year=2012)
    document = desk.read(prepared["number"], year=2012)["document"]
    assert {each["value"] for each in document["figures"]} == {None}


@pytest.mark.parametrize("framework", sorted(frameworks()))
def test_every_framework_is_published_and_verified(desk: Desk, database: Database, framework: str) -> None:
    prepared = prepare_next(database, PublicationYear("acme", framework, 2021), reason=None, key_code="k")
    verdict = verify(database, prepared.id, organization="acme")
    assert (verdict.differences, verdict.unknown) == ((), ())
    assert verdict.figures > 0
