"""A streaming replica of the PostgreSQL database for reading: asked only for what it has by now.

Whoever reads must find everything that was answered before, by whichever process and to whichever client. So each read
asks the primary how far its log has come, which costs it a tenth of a millisecond, and waits until the replica has
replayed that much. An example: a post is committed at 0/5A0 and answered; a moment later another process is asked for
the year. The primary says 0/5F8, the replica has replayed 0/560: after a millisecond it has 0/640, and the year is read
there. Had it not come so far within the patience of a read, the year would be read at the primary.

What keeps the replica from being asked is found out by whoever reads or by the watch, which looks each second; only the
watch takes it back into use. While it is out of use, reads go to the primary without asking it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import structlog
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from app.models.sealed import BOX
from app.store.engine.addresses import UnknownDatabase, database_url
from app.store.engine.database import ENTERED, STATE, Database
from app.store.engine.outages import DatabaseUnavailable, StatementTooLong, telling_outages
from app.store.engine.poolers import suit_poolers
from app.store.engine.time_limits import limit_postgresql

_log = structlog.get_logger("esg.replica")
_LOOK_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.02
_PATIENCE = {"connect_timeout": "2", "tcp_user_timeout": "5000"}
"""Seconds, and milliseconds: there is the primary to turn to."""

_POSITION = text(
    "SELECT CASE current_setting('synchronous_commit') "
    "WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END"
)
"""What is committed has been flushed, unless the database is set to answer before that."""

_REACHED = text("SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= CAST(:position AS pg_lsn)")
_BEHIND = text("SELECT greatest(0, pg_wal_lsn_diff(CAST(:position AS pg_lsn), pg_last_wal_replay_lsn()))")
_IDENTITY = text("SELECT system_identifier, current_database() FROM pg_control_system()")
_IN_RECOVERY = text("SELECT pg_is_in_recovery()")


class ReplicaRefused(ValueError):
    """There can be no such replica: it is for a PostgreSQL database, and has to be one itself."""


class ReplicaFailed(DatabaseUnavailable):
    """The replica broke off while it was read; the same can be read at the primary."""


class ReplicaStanding(StrEnum):
    """Whether a replica is read, or why not."""

    IN_USE = "in_use"
    BEHIND = "behind"
    AWAY = "away"
    FOREIGN = "not_a_replica"


class Replica:
    """The connections to a replica, and whether it may be asked.

    `wait_s` is how long a read waits for it to catch up. Raises ReplicaRefused for what is not PostgreSQL.
    """

    def __init__(self, primary: Database, url: str, *, pool_size: int, wait_s: float) -> None:
        self.primary = primary
        self.engine = create_engine(
            replica_url(primary, url),
            pool_size=pool_size,
            max_overflow=0,
            # Who waits for a connection waits no longer than for the replica to catch up: the primary is there.
            pool_timeout=wait_s,
            isolation_level="AUTOCOMMIT",
        )
        suit_poolers(self.engine)
        limit_postgresql(self.engine, primary.limits)
        self.engine.update_execution_options(**{STATE: primary.state})
        setattr(self.engine.dialect, BOX, getattr(primary.engine.dialect, BOX))
        self._asking = primary.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._wait_s = wait_s
        # Set and read without the lock: whoever has read an old value finds out by asking the replica.
        self.standing = ReplicaStanding.AWAY
        self.lag_bytes = 0
        self.reads = {"replica": 0, "primary": 0}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watch: threading.Thread | None = None

    def start(self) -> None:
        """Look at the replica once, and from then on each second."""
        self.look()
        self._watch = threading.Thread(target=self._keep_watch, name="replica-watch", daemon=True)
        self._watch.start()

    def close(self) -> None:
        """Stop looking, and close every connection to the replica."""
        self._stopping.set()
        if self._watch is not None:
            self._watch.join()
        self.engine.dispose()

    def connection(self) -> Connection | None:
        """Return a connection that has all that is committed by now, for one reading transaction; None where there is
        none and the primary is to be read. The caller closes it.
        """
        found = self._caught_up() if self.standing is ReplicaStanding.IN_USE else None
        with self._lock:
            self.reads["primary" if found is None else "replica"] += 1
        return found

    def doubt(self, standing: ReplicaStanding, reason: str) -> None:
        """Have nobody ask the replica until the watch finds it well again."""
        if self.standing is not standing:
            log = _log.info if standing is ReplicaStanding.IN_USE else _log.warning
            log("the replica for reading", standing=standing.value, reason=reason)
        self.standing = standing

    def look(self) -> None:
        """Find out whether the replica may be asked, and how far it is behind."""
        try:
            with self._asking.connect() as asked:
                position = asked.execute(_POSITION).scalar_one()
                identity = asked.execute(_IDENTITY).one()
        except SQLAlchemyError:
            return  # the primary does not tell: what reads it says so
        try:
            with self.engine.connect() as connection:
                if connection.execute(_IDENTITY).one() != identity:
                    self.doubt(ReplicaStanding.FOREIGN, "it is of another database")
                elif not connection.execute(_IN_RECOVERY).scalar_one():
                    self.doubt(ReplicaStanding.FOREIGN, "it follows no primary")
                elif self._reaches(connection, position):
                    self.lag_bytes = 0
                    self.doubt(ReplicaStanding.IN_USE, "it has caught up")
                else:
                    self.lag_bytes = int(connection.execute(_BEHIND, {"position": position}).scalar_one())
                    self.doubt(ReplicaStanding.BEHIND, "it is too far behind")
        except SQLAlchemyError as error:
            self.doubt(ReplicaStanding.AWAY, f"{type(error).__name__}: {error}")

    def _keep_watch(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                self.look()
            except Exception as error:  # whatever it is, the next look must come
                self.doubt(ReplicaStanding.AWAY, f"{type(error).__name__}: {error}")

    def _caught_up(self) -> Connection | None:
        try:
            with self._asking.connect() as asked:
                position = asked.execute(_POSITION).scalar_one()
        except SQLAlchemyError:
            return None  # the primary does not tell: what reads it says so
        connection = None
        try:
            connection = self.engine.connect()
            if self._reaches(connection, position):
                # Under AUTOCOMMIT each look was a snapshot of its own. The level can change between transactions alone,
                # and the one that begins now sees what was replayed.
                connection.rollback()
                return connection.execution_options(isolation_level="REPEATABLE READ")
            self.doubt(ReplicaStanding.BEHIND, "a read has waited for it in vain")
        except PoolTimeout:
            return None  # others have every connection: no fault of the replica
        except SQLAlchemyError as error:
            self.doubt(ReplicaStanding.AWAY, f"{type(error).__name__}: {error}")
        if connection is not None:
            connection.close()
        return None

    def _reaches(self, connection: Connection, position: str) -> bool:
        """Wait until the replica has replayed the log up to a position; tell whether it has, within the patience.

        A statement of its own each time: the snapshot of the transaction that reads must be taken after the last.
        """
        end = time.monotonic() + self._wait_s
        pause_s = _FIRST_PAUSE_S
        while not connection.execute(_REACHED, {"position": position}).scalar_one():
            if time.monotonic() + pause_s > end:
                return False
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return True


class ReplicatedDatabase(Database):
    """A database whose reads are answered by its replica where that has all there is, and else by itself.

    It writes, enters arrivals and remembers as the primary does, whose memory it shares. Raises ReplicaFailed besides
    what the primary raises.
    """

    def __init__(self, replica: Replica) -> None:
        # All that the primary has, the memory of the process too: nothing of it is opened or kept twice.
        vars(self).update(vars(replica.primary))
        self._primary = replica.primary
        self._replica = replica

    @property
    def primary(self) -> Database:
        """The database that is written to."""
        return self._primary

    @contextmanager
    def read(self, *, entered: bool = False) -> Iterator[Session]:
        """Yield a session for reading from one snapshot, which has all that was committed when it was asked for."""
        connection = self._replica.connection()
        if connection is None:
            with self._primary.read(entered=entered) as session:
                yield session
            return
        try:
            with telling_outages(), connection, Session(connection.execution_options(**{ENTERED: entered})) as session:
                yield session
        except StatementTooLong:  # no fault of the replica, and it would take as long at the primary
            raise
        except DatabaseUnavailable as error:
            self._replica.doubt(ReplicaStanding.AWAY, str(error))
            raise ReplicaFailed(str(error)) from error

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one writing transaction of the primary."""
        with self._primary.write() as session:
            yield session


def replica_url(primary: Database, url: str) -> str:
    """Return a replica's address with how long to wait for it; raises ReplicaRefused for what can be none."""
    if primary.is_sqlite:
        raise ReplicaRefused("there are replicas of PostgreSQL databases only, and ESG_DATABASE_URL is a SQLite file")
    try:
        parsed = database_url(url)
    except UnknownDatabase:
        raise ReplicaRefused("the address is not of a PostgreSQL database") from None
    if parsed.get_backend_name() != "postgresql":
        raise ReplicaRefused("the address is not of a PostgreSQL database")
    return parsed.update_query_dict(_PATIENCE).render_as_string(hide_password=False)
