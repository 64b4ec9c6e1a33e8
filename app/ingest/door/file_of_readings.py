"""A file of readings by a mapping, tried without storing anything, and then stored as it was tried.

A trial says what would be new, corrected and as it stands, and has a seal: a hash of the file, of how it is read and of
what it would change. Stored is what has the seal that somebody has looked at. An example: of two trials of one file the
second one's seal is another when somebody has corrected a reading of it in between.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.access import Binding
from app.core.readings.versions import Identity, StoredColumns, identities_of
from app.ingest.door.mapped import Counts, Destination, Rejection, SourceMapping, take_records
from app.ingest.judging.classify import would_stand
from app.ingest.problems import RowWarning
from app.ingest.sources.records import Record, SourceUnreadable, read_records
from app.ingest.writing.gathering import IngestOptions
from app.store.engine.database import Database

MOST_READINGS = 100_000
"""Of a file that is looked at before it is stored; more come by the API or by `esg import`."""

_HEAD = 12


@dataclass(frozen=True, slots=True)
class FileOfReadings:
    """A file, how it is read, and whose readings it brings.

    With `by_value` what says the value that stands changes nothing: it says of no quality whether that is right.
    """

    content: bytes
    mapping: SourceMapping
    stored_mapping: Mapping[str, Any]
    organization_id: int
    key_code: str | None
    binding: Binding | None
    by_value: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file would do: counts, its first records, what is rejected or doubtful, and what would be stored.

    `twice` rows have a local time that clocks showed twice.
    """

    counts: Counts
    first: Sequence[Record]
    rejections: Sequence[Rejection]
    warnings: Sequence[RowWarning]
    changes: Sequence[StoredColumns]
    lines: Mapping[int, int]
    seal: str
    twice: int = 0

    @property
    def moves_something(self) -> bool:
        """Tell whether anything would be stored that does not stand already."""
        return bool(self.counts.inserted or self.counts.replaced)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a file: its counts and its batch, None when nothing was taken."""

    counts: Counts
    batch: str | None
    rejections: Sequence[Rejection]


def try_file(database: Database, file: FileOfReadings, *, clock_ms: Callable[[], int]) -> Trial:
    """Return what a file would do; a value that stood before counts, since who brings a file means it.

    Raises SourceUnreadable, and BatchContended.
    """
    lines: dict[int, int] = {}
    first: list[Record] = []

    def noted(records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            if record.line is not None:
                lines[record.number] = record.line
            if len(first) < _HEAD:
                first.append(record)
            yield record

    counts, rejections, warnings, changes, twice = Counts(), [], [], [], 0
    destination = _destination(file, IngestOptions(dry_run=True, restore=True, by_value=file.by_value))
    records = noted(_records(file))
    for number, taken in enumerate(
        take_records(database, records, file.mapping.rules, destination, clock_ms=clock_ms, at_once=MOST_READINGS)
    ):
        if number:
            raise SourceUnreadable("too_many_rows", f"the file has more than {MOST_READINGS:,} readings; divide it")
        counts += taken.counts
        rejections += taken.rejections
        warnings += taken.warnings
        changes += [would_stand(each) for each in taken.changes]
        twice += taken.twice
    return Trial(counts, first, rejections, warnings, changes, lines, _seal(file, rejections, changes), twice)


def store_file(
    database: Database,
    file: FileOfReadings,
    trial: Trial,
    *,
    atomic: bool,
    reason: str | None,
    clock_ms: Callable[[], int],
) -> Stored:
    """Store a file of readings as it was tried, in one batch: all of them or none, or those that are right.

    Raises ChangedSinceSeen when somebody has changed one of them since it was tried.
    """
    counts, rejections, batch = Counts(), [], None
    options = IngestOptions(
        atomic=atomic, restore=True, reason=reason, by_value=file.by_value, seen=_seen(trial.changes)
    )
    destination = _destination(file, options)
    records = _records(file)
    for taken in take_records(
        database, records, file.mapping.rules, destination, clock_ms=clock_ms, at_once=MOST_READINGS
    ):
        counts += taken.counts
        rejections += taken.rejections
        batch = batch or taken.batch
    return Stored(counts, batch, rejections)


def _seen(changes: Sequence[StoredColumns]) -> dict[Identity, int]:
    """Return the revision of each identity that a trial would have put another one in the place of, 0 for none."""
    seen: dict[Identity, int] = {}
    for rows in changes:
        for identity, revision in zip(identities_of(rows, np.arange(len(rows))), rows.revision.tolist(), strict=True):
            seen[identity] = min(revision - 1, seen.get(identity, revision))
    return seen


def _records(file: FileOfReadings) -> Iterator[Record]:
    return read_records(io.BytesIO(file.content), file.mapping.shape, file.mapping.needed)


def _destination(file: FileOfReadings, options: IngestOptions) -> Destination:
    return Destination(file.organization_id, file.key_code, options, file.binding)


def _seal(file: FileOfReadings, rejections: Sequence[Rejection], changes: Sequence[StoredColumns]) -> str:
    seal = hashlib.sha256(hashlib.sha256(file.content).digest())
    seal.update(json.dumps(file.stored_mapping, sort_keys=True).encode())
    seal.update(json.dumps([(each.record.number, each.problem.code) for each in rejections]).encode())
    for rows in changes:
        for name in ("meter", "at", "value", "quality", "start", "revision"):  # a batch has another number each time
            seal.update(getattr(rows, name).tobytes())
        if rows.reference is not None:
            seal.update("\0".join(rows.reference.tolist()).encode())
    return seal.hexdigest()
