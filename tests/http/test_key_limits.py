"""What one key may ask for: requests a second over all processes, requests at once in one, and ranges."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio import CapacityLimiter
from sqlalchemy import text

from app.http import key_limits
from app.http.key_limits import HEADERS, KeyLimits, KeyOverLimit, TooManyAtOnce
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.key_budgets import Lease, Rate, take
from tests.conftest import ADMIN_KEY
from tests.support.client import running


@pytest.fixture(autouse=True)
def told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals are not held: hundreds of them are made here."""
    monkeypatch.setattr(key_limits, "_HELD_S", 0)


@pytest.fixture(autouse=True)
def emptied(request: pytest.FixtureRequest) -> None:
    """No bucket of another test, where a test has a database that others had before."""
    if "database_url" in request.fixturenames:
        database: Database = request.getfixturevalue("database")
        with database.write() as session:
            session.connection().execute(text("DELETE FROM key_budget"))


def earlier(database: Database, ms: int) -> None:
    """Have it be later: the bucket was last asked so much longer ago."""
    with database.write() as session:
        session.connection().execute(text("UPDATE key_budget SET at = at - :ms"), {"ms": ms})


def leased(database: Database, wanted: int, rate: Rate) -> Lease:
    with database.write() as session:
        return take(session, "k", rate, wanted)


def test_a_bucket_gives_what_is_in_it_and_fills_up_to_its_burst(database: Database) -> None:
    slow = Rate(per_s=0.001, burst=20)
    assert leased(database, 15, slow) == Lease(15, 5, 0.0)
    assert leased(database, 15, slow).granted == 5
    empty = leased(database, 1, slow)
    assert empty.granted == 0
    assert 900 < empty.wait_s <= 1_000
    earlier(database, 1_000_000)
    assert leased(database, 5, slow).granted == 1
    earlier(database, 10**9)
    assert leased(database, 100, slow).granted == 20


class Process:
    """The limits of a process of its own, by a clock that the test moves."""

    def __init__(self, url: str, **limits: Any) -> None:
        self.database = Database(url)
        self.now_s = 100.0
        self.limits = KeyLimits(self.database, **{"rate": None, "at_once": None, **limits}, clock=lambda: self.now_s)

    def lets_in(self, times: int) -> int:
        """Return how many of so many requests were let in."""

        async def all_of_them() -> int:
            limiter, let_in = CapacityLimiter(1), 0
            for _ in range(times):
                try:
                    await self.limits.admit({"path": "/v1/organizations"}, "k", limiter)
                except KeyOverLimit:
                    continue
                let_in += 1
            return let_in

        return asyncio.run(all_of_them())


@pytest.fixture
def processes(database_url: str) -> Iterator[list[Process]]:
    found = [Process(database_url, rate=Rate(per_s=0.01, burst=20)) for _ in range(3)]
    yield found
    for each in found:
        each.database.close()


def test_processes_together_let_in_what_the_bucket_has(processes: list[Process], database: Database) -> None:
    assert [each.lets_in(9) for each in processes] == [9, 9, 2]
    assert [each.lets_in(9) for each in processes] == [0, 0, 0]
    earlier(database, 300_000)
    for each in processes:
        each.now_s += 300
    assert sum(each.lets_in(9) for each in processes) == 3


def test_what_is_leased_and_not_used_is_forgotten(database_url: str, database: Database) -> None:
    process = Process(database_url, rate=Rate(per_s=8, burst=8))
    assert process.lets_in(1) == 1
    with database.read() as session:
        tokens = session.connection().execute(text("SELECT tokens FROM key_budget")).scalar_one()
    assert tokens == 6
    scope: dict[str, Any] = {"path": "/"}
    process.now_s += 1.1
    assert not process.limits.admit_at_once(scope, "k")
    process.now_s -= 1.1
    assert process.limits.admit_at_once(scope, "k")
    process.database.close()


