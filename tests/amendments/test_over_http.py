"""Amendments of many readings over HTTP: tried, ordered, followed, listed and undone; and what is refused."""

import time
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlmodel import col, func, select

from app.models import BulkAmendment, Organization
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.support.works import ORGANIZATION, answer, figures, get, send

AMENDMENTS = f"{ORGANIZATION}/amendments"
READINGS = (
    "grid,2020-12-01T00:00:00+08:00,400000\n"
    "grid,2021-01-01T00:00:00+08:00,1000000\ngrid,2021-02-01T00:00:00+08:00,500000\n"
    "grid-2,2021-01-01T00:00:00+08:00,2000000\ngrid-2,2021-02-01T00:00:00+08:00,200000\n"
    "output,2021-01-01T00:00:00+08:00,250\n"
)
WITHDRAWAL = {
    "action": "withdraw",
    "meters": ["grid", "grid-2"],
    "start": "2020-12-01T00:00:00+08:00",
    "end": "2021-02-01T00:00:00+08:00",
    "reason": "the transformer ratio was wrong",
}


@pytest.fixture
def metered(works: None, client: httpx.Client, database: Database) -> None:
    send(client, database, READINGS)


def _followed(client: httpx.Client, database: Database, ordered: httpx.Response) -> Any:
    """Return an amendment once it is finished, and its rollups made."""
    assert ordered.status_code == 202, ordered.text
    end = time.monotonic() + 30
    while True:
        found = get(client, ordered.headers["Location"])
        if found["status"] == "finished":
            roll_pending(database)
            return found
        assert time.monotonic() < end
        time.sleep(0.02)


def _order(client: httpx.Client, database: Database, **fields: Any) -> Any:
    return _followed(client, database, client.post(AMENDMENTS, json={**WITHDRAWAL, **fields}))


def _undo(client: httpx.Client, database: Database, batch: str) -> Any:
    return _followed(client, database, client.post(f"{AMENDMENTS}/{batch}/undo", json={"reason": "it was right"}))


def _values(client: httpx.Client) -> list[Any]:
    return [figures(client, year)["consumption.electricity"]["value"] for year in (2020, 2021)]


def _moves(preview: Any, key: str) -> dict[int, tuple[Any, Any]]:
    """Return what a figure without dimensions is and becomes, by year, in the edition of the year."""
    return {
        year["year"]: (figure["current"], figure["proposed"])
        for year in preview["years"]
        for figure in year["figures"]
        if figure["key"] == key and not figure["dimensions"]
    }


@pytest.mark.usefixtures("metered")
def test_a_withdrawal_is_ordered_followed_and_undone(client: httpx.Client, database: Database) -> None:
    before = get(client, f"{ORGANIZATION}/readings")["items"]
    assert _values(client) == [400, 1700]

    done = _order(client, database)
    withdrawn = _values(client)
    left = [(each["meter"], each["timestamp"]) for each in get(client, f"{ORGANIZATION}/readings")["items"]]
    undone = _undo(client, database, done["batch"])

    assert (done["changed"], done["passed_over"], done["action"], done["key"]) == (3, 0, "withdraw", "environment")
    assert done["meters"] == ["grid", "grid-2"]
    assert (done["start"], done["end"]) == ("2020-11-30T16:00:00Z", "2021-01-31T16:00:00Z")
    assert done["reason"] == "the transformer ratio was wrong"
    assert withdrawn == [None, 700]
    assert left == [
        ("grid", "2021-01-31T16:00:00Z"),
        ("grid-2", "2021-01-31T16:00:00Z"),
        ("output", "2020-12-31T16:00:00Z"),
    ]
    assert (undone["undoes"], undone["changed"]) == (done["batch"], 3)
    assert get(client, f"{AMENDMENTS}/{done['batch']}")["undone_by"] == undone["batch"]
    assert _values(client) == [400, 1700]
    same = ("meter", "timestamp", "value", "quality", "start", "reference")
    after = get(client, f"{ORGANIZATION}/readings")["items"]
    assert [[each[name] for name in same] for each in after] == [[each[name] for name in same] for each in before]


