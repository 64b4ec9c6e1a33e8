"""Writing a gathering of judged posts: held against the store and committed in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from sqlmodel import Session

from app.core.batches import batch_code, end_of_ms
from app.core.columns import NO_START, STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.periods import instant_from_ms
from app.core.runs import LOOKUP_GAP_MS, MARK_GAP_MS, Runs, runs_of
from app.ingest.classify import Settled, compare, settle, sorted_by_identity
from app.ingest.gathering import Gathering, OnConflict, Post
from app.ingest.problems import RowProblem
from app.store.batches import BatchRecord, insert_batches
from app.store.directory import hold_inventory
from app.store.engine import Database
from app.store.marks import append_marks
from app.store.publications import sealed_ms
from app.store.readings import (
    NOTHING_STORED,
    ConcurrentChange,
    apply_corrections,
    earlier_versions,
    insert_readings,
    stored_within,
)

_ROWS_A_PIECE = 100_000
"""A large body is held against the store piece by piece, so that memory stays bounded."""

_SUSPECT_FLOOR = STANDING_STEP * Standing.SUSPECT


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


class InventoryMoved(RuntimeError):
    """A meter of the gathering was changed since its rows were judged; judge them again."""


@dataclass(slots=True)
class _Tally:
    """Body rows by what became of them, through all posts."""

    inserted: list[Int64Column] = field(default_factory=list)
    suspect: list[Int64Column] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    suspect_replaced: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, settled: Settled) -> None:
        self.inserted.append(settled.new.row.astype(np.int64))
        self.suspect.append(settled.new.row[settled.new.quality >= _SUSPECT_FLOOR].astype(np.int64))
        self.replaced += settled.corrected
        self.suspect_replaced += [
            row
            for row, correction in zip(settled.corrected, settled.corrections, strict=True)
            if correction.new.stored >= _SUSPECT_FLOOR
        ]
        self.repeats += settled.repeats
        self.problems += settled.problems


def write(database: Database, gathering: Gathering) -> list[IngestOutcome]:
    """Commit what the posts change; return what became of each. Nothing is kept of a dry run.

    Raises InventoryMoved, and ConcurrentChange when another transaction was faster: write again.
    """
    columns = sorted_by_identity(gathering.columns)
    if gathering.options.dry_run:
        return _write(database, gathering, columns, surely_new=False)
    surely_new = database.heights.all_above(columns)
    try:
        outcomes = _write(database, gathering, columns, surely_new=surely_new)
    except ConcurrentChange:
        if surely_new:
            database.heights.was_wrong(columns)
        raise
    database.heights.rose(columns)
    return outcomes


def _write(
    database: Database, gathering: Gathering, columns: ReadingColumns, *, surely_new: bool
) -> list[IngestOutcome]:
    """Write rows sorted by identity; `surely_new` ones are not looked for, the table's key alone may refuse them."""
    numbers = [database.batches.next(post.now_ms) for post in gathering.posts]
    with database.write() as session:
        _hold(database, session, gathering)
        savepoint = session.begin_nested() if gathering.options.atomic else None
        tally = _Tally(problems=list(gathering.problems))
        for piece in _pieces(columns):
            _write_piece(database, session, gathering, piece, numbers, tally, surely_new=surely_new)
        if savepoint is not None and tally.problems:
            savepoint.rollback()
            tally = _Tally(problems=tally.problems)
        outcomes = _outcomes(gathering, numbers, tally)
        if gathering.options.dry_run:
            session.rollback()
        else:
            touched = _meters(gathering, columns)
            records = map(_record, gathering.posts, numbers, outcomes, touched)
            insert_batches(session, list(records))
    return outcomes


def _hold(database: Database, session: Session, gathering: Gathering) -> None:
    """Keep the inventory still; raise InventoryMoved when it is no longer what the rows were judged by.

    A publication moves it too, so that what waited for it is numbered after its instant.
    """
    if hold_inventory(session, gathering.organization_id) != gathering.directory.version:
        database.batches.pass_over(end_of_ms(sealed_ms(session, gathering.organization_id)))
        raise InventoryMoved


def _pieces(columns: ReadingColumns) -> Iterator[ReadingColumns]:
    """Cut rows sorted by identity into pieces, never within an identity."""
    start = 0
    while start < len(columns):
        end = min(start + _ROWS_A_PIECE, len(columns))
        while end < len(columns) and _same_identity(columns, end - 1, end):
            end += 1
        yield columns if end - start == len(columns) else columns.take(np.arange(start, end))
        start = end


