"""Every statement that reaches a database, by the driver's own hands: SQLAlchemy's and those that go past it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg

_RECORDED = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH|COPY)\b", re.IGNORECASE)
_LIST = re.compile(r"IN \((\s*(?:%\(\w+\)s|\?)(?:::\w+)?)(?:,\s*(?:%\(\w+\)s|\?)(?:::\w+)?)+\)")
_OTHERS = ("pg_catalog", "sqlite_master", "pg_type", "alembic_version", "pg_backend_pid")


@contextmanager
def recorded() -> Iterator[set[str]]:
    """Yield the statements that are executed meanwhile, each once, lists of parameters shortened to one."""
    found: set[str] = set()

    def note(statement: Any) -> None:
        written = statement.decode() if isinstance(statement, bytes) else str(statement)
        words = _LIST.sub(r"IN (\1)", " ".join(written.split()))
        if _RECORDED.match(words) and not any(other in words for other in _OTHERS):
            found.add(words)

    class Noting(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> "Noting":
            note(sql)
            super().execute(sql, parameters)
            return self

        def executemany(self, sql: str, parameters: Any, /) -> "Noting":
            note(sql)
            super().executemany(sql, parameters)
            return self

    class Recording(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Noting)

        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            note(sql)
            return super().execute(sql, parameters)

        def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
            note(sql)
            return super().executemany(sql, parameters)

    connect: Any = sqlite3.dbapi2.connect

    def connected(*arguments: Any, **options: Any) -> Any:
        return connect(*arguments, **{**options, "factory": Recording})

    with patch.object(sqlite3.dbapi2, "connect", connected), _noting_psycopg(note):
        yield found


@contextmanager
def _noting_psycopg(note: Any) -> Iterator[None]:
    cursor = psycopg.Cursor
    kept = {name: getattr(cursor, name) for name in ("execute", "executemany", "copy")}

    def noting(name: str) -> Any:
        def call(self: Any, statement: Any, *rest: Any, **options: Any) -> Any:
            note(statement)
            return kept[name](self, statement, *rest, **options)

        return call

    with patch.multiple(cursor, **{name: noting(name) for name in kept}):
        yield
