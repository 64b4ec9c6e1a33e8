"""What became of a gathering's rows: counted, with their problems, and recorded, post by post."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from app.core.readings.batches import batch_code
from app.core.readings.columns import STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.readings.runs import distinct
from app.ingest.judging.classify import Classified
from app.ingest.problems import RowProblem, RowWarning
from app.ingest.writing.gathering import Gathering, Post
from app.ingest.writing.row_warnings import warnings_of
from app.store.arrivals.batches import BatchRecord

_Told = TypeVar("_Told", RowProblem, RowWarning)
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
    warnings: list[RowWarning] = field(default_factory=list)
    changes: Sequence[Classified] = ()
    """Of a dry run alone: what would be stored."""

    @property
    def refused(self) -> bool:
        """Tell whether nothing was taken: every row was rejected, or an atomic batch had a bad row."""
        return self.rejected == self.received


@dataclass(slots=True)
class Tally:
    """Body rows by what became of them, through all posts."""

    inserted: list[Int64Column] = field(default_factory=list)
    suspect: list[Int64Column] = field(default_factory=list)
    replaced: list[int] = field(default_factory=list)
    suspect_replaced: list[int] = field(default_factory=list)
    repeats: list[int] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def add(self, classified: Classified) -> None:
        """Count what one piece of the rows changes."""
        self.inserted.append(classified.new.row.astype(np.int64))
        self.suspect.append(classified.new.row[classified.new.quality >= _SUSPECT_FLOOR].astype(np.int64))
        self.replaced += classified.corrected
        self.suspect_replaced += [
            row
            for row, correction in zip(classified.corrected, classified.corrections, strict=True)
            if correction.new.stored >= _SUSPECT_FLOOR
        ]
        self.repeats += classified.repeats
        self.problems += classified.problems


def outcomes_of(gathering: Gathering, numbers: list[int], tally: Tally, columns: ReadingColumns) -> list[IngestOutcome]:
    """Count what became of each post's rows, and give each its own problems and warnings by its own row numbers.

    `columns` are the gathering's rows, sorted by identity.
    """
    count = len(gathering.posts)

    def counted(rows: Sequence[int] | Int64Column) -> list[int]:
        return np.bincount(gathering.post_of(rows), minlength=count).tolist() if len(rows) else [0] * count

    problems = _problems_of(gathering, sorted(tally.problems, key=lambda each: each.index))
    suspects = [row for rows in tally.suspect for row in rows.tolist()]
    warnings = _problems_of(gathering, warnings_of(gathering, columns, [*suspects, *tally.suspect_replaced]))
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
            warnings=warnings[number],
        )
        for number, post in enumerate(gathering.posts)
    ]


def _problems_of(gathering: Gathering, problems: Sequence[_Told]) -> list[list[_Told]]:
    """Return each post's problems, or warnings, by its own row numbers."""
    if len(gathering.posts) == 1:
        return [list(problems)]
    offsets = gathering.offsets.tolist()
    found: list[list[_Told]] = [[] for _ in gathering.posts]
    numbers = gathering.post_of([each.index for each in problems]).tolist()
    for number, problem in zip(numbers, problems, strict=True):
        found[number].append(problem.at(problem.index - offsets[number]))
    return found


def _meters_of(gathering: Gathering, columns: ReadingColumns) -> list[list[int]]:
    """Return the ids of the meters that each post has readable rows of."""
    if len(gathering.posts) == 1:
        return [distinct(columns.meter).tolist()]
    found: list[set[int]] = [set() for _ in gathering.posts]
    for number, meter in zip(gathering.post_of(columns.row).tolist(), columns.meter.tolist(), strict=True):
        found[number].add(meter)
    return [sorted(each) for each in found]


def records_of(
    gathering: Gathering, columns: ReadingColumns, numbers: Sequence[int], outcomes: Sequence[IngestOutcome]
) -> list[BatchRecord]:
    """Return what is kept of each post's batch."""
    return list(map(_record, gathering.posts, numbers, outcomes, _meters_of(gathering, columns)))


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
