"""What a batch of readings and its receipt look like from outside."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import msgspec

from app.ingest.problems import RowProblem, RowWarning
from app.ingest.writing.intake import IngestOutcome
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import Number
from app.schemas.wire.problems import Problem, ProblemError
from app.schemas.wire.texts import Code, Reference


class StatedQuality(StrEnum):
    """What the sender says of a reading."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MANUAL = "manual"


class ReadingCreate(Shape):
    """One reading; `start` is for an interval meter's irregular bill, which then ends at `timestamp`.

    `reference` is the number of an event's ticket: tickets of one timestamp are told apart by it.
    """

    meter: Code
    timestamp: Instant
    value: Number
    quality: StatedQuality = StatedQuality.MEASURED
    start: Instant | None = None
    reference: Reference | None = None


class ReadingBatch(Shape):
    """Readings of any meters of the organization, in any order."""

    readings: list[ReadingCreate]


class ReadingReceipt(Shape):
    """What became of the rows of a batch; `errors` lists those that were rejected, `warnings` what is doubtful about
    others: up to 1,000."""

    batch: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    errors: list[ProblemError]
    warnings: list[ProblemError]


class ReadingProblem(Problem):
    """A batch of which nothing was taken: the counts of its receipt, and the problem. `batch` is null when unjudged."""

    batch: str | None
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int
    warnings: list[ProblemError]


def unjudged(problem: Problem) -> ReadingProblem:
    """Return a problem of a body of which nothing was judged, with the counts of its receipt, which are all 0."""
    counts = dict.fromkeys(("received", "inserted", "replaced", "duplicate", "suspect", "rejected"), 0)
    return ReadingProblem(**problem.model_dump(), batch=None, warnings=[], **counts)


class _Told(msgspec.Struct, gc=False):
    """A ProblemError as it is written: a body may have a hundred thousand of them, and each takes a moment."""

    index: int
    field: str | None
    meter: str | None
    timestamp: str | None
    code: str
    detail: str


def receipt_from(outcome: IngestOutcome) -> dict[str, Any]:
    """Return the members of the ReadingReceipt of an ingested batch."""
    return {
        "batch": outcome.batch,
        "received": outcome.received,
        "inserted": outcome.inserted,
        "replaced": outcome.replaced,
        "duplicate": outcome.duplicate,
        "suspect": outcome.suspect,
        "rejected": outcome.rejected,
        "errors": _written(outcome.problems),
        "warnings": _written(outcome.warnings),
    }


def _written(problems: Sequence[RowProblem | RowWarning]) -> msgspec.Raw:
    told = [_Told(each.index, each.field, each.meter, each.timestamp, each.code, each.detail) for each in problems]
    return msgspec.Raw(msgspec.json.encode(told))
