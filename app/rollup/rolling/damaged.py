"""Meters whose rollups wait because a page of their readings is damaged: told of once, and tried again by themselves.

Whoever rolls many meters in a transaction leaves such a one out and begins anew; its marks, or the days that are left
of it, stay where they are. An example: of a thousand meters one has a damaged page. The transaction is rolled back,
that meter is told of, 999 are rolled up, and with every pass from then on that meter is tried alone, until a backup has
been restored.
"""

import time

import structlog

from app.core.events import EventKind
from app.store.engine.database import Database
from app.store.outbox.events import append_event
from app.store.pages.damage import PageDamage, damaged_meters, forget_damage, known_damage, note_damage

_log = structlog.get_logger(__name__)


def tell_of_damage(database: Database, damage: PageDamage) -> None:
    """Log a damaged page and append an event for its organization, once however many processes come upon it."""
    if known_damage(database).knows(damage):
        return
    words = {"page": damage.page_id, "meter": damage.meter, "start": damage.start, "end": damage.end}
    with database.write() as session:
        is_news = note_damage(session, damage)
        if is_news:
            append_event(
                session,
                organization_id=damage.organization_id,
                kind=EventKind.READING_PAGE_DAMAGED,
                payload={**words, "reason": damage.fault},
                at_ms=time.time_ns() // 1_000_000,
            )
    known_damage(database).note(damage)
    if is_news:
        _log.error("a page of readings is damaged", organization_id=damage.organization_id, fault=damage.fault, **words)


def meters_to_try_again(database: Database) -> dict[int, int]:
    """Return the meters whose rollups wait beside a damaged page, with their organizations."""
    if not known_damage(database).is_learnt:
        with database.read() as session:
            known_damage(database).learn(damaged_meters(session))
    return known_damage(database).organizations()


def tell_of_recovery(database: Database, organization_id: int, meter_id: int) -> None:
    """Note that a meter could be rolled up again."""
    known_damage(database).forget(meter_id)
    with database.write() as session:
        forget_damage(session, organization_id, meter_id)
