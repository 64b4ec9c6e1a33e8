"""Migrations that are killed in their midst and started again: the schema is that of one which nobody disturbed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any

from sqlalchemy import inspect, text

from bench.lab import Backend
from faults.load import opened
from faults.place import Place
from faults.row import Row

_random = Random(20261128)
_MIGRATE = (sys.executable, "-c", "from app.cli import main; main()", "migrate")
_INDEXES_AND_TRIGGERS = {
    Backend.SQLITE: "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name",
    Backend.POSTGRESQL: "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal UNION ALL "
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
}


def killed_migrations(place: Place, times: int) -> Iterator[Row]:
    """Kill `esg migrate` of an empty database `times` times, and then let it end."""
    for backend in Backend:
        undisturbed = place.empty(backend)
        began = time.monotonic()
        _migrate(undisturbed).wait()
        takes_s = time.monotonic() - began
        disturbed = place.empty(backend)
        kills = 0
        while kills < times:
            process = _migrate(disturbed)
            time.sleep(_random.uniform(0.3, 1.0) * takes_s)
            process.kill()
            if process.wait() == 0:  # it was done before: the next one begins with nothing again
                disturbed = place.empty(backend)
            else:
                kills += 1
        began = time.monotonic()
        ended = _migrate(disturbed).wait()
        differences = int(ended != 0) + int(_schema(disturbed, backend) != _schema(undisturbed, backend))
        note = f"{differences} differences to the schema of one that nobody disturbed"
        how = "SIGKILL at a random moment of `esg migrate`, then once to its end"
        yield Row(f"migrations killed, {backend}", how, kills, 0, differences, 0, time.monotonic() - began, note)


def _migrate(url: str) -> "subprocess.Popen[bytes]":
    environment = {"ESG_DATABASE_URL": url, "PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)}
    return subprocess.Popen(_MIGRATE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _schema(url: str, backend: Backend) -> Any:
    """Return all that a database says of its tables, columns, keys, indexes and triggers, and its revision."""
    with opened(url) as database:
        seen = inspect(database.engine)
        tables = {
            name: (
                [
                    (each["name"], str(each["type"]), each["nullable"], each["default"])
                    for each in seen.get_columns(name)
                ],
                str(seen.get_pk_constraint(name)),
                sorted(map(str, seen.get_foreign_keys(name))),
            )
            for name in seen.get_table_names()
        }
        with database.read() as session:
            others = [tuple(row) for row in session.execute(text(_INDEXES_AND_TRIGGERS[backend]))]
            revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return tables, others, revision