@pytest.mark.usefixtures("metered")
def test_each_reading_remembers_the_batch_the_key_and_the_reason(client: httpx.Client, database: Database) -> None:
    done = _order(client, database, meters=["grid"])
    at = {"timestamp": "2021-01-01T00:00:00+08:00"}
    versions = get(client, f"{ORGANIZATION}/meters/grid/revisions", **at)["items"]

    assert [(each["standing"], each["value"]) for each in versions] == [("counted", 1000000), ("withdrawn", 1000000)]
    last = versions[-1]
    assert (last["batch"], last["key"], last["reason"]) == (done["batch"], "environment", WITHDRAWAL["reason"])


@pytest.mark.usefixtures("metered")
def test_a_dry_run_tells_what_counts_and_moves_by_year_and_stores_nothing(
    client: httpx.Client, database: Database
) -> None:
    said = answer(client, "POST", AMENDMENTS, 200, json=WITHDRAWAL, params={"dry_run": "true"})

    assert (said["action"], said["readings"]) == ("withdraw", 3)
    assert [(year["year"], year["period"], year["readings"]) for year in said["years"]] == [
        (2020, "2020", 1),
        (2021, "2021", 2),
    ]
    assert said["years"][0]["meters"] == [
        {
            "meter": "grid",
            "resource": "electricity.grid",
            "unit": "kWh",
            "readings": 1,
            "current": 400000,
            "proposed": None,
        }
    ]
    assert [(each["meter"], each["current"], each["proposed"]) for each in said["years"][1]["meters"]] == [
        ("grid", 1500000, 500000),
        ("grid-2", 200000, 200000),
    ]
    assert _moves(said, "consumption.electricity") == {2020: (400, None), 2021: (1700, 700)}
    assert get(client, AMENDMENTS) == {"items": [], "next": None}
    assert _values(client) == [400, 1700]
    _order(client, database)
    assert _values(client) == [None, 700]


@pytest.mark.usefixtures("metered")
def test_acceptance_and_undoing_are_tried_before_too(client: httpx.Client, database: Database) -> None:
    acceptance = {"action": "accept", "reason": "a new furnace"}
    tried = answer(client, "POST", AMENDMENTS, 200, json={**WITHDRAWAL, **acceptance}, params={"dry_run": "true"})
    done = _order(client, database, **acceptance)
    accepted = _values(client)
    undo = f"{AMENDMENTS}/{done['batch']}/undo"
    back = answer(client, "POST", undo, 200, json={"reason": "no"}, params={"dry_run": "true"})

    assert (tried["readings"], _moves(tried, "consumption.electricity")) == (1, {2021: (1700, 3700)})
    assert (done["changed"], accepted) == (1, [400, 3700])
    assert (back["action"], back["readings"]) == ("undo", 1)
    assert _moves(back, "consumption.electricity") == {2021: (3700, 1700)}
    assert _values(client) == [400, 3700]
    _undo(client, database, done["batch"])
    assert _values(client) == [400, 1700]


@pytest.mark.usefixtures("metered")
def test_a_range_without_readings_changes_nothing(client: httpx.Client, database: Database) -> None:
    nowhere = {"start": "1999-01-01T00:00:00Z", "end": "2000-01-01T00:00:00Z"}
    tried = answer(client, "POST", AMENDMENTS, 200, json={**WITHDRAWAL, **nowhere}, params={"dry_run": "true"})
    assert tried == {"action": "withdraw", "readings": 0, "years": []}
    assert _order(client, database, **nowhere)["changed"] == 0


