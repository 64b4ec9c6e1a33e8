"""Copies of a database made while it is in use, tried by restoring them, and brought back into an empty one.

A copy is as of one moment. A SQLite file is copied by its own backup interface, a PostgreSQL database by the server's
`pg_dump` and `pg_restore`, which have to be there in the server's release or a later one.

A copy that nobody has restored may be none. So `prove` brings it back and goes through what the restored database
holds, every page and arrival by its checksum. On PostgreSQL that takes a database beside it for as long as it lasts; a
role that may not make one gets the copy's table of contents read instead, and is told so.
"""

import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from sqlalchemy import URL, text
from sqlalchemy.exc import ProgrammingError

from app.store.arrivals.entered import entered
from app.store.engine.addresses import database_url
from app.store.engine.database import Database
from app.store.sql.columns import driver
from app.store.upkeep.storage_checks import check_arrivals, check_pages

SQLITE_SUFFIX, POSTGRESQL_SUFFIX = ".db", ".dump"
_PAGES_A_STEP = 4_096
_PAUSE_S = 0.01
_LONGEST_WORDS = 500
_FORMAT = "esg-%Y%m%dT%H%M%SZ"
_SCHEMA_TABLE = "alembic_version"
_OF_PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}


class BackupRefused(RuntimeError):
    """A copy could not be made, proved or restored; nothing was replaced."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found in a copy: pages and arrivals whose checksums hold, and whether it was restored to find them."""

    restored: bool
    pages: int
    arrivals: int


def back_up_to(database: Database, target: Path) -> None:
    """Copy the whole database, as of one moment, to a new file that is on disk when this returns.

    Writers go on meanwhile. Nothing is left at `target` unless the copy is whole. Raises BackupRefused.
    """
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        if database.is_sqlite:
            _copy_sqlite(database, unfinished)
        else:
            _run("pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}", of=database.url)
        with unfinished.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def newest_backup_at(directory: Path | None) -> datetime | None:
    """Return when the newest copy of a directory was made (UTC); None without any, and where none is made."""
    copies = [] if directory is None else dated_copies(directory)
    return datetime.strptime(copies[-1].stem, _FORMAT).replace(tzinfo=UTC) if copies else None


def dated_copies(directory: Path) -> list[Path]:
    """Return the copies of a directory, oldest first."""
    return sorted([*directory.glob(f"esg-*Z{SQLITE_SUFFIX}"), *directory.glob(f"esg-*Z{POSTGRESQL_SUFFIX}")])


def copy_name(database: Database) -> str:
    """Return the name of a copy that is made now."""
    return datetime.now(UTC).strftime(_FORMAT) + (SQLITE_SUFFIX if database.is_sqlite else POSTGRESQL_SUFFIX)


def restore(address: str, source: Path) -> None:
    """Bring a copy back into an empty database; its schema is that of the copy. Raises BackupRefused."""
    url = database_url(address)
    if url.get_backend_name() == "sqlite":
        _restore_file(Path(url.database or ""), source)
        return
    with closing(Database(address)) as database, database.read() as session:
        held = session.connection().execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"))
        if held.scalar_one():
            raise BackupRefused(
                "the database has tables already: name an empty one, and move the old one away yourself"
            )
    _restore_dump(url, source)


def prove(database: Database, source: Path) -> Proof:
    """Restore a copy beside its database, go through all of it, and take it away again; raises BackupRefused."""
    files = database.state.archive_directory
    if database.is_sqlite:
        with TemporaryDirectory(prefix=f"{source.name}.", dir=source.parent) as folder:
            restored = Path(folder) / "restored.db"
            _restore_file(restored, source)
            return _proved(f"sqlite:///{restored}", files)
    try:
        with _scratch(database) as url:
            _restore_dump(url, source)
            return _proved(url.render_as_string(hide_password=False), files)
    except _NoScratch:
        _run("pg_restore", "--list", str(source), of=database.url)
        return Proof(restored=False, pages=0, arrivals=0)


def _proved(address: str, files: Path | None) -> Proof:
    with closing(Database(address, archive_directory=files)) as copy:
        faults = list(_integrity(copy))
        pages = arrivals = 0
        for meter in check_pages(copy, None):
            pages += meter.pages
            faults += [f"{meter.organization} {each.meter}: {each.fault}" for each in meter.damages]
        for arrival in check_arrivals(copy, None):
            arrivals += 1
            if arrival.fault is not None:
                faults.append(f"{arrival.organization}: arrival {arrival.number}: {arrival.fault}")
    if faults:
        raise BackupRefused(f"the copy is damaged: {'; '.join(faults)}"[:_LONGEST_WORDS])
    return Proof(restored=True, pages=pages, arrivals=arrivals)


def _integrity(copy: Database) -> Iterator[str]:
    with copy.read() as session:
        if copy.is_sqlite:
            found = session.connection().execute(text("PRAGMA integrity_check")).scalars().all()
            yield from (each for each in found if each != "ok")
        session.connection().execute(text(f"SELECT version_num FROM {_SCHEMA_TABLE}")).scalar_one()  # noqa: S608


def _copy_sqlite(database: Database, target: Path) -> None:
    with entered(database) as session, closing(sqlite3.connect(target, isolation_level=None)) as copy:
        source = cast(sqlite3.Connection, driver(session))
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
        source.backup(copy, pages=_PAGES_A_STEP, sleep=_PAUSE_S)
        copy.execute("PRAGMA journal_mode=DELETE")


def _restore_file(target: Path, source: Path) -> None:
    if target.exists() and target.stat().st_size:
        raise BackupRefused(f"{target} is there already: name an empty database, and move the old one away yourself")
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0]
            copy.execute(f"SELECT version_num FROM {_SCHEMA_TABLE}").fetchone()  # noqa: S608 - a constant
    except sqlite3.Error as error:
        raise BackupRefused(f"{source} is no copy of a database: {error}") from error
    if sound != "ok":
        raise BackupRefused(f"{source} is damaged: {sound}"[:_LONGEST_WORDS])
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, unfinished)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    os.replace(unfinished, target)


def _restore_dump(url: URL, source: Path) -> None:
    _run(
        "pg_restore",
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={url.database}",
        str(source),
        of=url,
    )


class _NoScratch(RuntimeError):
    """The role may not make a database."""


@contextmanager
def _scratch(database: Database) -> Iterator[URL]:
    """Make a database beside this one and drop it at the end; raises _NoScratch."""
    name = f"esg_backup_proof_{secrets.token_hex(6)}"
    outside = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    try:
        with outside.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except ProgrammingError as error:
        raise _NoScratch from error
    try:
        yield database.url.set(database=name)
    finally:
        with outside.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _run(program: str, *arguments: str, of: URL) -> None:
    """Run one of the server's programs; the address is in its environment, where no list of processes shows it."""
    found = shutil.which(program)
    if found is None:
        raise BackupRefused(
            f"{program} is not on the path: install PostgreSQL's client programs of the server's release"
        )
    done = subprocess.run(  # noqa: S603 - a program by its name, and no word of a caller
        [found, *arguments], env={**os.environ, **_environment(of)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupRefused(f"{program}: {done.stderr.strip()}"[:_LONGEST_WORDS])


def _environment(url: URL) -> Mapping[str, str]:
    """Return what the server's programs are told of an address, of each server where it names several."""
    _, parts = url.get_dialect()().create_connect_args(url)
    return {variable: str(parts[name]) for name, variable in _OF_PARAMETERS.items() if parts.get(name)}
