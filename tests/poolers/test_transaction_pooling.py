"""The whole service through pgbouncer in transaction mode, with fewer server connections than the service has."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from app.core.events import EventKind
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.engine.outages import StatementTooLong
from app.store.engine.time_limits import Purpose, TimeLimits, working_for
from app.store.outbox.events import append_event
from app.store.outbox.listening import waiter_for
from app.stream.feed import EventFeed
from tests.conftest import ADMIN_KEY, own_database
from tests.poolers.pgbouncer import SERVER_CONNECTIONS, pooled
from tests.support.client import running

ORGANIZATION = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
PLANT = {"code": "main", "name": "Main", "country": "DE", "timezone": "UTC"}
METER = {"plant": "main", "resource": "electricity.grid", "kind": "interval", "unit": "kWh", "interval": "PT15M"}
METERS = 8
ACME = "/v1/organizations/acme"


@pytest.fixture(scope="module")
def direct(postgresql_server: str) -> Iterator[str]:
    """The address of an empty database, past the pooler."""
    with own_database(postgresql_server, template="template0") as url:
        yield url


@pytest.fixture(scope="module")
def address(direct: str) -> Iterator[str]:
    """The same through the pooler."""
    with pooled(direct) as through:
        yield through


@pytest.fixture(scope="module")
def clients(address: str) -> Iterator[list[httpx.Client]]:
    """Clients of two applications, of which the first one migrates."""
    apps = [create_app(Settings(database_url=address, admin_key=ADMIN_KEY)) for _ in range(2)]
    with ExitStack() as started:
        clients = [started.enter_context(running(app, key=ADMIN_KEY)) for app in apps]
        created = [("", ORGANIZATION), ("/acme/plants", PLANT)]
        created += [("/acme/meters", {**METER, "code": f"m{n}", "name": f"m{n}"}) for n in range(METERS)]
        for path, body in created:
            answer = clients[0].post(f"/v1/organizations{path}", json=body)
            assert answer.status_code == 201, answer.text
        yield clients


def wait_for(condition: Callable[[], Any], patience_s: float = 30) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)


def total(client: httpx.Client) -> float:
    """Return what all meters' years add up to."""
    items = client.get(f"{ACME}/rollups", params={"grain": "year"}).json()["items"]
    return sum(float(item["quantity"]) for item in items)


def test_many_posts_by_both_processes_are_stored_and_rolled_up(clients: list[httpx.Client], direct: str) -> None:
    def send(number: int) -> None:
        for day in range(1, 13):  # a statement is prepared from its sixth execution on
            timestamp = f"2026-01-{day:02}T{number:02}:00:00Z"
            body = {"readings": [{"meter": f"m{number % METERS}", "timestamp": timestamp, "value": 2}]}
            answer = clients[number % 2].post(f"{ACME}/readings", json=body)
            assert (answer.status_code, answer.json()["inserted"]) == (200, 1), answer.text

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(16)))
    wait_for(lambda: total(clients[1]) == 16 * 12 * 2)
    listed = clients[1].get(f"{ACME}/readings", params={"limit": 1000}).json()["items"]
    assert len(listed) == 16 * 12
    with psycopg.connect(direct) as connection:
        used = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert used is not None
    assert used[0] <= SERVER_CONNECTIONS


def test_bodies_that_travel_by_copy_and_figures_that_need_one_snapshot(clients: list[httpx.Client]) -> None:
    hours = [
        f"2025-{month:02}-{day:02}T{hour:02}:00:00Z" for month in (1, 2) for day in range(1, 29) for hour in range(24)
    ]
    lines = [f"m{meter},{hour},1" for meter in range(METERS) for hour in hours]
    client = clients[0]
    answer = client.post(
        f"{ACME}/readings",
        content="\n".join(["meter,timestamp,value", *lines]),
        headers={"Content-Type": "text/csv"},
    )
    assert (answer.status_code, answer.json()["inserted"]) == (200, METERS * 56 * 24), answer.text
    path = f"{ACME}/disclosures/gri/2025"
    wait_for(lambda: value_of(client, path, "energy.total") == METERS * 56 * 24)
    client.post(f"{ACME}/readings", json={"readings": [{"meter": "m0", "timestamp": hours[0], "value": 11}]})
    wait_for(lambda: value_of(client, path, "energy.total") == METERS * 56 * 24 + 10)
    prepared = client.post(f"{path}/publications", json={})
    assert prepared.status_code == 201, prepared.text


def value_of(client: httpx.Client, path: str, key: str) -> float | None:
    """Return a figure's value in kWh."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found = next(each for each in answer.json()["figures"] if each["key"] == key and not each["dimensions"])
    if found["value"] is None:
        return None
    return float(found["value"]) * {"kWh": 1, "MWh": 1_000, "GJ": 1 / 0.0036}[found["unit"]]


def test_limits_of_time_end_with_their_transaction_whoever_has_the_connection_next(address: str) -> None:
    database = Database(address, pool_size=1, limits=TimeLimits(request_s=0.2, job_s=20, idle_s=20))
    asked = text("SELECT current_setting('statement_timeout'), pg_sleep(0.3)")
    for _ in range(7):  # a statement would be prepared at its sixth execution
        with working_for(Purpose.REQUEST), pytest.raises(StatementTooLong), database.read() as session:
            session.connection().execute(asked)
    with database.read() as session:
        assert session.connection().execute(asked).one()[0] == "0"
    database.close()


def test_an_event_is_seen_by_another_process_though_nothing_can_be_heard(address: str) -> None:
    database = Database(address)
    waiter = waiter_for(database)
    waiter.wait(0.01)
    began = time.monotonic()
    threading.Timer(0.1, waiter.wake).start()
    waiter.wait(20)
    woken_s = time.monotonic() - began
    feed = EventFeed(database)
    asyncio.run(_followed(feed, database))
    waiter.close()
    database.close()

    assert 0.05 < woken_s < 10


async def _followed(feed: EventFeed, database: Database) -> None:
    """Have another process append an event, and wait until the feed has come to it."""
    await feed.start()
    before = feed.position
    with database.write() as session:
        append_event(session, organization_id=1, kind=EventKind.ROLLUPS_CHANGED, payload={}, at_ms=0)
    await asyncio.to_thread(wait_for, lambda: feed.position != before)
    await feed.stop()


def test_a_job_runs_and_locks_end_with_their_transactions(clients: list[httpx.Client], direct: str) -> None:
    run = clients[0].post("/v1/jobs/reconciliation/runs").json()
    where = f"/v1/jobs/reconciliation/runs/{run['run']}"
    wait_for(lambda: clients[0].get(where).json()["state"] == "succeeded")
    left = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND state = 'idle' AND datname = current_database()"
    )
    with psycopg.connect(direct) as connection:
        assert connection.execute(left).fetchone() == (0,)


def test_nothing_is_prepared_and_nothing_listens_on_the_servers_connections(address: str) -> None:
    database = Database(address)
    for number in range(20):
        with database.read() as session:
            assert session.execute(text("SELECT CAST(:number AS int)"), {"number": number}).scalar_one() == number
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() == 0
        assert session.execute(text("SELECT count(*) FROM pg_listening_channels()")).scalar_one() == 0
    database.close()


def test_a_direct_connection_prepares_as_ever(direct: str) -> None:
    database = Database(direct)
    with database.read() as session:
        for number in range(20):
            session.execute(text("SELECT CAST(:number AS int)"), {"number": number})
        assert session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() > 0
    database.close()
