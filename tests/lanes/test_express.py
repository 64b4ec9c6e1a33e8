"""The express lane keeps the contract: whose readings it takes, what it answers, what it logs and counts."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from app.store.engine.database import Database
from tests.support.company import READINGS, Company, counts, post, reading
from tests.support.problems import assert_problem

EXPRESS = "esg_express_posts_total"
COUNTED = 'esg_requests_total{{method="POST",route="/v1/organizations/{{organization}}/readings",status="{}"}}'


@pytest.fixture(scope="module")
def caller(company: Company) -> httpx.Client:
    """A gateway of `acme`."""
    return company.caller(organization="acme", scope="ingest")


@pytest.fixture
def gateway(caller: httpx.Client) -> httpx.Client:
    """The gateway, whose key the server has seen a moment ago."""
    assert post(caller, reading(0, 1)).status_code == 200
    return caller


def stored(company: Company, hour: int, meter: str = "grid") -> list[str]:
    """Return the stored values of an hour's first quarter."""
    start, end = f"2021-03-01T{hour:02}:00:00+08:00", f"2021-03-01T{hour:02}:15:00+08:00"
    answer = company.admin.get(READINGS, params={"meter": meter, "start": start, "end": end})
    return [str(item["value"]) for item in answer.json()["items"]]


def test_a_known_gateways_small_posts_are_taken_by_the_lane_and_others_are_not(
    company: Company, gateway: httpx.Client
) -> None:
    post(gateway, reading(1, 1))
    before = company.metric(EXPRESS)
    assert counts(post(gateway, reading(1, 2))) == [1, 0, 1, 0, 0, 0]
    assert company.metric(EXPRESS) == before + 1

    rows = "meter,timestamp,value\ngrid,2021-03-01T01:15:00+08:00,3\n"
    assert gateway.post(READINGS, content=rows, headers={"Content-Type": "text/csv"}).status_code == 200
    assert gateway.post(READINGS, json={"readings": [reading(1, 2)]}, params={"atomic": "true"}).status_code == 200
    large = [reading(1, 2) for _ in range(200)]
    assert post(gateway, *large).status_code == 200
    assert company.metric(EXPRESS) == before + 1


def test_a_receipt_of_the_lane_says_exactly_what_became_of_the_rows(company: Company, gateway: httpx.Client) -> None:
    company.meter("strict", max_rate=40)
    old = [reading(hour, 1, meter="strict") for hour in range(5)]
    first = post(gateway, *old)
    assert (counts(first), first.json()["warnings"]) == ([5, 5, 0, 0, 0, 0], [])
    before = company.metric(EXPRESS)
    new = [reading(hour, 1, meter="strict") for hour in range(5, 9)]
    again = [*old[:2], *(reading(hour, 2, meter="strict") for hour in range(2, 5))]

    answer = post(gateway, *new, *again, reading(9, 99, meter="strict"))

    assert company.metric(EXPRESS) == before + 1
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    receipt = answer.json()
    assert receipt.pop("batch")
    assert [(each["index"], each["code"]) for each in receipt.pop("warnings")] == [(9, "implausible_value")]
    assert receipt == {
        "received": 10,
        "inserted": 5,
        "replaced": 3,
        "duplicate": 2,
        "suspect": 1,
        "rejected": 0,
        "errors": [],
    }


def test_rejected_rows_are_told_as_they_are_outside_the_lane(company: Company, gateway: httpx.Client) -> None:
    bad = {**reading(10, 1), "meter": "nobody"}
    for rows, status, kind in (
        ([reading(10, 1), bad], 200, "application/json"),
        ([bad], 422, "application/problem+json"),
    ):
        before = company.metric(EXPRESS)
        lane = post(gateway, *rows, **{"X-Request-ID": "same"})
        body = json.dumps({"readings": rows}).encode()
        headers = {"Content-Type": "application/json", "X-Request-ID": "same"}
        outside = gateway.post(READINGS, content=iter([body]), headers=headers)

        assert company.metric(EXPRESS) == before + 1
        assert (lane.status_code, lane.headers["Content-Type"]) == (status, kind)
        differing = {"batch", "inserted", "duplicate"}
        told = [
            {name: value for name, value in each.json().items() if name not in differing} for each in (lane, outside)
        ]
        assert told[0] == told[1]
        assert [error["code"] for error in lane.json()["errors"]] == ["unknown_meter"]


def test_a_key_of_another_organization_finds_nothing_and_stores_nothing(company: Company) -> None:
    company.organization("rival")
    rival = company.caller(organization="rival", scope="ingest")
    assert post(rival, reading(11, 1), path="/v1/organizations/rival/readings").status_code == 422  # known from now on
    before = company.metric(EXPRESS)

    answer = post(rival, reading(11, 1))

    assert_problem(answer, 404, "not_found")
    assert company.metric(EXPRESS) == before
    assert stored(company, 11) == []


