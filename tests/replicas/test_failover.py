"""A primary that is lost: its standby takes its place, and nothing of before is believed that it may not have."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from app.store.upkeep.migrate import migrate
from tests.conftest import ADMIN_KEY
from tests.replicas.pair import Pair
from tests.replicas.works import new_works
from tests.support.client import running
from tests.support.problems import assert_problem


@pytest.fixture
def pair(postgresql_server: str) -> Iterator[Pair]:
    """Two servers with a migrated database `esg`, of which one follows the other without the other's waiting for it."""
    folder = Path(tempfile.mkdtemp(prefix="esg-pair-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user where this one is root
    made = Pair(folder, postgresql_server)
    made.run("CREATE DATABASE esg TEMPLATE template0")
    database = Database(made.address("esg"))
    migrate(database)
    database.close()
    made.wait_for_standby(synchronous=False)
    yield made
    made.close(folder)


def app_of(pair: Pair) -> FastAPI:
    return create_app(Settings(database_url=pair.address("esg"), admin_key=ADMIN_KEY))


def reading(timestamp: str, value: float) -> dict[str, object]:
    return {"readings": [{"meter": "grid", "timestamp": timestamp, "value": value}]}


def lose_the_primary_after(pair: Pair, client: httpx.Client, path: str, body: dict[str, object]) -> None:
    """Have the primary answer a post that the standby never receives, and the standby take its place."""
    pair.wait_until_replayed()
    pair.standby.stop()
    assert client.post(path, json=body).json()["inserted"] == 1
    pair.primary.kill()
    pair.standby.start()
    pair.take_over()


def test_what_an_asynchronous_standby_never_had_is_stored_when_it_is_sent_again(pair: Pair) -> None:
    """The process has it in memory as of a number that the new primary gives to something else."""
    app = app_of(pair)
    with running(app, key=ADMIN_KEY) as client:
        works = new_works(client, app.state.replica)
        path = f"{works.path}/readings"
        works.post("2026-01-01T00:00:00Z", 1)
        lose_the_primary_after(pair, client, path, reading("2026-01-01T00:15:00Z", 2))
        with running(app_of(pair), key=ADMIN_KEY) as other:
            works.post("2026-01-01T00:30:00Z", 3, other)
        works.until(lambda: client.get("/health/ready").status_code == 200)
        works.until(lambda: client.get(path).status_code == 200)

        again = client.post(path, json=reading("2026-01-01T00:15:00Z", 2))
        assert (again.status_code, again.json()["inserted"], again.json()["duplicate"]) == (200, 1, 0)
        assert works.values() == [1, 2, 3]


def test_a_primary_that_comes_back_after_its_standby_took_its_place_is_not_written_to(pair: Pair) -> None:
    app = app_of(pair)
    with running(app, key=ADMIN_KEY) as client:
        works = new_works(client, app.state.replica)
        works.post("2026-01-01T00:00:00Z", 1)
        pair.wait_until_replayed()
        pair.fail_over()
        works.until(lambda: client.get("/health/ready").status_code == 200)
        works.until(lambda: client.get(f"{works.path}/readings").status_code == 200)
        pair.standby.start()  # it follows nobody: its directory says that it is a primary; the address names it first
        pair.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'esg'")

        for _ in range(3):  # the first one may find its connection gone; the next ones open others
            refused = client.post(f"{works.path}/readings", json=reading("2026-01-01T00:15:00Z", 2))
            assert_problem(refused, 503, "database_unavailable")
        pair.standby.stop()
        works.until(lambda: client.get("/health/ready").status_code == 200)
        works.post("2026-01-01T00:15:00Z", 2)
        assert works.values() == [1, 2]
