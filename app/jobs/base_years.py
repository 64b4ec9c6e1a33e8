"""Freezing the base years of targets that had no data when they were made, and entering what policy recalculates."""

import time

from sqlmodel import Session

from app.disclosure.history.still import AmendmentUnderWay, standing_still
from app.disclosure.targets.target_due import due_entries, freeze_due
from app.models import Organization
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization

FROZEN_BY = "job:base-years"
_REASON = "the base year is over and its readings are complete"


def freeze_base_years(database: Database, *, at_ms: int | None = None) -> int:
    """Freeze the bases that are due and complete; return how many entries were made. `at_ms` is now when not given."""
    now_ms = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    with database.read() as session:
        due = [each.code for each in every_organization(session) if _is_due(session, each, now_ms)]
    return sum(_freeze(database, code) for code in due)


def _is_due(session: Session, organization: Organization, now_ms: int) -> bool:
    return bool(due_entries(session, organization, now_ms=now_ms, complete_alone=True, reason=_REASON))


def _freeze(database: Database, organization: str) -> int:
    """Freeze the bases of an organization; while many of its readings are amended they wait for the next run."""
    try:
        with standing_still(database, organization) as still:
            return freeze_due(still, key_code=FROZEN_BY, reason=_REASON, complete_alone=True)
    except AmendmentUnderWay:
        return 0
