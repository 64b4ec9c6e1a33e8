"""A queue of processes for the one writer that a SQLite file has: who waits comes next, and as soon as it can.

SQLite itself has writers of different processes try again after a while, up to a tenth of a second later, whoever is
first then: one that writes all the time keeps another out, and a post waits for much longer than the roller works. So
they queue at two locks of the system beside the file. Who wants to write takes the gate, waits there for the file's
lock, takes it, and opens the gate for the next. An example, of a server that posts all the time and a roller:

    server  has the file's lock
    roller  has the gate, and waits for the file's lock
    server  is done; wants to write again, and waits at the gate
    roller  takes the file's lock and opens the gate; its turn is next, however fast the server is

It is only an order: SQLite's own lock is what keeps writers apart, also from programs that know of no queue. So nobody
waits here for ever (a process may have been stopped with the lock in hand); locks of a dead process are gone with it.

A request waits for `ESG_WRITE_WAIT_S` seconds in all: for threads before it, for other processes, and for what SQLite
itself waits then. Past that it is told that the service is busy, and nothing of it was begun.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from app.store.engine.outages import WriterBusy
from app.store.engine.queue_lock import QueueLock
from app.store.engine.time_limits import UNLIMITED, TimeLimits, begin_writing_by

_LOOK_S = 0.0005
_PATIENCE_S = 5.0


class FileQueue:
    """A lock for `with`, held by one thread of one process; threads of a process queue among themselves first."""

    def __init__(self, database: Path, limits: TimeLimits = UNLIMITED) -> None:
        self._threads = QueueLock()
        self._limits = limits
        self._database = database
        self._gate: int | None = None
        self._file = -1

    def __enter__(self) -> None:
        patience_s = self._limits.writer_wait_s or None
        until = None if patience_s is None else time.monotonic() + patience_s
        if not self._threads.acquire(patience_s):
            raise WriterBusy(f"others have written for {patience_s} s")
        try:
            self._take_files(until)
        except BaseException:
            self._threads.release()
            raise
        begin_writing_by(until)

    def __exit__(self, *error: object) -> None:
        if self._gate is not None:
            _give_back(self._file)
        self._threads.release()

    def _take_files(self, until: float | None) -> None:
        """Wait for the writers of other processes; raises WriterBusy where that takes until `until`."""
        gate = self._gate if self._gate is not None else self._open()
        if gate is None:
            return
        patience = time.monotonic() + _PATIENCE_S
        last = patience if until is None else min(until, patience)
        _take(gate, last)
        try:
            _take(self._file, last)
        finally:
            # Opened in any case: it must not stay shut because the file's lock was not to be had.
            _give_back(gate)
        if until is not None and time.monotonic() > until:
            _give_back(self._file)
            raise WriterBusy("other processes have written for as long as a request waits")

    def close(self) -> None:
        """Let go of the files."""
        if self._gate is not None:
            os.close(self._gate)
            os.close(self._file)
            self._gate = None

    def _open(self) -> int | None:
        """Open the files and return the gate; None where that cannot be, and SQLite says why in its own words."""
        try:
            gate = self._opened("gate")
        except OSError:
            return None
        try:
            self._file = self._opened("lock")
        except OSError:
            os.close(gate)
            return None
        self._gate = gate
        return gate

    def _opened(self, suffix: str) -> int:
        return os.open(f"{self._database}-{suffix}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _take(lock: int, until: float) -> None:
    """Take a lock of a file when it is free; go on without it after `until`, or on a file system without."""
    while True:
        try:
            # Asked again and again: a call that waits has no time limit.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return
            time.sleep(_LOOK_S)
        except OSError:
            return
        else:
            return


def _give_back(lock: int) -> None:
    with suppress(OSError):
        fcntl.flock(lock, fcntl.LOCK_UN)
