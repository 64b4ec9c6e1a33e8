"""A watch on every statement: who asks what is stored, and since when, asks after what had arrived was entered."""

import re
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.store.engine import SETTLED, WRITES

_READS = re.compile(r"\b(?:FROM|JOIN)\s+(?:reading|revision)\b", re.IGNORECASE)
_TELLS_WHEN = re.compile(r"batch_id|\brevision\b", re.IGNORECASE)
"""Rollups and hours of now may be a moment behind; what tells when a reading was stored may not."""


class UnsettledRead(AssertionError):
    """A statement reads readings without those that have arrived and are not entered yet."""


def watch() -> None:
    """Look at each statement of every engine from now on."""
    event.listen(Engine, "before_cursor_execute", _look)


def _look(connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    options = connection.get_execution_options()
    if options.get(WRITES) or options.get(SETTLED):
        return
    if _READS.search(statement) and _TELLS_WHEN.search(statement):
        raise UnsettledRead(statement)
