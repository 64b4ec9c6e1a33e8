"""What an uploaded file would do, line by line and month by month, as a person looks at it before it is stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.calendar.calendar_periods import calendar_period
from app.core.calendar.periods import instant_from_ms
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.translation import translated
from app.core.units.quantities import plain
from app.ingest.bodies.instants import instants_from_texts
from app.ingest.door.file_of_readings import FileOfReadings, Trial, try_file
from app.ingest.door.mapped import with_units
from app.ingest.problems import RowProblem, RowWarning
from app.ingest.sources.file_units import FileUnit
from app.ingest.sources.mapping import MappedRow, Rules, map_record
from app.ingest.sources.records import Record
from app.pages.data_in.upload_form import Reading
from app.pages.refusal import refusal_of
from app.rollup.rolling.arriving import MonthMove, arriving_of, months_moved
from app.rollup.segments.segments import interval_bounds_ms
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database

MOST_SHOWN = 200
_MOST_LINES = 24


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A reading as it will be read: the line it stands on, what it says, and the stretch that it counts for."""

    line: int
    meter: str
    at: str = ""
    counts_for: str = ""
    value: str = ""
    unit: str = ""
    quality: str = ""
    reference: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class TroubleLine:
    """A line that is rejected or doubtful: where, what about it, the code of the API, and words."""

    line: int
    meter: str
    field: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Moves:
    """The months of a meter that would change."""

    meter: Metered
    months: Sequence[tuple[str, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Preview:
    """A trial as it is shown; `clashes` are units that the numbers are not in, for which nothing is stored."""

    trial: Trial
    lines: Sequence[ReadLine]
    rejected: Sequence[TroubleLine]
    doubtful: Sequence[TroubleLine]
    moves: Sequence[Moves]
    clashes: Sequence[FileUnit]


def preview_of(database: Database, file: FileOfReadings, reading: Reading, *, now_ms: int) -> Preview:
    """Return what a file would do; nothing is stored. Raises SourceUnreadable and BatchContended."""
    trial = try_file(database, file, clock_ms=lambda: now_ms)
    with entered(database, file.organization_id) as session:
        meters = {each.spec.code: each for each in metered(session, file.organization_id)}
        moved = months_moved(session, meters.values(), arriving_of(trial.changes))
    return Preview(
        trial,
        list(_lines(trial, meters, with_units(database, file.mapping.rules, file.organization_id)))[:_MOST_LINES],
        [_trouble(each.record, each.problem) for each in trial.rejections[:MOST_SHOWN]],
        [_doubt(trial, each) for each in trial.warnings[:MOST_SHOWN]],
        list(_by_meter(moved)),
        reading.clashes,
    )


def _lines(trial: Trial, meters: dict[str, Metered], rules: Rules) -> Iterator[ReadLine]:
    rejected = {each.record.number: _words(each.problem) for each in trial.rejections}
    for record in trial.first:
        if record.problem is not None:
            yield ReadLine(record.line or record.number, "", wrong=translated(record.problem))
            continue
        for row in map_record(record.fields, rules, index=record.number - 1):
            if isinstance(row, MappedRow):
                found = meters.get(row.meter)
                yield _read(record, row, found) if found else _not_read(record, row.meter, rejected)
            elif row is not None:
                yield ReadLine(record.line or record.number, row.meter or "", wrong=_words(row))


def _not_read(record: Record, meter: str, rejected: Mapping[int, str]) -> ReadLine:
    return ReadLine(record.line or record.number, meter, wrong=rejected.get(record.number, meter))


def _read(record: Record, row: MappedRow, found: Metered) -> ReadLine:
    line = record.line or record.number
    at, counts_for = _when(row, found.spec)
    return ReadLine(line, row.meter, at, counts_for, row.value, found.unit, row.quality, row.reference)


def _when(row: MappedRow, spec: MeterSpec) -> tuple[str, str]:
    """Return the instant of a reading in its plant's time, and the stretch that it counts for, where it tells one."""
    if period := calendar_period(row.timestamp):
        first, end = period.bounds_ms(spec.zone)
        return row.timestamp, f"{_local(first, spec)} – {_local(end, spec)}"
    instants, unreadable = instants_from_texts([row.timestamp, row.start] if row.start else [row.timestamp])
    if unreadable:
        return row.timestamp, ""
    at = int(instants[0])
    if spec.kind is not MeterKind.INTERVAL:
        return _local(at, spec), ""
    first, end = interval_bounds_ms(spec, at, int(instants[1]) if row.start else None)
    return _local(at, spec), f"{_local(first, spec)} – {_local(end, spec)}"


def _local(at: int, spec: MeterSpec) -> str:
    return instant_from_ms(at).astimezone(spec.zone).strftime("%Y-%m-%d %H:%M")


def _trouble(record: Record, problem: RowProblem) -> TroubleLine:
    line = record.line or record.number
    return TroubleLine(line, problem.meter or "", problem.field or "", problem.code, _words(problem))


def _doubt(trial: Trial, warning: RowWarning) -> TroubleLine:
    line = trial.lines.get(warning.index + 1, warning.index + 1)
    return TroubleLine(line, warning.meter, warning.field, warning.code, _words(warning))


def _words(problem: RowProblem | RowWarning) -> str:
    return refusal_of(problem.code, problem.detail)


def _by_meter(moved: Sequence[MonthMove]) -> Iterator[Moves]:
    meters = {each.metered.spec.id: each.metered for each in moved}
    for meter_id, found in meters.items():
        months = [
            (each.month, _digits(each.before), _digits(each.after))
            for each in moved
            if each.metered.spec.id == meter_id
        ]
        yield Moves(found, months)


def _digits(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
