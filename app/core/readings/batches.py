"""Batch numbers: the instant of storing in the high bits, so that they sort by time and need no join to tell it."""

import threading
from typing import TypeVar

from app.core.readings.columns import Int64Column

_Batch = TypeVar("_Batch", int, Int64Column)
# A number, from the highest bit: 43 bits of UTC milliseconds, 8 of a place in the millisecond, 12 of the lane. The
# 257th of one lane in a millisecond runs on into the next one, and is still above the others.
_SEQUENCE_BITS = 20
_LANE_BITS = 12
LANES = (1 << _LANE_BITS) - 1
_LARGEST = (1 << 63) - 1


class BatchNumbers:
    """Gives out ever larger batch numbers; those of a process end in its lane, so that no other gives out the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self.lane: int | None = None
        """1 to LANES; None until one is claimed."""

    def next(self, now_ms: int, lane: int) -> int:
        """Return a number of this UTC millisecond, or just above the last one when the clock has not moved on."""
        with self._lock:
            place = max((self._last >> _LANE_BITS) + 1, now_ms << _SEQUENCE_BITS - _LANE_BITS)
            self._last = place << _LANE_BITS | lane
            return self._last

    def pass_over(self, batch: int) -> None:
        """Have later numbers lie above `batch`, which a process with a faster clock gave out."""
        with self._lock:
            # The number may end in another process's lane: `next` takes the place behind it, and its own lane.
            self._last = max(self._last, batch)


def stored_at_ms(batch: _Batch) -> _Batch:
    """Return the UTC millisecond in which a batch, or each of a column of them, was stored."""
    return batch >> _SEQUENCE_BITS


def end_of_ms(instant_ms: int) -> int:
    """Return the first batch number after this millisecond: what was stored by then has a smaller one.

    Batches are numbered from 1970 to 2248: before, none is smaller, and after, every one is.
    """
    return min(max(instant_ms + 1, 0) << _SEQUENCE_BITS, _LARGEST)


def batch_code(batch: int) -> str:
    """Return how a batch is called outside; longer than a double can carry, so never a number in JSON."""
    return f"b{batch:016x}"


def batch_from_code(code: str) -> int:
    """Return the number of a batch code; raises ValueError."""
    if len(code) != 17 or code[0] != "b":
        raise ValueError(code)
    return int(code[1:], 16)
