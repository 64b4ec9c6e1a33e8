"""A watch on every statement: single readings are read only in transactions that what had arrived was entered before."""

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.store.engine import SETTLED, WRITES

_READS = re.compile(r"\b(?:FROM|JOIN)\s+(?:reading|revision)\b", re.IGNORECASE)


class UnsettledRead(AssertionError):
    """A statement reads readings without those that have arrived and are not entered yet."""


def watch() -> None:
    """Look at each statement of every engine from now on."""
    event.listen(Engine, "before_cursor_execute", _look)


def _look(connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    options = connection.get_execution_options()
    if _READS.search(statement) and not options.get(WRITES) and not options.get(SETTLED):
        raise UnsettledRead(statement)
