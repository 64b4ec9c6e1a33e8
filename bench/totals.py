"""What a server says of the rows it took: buckets of rollups, added up exactly."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from bench.client import Connection, Refused, get
from bench.inventory import ORGANIZATION

ROLLUPS = f"/v1/organizations/{ORGANIZATION}/rollups"
_MICRO = 1_000_000


class Bucket(msgspec.Struct):
    """What is read of a bucket."""

    quantity: Decimal
    count: int


class _Page(msgspec.Struct):
    items: list[Bucket]
    next: str | None


class _Next(msgspec.Struct):
    next: str | None


def pages(connection: Connection, path: str) -> Iterator[bytes]:
    """Yield the bodies of all pages of a list, of which only the cursor is read; raises Refused."""
    cursor: str | None = ""
    while cursor is not None:
        answer = connection.exchange(get(f"{path}&cursor={cursor}" if cursor else path))
        if answer.status != 200:
            raise Refused(f"{answer.status}: {answer.body[:500]!r}")
        yield answer.body
        cursor = msgspec.json.decode(answer.body, type=_Next).next


def added(bodies: Iterator[bytes] | list[bytes]) -> tuple[int, int]:
    """Return how many readings the buckets of these pages count, and their quantities' sum in micro-units."""
    buckets = [bucket for body in bodies for bucket in msgspec.json.decode(body, type=_Page).items]
    return sum(each.count for each in buckets), int(sum(each.quantity for each in buckets) * _MICRO)


def year_total(connection: Connection) -> tuple[int, int]:
    """Return how many readings the year's rollups of all meters count, and what they add up to in micro-kWh."""
    return added(pages(connection, f"{ROLLUPS}?grain=year&limit=1000"))
