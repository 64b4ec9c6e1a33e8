"""Local times that clocks showed twice, told apart by the order of their rows: both hours are kept, or none is guessed.

On 27 October 2024 clocks in Berlin showed 02:00 to 02:59 twice. Files of quarter hours without an offset say

    02:00 02:15 02:30 02:45 02:00 02:15 02:30 02:45 03:00      one pass after the other: the time falls once
    02:00 02:15 02:30 02:45 03:00 02:15 02:30 02:45 03:00      the same by the ends of quarters: 03:00 is there twice
    02:00 02:00 02:15 02:15 02:30 02:30 02:45 02:45 03:00      in pairs, where rows were sorted by their texts

and in each the order leaves no doubt. Where 02:15 stands once, nothing tells which hour it is of.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

ONE_CHANGE = timedelta(hours=12)
"""Clocks go back by three hours at most, and not again for weeks."""


@dataclass(frozen=True, slots=True)
class LocalInstant:
    """What clocks showed and which UTC instant that is; `second` is the later one where it may be either of two.

    `second` is None too where the source says which one is meant. `ends`: clocks showed it once, as `second`; as the
    end of the hour before them it may be `first`.
    """

    local: datetime
    first: datetime
    second: datetime | None = None
    ends: bool = False


def told_apart(times: Sequence[LocalInstant], *, descending: bool = False) -> list[datetime | None]:
    """Return the instant of each local time, in the order of the rows; None where nothing tells.

    `times` are all those of one meter that have a `second`; `descending` is for a source whose newest rows come first.
    """
    if descending:
        return told_apart(times[::-1])[::-1]
    instants: list[datetime | None] = []
    for change in _changes(times):
        seconds: Sequence[bool | None] = _passes(change) or _pairs(change)
        instants += [
            None if is_second is None else time.second if is_second else time.first
            for time, is_second in zip(change, seconds, strict=True)
        ]
    return instants


def is_alone(times: Sequence[LocalInstant]) -> list[bool]:
    """Tell of each local time whether it is there once."""
    counts = Counter(time.local for time in times)
    return [counts[time.local] == 1 for time in times]


def _changes(times: Sequence[LocalInstant]) -> list[list[LocalInstant]]:
    """Divide times into those of one change of clocks each."""
    changes: list[list[LocalInstant]] = []
    for time in times:
        if not changes or abs(time.local - changes[-1][0].local) > ONE_CHANGE:
            changes.append([])
        changes[-1].append(time)
    return changes


def _passes(times: Sequence[LocalInstant]) -> list[bool] | None:
    """Return which are second when rows rise, fall once, and rise again over some of the same times; else None."""
    clock = [time.local for time in times]
    falls = [at for at, (one, other) in enumerate(pairwise(clock), start=1) if other < one]
    if len(falls) != 1:
        return None
    first, second = clock[: falls[0]], clock[falls[0] :]
    if not set(first) & set(second) or len(set(first)) < len(first) or len(set(second)) < len(second):
        return None
    return [False] * len(first) + [True] * len(second)


def _pairs(times: Sequence[LocalInstant]) -> list[bool | None]:
    """Return which are second when rows never fall: of two equal neighbours the later; None of those nothing tells of.

    One that ends the hour is second when it is there once. When it is there twice rows are named by their ends, and the
    first of all, 02:00, ends the hour before.
    """
    clock = [time.local for time in times]
    counts = Counter(clock)
    if any(other < one for one, other in pairwise(clock)):
        return [True if time.ends and counts[time.local] == 1 else None for time in times]
    begin = next((_begin(time) for time in times if time.ends and counts[time.local] > 1), None)
    seen: set[datetime] = set()
    told: list[bool | None] = []
    for time in times:
        if counts[time.local] == 1:
            told.append(True if time.ends else False if time.local == begin else None)
        else:
            told.append(time.local in seen if counts[time.local] == len((False, True)) else None)
        seen.add(time.local)
    return told


def _begin(end: LocalInstant) -> datetime:
    """Return what clocks showed first of all that they showed twice, by the time that ends it: 02:00 by 03:00."""
    return end.local - ((end.second or end.first) - end.first)
