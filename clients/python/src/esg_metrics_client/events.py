"""Server-sent events of an organization, from where the reader was when the connection broke."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from esg_metrics_client.wire import read

if TYPE_CHECKING:
    from esg_metrics_client.client import Client

_BACK_S = 2.0
_SILENCE_S = 60.0
"""The service says every 15 seconds that it is there."""


@dataclass(frozen=True)
class Event:
    """What happened: `kind` such as `figures.changed`, and `data` with `at`, `plants`, `resources` and `payload`.

    Keep `id`, and give it as `last_event_id` to go on behind this event in another process. `stream.gap` says that
    events between have been forgotten: read anew what you follow.
    """

    id: str
    kind: str
    data: dict[str, Any]


@dataclass
class _Reader:
    """Where a reader is in the stream, and how soon it comes back."""

    last_event_id: str | None
    back_s: float = _BACK_S
    _id: str | None = None
    _kind: str = ""
    _data: list[str] = field(default_factory=list)

    def read(self, lines: Iterable[str]) -> Iterator[Event]:
        """Yield the events of one connection.

        An event's id counts when the event is whole: one that was cut off comes again.
        """
        self._id, self._kind, self._data = self.last_event_id, "", []
        for line in lines:
            if line:
                self._take(line)
                continue
            self.last_event_id = self._id
            kind, data = self._kind, self._data
            self._kind, self._data = "", []
            if data:
                yield Event(self.last_event_id or "", kind or "message", read("\n".join(data)))

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "id":
                self._id = value
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "retry" if value.isdigit():
                self.back_s = int(value) / 1000


def events_of(client: Client, path: str, query: Mapping[str, Any], last_event_id: str | None) -> Iterator[Event]:
    """Yield events for ever; raises Problem where the service refuses, and Unreachable when it is away for too long."""
    reader = _Reader(last_event_id)
    while True:
        headers = {"Accept": "text/event-stream"}
        if reader.last_event_id:
            headers["Last-Event-ID"] = reader.last_event_id
        try:
            with client.streaming(path, query, headers, silence_s=_SILENCE_S) as answer:
                yield from reader.read(answer.iter_lines())
        except httpx.TransportError:
            pass
        time.sleep(reader.back_s)
