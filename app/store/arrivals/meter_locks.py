"""Locks on the rollups of meters: one roller a meter at a time, in whatever process."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlmodel import Session

_LOCK_SPACE = 1919905893
_LOCK_SHARDS = 64


def lanes_of(meter_ids: Sequence[int]) -> list[list[int]]:
    """Return the meters in two parts that share no lock, so that each can be rolled while the other is."""
    lanes: list[list[int]] = [[], []]
    for meter in meter_ids:
        # Even shards and odd ones: meter 65 is of shard 1 like meter 1, and goes with it.
        lanes[meter % _LOCK_SHARDS % 2].append(meter)
    return [lane for lane in lanes if lane]


def lock_meters(session: Session, meter_ids: Iterable[int]) -> None:
    """Hold these meters' rollups until the transaction ends: one roller a meter, through the whole cascade.

    Locks are taken in order, before marks are taken or readings read. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    # In one order for all, or two transactions would wait for each other; of shards, since a lock for each of many
    # thousand meters would fill the table of locks that all processes of the server share.
    shards = sorted({meter % _LOCK_SHARDS for meter in meter_ids})
    statement = text("SELECT pg_advisory_xact_lock(:space, shard) FROM unnest(CAST(:shards AS int4[])) AS shard")
    session.connection().execute(statement, {"space": _LOCK_SPACE, "shards": shards})
