"""Two PostgreSQL servers of which one follows the other, and one address that names both."""

import shutil
import time
from pathlib import Path

import psycopg

from tests.replicas.standby import Standby

_PATIENCE_S = 60.0
_FOLLOWED = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = %s"


class Pair:
    """`primary` takes writes and `standby` follows it, until they change places."""

    def __init__(self, folder: Path, like: str) -> None:
        """Copy the server at `like` twice, which is left alone from then on."""
        folders = [folder / name for name in ("one", "two")]
        for each in folders:
            each.mkdir()
        self.primary = Standby(folders[0], like)
        self.primary.promote()
        self.standby = Standby(folders[1], self.primary.server)
        self._hosts = "&".join(f"host={each}" for each in folders)
        self._is_synchronous = False

    def address(self, name: str) -> str:
        """Return the address of a database, by which whichever server takes writes is found."""
        return f"postgresql://postgres:@/{name}?{self._hosts}&target_session_attrs=read-write"

    def run(self, *statements: str) -> None:
        """Run statements at the primary, each of which commits by itself."""
        with psycopg.connect(self.primary.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def wait_for_standby(self, *, synchronous: bool) -> None:
        """Have the primary answer once the standby has it, or before that, and wait until the standby follows."""
        names = "SET synchronous_standby_names = '*'" if synchronous else "RESET synchronous_standby_names"
        self.run(f"ALTER SYSTEM {names}", "SELECT pg_reload_conf()")
        end = time.monotonic() + _PATIENCE_S
        with psycopg.connect(self.primary.server, autocommit=True) as connection:
            while connection.execute(_FOLLOWED, ["sync" if synchronous else "async"]).fetchone() != (1,):
                if time.monotonic() > end:
                    raise TimeoutError("the standby does not follow")
                time.sleep(0.02)

    def wait_until_replayed(self) -> None:
        """Wait until the standby has all that the primary has committed by now."""
        with psycopg.connect(self.primary.server, autocommit=True) as connection:
            position = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()
        end = time.monotonic() + _PATIENCE_S
        with psycopg.connect(self.standby.server, autocommit=True) as connection:
            while connection.execute("SELECT pg_last_wal_replay_lsn() >= %s", position).fetchone() != (True,):
                if time.monotonic() > end:
                    raise TimeoutError("the standby does not come along")
                time.sleep(0.02)

    def fail_over(self) -> None:
        """Kill the primary and have the standby take its place."""
        self.primary.kill()
        self.take_over()

    def take_over(self) -> None:
        """Have the standby be the primary, which waits for no standby of its own yet."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary
        self.run("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")

    def follow_again(self) -> None:
        """Make the server that was killed a standby of the one that took its place."""
        self.standby.follow(self.primary.server)

    def close(self, folder: Path) -> None:
        """Stop both and delete their folder."""
        for each in (self.standby, self.primary):
            if each.runs():
                each.stop()
        shutil.rmtree(folder, ignore_errors=True)
