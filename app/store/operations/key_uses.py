"""When keys were last used: noted in memory with each use, and written once a minute beside all requests."""

import threading

import structlog

from app.store.engine.database import Database
from app.store.engine.outages import DatabaseUnavailable
from app.store.operations.keys import note_uses

AT_LEAST_MS = 60_000
"""A key's last use is written no more often, by all processes together: it is right to a minute."""

_EVERY_S = 10.0
_log = structlog.get_logger(__name__)


class KeyUses:
    """The last uses of a process's keys, and the thread that writes them.

    To note a use is to put a number into a dict, with no lock and no transaction, since every post does. The thread
    looks at a copy of it. An example: a key posts four times a second; of 240 notes a minute one is written, by one
    process of four, for the statement leaves alone what another wrote less than a minute ago.
    """

    def __init__(self, database: Database, *, every_s: float = _EVERY_S) -> None:
        self._database = database
        self._every_s = every_s
        self._used: dict[str, int] = {}
        self._written: dict[str, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="key-uses", daemon=True)

    def note(self, code: str, now_ms: int) -> None:
        """Note that the key was used now (UTC ms)."""
        self._used[code] = now_ms

    def start(self) -> None:
        """Start writing."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._stopping.set()
        self._thread.join()

    def write(self) -> None:
        """Write the uses of keys of which none was written for a minute."""
        used = self._used.copy()
        due = {code: at for code, at in used.items() if at - self._written.get(code, 0) >= AT_LEAST_MS}
        if not due:
            return
        try:
            with self._database.write() as session:
                note_uses(session, due, at_least_ms=AT_LEAST_MS)
        except DatabaseUnavailable as error:
            _log.warning("when keys were used is not written yet", error=str(error))
            return
        self._written.update(due)

    def _work(self) -> None:
        while not self._stopping.wait(self._every_s):
            self.write()
        self.write()
