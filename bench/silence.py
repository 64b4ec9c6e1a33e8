"""One key that misbehaves: connections that send the beginning of a large body and stop, renewed when closed."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bench.client import READINGS
from bench.serving import KEY

_DECLARED_BYTES = 100_000_000
_SENT_BYTES = 80_000
_LOOK_S = 0.1


@contextmanager
def silent_bodies(
    port: int, *, key: str = KEY, connections: int = 64, sent_bytes: int = _SENT_BYTES, path: str = READINGS
) -> Iterator[None]:
    """Have `connections` silent bodies of one key on a server while the block runs.

    Each declares 100 MB of CSV, sends `sent_bytes` and nothing more; when the server gives it up, another one begins.
    """
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\nContent-Type: text/csv\r\n"
    begun = f"{head}Content-Length: {_DECLARED_BYTES}\r\n\r\n".encode() + _rows(sent_bytes)
    over = threading.Event()
    ready = threading.Barrier(2)
    keeping = threading.Thread(target=_keep_silent, args=(port, begun, connections, ready, over), daemon=True)
    keeping.start()
    ready.wait(60)
    try:
        yield
    finally:
        over.set()
        keeping.join()


def _rows(count: int) -> bytes:
    line = b"meter-0,2021-01-01T00:00:00Z,1\n"
    return (b"meter,timestamp,value\n" + line * (count // len(line) + 1))[:count]


def _keep_silent(port: int, begun: bytes, connections: int, ready: threading.Barrier, over: threading.Event) -> None:
    """Open the connections, then watch for those that the server closes or answers, and open others in their place."""
    with selectors.DefaultSelector() as watched:
        for _ in range(connections):
            watched.register(_opened(port, begun), selectors.EVENT_READ)
        ready.wait(60)
        while not over.is_set():
            for selected, _ in watched.select(_LOOK_S):
                watched.unregister(selected.fileobj)
                selected.fileobj.close()  # type: ignore[union-attr]  # a socket, as it was registered
                watched.register(_opened(port, begun), selectors.EVENT_READ)
        for selected in list(watched.get_map().values()):
            selected.fileobj.close()  # type: ignore[union-attr]


def _opened(port: int, begun: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(begun)
    return connection
