"""What runs by itself and who may act is seen and started by who may administer, and by nobody else."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.store.engine.database import Database
from app.store.upkeep.backup import copy_name
from app.store.upkeep.concerns import Concern, Look
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


def test_what_somebody_should_look_at_is_shown_in_the_readers_language(
    client: httpx.Client, operator: httpx.Client, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    app: FastAPI = client._transport._transport.app  # type: ignore[attr-defined]
    well = operator.get("/run").text
    assert "flash warn" not in well
    settings = app.state.settings.model_copy(update={"backup_directory": tmp_path, "min_disk_free_bytes": 2**62})
    monkeypatch.setitem(app.state._state, "settings", settings)  # of a State, setattr could not be undone
    found = Look({"database": 3 * 2**30, "backup": 2**62}, 3_600.0, tuple(Concern))
    monkeypatch.setattr(app.state.monitoring, "look", lambda: found)

    page = operator.get("/run").text
    assert re.findall(r'<p class="flash warn" role="status">([^<]+)</p>', page) == [
        "Little room is left on the disk with the database: 3,072 MiB",
        "A later version of the program has changed the database: update this one",
        "No process has run a job for five minutes: start one that runs the jobs",
        "Readings wait to be counted; the oldest ones have waited for 60 minutes",
        "No backup was made in the last 26 hours: see how the job backup went",
    ]
    assert "The service is ready to take readings." in page
    operator.headers["Accept-Language"] = "zh"
    chinese = operator.get("/run").text
    assert "数据库所在磁盘空间不足：剩余 3,072 MiB" in chinese
    assert "有读数等待汇总，最早的已等待 60 分钟" in chinese

    (tmp_path / f"{copy_name(database)}").touch()
    assert "No backup was made" not in operator.get("/run", headers={"Accept-Language": "en"}).text


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