def test_a_key_that_may_only_read_stores_nothing(company: Company) -> None:
    reader = company.caller(organization="acme", scope="read")
    assert reader.get(READINGS).status_code == 200  # known from now on
    before = company.metric(EXPRESS)

    answer = post(reader, reading(12, 1))

    assert_problem(answer, 403, "forbidden")
    assert company.metric(EXPRESS) == before
    assert stored(company, 12) == []


def test_a_bound_key_is_held_to_its_meters_in_the_lane(company: Company) -> None:
    company.meter("bound")
    body = {"name": "bound", "scopes": ["ingest"], "organizations": ["acme"], "meters": ["bound"]}
    client = httpx.Client(base_url=company.admin.base_url, headers={"X-API-Key": company.key(body)})
    company.callers.enter_context(client)
    assert post(client, reading(15, 1, meter="bound")).status_code == 200  # known from now on
    before = company.metric(EXPRESS)

    answer = post(client, reading(15, 1, meter="bound"), reading(15, 1), reading(15, 1, meter="nothing"))

    assert company.metric(EXPRESS) == before + 1
    assert counts(answer) == [3, 0, 0, 1, 0, 2]
    assert [(each["index"], each["code"]) for each in answer.json()["errors"]] == [
        (1, "unknown_meter"),
        (2, "unknown_meter"),
    ]
    assert stored(company, 15) == []


def test_a_key_that_comes_to_its_end_leaves_the_lane_at_that_instant(company: Company) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=2)).isoformat(timespec="milliseconds")
    body = {"name": "short", "scopes": ["ingest"], "organizations": ["acme"], "expires_at": ends}
    client = httpx.Client(base_url=company.admin.base_url, headers={"X-API-Key": company.key(body)})
    company.callers.enter_context(client)
    assert post(client, reading(16, 1)).status_code == 200
    while (answer := post(client, reading(16, 1))).status_code == 200:
        before = company.metric(EXPRESS)

    assert_problem(answer, 401, "unauthenticated")
    assert company.metric(EXPRESS) == before
    assert datetime.now(UTC) < datetime.fromisoformat(ends) + timedelta(seconds=1)


def test_a_dry_run_stores_nothing(company: Company, gateway: httpx.Client) -> None:
    answer = gateway.post(READINGS, json={"readings": [reading(13, 1)]}, params={"dry_run": "true"})

    assert (answer.status_code, answer.json()["batch"], counts(answer)) == (200, None, [1, 1, 0, 0, 0, 0])
    assert stored(company, 13) == []


def test_a_key_sent_twice_counts_as_it_does_outside_the_lane(company: Company, gateway: httpx.Client) -> None:
    good, none = gateway.headers["X-API-Key"], "nonsense"
    body = {"readings": [reading(14, 1)]}
    with httpx.Client(base_url=gateway.base_url) as client:
        first = client.post(READINGS, json=body, headers=[("X-API-Key", good), ("X-API-Key", none)])
        second = client.post(READINGS, json=body, headers=[("X-API-Key", none), ("X-API-Key", good)])

    assert first.status_code == 200
    assert_problem(second, 401, "unauthenticated")


def test_a_post_of_the_lane_has_its_id_its_line_in_the_log_and_its_count(
    company: Company, gateway: httpx.Client
) -> None:
    ok, refused = COUNTED.format(200), COUNTED.format(422)
    before, express = company.metrics(), company.metric(EXPRESS)

    given = post(gateway, reading(15, 1), **{"X-Request-ID": "gateway-7/15"})
    made = post(gateway, {**reading(15, 1), "meter": "nobody"})

    after = company.metrics()
    assert company.metric(EXPRESS) == express + 2
    assert given.headers["X-Request-ID"] == "gateway-7/15"
    assert len(made.headers["X-Request-ID"]) == 32
    assert made.json()["request_id"] == made.headers["X-Request-ID"]
    for request_id, status in (("gateway-7/15", 200), (made.headers["X-Request-ID"], 422)):
        (line,) = company.logged(request_id)
        assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", READINGS, status)
    assert after[ok] == before.get(ok, 0) + 1
    assert after[refused] == before.get(refused, 0) + 1


def test_an_organization_that_another_process_deleted_is_not_found(company: Company) -> None:
    """The key and the organization are still remembered here, so the lane finds out in the middle of the write."""
    company.organization("gone")
    path = "/v1/organizations/gone/readings"
    assert post(company.admin, reading(16, 1), path=path).status_code == 422
    database = Database(company.database_url)
    with database.write() as session:
        for table in ("arrival", "readings_head", "batch"):
            own = text(f"DELETE FROM {table} WHERE organization_id = (SELECT id FROM organization WHERE code = 'gone')")
            session.connection().execute(own)
        session.connection().execute(text("DELETE FROM organization WHERE code = 'gone'"))
    database.close()
    before = company.metric(EXPRESS)

    answer = post(company.admin, reading(16, 1), path=path, **{"X-Request-ID": "gone-1"})

    assert company.metric(EXPRESS) == before + 1
    assert_problem(answer, 404, "not_found")
    assert [line["status"] for line in company.logged("gone-1")] == [404]
