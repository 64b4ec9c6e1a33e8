"""A process keeps within its connections whatever is asked of it, and the start tells how many there may be in all."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from app.commands.shared import tell_connections
from app.main import create_app
from app.settings import Settings
from app.store.engine.database import Database
from tests.conftest import ADMIN_KEY, own_database
from tests.support.client import running

POOL = 8
ACME = "/v1/organizations/acme"
CONNECTED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"  # the server's own vacuum comes and goes
)


@pytest.fixture
def url(postgresql_template: str) -> Iterator[str]:
    with own_database(postgresql_template) as address:
        yield address


def test_the_smallest_pool_bears_posts_reads_and_jobs_at_once_and_is_never_passed(url: str) -> None:
    app = create_app(Settings(database_url=url, admin_key=ADMIN_KEY, pool_size=POOL))
    most, ended = [0], threading.Event()

    def watch() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not ended.wait(0.01):
                found = connection.execute(CONNECTED).fetchone()
                most[0] = max(most[0], found[0] if found else 0)

    with running(app, key=ADMIN_KEY) as client:
        _found(client)
        watching = threading.Thread(target=watch)
        watching.start()

        def ask(number: int) -> set[int]:
            reading = {"meter": "grid", "timestamp": f"2026-01-{number % 28 + 1:02}T00:00:00Z", "value": number}
            posted = client.post(f"{ACME}/readings", json={"readings": [reading]})
            asked = client.get(f"{ACME}/disclosures/gri/2026")
            listed = client.get(f"{ACME}/readings", headers={"Accept": "text/csv"})
            started = client.post("/v1/jobs/reconciliation/runs")
            return {posted.status_code, asked.status_code, listed.status_code, started.status_code}

        with ThreadPoolExecutor(24) as pool:
            answers = set().union(*pool.map(ask, range(48)))
        ended.set()
        watching.join()

    assert answers == {200, 202}
    assert POOL <= most[0] <= POOL + 1


def _found(client: httpx.Client) -> None:
    organization = {"code": "acme", "name": "Acme", "timezone": "UTC", "currency": "EUR"}
    plant = {"code": "main", "name": "Main", "country": "DE", "timezone": "UTC"}
    meter = {"code": "grid", "name": "Grid", "plant": "main", "resource": "electricity.grid", "kind": "interval"}
    bodies = (
        ("", organization),
        ("/acme/plants", plant),
        ("/acme/meters", {**meter, "unit": "kWh", "interval": "P1D"}),
    )
    for path, body in bodies:
        assert client.post(f"/v1/organizations{path}", json=body).status_code == 201


@pytest.mark.parametrize(
    ("pool_size", "said"),
    [
        ("20", "esg: 4 x 21 = 84 connections to PostgreSQL at most; it takes 97\n"),
        (
            "100",
            "esg: 4 x 101 = 404 connections to PostgreSQL at most, and it takes 97: lower ESG_POOL_SIZE or raise "
            "max_connections\n",
        ),
    ],
)
def test_the_start_tells_of_all_connections(
    url: str, pool_size: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESG_POOL_SIZE", pool_size)
    database = Database(url)
    tell_connections(database, processes=4)
    database.close()
    assert capsys.readouterr().err == said


def test_nothing_is_told_of_a_file(sqlite_template: object, capsys: pytest.CaptureFixture[str]) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    tell_connections(database, processes=4)
    database.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("pool_size", [0, 7, 1001])
def test_a_pool_that_is_too_small_or_too_large_is_refused(pool_size: int) -> None:
    with pytest.raises(ValueError, match="pool_size"):
        Settings(pool_size=pool_size)
