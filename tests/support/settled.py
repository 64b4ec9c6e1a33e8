"""A watch on every statement: who asks for superseded versions asks after what had arrived was entered.

What stands of readings is told by arrivals and pages together, to everybody and at once. The version that a correction
has superseded is a row of `revision` only once its arrival is entered, so who reads that table reads a settled session.
"""

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.store.engine.database import ENTERED, WRITES

_READS = re.compile(r"\b(?:FROM|JOIN)\s+revision\b", re.IGNORECASE)


class UnsettledRead(AssertionError):
    """A statement reads superseded versions without those whose correction has arrived and is not entered yet."""


def watch() -> None:
    """Look at each statement of every engine from now on."""
    event.listen(Engine, "before_cursor_execute", _look)


def _look(connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    options = connection.get_execution_options()
    if options.get(WRITES) or options.get(ENTERED):
        return
    if _READS.search(statement):
        raise UnsettledRead(statement)
