"""What an organization was told of since a moment."""

from app.core.events import Event, EventKind, Position
from app.store.outbox.events import events_after, latest_position
from tests.support.site import Site


def end_of(site: Site) -> Position:
    """Return the end of the log as it is now."""
    with site.database.read() as session:
        return latest_position(session)


def told(site: Site, since: Position, kind: EventKind) -> list[Event]:
    """Return the organization's events of a kind after a position."""
    with site.database.read() as session:
        return events_after(session, since, organization_id=site.organization_id, kinds=[kind])
