"""What runs by itself and who may act is seen and started by who may administer, and by nobody else."""

import html
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import ADMIN_KEY, Make
from tests.support.pages import browsing, signed_in

WEBHOOK = {"code": "erp", "name": "The ERP", "url": "https://erp.example/events"}


@pytest.fixture
def operator(client: httpx.Client, make_organization: Make) -> Iterator[httpx.Client]:
    """A browser of who may do everything."""
    make_organization()
    with browsing(client, ADMIN_KEY) as browser:
        yield browser


def test_jobs_are_seen_and_started(client: httpx.Client, operator: httpx.Client) -> None:
    page = operator.get("/run")
    assert page.status_code == 200
    assert "The service is ready to take readings." in page.text
    assert 'value="retention"' in page.text

    answer = operator.post("/run/jobs", data={"job": "retention"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/run?started=retention")
    runs = client.get("/v1/jobs/retention/runs").json()["items"]
    assert any(each["requested_by"] for each in runs)
    assert operator.post("/run/jobs", data={"job": "dance"}).status_code == 404


def test_keys_are_listed_without_their_secrets_and_the_log_tells_of_them(
    client: httpx.Client, operator: httpx.Client
) -> None:
    made = client.post("/v1/keys", json={"name": "Gateway <7>", "scopes": ["ingest"], "organizations": ["acme"]}).json()
    page = operator.get("/run").text
    assert html.escape("Gateway <7>") in page
    assert made["key"] not in page
    checked = operator.post("/run/audit").text
    rows = re.findall(r"<th scope=\"row\">([^<]+)</th><td>(\d+)</td><td>(\w+)", checked)
    assert rows
    assert {each[2] for each in rows} == {"none"}


def test_receivers_and_changes_of_an_organization_are_seen(client: httpx.Client, operator: httpx.Client) -> None:
    client.post("/v1/organizations/acme/webhooks", json=WEBHOOK).raise_for_status()
    page = operator.get("/organizations/acme/run")
    assert page.status_code == 200
    assert "The ERP" in page.text
    assert "There is no source yet." in page.text
    log = operator.get("/organizations/acme/audit").text
    row = next(each for each in log.split("<tr>") if "webhook" in each)
    assert "https://erp.example/events" in html.unescape(row)

    absent = {"webhook": "erp", "delivery": "7"}
    assert operator.post("/organizations/acme/run/resend", data=absent).status_code == 404
    assert operator.post("/organizations/acme/run/pull", data={"connector": "none"}).status_code == 404


def test_who_administers_nothing_sees_none_of_it(client: httpx.Client, operator: httpx.Client) -> None:
    key = client.post("/v1/keys", json={"name": "reader", "scopes": ["read"], "organizations": ["acme"]}).json()
    reads = {"Cookie": signed_in(operator, key["key"])}
    for path in ("/run", "/organizations/acme/run", "/organizations/acme/audit"):
        assert operator.get(path, headers=reads).status_code == 403, path
        away = operator.get(path, headers={"Cookie": ""})
        assert (away.status_code, away.headers["Location"].split("?")[0]) == (303, "/sign-in"), path
    assert operator.post("/run/jobs", data={"job": "retention"}, headers=reads).status_code == 403
    foreign = operator.post("/run/jobs", data={"job": "retention"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
