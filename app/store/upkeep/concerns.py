"""What somebody should look at before readings stop being taken: room on disk, the schema, the jobs, what waits.

None of it makes a process unready: it still takes readings, and a balancer that left it out would refuse them.
"""

import shutil
import threading
import time
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select, text
from sqlmodel import Session

from app.models import mark_table
from app.store.arrivals.arrivals import BEHIND_ENTERED
from app.store.engine.database import Database
from app.store.engine.schema import schema_standing
from app.store.operations.jobs import last_claim_s

_SILENT_S = 300.0
"""A job comes due each minute: after five without a claim no process runs them."""

_MARKS_LOOKED_AT = 1_000
_FIRST_WAITING = text(
    "SELECT arrival.organization_id, min(arrival.number) FROM arrival LEFT JOIN entered USING (organization_id) "  # noqa: S608 - constants
    f"WHERE {BEHIND_ENTERED} GROUP BY arrival.organization_id"
)


class Concern(StrEnum):
    """Something that is not well yet; stable names that programs may test."""

    DISK_LOW = "disk_low"
    SCHEMA_AHEAD = "schema_ahead"
    JOBS_SILENT = "jobs_silent"
    ROLLUPS_BEHIND = "rollups_behind"


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where on it is a concern: bytes free on the disks of `directories`, by what is there; seconds waited."""

    disk_free_bytes: int
    waiting_s: float
    directories: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Look:
    """How things stood: bytes free by directory, the longest that anything has waited, and what is of concern."""

    disk_free: Mapping[str, int]
    waiting_s: float
    concerns: tuple[Concern, ...]


@dataclass(slots=True)
class _Waiting:
    """Since when this process has seen things wait; the database keeps no time of them.

    An example: organization 7 waits with arrival 12 at 10:00:00 and still at 10:00:15, so it has waited for 15 s. At
    10:00:20 it waits with arrival 14: 12 was entered, and 14 has waited since it was first seen, just now.
    """

    since: dict[Hashable, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def longest_s(self, there: Iterable[Hashable], now: float) -> float:
        """Return the longest that any of what is there has waited; forgets what is there no more."""
        with self.lock:  # whoever asks for readiness and for metrics looks at the same time
            self.since = {each: self.since.get(each, now) for each in there}
            return now - min(self.since.values(), default=now)


def look(database: Database, session: Session, bounds: Bounds, *, now_s: float) -> Look:
    """Return how things stand at an instant (Unix time)."""
    free = {name: shutil.disk_usage(path).free for name, path in bounds.directories.items() if path.is_dir()}
    waiting_s = database.state.of(_Waiting, _Waiting).longest_s(_what_waits(session), time.monotonic())
    found = {
        Concern.DISK_LOW: any(each < bounds.disk_free_bytes for each in free.values()),
        Concern.SCHEMA_AHEAD: schema_standing(session.connection()).is_ahead,
        Concern.JOBS_SILENT: now_s - last_claim_s(session) > _SILENT_S,  # before the first it is not a number
        Concern.ROLLUPS_BEHIND: waiting_s > bounds.waiting_s,
    }
    return Look(free, waiting_s, tuple(concern for concern, holds in found.items() if holds))


def directories_of(database: Database, others: Mapping[str, Path | None]) -> dict[str, Path]:
    """Return where a service writes on this machine: its SQLite file, and of the others those there are."""
    named = {name: path for name, path in others.items() if path is not None}
    if database.is_sqlite and database.url.database:
        named["database"] = Path(database.url.database).resolve().parent
    return named


def _what_waits(session: Session) -> list[Hashable]:
    """Return the first arrival that waits of each organization, and the first marks there are."""
    arrivals = [("arrival", *row) for row in session.connection().execute(_FIRST_WAITING)]
    some = select(mark_table.c.meter_id, mark_table.c.first_at, mark_table.c.last_at).limit(_MARKS_LOOKED_AT)
    return [*arrivals, *(("mark", *row) for row in session.connection().execute(some))]
