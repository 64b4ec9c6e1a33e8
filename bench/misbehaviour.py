"""What one key does to others: requests made ready beforehand, and what is put into its database behind its back."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench.client import Connection, get, post
from bench.lab import opened
from bench.serving import KEY, Server
from bench.silence import silent_bodies

OFFENDER = "offender"
_READINGS = f"/v1/organizations/{OFFENDER}/readings"
_METERS = 20
_ROWS = 100_000
_SILENT = 8
_JSON, _NDJSON, _CSV = "application/json", "application/x-ndjson", "text/csv"
Act = Callable[[Server, str, threading.Event], None]


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """One way to get in others' way; `act` goes on until the event is set."""

    name: str
    act: Act


def prepare(server: Server) -> None:
    """Create the offender's organization, and meters of a minute that estimate their gaps, each with a day read."""
    connection = server.connect()
    plant = {"code": "p", "country": "DE", "timezone": "Europe/Berlin"}
    organization = {"code": OFFENDER, "timezone": "Europe/Berlin", "currency": "EUR"}
    for path, body in (("", organization), (f"/{OFFENDER}/plants", plant), *_meters()):
        answer = connection.exchange(post(f"/v1/organizations{path}", json.dumps(body).encode(), _JSON))
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {answer.body[:300]!r}")
    connection.close()


def _meters() -> Iterator[tuple[str, dict[str, object]]]:
    for number in range(_METERS):
        yield (
            f"/{OFFENDER}/meters",
            {
                "code": f"e{number}",
                "plant": "p",
                "resource": "electricity.grid",
                "kind": "interval",
                "unit": "kWh",
                "interval": "PT1M",
                "estimates_gaps": True,
            },
        )


@contextmanager
def misbehaving(which: Misbehaviour, server: Server, url: str) -> Iterator[None]:
    """Have the offender at it while the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=which.act, args=(server, url, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _posting(requests: Iterator[bytes], pause_s: float) -> Act:
    def act(server: Server, _url: str, over: threading.Event) -> None:
        connection = Connection(server.port)
        while not over.is_set():
            with suppress(OSError):
                connection.exchange(next(requests))
            over.wait(pause_s)
        connection.close()

    return act


def _old_readings() -> Iterator[bytes]:
    """Yield posts of a reading of many years ago and one of today, of every estimating meter."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(1_000_000):
        stamps = (datetime(2000, 1, 2, tzinfo=UTC) + timedelta(minutes=number), today + timedelta(minutes=number % 600))
        rows = [
            {"meter": f"e{meter}", "timestamp": stamp.isoformat(), "value": number % 97}
            for meter in range(_METERS)
            for stamp in stamps
        ]
        yield post(_READINGS, json.dumps({"readings": rows}).encode(), _JSON)


def one_identity(rows: int, *, path: str = _READINGS, meter: str = "e0", values: int = 1_000) -> bytes:
    """Return a post that says one reading `rows` times, in so many values."""
    lines = "\n".join(f"{meter},2024-03-01T00:00:00Z,{number % values}" for number in range(rows))
    return post(path, f"meter,timestamp,value\n{lines}\n".encode(), _CSV)


def _same_again() -> Iterator[bytes]:
    request = one_identity(_ROWS, values=40_000)
    while True:
        yield request


def _empty_members() -> Iterator[bytes]:
    body = gzip.compress(b"") * 100_000
    head = f"POST {_READINGS} HTTP/1.1\r\nHost: bench\r\nX-API-Key: {KEY}\r\nContent-Type: {_NDJSON}\r\n"
    while True:
        yield f"{head}Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _silent(server: Server, _url: str, over: threading.Event) -> None:
    """Begin large bodies, send 80 kB of each and nothing more, and begin others when the server gives them up."""
    with silent_bodies(server.port, key=KEY, connections=_SILENT, path=_READINGS):
        over.wait()


def _damaging(server: Server, url: str, over: threading.Event) -> None:
    """Put arrivals that nobody can read among the offender's, and ask for its readings."""
    insert = text(
        "INSERT INTO arrival (organization_id, number, part, rows, content) "
        "SELECT id, :number, 0, 1, :content FROM organization WHERE code = :code"
    )
    connection = Connection(server.port)
    with opened(url) as database:
        while not over.is_set():
            with database.write() as session:
                values = {"number": time.time_ns(), "content": b"\xc1", "code": OFFENDER}
                session.connection().execute(insert, values)
            with suppress(OSError):
                connection.exchange(get(f"{_READINGS}?limit=1"))
            over.wait(0.2)
    connection.close()


MISBEHAVIOURS = (
    Misbehaviour("old readings of meters that estimate gaps", _posting(_old_readings(), 0.05)),
    Misbehaviour(f"{_ROWS:,} rows of one reading, again and again", _posting(_same_again(), 0.5)),
    Misbehaviour(f"{_SILENT} clients that send 80 kB and stop", _silent),
    Misbehaviour("2 MB of empty gzip members, again and again", _posting(_empty_members(), 0.5)),
    Misbehaviour("arrivals that cannot be read", _damaging),
)