def test_an_empty_bucket_is_not_asked_again_before_it_has_one(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(database_url, rate=Rate(per_s=0.5, burst=1))
    assert process.lets_in(2) == 1
    asked: list[str] = []
    write = process.database.write

    def counted() -> Any:
        asked.append("once more")
        return write()

    monkeypatch.setattr(process.database, "write", counted)
    assert process.lets_in(50) == 0
    assert asked == []
    process.now_s += 2.1
    assert process.lets_in(1) == 0
    assert asked == ["once more"]
    process.database.close()


def test_a_key_that_sends_without_a_pause_takes_few_leases(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bucket of 20 a second is asked for five requests at a time, not for each as soon as there is one."""
    process = Process(database_url, rate=Rate(per_s=20, burst=20))
    assert process.lets_in(40) >= 20
    asked: list[str] = []
    write = process.database.write

    def counted() -> Any:
        asked.append("once more")
        return write()

    monkeypatch.setattr(process.database, "write", counted)
    let_in = 0
    for _ in range(40):  # two seconds
        earlier(database, 50)
        process.now_s += 0.05
        let_in += process.lets_in(2)
    assert let_in >= 34
    assert len(asked) <= 12
    process.database.close()


def test_refusals_of_a_key_are_held_and_when_too_many_are_the_others_are_told_at_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_limits, "_HELD_S", 1.0)
    monkeypatch.setattr(key_limits, "_MOST_HELD", 2)
    process = Process(database_url, rate=Rate(per_s=0.01, burst=1))
    assert process.lets_in(1) == 1

    async def refused_after_s() -> float:
        began = asyncio.get_running_loop().time()
        with pytest.raises(KeyOverLimit):
            await process.limits.admit({"path": "/"}, "k", CapacityLimiter(1))
        return asyncio.get_running_loop().time() - began

    async def several() -> list[float]:
        return list(await asyncio.gather(*(refused_after_s() for _ in range(3))))

    for _ in range(2):  # those that were held are no longer counted
        waits = sorted(asyncio.run(several()))
        assert waits[0] < 0.9 <= waits[1]
    process.database.close()


def test_so_many_are_at_work_at_once_and_others_are_let_in(database_url: str) -> None:
    process = Process(database_url, at_once=2)
    scopes: list[dict[str, Any]] = [{"path": "/v1/plants"} for _ in range(4)]
    assert [process.limits.admit_at_once(each, "k") for each in scopes[:3]] == [True, True, False]
    assert process.limits.admit_at_once({"path": "/"}, "other")
    stream: dict[str, Any] = {"path": "/v1/organizations/acme/stream"}
    process.limits.leave(scopes[0])
    process.limits.leave(scopes[0])
    assert process.limits.admit_at_once(stream, "k")
    assert process.limits.admit_at_once(scopes[3], "k")
    with pytest.raises(TooManyAtOnce, match="2 requests at work") as refused:
        asyncio.run(process.limits.admit({"path": "/"}, "k", CapacityLimiter(1)))
    assert refused.value.headers == (("Retry-After", "1"),)
    process.database.close()


def test_a_request_is_counted_once_however_often_it_is_looked_at(database_url: str) -> None:
    process = Process(database_url, rate=Rate(per_s=0.01, burst=1), at_once=1)
    scope: dict[str, Any] = {"path": "/"}

    async def twice() -> None:
        for _ in range(2):
            await process.limits.admit(scope, "k", CapacityLimiter(1))

    asyncio.run(twice())
    assert [name for name, _ in scope[HEADERS]] == [b"ratelimit-policy", b"ratelimit"]
    process.database.close()


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'esg.db'}",
        admin_key=ADMIN_KEY,
        key_requests_per_s=0.01,
        key_burst=3,
        max_query_days=31,
    )
    with running(create_app(settings), key=ADMIN_KEY) as client:
        yield client


def test_a_key_is_told_what_is_left_and_refused_early(limited: httpx.Client) -> None:
    answers = [limited.get("/v1/organizations") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"key";q=3;w=300'}
    assert [answer.headers["RateLimit"] for answer in answers] == [
        '"key";r=2;t=100',
        '"key";r=1;t=200',
        '"key";r=0;t=300',
        '"key";r=0;t=300',
    ]
    assert answers[3].json()["code"] == "rate_limited"
    assert 90 <= int(answers[3].headers["Retry-After"]) <= 100
    assert "RateLimit" not in limited.get("/health/live").headers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("start=2021-01-01T00:00:00Z&end=2021-02-01T00:00:01Z", "end"),
        ("start=2021-01-01T00:00:00Z", "end"),
        ("end=2021-01-01T00:00:00Z", "start"),
    ],
)
def test_a_range_is_as_long_as_the_operator_allows(limited: httpx.Client, query: str, field: str) -> None:
    body = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
    assert limited.post("/v1/organizations", json=body).status_code == 201
    path = "/v1/organizations/acme/readings"

    refused = limited.get(f"{path}?{query}")

    assert refused.status_code == 422
    assert [(each["field"], each["code"]) for each in refused.json()["errors"]] == [(field, "range_too_wide")]
    assert limited.get(f"{path}?start=2021-01-01T00:00:00Z&end=2021-02-01T00:00:00Z").status_code == 200


def test_without_a_setting_nothing_is_limited_or_told(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'esg.db'}", admin_key=ADMIN_KEY)
    with running(create_app(settings), key=ADMIN_KEY) as client:
        answers = [client.get("/v1/organizations") for _ in range(50)]

    assert {(answer.status_code, "RateLimit" in answer.headers) for answer in answers} == {(200, False)}
