"""Rows of local times that clocks showed twice, held back until the rows after them have told which hour is meant."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.ingest.problems import RowCode, RowProblem
from app.ingest.sources.local_time import Ambiguous
from app.ingest.sources.mapping import MappedRow
from app.ingest.sources.records import Record
from app.ingest.sources.stamping import rfc3339_text
from app.ingest.sources.twice import ONE_CHANGE, LocalInstant, is_alone, told_apart

MOST_HELD = 100_000
"""A year of a thousand quarter-hour meters holds back 9,000 rows. Of a source with more, earlier years are released."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_REMEDY = (
    "the order of the rows tells the two apart only where both are there; the mapping may name a field that tells by "
    "`dst`, or say by `ambiguous` which one is meant where it stands alone"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a record held: a reading, what is wrong with it, or None when it is to be skipped.

    `twice`: clocks had shown its local time twice.
    """

    record: Record
    row: MappedRow | RowProblem | None
    twice: bool = False


class HeldRows:
    """The rows of one source that wait to be told apart, and which way each meter's rows run, up or down in time.

    Rows 01:45, 02:00, 02:30, 02:00 and 02:30 in: the first goes on at once, four are held. Released at the end of the
    source, they are 02:00 and 02:30 of summer, then of winter time. A source that ends before the third leaves two that
    nothing tells: they are rejected, and taken when it is read again with the rows that follow.
    """

    def __init__(self, ambiguous: Ambiguous) -> None:
        self._ambiguous = ambiguous
        self._held: dict[str, list[tuple[Found, MappedRow]]] = defaultdict(list)
        self._last: dict[str, str] = {}
        self._rise: dict[str, int] = defaultdict(int)
        self._count = 0
        self._latest = _LONG_AGO

    @property
    def is_full(self) -> bool:
        return self._count >= MOST_HELD

    def hold(self, found: Found) -> bool:
        """Note which way a row lies from the one before it; tell whether it is held back."""
        row = found.row
        if self._ambiguous is Ambiguous.REJECT or not isinstance(row, MappedRow):
            return False
        before = self._last.get(row.meter, row.timestamp)
        self._rise[row.meter] += (row.timestamp > before) - (row.timestamp < before)
        self._last[row.meter] = row.timestamp
        if row.twice is None and row.start_twice is None:
            return False
        self._held[row.meter].append((found, row))
        self._latest = _instant(row)
        self._count += 1
        return True

    def make_room(self) -> Iterator[Found]:
        """Give back the rows of other changes of clocks than the latest row's, or all where there are none."""
        latest = self._latest
        here = {meter: [each for each in held if _is_near(each[1], latest)] for meter, held in self._held.items()}
        kept = sum(map(len, here.values()))
        if kept == self._count:
            yield from self.release()
            return
        for meter, held in self._held.items():
            yield from self._released(meter, [each for each in held if not _is_near(each[1], latest)])
        self._held = defaultdict(list, {meter: held for meter, held in here.items() if held})
        self._count = kept

    def release(self) -> Iterator[Found]:
        """Give back what was held, each row with its instant or with the problem that nothing tells it."""
        for meter, held in self._held.items():
            yield from self._released(meter, held)
        self._held.clear()
        self._count = 0

    def _released(self, meter: str, held: Sequence[tuple[Found, MappedRow]]) -> Iterator[Found]:
        descending = self._rise[meter] < 0
        instants = self._instants([row.twice for _, row in held], descending=descending)
        starts = self._instants([row.start_twice for _, row in held], descending=descending)
        for (found, row), at, start in zip(held, instants, starts, strict=True):
            yield replace(found, row=_told(row, at, start), twice=True)

    def _instants(self, times: Sequence[LocalInstant | None], *, descending: bool) -> list[datetime | None]:
        """Return the instant of each time that may be either of two; None where nothing tells, and for the others."""
        doubtful = [time for time in times if time is not None]
        told = iter(
            self._by_rule(time) if instant is None and alone else instant
            for time, instant, alone in zip(
                doubtful, told_apart(doubtful, descending=descending), is_alone(doubtful), strict=True
            )
        )
        return [None if time is None else next(told) for time in times]

    def _by_rule(self, time: LocalInstant) -> datetime | None:
        if self._ambiguous is Ambiguous.FIRST:
            return time.first
        return time.second if self._ambiguous is Ambiguous.SECOND else None


def _instant(row: MappedRow) -> datetime:
    time = row.twice or row.start_twice
    return _LONG_AGO if time is None else time.first


def _is_near(row: MappedRow, instant: datetime) -> bool:
    return abs(_instant(row) - instant) <= ONE_CHANGE


def _told(row: MappedRow, at: datetime | None, start: datetime | None) -> MappedRow | RowProblem:
    for time, instant, field in ((row.twice, at, "timestamp"), (row.start_twice, start, "start")):
        if time is not None and instant is None:
            detail = f"clocks showed {time.local} twice: {_REMEDY}"
            return RowProblem(0, field, RowCode.TIMESTAMP_AMBIGUOUS, detail, row.meter, str(time.local))
    return replace(
        row,
        timestamp=row.timestamp if at is None else rfc3339_text(at),
        start=row.start if start is None else rfc3339_text(start),
        twice=None,
        start_twice=None,
    )
