"""Carrying on what was ordered of many readings at once, a piece at a time, so that posts come in between."""

import time

from app.ingest.bulk_amend import carry_on
from app.store.bulk_amendments import organizations_amending
from app.store.engine import Database


def amend_on(database: Database) -> int:
    """Carry out the next piece of each organization's oldest unfinished amendment; return how many pieces that were."""
    with database.read() as session:
        organizations = organizations_amending(session)
    pieces = [carry_on(database, each, now_ms=time.time_ns() // 1_000_000) for each in organizations]
    return sum(piece is not None for piece in pieces)
