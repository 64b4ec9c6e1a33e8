"""What a streamed answer asks of the connection it is written to."""

import asyncio
from typing import Protocol

from starlette.types import Scope

CONNECTION = "esg.connection"
"""Where a request's scope keeps its connection, among the extensions."""


class Connection(Protocol):
    """A connection: how much of what was written has not left, whether the server closes, and the way to cut it."""

    closing: asyncio.Event

    def unsent_bytes(self) -> int:
        """Return how many written bytes the system has not taken yet."""

    def abort(self) -> None:
        """Cut the connection at once and drop what was not sent, which closing would wait for."""


class _Unknown:
    """A connection of a server that tells nothing about it."""

    def __init__(self) -> None:
        self.closing = asyncio.Event()

    def unsent_bytes(self) -> int:
        return 0

    def abort(self) -> None:
        pass


def connection_of(scope: Scope) -> Connection:
    """Return the connection a request came by."""
    found: Connection | None = (scope.get("extensions") or {}).get(CONNECTION)
    return _Unknown() if found is None else found
