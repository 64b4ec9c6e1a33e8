"""Meters whose rollups wait because a page of their readings is damaged: told of once, and tried again by themselves.

Whoever rolls many meters in a transaction leaves such a one out and begins anew; its marks, or the days that are left
of it, stay where they are. An example: of a thousand meters one has a damaged page. The transaction is rolled back,
that meter is told of, 999 are rolled up, and with every pass from then on that meter is tried alone, until a backup has
been restored.
"""

import time

import structlog

from app.core.events import EventKind
from app.store.damage import PageDamage
from app.store.engine import Database
from app.store.events import append_event

_log = structlog.get_logger(__name__)


def tell_of_damage(database: Database, damage: PageDamage) -> None:
    """Log a damaged page and append an event for its organization, once a process."""
    if not database.damage.note(damage):
        return
    words = {"page": damage.page_id, "meter": damage.meter, "start": damage.start, "end": damage.end}
    _log.error("a page of readings is damaged", organization_id=damage.organization_id, fault=damage.fault, **words)
    with database.write() as session:
        append_event(
            session,
            organization_id=damage.organization_id,
            kind=EventKind.READING_PAGE_DAMAGED,
            payload={**words, "reason": damage.fault},
            at_ms=time.time_ns() // 1_000_000,
        )
