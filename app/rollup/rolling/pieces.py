"""Making days anew piece by piece, until a transaction has lasted long enough for others to get at the database.

What is left goes to `dirty_span` in the same transaction, so that nothing is forgotten, and behind what waits there. An
example: a meter has 9,000 days to be made anew and 40 others have one each. The transaction makes the forty days and,
say, 700 of the others; it leaves 8,300, and readings that came meanwhile are rolled up before it goes on.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.news import tell_rolled
from app.rollup.rolling.renew import renew
from app.rollup.segments.segment_columns import in_columns
from app.store.directory.directory import DirectoryCache
from app.store.rollups.dirty_spans import leave_spans
from app.store.rollups.kept_hours import forget_hours
from app.store.rollups.rollups import BucketKey

_ROWS_OF_A_DAY = 96
FIRST_IN_COLUMNS, FIRST_OTHER, _MOST = 1_000, 4, 4_000
"""Days of 96 readings a piece: what is summed in columns is cheap, anything else is tried with a little."""

_QUICK_S, _SLOW_S = 0.05, 0.15
"""A piece that took less is followed by a larger one, one that took more by a smaller one."""


class TimeSlice:
    """How long a transaction may go on with work that others wait for; None for as long as it takes."""

    def __init__(self, seconds: float | None) -> None:
        self._until = None if seconds is None else time.monotonic() + seconds

    @property
    def is_endless(self) -> bool:
        return self._until is None

    @property
    def is_over(self) -> bool:
        return self._until is not None and time.monotonic() >= self._until


def renew_within(
    session: Session,
    directories: DirectoryCache,
    organization_id: int,
    specs: Mapping[int, MeterSpec],
    spans: Sequence[BucketKey],
    time_slice: TimeSlice,
) -> None:
    """Bring spans of an organization's days up to date and tell of them; leave those for which the time is too short.

    One piece is always done. Short spans come first: a meter with years to make anew does not keep the others waiting.
    """
    summed = {meter for meter in {span[0] for span in spans} if in_columns(specs[meter])}
    ordered = sorted(spans, key=lambda span: (span[2] - span[1], span))

    def make_anew(piece: Sequence[BucketKey]) -> None:
        forget_hours(session, organization_id, piece)
        renew(session, organization_id, specs, piece)

    done: list[BucketKey] = []
    for is_summed, size in ((True, FIRST_IN_COLUMNS), (False, FIRST_OTHER)):
        waiting = deque(span for span in ordered if (span[0] in summed) is is_summed)
        done += worked_off(specs, waiting, time_slice, size, make_anew)
        leave_spans(session, organization_id, list(waiting))
    tell_rolled(session, directories, organization_id, done)


def worked_off(
    specs: Mapping[int, MeterSpec],
    waiting: deque[BucketKey],
    time_slice: TimeSlice,
    size: int,
    work: Callable[[Sequence[BucketKey]], None],
) -> list[BucketKey]:
    """Have spans worked off in pieces, the first one of `size`, and return what was done; the rest stays waiting."""
    done: list[BucketKey] = []
    # One piece is always done, or a slice that is over before it begins would leave the same spans for ever.
    while waiting and not (done and time_slice.is_over):
        began = time.monotonic()
        piece = _piece(waiting, specs, size)
        work(piece)
        done += piece
        took_s = time.monotonic() - began
        # How long a day takes depends on how many readings there are around it, which nothing tells beforehand.
        size = min(size * 4, _MOST) if took_s < _QUICK_S else max(size // 2, 1) if took_s > _SLOW_S else size
    return done


def _piece(waiting: deque[BucketKey], specs: Mapping[int, MeterSpec], size: int) -> list[BucketKey]:
    """Take spans worth `size` days of 96 readings, at least a day; the rest of one that is cut stays in front."""
    piece: list[BucketKey] = []
    left = size
    while waiting and left > 0:
        meter, first, end = waiting.popleft()
        weight = _weight(specs[meter])
        days = max(left // weight, 1)
        # The rest waits in front, so that a span is done from its begin to its end, and what is left of it is one span.
        if first + days < end:
            waiting.appendleft((meter, first + days, end))
            end = first + days
        piece.append((meter, first, end))
        left -= (end - first) * weight
    return piece


def _weight(spec: MeterSpec) -> int:
    """Return how many days of 96 readings a day of the meter is worth, as far as its interval tells."""
    if spec.interval is None or not spec.interval.seconds:
        return 1
    return max(86_400 // spec.interval.seconds // _ROWS_OF_A_DAY, 1)