@pytest.mark.usefixtures("metered")
def test_amendments_are_listed_the_newest_first(client: httpx.Client, database: Database) -> None:
    batches = [_order(client, database, meters=["grid"], reason=f"no. {number}")["batch"] for number in (1, 2, 3)]
    first = get(client, AMENDMENTS, limit=2)
    rest = get(client, AMENDMENTS, limit=2, cursor=first["next"])
    assert [each["batch"] for each in first["items"]] == batches[:0:-1]
    assert [(each["batch"], each["reason"]) for each in rest["items"]] == [(batches[0], "no. 1")]
    assert rest["next"] is None


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"meters": ["nothing"]}, 404, "not_found", None),
        ({"end": "2020-12-01T00:00:00+08:00"}, 422, "invalid_fields", "end"),
        ({"meters": []}, 422, "invalid_request", "meters"),
        ({"action": "delete"}, 422, "invalid_request", "action"),
        ({"action": "undo"}, 422, "invalid_request", "action"),
        ({"reason": ""}, 422, "invalid_request", "reason"),
        ({"start": "2020-12-01"}, 422, "invalid_request", "start"),
        ({"until": "2021-01-01T00:00:00Z"}, 422, "invalid_request", "until"),
    ],
)
def test_what_cannot_be_ordered_is_refused(
    client: httpx.Client, change: Mapping[str, Any], status: int, code: str, field: str | None
) -> None:
    for query in ({}, {"dry_run": "true"}):
        refused = answer(client, "POST", AMENDMENTS, status, json={**WITHDRAWAL, **change}, params=query)
        assert refused["code"] == code
        assert [each["field"] for each in refused["errors"]] == ([] if field is None else [field])
    assert get(client, AMENDMENTS)["items"] == []


@pytest.mark.usefixtures("metered")
def test_what_cannot_be_undone_is_refused(client: httpx.Client, database: Database) -> None:
    done = _order(client, database, meters=["grid"])
    _undo(client, database, done["batch"])
    body, single = {"reason": "again"}, get(client, f"{ORGANIZATION}/readings")["items"][-1]["batch"]
    codes = {
        done["batch"]: (409, "already_undone"),
        single: (404, "not_found"),
        "b7fffffffffffffff": (404, "not_found"),
        "bffffffffffffffff": (422, "invalid_request"),
        "b1": (422, "invalid_request"),
    }
    for batch, (status, code) in codes.items():
        for query in ({}, {"dry_run": "true"}):
            refused = answer(client, "POST", f"{AMENDMENTS}/{batch}/undo", status, json=body, params=query)
            assert refused["code"] == code


@pytest.mark.usefixtures("metered")
def test_a_key_that_sends_readings_withdraws_none_in_bulk(client: httpx.Client) -> None:
    secrets = {
        scope: answer(client, "POST", "/v1/keys", 201, json={"name": scope, "scopes": [scope]})["key"]
        for scope in ("ingest", "prepare", "read")
    }
    statuses = {
        scope: client.post(AMENDMENTS, json=WITHDRAWAL, headers={"X-API-Key": secret}).status_code
        for scope, secret in secrets.items()
    }
    assert statuses == {"ingest": 403, "read": 403, "prepare": 202}
    assert client.get(AMENDMENTS, headers={"X-API-Key": secrets["read"]}).status_code == 200


def test_amendments_of_another_organization_are_not_there(
    metered: None, client: httpx.Client, database: Database, make_organization: Any
) -> None:
    make_organization(code="other")
    batch = _order(client, database)["batch"]
    assert answer(client, "GET", f"/v1/organizations/other/amendments/{batch}", 404)["code"] == "not_found"
    assert get(client, "/v1/organizations/other/amendments")["items"] == []


@pytest.mark.usefixtures("works")
def test_amendments_go_with_their_organization(client: httpx.Client, database: Database) -> None:
    _order(client, database)
    for code in ("grid", "grid-2", "output"):
        assert client.delete(f"{ORGANIZATION}/meters/{code}").status_code == 204
    assert client.delete(f"{ORGANIZATION}/plants/main").status_code == 204
    assert client.delete(ORGANIZATION).status_code == 204
    with database.read() as session:
        left = select(func.count()).select_from(BulkAmendment).where(_is_of_nobody())
        assert session.exec(left).one() == 0


def _is_of_nobody() -> Any:
    return col(BulkAmendment.organization_id).not_in(select(Organization.id))
