"""Taking a source's records by a mapping: the rows they hold go the way those of a posted body go."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.columns import Int64Column
from app.ingest.csv_rows import columns_from_texts
from app.ingest.decode import OPTIONAL, REQUIRED
from app.ingest.gathering import IngestOptions, Post
from app.ingest.instants import instants_from_texts
from app.ingest.mapping import MappedRow, Rules, map_record
from app.ingest.problems import RowProblem
from app.ingest.records import Record, SourceShape
from app.ingest.service import ingest_together
from app.ingest.tally import IngestOutcome
from app.store.engine import Database

CHUNK_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How a source's bytes divide into records, and how a record becomes a reading."""

    shape: SourceShape
    rules: Rules

    @property
    def needed(self) -> list[str]:
        """The fields that every record should have."""
        rules = self.rules
        named = (rules.meter.field, rules.timestamp.field, rules.timestamp.time_field, rules.value.field, rules.start)
        return [name for name in (*named, rules.quality.field if rules.quality else None) if name is not None]


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken; the problem's index is its place in the chunk."""

    record: Record
    problem: RowProblem


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of records; `skipped` ones hold no reading by the mapping's own words."""

    received: int = 0
    inserted: int = 0
    replaced: int = 0
    duplicate: int = 0
    suspect: int = 0
    rejected: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.received + other.received,
            self.inserted + other.inserted,
            self.replaced + other.replaced,
            self.duplicate + other.duplicate,
            self.suspect + other.suspect,
            self.rejected + other.rejected,
            self.skipped + other.skipped,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """The fate of one chunk. `newest_ms` is the latest instant of its rows that were not rejected, UTC."""

    counts: Counts
    rejections: list[Rejection]
    newest_ms: int | None


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose readings they become, and who brings them."""

    organization_id: int
    key_code: str | None
    options: IngestOptions


def take_records(
    database: Database, chunk: Sequence[Record], rules: Rules, destination: Destination, *, now_ms: int
) -> Taken:
    """Map the records of one chunk and store the readings in them; committed on return.

    Raises BatchContended when others keep changing the same readings.
    """
    rows: list[MappedRow] = []
    place: list[int] = []
    problems: list[RowProblem] = []
    for at, record in enumerate(chunk):
        mapped = _map(record, rules, at)
        if isinstance(mapped, MappedRow):
            rows.append(mapped)
            place.append(at)
        elif mapped is not None:
            problems.append(mapped)
    skipped = len(chunk) - len(rows) - len(problems)
    outcome = _ingest(database, rows, destination, now_ms) if rows else None
    judged = outcome.problems if outcome else []
    problems += [problem.at(place[problem.index]) for problem in judged]
    counts = Counts(received=len(chunk), rejected=len(problems), skipped=skipped)
    if outcome is not None:
        counts += Counts(0, outcome.inserted, outcome.replaced, outcome.duplicate, outcome.suspect)
    problems.sort(key=lambda problem: problem.index)
    rejections = [Rejection(chunk[problem.index], problem) for problem in problems]
    return Taken(counts, rejections, _newest(rows, {problem.index for problem in judged}))


def _map(record: Record, rules: Rules, at: int) -> MappedRow | RowProblem | None:
    if record.problem is not None:
        return RowProblem(at, None, record.code, record.problem)
    return map_record(record.fields, rules, index=at)


def _ingest(database: Database, rows: Sequence[MappedRow], destination: Destination, now_ms: int) -> IngestOutcome:
    texts = columns_from_texts({name: [getattr(row, name) for row in rows] for name in REQUIRED + OPTIONAL})
    post = Post(destination.organization_id, destination.key_code, destination.options, now_ms, len(rows))
    return ingest_together(database, [post], [texts])[0]


def _newest(rows: Sequence[MappedRow], rejected: set[int]) -> int | None:
    kept = [row.timestamp for at, row in enumerate(rows) if at not in rejected]
    if not kept:
        return None
    instants: Int64Column = instants_from_texts(kept)[0]
    return int(instants.max())
