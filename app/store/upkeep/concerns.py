"""What somebody should look at before readings stop being taken: room on disk, the schema, the jobs, what waits.

None of it makes a process unready: it still takes readings, and a balancer that left it out would refuse them.
"""

import shutil
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from sqlalchemy import select, text
from sqlmodel import Session

from app.models import mark_table
from app.store.arrivals.arrivals import BEHIND_ENTERED, arrived_ms
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
    """Since when what waits has waited (Unix time), by what it is; so that each is looked up in the database once.

    An example: organization 7 waits with arrival 12, which was posted at 10:00:00; at 10:00:15 it has waited for 15 s,
    whichever process looks. Of a mark that an earlier program made, and of an arrival that cannot be read, the database
    does not tell: they have waited since this process has seen them first.
    """

    since: dict[Hashable, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def longest_s(self, there: Mapping[Hashable, Callable[[], float | None]], now_s: float) -> float:
        """Return the longest that any of what is there has waited; forgets what is there no more."""
        with self.lock:  # whoever asks for readiness and for metrics looks at the same time
            known = self.since
        found = {each: known[each] if each in known else _or(began(), now_s) for each, began in there.items()}
        with self.lock:
            self.since = found
        return max(0.0, now_s - min(found.values(), default=now_s))


def look(database: Database, session: Session, bounds: Bounds, *, now_s: float) -> Look:
    """Return how things stand at an instant (Unix time)."""
    free = {name: shutil.disk_usage(path).free for name, path in bounds.directories.items() if path.is_dir()}
    waiting_s = database.state.of(_Waiting, _Waiting).longest_s(_what_waits(session), now_s)
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


def _what_waits(session: Session) -> dict[Hashable, Callable[[], float | None]]:
    """Return the first arrival that waits of each organization, and the first marks there are, with what tells since
    when."""
    found: dict[Hashable, Callable[[], float | None]] = {}
    for organization_id, number in session.connection().execute(_FIRST_WAITING):
        found["arrival", organization_id, number] = partial(_arrived_s, session, organization_id, number)
    table = mark_table.c
    some = select(table.meter_id, table.first_at, table.last_at, table.marked_at).limit(_MARKS_LOOKED_AT)
    for mark in session.connection().execute(some):
        found["mark", *mark] = partial(_seconds, mark.marked_at)
    return found


def _arrived_s(session: Session, organization_id: int, number: int) -> float | None:
    return _seconds(arrived_ms(session, organization_id, number))


def _seconds(instant_ms: int | None) -> float | None:
    return None if instant_ms is None else instant_ms / 1_000


def _or(told_s: float | None, now_s: float) -> float:
    return now_s if told_s is None else told_s
