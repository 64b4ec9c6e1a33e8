"""Taking a body of readings from its bytes to a committed batch."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from sqlmodel import Session

from app.core.batches import batch_code
from app.core.columns import NO_START, STANDING_STEP, ReadingColumns, Standing
from app.core.runs import LOOKUP_GAP_MS, MARK_GAP_MS, Runs, runs_of
from app.core.versions import Correction
from app.ingest.body import decode, unpacked
from app.ingest.classify import Settled, compare, settle, sorted_by_identity
from app.ingest.decode import TextColumns, media_type
from app.ingest.judge import Judged, judge
from app.ingest.problems import RowProblem
from app.models import Batch
from app.store.batches import insert_batch
from app.store.directory import hold_inventory
from app.store.engine import Database
from app.store.marks import append_marks
from app.store.readings import (
    ConcurrentChange,
    apply_corrections,
    earlier_versions,
    insert_readings,
    stored_within,
)

_ATTEMPTS = 8


class OnConflict(StrEnum):
    """What a different value for a stored reading means."""

    CORRECT = "correct"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """How a batch is taken. `restore` lets a superseded value come back; `reason` is kept with the corrections."""

    atomic: bool = False
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.CORRECT
    restore: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """What became of a batch's rows; `batch` is None when nothing was recorded."""

    batch: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    problems: list[RowProblem]

    @property
    def refused(self) -> bool:
        """Tell whether nothing was taken: every row was rejected, or an atomic batch had a bad row."""
        return self.rejected == self.received


class BatchContended(RuntimeError):
    """The same readings were being changed by others for too long; send the batch again."""


def ingest_readings(
    database: Database,
    *,
    organization_id: int,
    key_code: str | None,
    body: bytes,
    content_type: str | None,
    content_encoding: str | None,
    limit_bytes: int,
    options: IngestOptions,
    now_ms: int,
) -> IngestOutcome:
    """Store the readings of one body and return once they are committed.

    Raises BodyUnreadable, BodyInvalid, BodyTooLarge, MediaTypeUnsupported and EncodingUnsupported for the body as a
    whole; what is wrong with single rows is in the outcome.
    """
    media = media_type(content_type)
    texts = decode(unpacked(body, content_encoding, limit_bytes=limit_bytes), media)
    for _ in range(_ATTEMPTS):
        with database.read() as session:
            directory = database.directories.current(session, organization_id)
        judged = judge(texts, directory.by_code)
        try:
            with database.write() as session:
                if hold_inventory(session, organization_id) != directory.version:
                    continue
                batch = database.next_batch(now_ms)
                outcome = _take(session, texts, judged, options, batch, organization_id, key_code)
                if options.dry_run:
                    session.rollback()
            return outcome
        except ConcurrentChange:
            continue
    raise BatchContended


def _take(
    session: Session,
    texts: TextColumns,
    judged: Judged,
    options: IngestOptions,
    batch: int,
    organization_id: int,
    key_code: str | None,
) -> IngestOutcome:
    """Hold judged rows against the store and write what they change; nothing when an atomic batch has a bad row."""
    columns = sorted_by_identity(judged.columns)
    settled = _settle(session, columns, options, batch)
    problems = sorted(judged.problems + _located(settled.problems, texts), key=lambda problem: problem.index)
    if options.atomic and problems:
        columns = columns.take(np.zeros(len(columns), dtype=np.bool_))
        settled = Settled(columns, [], 0, [])
        rejected = texts.received
    else:
        rejected = len(problems)
    record = Batch(
        id=_later_than(batch, settled.corrections),
        organization_id=organization_id,
        key_code=key_code,
        reason=options.reason,
        received=texts.received,
        inserted=len(settled.new),
        replaced=len(settled.corrections),
        duplicate=settled.duplicate,
        suspect=_suspects(settled),
        rejected=rejected,
    )
    if not options.dry_run:
        insert_batch(session, record)
        insert_readings(session, settled.new, batch=record.id)
        apply_corrections(session, [_in_batch(correction, batch, record.id) for correction in settled.corrections])
        append_marks(session, _touched(settled))
    return IngestOutcome(
        batch=None if options.dry_run else batch_code(record.id),
        received=record.received,
        inserted=record.inserted,
        replaced=record.replaced,
        duplicate=record.duplicate,
        suspect=record.suspect,
        rejected=record.rejected,
        problems=problems,
    )


def _settle(session: Session, columns: ReadingColumns, options: IngestOptions, batch: int) -> Settled:
    stored = stored_within(session, runs_of(columns.meter, columns.at, columns.at, gap_ms=LOOKUP_GAP_MS))
    comparison = compare(columns, stored)
    earlier = {} if options.restore else earlier_versions(session, list(comparison.current))
    return settle(
        columns,
        comparison,
        earlier,
        batch=batch,
        reject_conflicts=options.on_conflict is OnConflict.REJECT,
        restore=options.restore,
    )


def _located(problems: list[RowProblem], texts: TextColumns) -> list[RowProblem]:
    """Add to problems found against the store the meter and timestamp of their rows as they were sent."""
    if not problems:
        return []
    place = {int(row): at for at, row in enumerate(texts.row)}
    return [
        replace(problem, meter=texts.meter[place[problem.index]], timestamp=texts.timestamp[place[problem.index]])
        for problem in problems
    ]


def _suspects(settled: Settled) -> int:
    floor = STANDING_STEP * Standing.SUSPECT
    corrected = sum(correction.new.stored >= floor for correction in settled.corrections)
    return int((settled.new.quality >= floor).sum()) + corrected


def _later_than(batch: int, corrections: list[Correction]) -> int:
    """Return a batch number above every version it supersedes, whatever the clocks of other processes say."""
    return max([batch, *(correction.old.batch + 1 for correction in corrections if correction.old.batch != batch)])


def _in_batch(correction: Correction, provisional: int, batch: int) -> Correction:
    """Return the correction with the batch's final number in place of the provisional one."""
    if provisional == batch:
        return correction
    old = correction.old if correction.old.batch != provisional else replace(correction.old, batch=batch)
    return replace(correction, old=old, new=replace(correction.new, batch=batch))


def _touched(settled: Settled) -> Runs:
    """Return the stretches whose rollups the batch changes, own starts included, old and new."""
    new, corrections = settled.new, settled.corrections
    meter = new.meter
    last = new.at
    first = np.where(new.start == NO_START, new.at, new.start)
    if corrections:
        meter = np.concatenate((meter, np.array([each.meter for each in corrections], dtype=np.int32)))
        last = np.concatenate((last, np.array([each.at for each in corrections], dtype=np.int64)))
        earliest = [
            min([each.at, *(start for start in (each.old.start, each.new.start) if start != NO_START)])
            for each in corrections
        ]
        first = np.concatenate((first, np.array(earliest, dtype=np.int64)))
        order = np.lexsort((first, meter))
        meter, first, last = meter[order], first[order], last[order]
    return runs_of(meter, first, last, gap_ms=MARK_GAP_MS)
