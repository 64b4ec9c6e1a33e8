"""Carrying on what was ordered of many readings at once, a piece at a time, so that posts come in between."""

import time

from app.ingest.writing.bulk_amend import carry_on
from app.store.engine.database import Database
from app.store.operations.bulk_amendments import organizations_amending


def amend_on(database: Database) -> int:
    """Carry out the next piece of each organization's oldest unfinished amendment; return how many pieces that were.

    What goes wrong with one organization's is raised when the others' have been carried on.
    """
    with database.read() as session:
        organizations = organizations_amending(session)
    pieces, trouble = 0, None
    for organization_id in organizations:
        try:
            piece = carry_on(database, organization_id, now_ms=time.time_ns() // 1_000_000)
            pieces += piece is not None
        except Exception as error:  # it is raised below, when the others have been served
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return pieces