def _same_identity(columns: ReadingColumns, one: int, other: int) -> bool:
    return bool(columns.meter[one] == columns.meter[other] and columns.at[one] == columns.at[other])


def _write_piece(
    database: Database,
    session: Session,
    gathering: Gathering,
    columns: ReadingColumns,
    numbers: list[int],
    tally: _Tally,
    *,
    surely_new: bool,
) -> None:
    options = gathering.options
    wanted = runs_of(columns.meter, columns.at, columns.at, gap_ms=LOOKUP_GAP_MS)
    stored = NOTHING_STORED if surely_new else stored_within(session, wanted)
    comparison = compare(columns, stored)
    newest = max((version.batch for version in comparison.current.values()), default=0)
    if newest >= numbers[0]:
        database.batches.pass_over(newest)
        raise ConcurrentChange
    settled = settle(
        columns,
        comparison,
        {} if options.restore else earlier_versions(session, list(comparison.current)),
        batches=_batches(gathering, columns, numbers),
        reject_conflicts=options.on_conflict is OnConflict.REJECT,
        restore=options.restore,
    )
    tally.add(replace(settled, problems=[_located(each, columns, gathering) for each in settled.problems]))
    if not options.dry_run:
        insert_readings(session, settled.new, settled.new_batches)
        apply_corrections(session, settled.corrections)
        append_marks(session, _touched(settled))


def _batches(gathering: Gathering, columns: ReadingColumns, numbers: list[int]) -> Int64Column:
    """Return the batch number of each row."""
    if len(numbers) == 1:
        return np.full(len(columns), numbers[0], dtype=np.int64)
    return np.array(numbers, dtype=np.int64)[gathering.post_of(columns.row)]


def _located(problem: RowProblem, columns: ReadingColumns, gathering: Gathering) -> RowProblem:
    """Add meter and timestamp to a problem found against the store."""
    at = int(np.flatnonzero(columns.row == problem.index)[0])
    spec = gathering.directory.by_id[int(columns.meter[at])]
    return replace(problem, meter=spec.code, timestamp=instant_from_ms(int(columns.at[at])).isoformat())


def _outcomes(gathering: Gathering, numbers: list[int], tally: _Tally) -> list[IngestOutcome]:
    """Count what became of each post's rows, and give each its own problems by its own row numbers."""
    count = len(gathering.posts)

    def counted(rows: Sequence[int] | Int64Column) -> list[int]:
        return np.bincount(gathering.post_of(rows), minlength=count).tolist() if len(rows) else [0] * count

    offsets = gathering.offsets.tolist()
    problems: list[list[RowProblem]] = [[] for _ in range(count)]
    for problem in sorted(tally.problems, key=lambda each: each.index):
        number = int(gathering.post_of([problem.index])[0])
        problems[number].append(replace(problem, index=problem.index - offsets[number]))
    inserted = counted(np.concatenate(tally.inserted)) if tally.inserted else [0] * count
    suspect = counted(np.concatenate(tally.suspect)) if tally.suspect else [0] * count
    replaced, suspect_replaced = counted(tally.replaced), counted(tally.suspect_replaced)
    repeats = counted(tally.repeats)
    return [
        IngestOutcome(
            batch=None if post.options.dry_run else batch_code(numbers[number]),
            received=post.received,
            inserted=inserted[number],
            replaced=replaced[number],
            duplicate=repeats[number],
            suspect=suspect[number] + suspect_replaced[number],
            rejected=post.received if post.options.atomic and problems[number] else len(problems[number]),
            problems=problems[number],
        )
        for number, post in enumerate(gathering.posts)
    ]


def _meters(gathering: Gathering, columns: ReadingColumns) -> list[list[int]]:
    """Return the ids of the meters that each post has readable rows of."""
    if len(gathering.posts) == 1:
        return [np.unique(columns.meter).tolist()]
    found: list[set[int]] = [set() for _ in gathering.posts]
    for number, meter in zip(gathering.post_of(columns.row).tolist(), columns.meter.tolist(), strict=True):
        found[number].add(meter)
    return [sorted(each) for each in found]


def _record(post: Post, number: int, outcome: IngestOutcome, meters: list[int]) -> BatchRecord:
    return BatchRecord(
        id=number,
        organization_id=post.organization_id,
        key_code=post.key_code,
        reason=post.options.reason,
        received=outcome.received,
        inserted=outcome.inserted,
        replaced=outcome.replaced,
        duplicate=outcome.duplicate,
        suspect=outcome.suspect,
        rejected=outcome.rejected,
        meters=meters,
    )


def _touched(settled: Settled) -> Runs:
    """Return the stretches whose rollups change, own starts included, old and new."""
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
