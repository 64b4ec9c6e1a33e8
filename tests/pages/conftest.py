"""A server that a browser can reach, with the first example company in it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
import yaml

from app.main import create_app
from app.rollup.rolling.roller import roll_pending
from app.settings import Settings
from tests.support.chromium import chromium_browser
from tests.support.examples import Service, set_up
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant

__all__ = ["chromium_browser", "client", "database", "database_url", "shared", "shared_settings", "vacant"]

ADMIN_KEY = "an-administrator-key-for-tests"
_MAGNETS = Path(__file__).parents[1] / "examples" / "magnets.yaml"
_START_S = 30


@contextmanager
def serving(database_url: str, *, anonymous_read: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the address of a running server, and what rolls up its readings at once."""
    app = create_app(Settings(database_url=database_url, admin_key=ADMIN_KEY, anonymous_read=anonymous_read))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + _START_S
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert server.started, "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", lambda: roll_pending(app.state.database)
    finally:
        server.should_exit = True
        thread.join(_START_S)


@pytest.fixture(scope="session")
def magnets_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows the first example company, and a draft of its report, to everybody."""
    path = tmp_path_factory.mktemp("pages") / "pages.db"
    with serving(f"sqlite:///{path}", anonymous_read=True) as (url, roll):
        with httpx.Client(base_url=url, headers={"X-API-Key": ADMIN_KEY}) as client:
            set_up(Service(client, roll), yaml.safe_load(_MAGNETS.read_text("utf-8")))
            publications = "/v1/organizations/magnets/disclosures/hkex-2020/2021/publications"
            client.post(publications, json={}).raise_for_status()
            said = {"text": "Is the water of both sites in it?", "key": "water.total"}
            client.post(f"{publications}/1/comments", json=said).raise_for_status()
        yield url


@pytest.fixture
def closed_url(tmp_path: Path) -> Iterator[str]:
    """The address of a server that shows nothing without a key; it holds one organization without readings."""
    with serving(f"sqlite:///{tmp_path / 'closed.db'}", anonymous_read=False) as (url, _):
        with httpx.Client(base_url=url, headers={"X-API-Key": ADMIN_KEY}) as client:
            body = {"code": "secret-works", "name": "Secret Works", "timezone": "Europe/Berlin", "currency": "EUR"}
            client.post("/v1/organizations", json=body).raise_for_status()
        yield url
