"""The marks that tell the roller which stretch of which meter changed."""

import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from sqlmodel import Session

from app.core.readings.columns import Int32Column, Int64Column
from app.core.readings.runs import Runs
from app.store.sql import columns_postgresql, columns_sqlite
from app.store.sql.columns import driver

if TYPE_CHECKING:
    import psycopg

EVER = (-(2**62), 2**62)
"""A mark over all time: the meter's rollups are made anew from nothing."""


def append_marks(session: Session, organization_id: int, runs: Runs) -> None:
    """Append one mark a run, in the transaction that changes the readings."""
    if not len(runs):
        return
    now_ms = time.time_ns() // 1_000_000
    if session.get_bind().dialect.name == "sqlite":
        columns_sqlite.append_marks(cast(sqlite3.Connection, driver(session)), organization_id, runs, now_ms=now_ms)
    else:
        columns_postgresql.append_marks(
            cast("psycopg.Connection", driver(session)), organization_id, runs, now_ms=now_ms
        )


def mark_instant(session: Session, organization_id: int, meter_id: int, at: int) -> None:
    """Have the roller look at what an instant (UTC ms) of a meter decides."""
    instant: Int64Column = np.array([at], dtype=np.int64)
    append_marks(session, organization_id, Runs(np.array([meter_id], dtype=np.int32), instant, instant))


def mark_everything(session: Session, organization_id: int, meter_ids: Sequence[int]) -> None:
    """Have the rollups of these meters made anew: something other than their readings changed what they say."""
    meters: Int32Column = np.array(sorted(meter_ids), dtype=np.int32)
    first, last = EVER
    count = len(meters)
    runs = Runs(meters, np.full(count, first, np.int64), np.full(count, last, np.int64))
    append_marks(session, organization_id, runs)
