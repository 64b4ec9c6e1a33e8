"""Taking a source's records by a mapping: the rows they hold go the way those of a posted body go."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.access import Binding
from app.ingest.bodies.body_columns import OPTIONAL, REQUIRED
from app.ingest.bodies.csv_rows import columns_from_texts
from app.ingest.bodies.instants import instants_from_texts
from app.ingest.judging.classify import Classified
from app.ingest.problems import RowCode, RowProblem, RowWarning, WarningCode
from app.ingest.sources.holding import Found, HeldRows
from app.ingest.sources.local_time import Ambiguous
from app.ingest.sources.mapping import MappedRow, Rules, map_record
from app.ingest.sources.numbering import numbered_by_order
from app.ingest.sources.records import Record, SourceShape, SourceUnreadable
from app.ingest.sources.said_before import SaidBefore
from app.ingest.sources.skipping import is_left_out
from app.ingest.sources.stamping import Stamp, other_unit
from app.ingest.writing.gathering import IngestOptions, Post
from app.ingest.writing.intake import ingest_together
from app.ingest.writing.tally import IngestOutcome
from app.store.directory.metered import metered
from app.store.engine.database import Database

ROWS_AT_A_TIME = 10_000
_ROWS_OF_A_DRY_RUN = 100_000
"""Rows of one piece are held against each other too, so that a dry run tells nearly always what a real one does."""

_MOST_ATOMIC_ROWS = 1_000_000
_ROW = re.compile(r"\Arow (\d+)(?= says )", re.ASCII)
_WORDS_OF_A_RECORD = 3
"""A wide record may be wrong in many columns; so many are told, and the number of the others."""


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """How a source's bytes divide into records, and how a record becomes readings."""

    shape: SourceShape
    rules: Rules

    @property
    def needed(self) -> list[str]:
        """The fields that every record should have."""
        return self.rules.needed


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that was not taken, or not wholly; the problem's index is its place in the source, from 0."""

    record: Record
    problem: RowProblem


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of readings; `skipped` are records and columns that hold none by the mapping's own words."""

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
    """The fate of one piece. `newest_ms` is the latest instant of its rows that were not rejected, UTC.

    `warnings` are of rows that were taken; their indexes are places in the source, from 0. `changes` are what a dry run
    would have stored, `twice` how many rows had a local time that clocks showed twice.
    """

    counts: Counts
    rejections: list[Rejection]
    newest_ms: int | None
    warnings: list[RowWarning]
    batch: str | None = None
    changes: Sequence[Classified] = ()
    twice: int = 0


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose readings they become, and who brings them, held to what their key may post of."""

    organization_id: int
    key_code: str | None
    options: IngestOptions
    binding: Binding | None = None


def take_records(
    database: Database,
    records: Iterable[Record],
    rules: Rules,
    destination: Destination,
    *,
    clock_ms: Callable[[], int],
    at_once: int | None = None,
) -> Iterator[Taken]:
    """Map the records of one source and store the readings in them, piece by piece; yield each once it is committed.

    With `at_once` a piece has so many rows. An atomic source is one piece, and so is one whose tickets are numbered by
    their order: were a row of it rejected and mended later, it would take the number of another. Raises BatchContended
    when others keep changing the same readings, and SourceUnreadable where the source cannot be read on: what was read
    before is stored then, unless it is atomic.
    """
    rules, by_order = with_units(database, rules, destination.organization_id), rules.reference.by_order
    options = replace(destination.options, atomic=destination.options.atomic or by_order)
    limit = _MOST_ATOMIC_ROWS if options.atomic else _ROWS_OF_A_DRY_RUN if options.dry_run else ROWS_AT_A_TIME
    limit = at_once or limit
    before = SaidBefore()
    for piece in _pieces(records, rules, limit, atomic=options.atomic):
        rows = numbered_by_order(piece) if by_order else piece
        taken = _take(database, rows, replace(destination, options=options), rules.timestamp.stamp, clock_ms())
        taken.warnings.extend(_contradictions(before, rows))
        yield taken


def with_units(database: Database, rules: Rules, organization_id: int) -> Rules:
    """Return rules that say units with those of an organization's meters, in which readings are kept."""
    if rules.units is None:
        return rules
    with database.read() as session:
        own = {each.spec.code: each.unit for each in metered(session, organization_id)}
    return replace(rules, units=replace(rules.units, of_meters=own))


def _contradictions(before: SaidBefore, piece: Sequence[Found]) -> Iterator[RowWarning]:
    """Yield a warning for each row that says another value than a row of an earlier piece, and note the piece."""
    rows = [(found.record, found.row) for found in piece if isinstance(found.row, MappedRow)]
    for at, number in before.contradicted([row for _, row in rows]).items():
        record, row = rows[at]
        words = f"row {number} says another value of the same meter and timestamp, and one of the two counts"
        code = WarningCode.CONTRADICTS_ROW
        yield RowWarning(record.number - 1, "value", code, words, row.meter, row.timestamp)
    before.note([row for _, row in rows], [record.number for record, _ in rows])


