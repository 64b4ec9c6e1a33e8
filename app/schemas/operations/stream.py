"""What a reader of the event stream may ask for, and what it may open it with."""

from collections.abc import Collection

from app.core.events import BadPosition, EventKind, Position, position_from
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.stream.wire import Wanted


class StreamTicket(Shape):
    """What a browser opens the stream with, until it expires."""

    ticket: str
    expires_at: Instant


def wanted_from(kinds: Collection[EventKind], plants: Collection[str], resources: Collection[str]) -> Wanted:
    """Return what the filters of a request ask for; an absent filter asks for everything."""
    return Wanted(frozenset(kinds), frozenset(plants), frozenset(resources))


def position_after(last_event_id: str | None) -> Position | None:
    """Return the position of the last event a reader has seen, None for one that begins; raises InvalidFields."""
    if not last_event_id:
        return None
    try:
        return position_from(last_event_id)
    except BadPosition:
        words = "Last-Event-ID is the id of an event of this stream, such as 1042-7"
        raise InvalidFields([FieldProblem("Last-Event-ID", "invalid_event_id", words)]) from None
