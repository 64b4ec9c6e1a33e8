"""Buckets of requests that a key may send, shared by all processes: each takes a few at a time out of the database."""

import math
import time
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from app.models import key_budget_table

_columns = key_budget_table.c


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, and at most `burst` at once after a rest."""

    per_s: float
    burst: int


@dataclass(frozen=True, slots=True)
class Lease:
    """How many requests a process may let in, and how long the bucket needs until it has as many again as were wanted;
    nothing while it has one."""

    granted: int
    left: int
    wait_s: float


def take(session: Session, key_code: str, rate: Rate, wanted: int) -> Lease:
    """Take up to `wanted` requests out of a key's bucket, which has filled since it was last asked.

    The clock is the database's, since those of machines differ. An example: 10 a second, 20 at once. A key that rested
    has 20; one process takes 3, another 3: 14 are left, and a second later 20 again. Of an empty one nothing is
    granted, and a tenth of a second later one.
    """
    connection, is_sqlite = session.connection(), session.get_bind().dialect.name == "sqlite"
    now_ms = time.time_ns() // 1_000_000 if is_sqlite else int(connection.execute(_CLOCK).scalar_one() * 1_000)
    insert = (sqlite.insert if is_sqlite else postgresql.insert)(key_budget_table)
    full = insert.values(key_code=key_code, tokens=float(rate.burst), at=now_ms).on_conflict_do_nothing()
    connection.execute(full)
    query = select(_columns.tokens, _columns.at).where(_columns.key_code == key_code).with_for_update()
    row = connection.execute(query).one()
    tokens = min(float(rate.burst), row.tokens + max(0, now_ms - row.at) * rate.per_s / 1_000)
    granted = min(wanted, math.floor(tokens))
    tokens -= granted
    moved = update(key_budget_table).where(_columns.key_code == key_code)
    connection.execute(moved.values(tokens=tokens, at=now_ms))
    return Lease(granted, math.floor(tokens), 0.0 if tokens >= 1 else (wanted - tokens) / rate.per_s)


_CLOCK = select(func.extract("epoch", func.clock_timestamp()))