def _pieces(records: Iterable[Record], rules: Rules, limit: int, *, atomic: bool) -> Iterator[list[Found]]:
    """Divide what records hold into pieces; rows that wait for later ones to tell their hour come last."""
    local = rules.timestamp.local
    held = HeldRows(Ambiguous.REJECT if local is None else local.ambiguous)
    piece: list[Found] = []
    failure: SourceUnreadable | None = None
    try:
        for found in _found(records, rules):
            if not held.hold(found):
                piece.append(found)
            if held.is_full:
                piece += held.make_room()
            if len(piece) >= limit and not atomic:
                yield piece
                piece = []
            elif len(piece) > limit:
                detail = (
                    f"more than {limit:,} rows are too many for all or nothing; divide the source, or leave out atomic"
                )
                raise SourceUnreadable("too_many_rows", detail)
    except SourceUnreadable as error:
        if atomic:
            raise
        failure = error
    piece += held.release()
    for at in range(0, len(piece), limit):
        yield piece[at : at + limit]
    if failure is not None:
        raise failure


def _found(records: Iterable[Record], rules: Rules) -> Iterator[Found]:
    for record in records:
        index = record.number - 1
        if is_left_out(record.fields, rules.skip):
            yield Found(record, None)
        elif record.problem is not None:
            yield Found(record, RowProblem(index, None, record.code, record.problem))
        else:
            for row in map_record(record.fields, rules, index=index):
                yield Found(record, row)


def _take(database: Database, piece: Sequence[Found], destination: Destination, stamp: Stamp, now_ms: int) -> Taken:
    rows = [(found.record, found.row) for found in piece if isinstance(found.row, MappedRow)]
    problems = [(found.record, found.row) for found in piece if isinstance(found.row, RowProblem)]
    counts = Counts(received=len(piece), skipped=len(piece) - len(rows) - len(problems))
    options = destination.options
    if rows and not (options.atomic and problems):
        outcome = _ingest(database, [row for _, row in rows], destination, now_ms)
        judged = {problem.index: problem for problem in outcome.problems}
        problems += [(rows[at][0], _with_unit(problem, rows[at][1], stamp)) for at, problem in judged.items()]
        counts += Counts(0, outcome.inserted, outcome.replaced, outcome.duplicate, outcome.suspect)
        batch, changes = outcome.batch, outcome.changes
        warnings = [_in_source(warning, [record.number for record, _ in rows]) for warning in outcome.warnings]
    else:
        judged, warnings = {}, []
        batch, changes = None, ()
    refused = options.atomic and bool(problems)
    counts += Counts(rejected=counts.received - counts.skipped if refused else len(problems))
    kept = [] if refused else [row.timestamp for at, (_, row) in enumerate(rows) if at not in judged]
    twice = sum(found.twice for found in piece)
    return Taken(counts, _rejections(problems), _newest(kept), [] if refused else warnings, batch, changes, twice)


def _in_source(warning: RowWarning, numbers: Sequence[int]) -> RowWarning:
    """Return a warning of a piece's row as one of the source's record; so is the row that it names."""
    detail = _ROW.sub(lambda match: f"row {numbers[int(match[1])]}", warning.detail)
    return RowWarning(numbers[warning.index] - 1, warning.field, warning.code, detail, warning.meter, warning.timestamp)


def _with_unit(problem: RowProblem, row: MappedRow, stamp: Stamp) -> RowProblem:
    """Return the problem of an implausible instant with the unit of time that it may have been written in."""
    if problem.code is not RowCode.TIMESTAMP_IMPLAUSIBLE:
        return problem
    text = row.start if problem.field == "start" else row.timestamp
    unit = other_unit(text, stamp)
    detail = problem.detail if unit is None else f"{problem.detail}; {unit}"
    return RowProblem(problem.index, problem.field, problem.code, detail, problem.meter, problem.timestamp)


def _rejections(problems: Sequence[tuple[Record, RowProblem]]) -> list[Rejection]:
    """Return what is wrong with each record, in the order of the source; that of a record's many columns together."""
    by_record: dict[int, list[tuple[Record, RowProblem]]] = {}
    for record, problem in sorted(problems, key=lambda each: each[0].number):
        by_record.setdefault(record.number, []).append((record, problem))
    return [_rejection(each) for each in by_record.values()]


def _rejection(problems: Sequence[tuple[Record, RowProblem]]) -> Rejection:
    record, first = problems[0]
    words = [problem.detail for _, problem in problems[:_WORDS_OF_A_RECORD]]
    if len(problems) > _WORDS_OF_A_RECORD:
        words.append(f"and {len(problems) - _WORDS_OF_A_RECORD} more")
    told = RowProblem(record.number - 1, first.field, first.code, "; ".join(words), first.meter, first.timestamp)
    return Rejection(record, told)


def _ingest(database: Database, rows: Sequence[MappedRow], destination: Destination, now_ms: int) -> IngestOutcome:
    texts = columns_from_texts({name: [getattr(row, name) for row in rows] for name in REQUIRED + OPTIONAL})
    key, binding = destination.key_code, destination.binding
    post = Post(destination.organization_id, key, destination.options, now_ms, binding, len(rows))
    return ingest_together(database, [post], [texts])[0]


def _newest(timestamps: Sequence[str]) -> int | None:
    """Return the latest instant; names of months and years have none of their own."""
    instants, named = instants_from_texts(timestamps)
    told = [ms for at, ms in enumerate(instants.tolist()) if at not in named]
    return max(told, default=None)
