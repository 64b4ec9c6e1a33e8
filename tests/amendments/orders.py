"""Ordering amendments of many readings on a site, and carrying them out."""

from collections.abc import Sequence
from datetime import datetime

from app.core.calendar.periods import ms_from_instant
from app.core.inventory.meters import MeterSpec
from app.core.readings.beliefs import AmendmentAction
from app.ingest.writing.amend import Amendment
from app.ingest.writing.bulk_amend import carry_on, order, order_undoing
from app.models import BulkAmendment
from app.store.operations.bulk_amendments import Stretch, amendment_of
from tests.support.site import Site, later_ms

WITHDRAW, ACCEPT, UNDO = AmendmentAction.WITHDRAW, AmendmentAction.ACCEPT, AmendmentAction.UNDO


def ms(timestamp: str) -> int:
    """Return an RFC 3339 instant in UTC ms."""
    return ms_from_instant(datetime.fromisoformat(timestamp))


def ordered(
    site: Site, action: AmendmentAction, meters: Sequence[MeterSpec], start: str, end: str, *, now_ms: int | None = None
) -> int:
    """Order an amendment of the meters' readings in [start, end); return its batch."""
    by = Amendment(site.organization_id, "auditor", "found by inspection", now_ms or later_ms())
    stretch = Stretch([each.id for each in meters], ms(start), ms(end))
    return order(site.database, by, stretch, action).batch_id


def undoing(site: Site, batch: int) -> int:
    """Order that an amendment is undone; return the batch of that."""
    by = Amendment(site.organization_id, "auditor", "it was right", later_ms())
    return order_undoing(site.database, by, batch=batch).batch_id


def finish(site: Site, *, most_readings: int = 5_000) -> None:
    """Carry out every amendment of the organization."""
    while carry_on(site.database, site.organization_id, now_ms=later_ms(), most_readings=most_readings):
        pass


def amended(site: Site, action: AmendmentAction, meters: Sequence[MeterSpec], start: str, end: str) -> int:
    """Order an amendment and carry it out; return its batch."""
    batch = ordered(site, action, meters, start, end)
    finish(site)
    return batch


def undone(site: Site, batch: int) -> int:
    """Undo an amendment; return the batch of that."""
    own = undoing(site, batch)
    finish(site)
    return own


def kept(site: Site, batch: int) -> BulkAmendment:
    """Return an amendment as it is stored."""
    with site.database.read() as session:
        return amendment_of(session, site.organization_id, batch)
