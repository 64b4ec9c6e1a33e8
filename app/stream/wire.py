"""Events as server-sent events, and what a reader may ask to see of them."""

from dataclasses import dataclass

import msgspec

from app.core.calendar.periods import instant_from_ms
from app.core.events import Event, EventKind, Position

RETRY_MS = 2_000
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asks for; an empty set asks for everything. Events that may concern anything always pass."""

    kinds: frozenset[EventKind] = frozenset()
    plants: frozenset[str] = frozenset()
    resources: frozenset[str] = frozenset()

    def passes(self, event: Event) -> bool:
        """Tell whether the reader wants the event."""
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.plants or event.plants is None or not self.plants.isdisjoint(event.plants))
            and (not self.resources or event.resources is None or not self.resources.isdisjoint(event.resources))
        )


def encoded(event: Event) -> bytes:
    """Return the event as it is streamed: id, event and one line of data."""
    instant = instant_from_ms(event.at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {
        "id": event.id,
        "kind": event.kind,
        "at": instant,
        "plants": event.plants,
        "resources": event.resources,
        "payload": event.payload,
    }
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event.id.encode(), event.kind.encode(), _encoder.encode(data))


def opening(position: Position) -> bytes:
    """Return what every stream begins with: how soon to come back, and from where."""
    return b"retry: %d\nid: %b\n\n" % (RETRY_MS, str(position).encode())


def sign_of_life(position: Position) -> bytes:
    """Return what is sent when nothing happens: a comment, and how far the reader has come."""
    return b": alive\nid: %b\n\n" % str(position).encode()


def gap(asked: Position, first: Position) -> bytes:
    """Return what tells a reader that events after the one it asked for have been forgotten."""
    data = _encoder.encode({"asked": str(asked), "first": str(first)})
    return b"event: stream.gap\ndata: %b\n\n" % data
