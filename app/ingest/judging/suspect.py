"""Which readings fail their own check, and why: a register outside its modulus, a negative stock, too high a rate, a
month that begins on a day that is not its first."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.calendar_periods import begins_a_month
from app.core.calendar.periods import SECOND_MS, instant_from_ms
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import NO_START, STANDING_STEP, Int64Column, ReadingColumns, Standing
from app.core.readings.runs import distinct_rows
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import INT64_MAX
from app.ingest.problems import WarningCode

_INTERVAL, _REGISTER, _STOCK = MeterKind.INTERVAL, MeterKind.REGISTER, MeterKind.STOCK


def mark_suspects(columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp]) -> None:
    """Make the quality of implausible readings suspect, in place; row n is of the meter `specs[local[n]]`.

    Every check is a range of values in exact integers. It is the same for all readings of a meter, except where a rate
    is held against a time that differs from reading to reading.
    """
    suspect = _off_calendar(columns, specs, local)
    ranges = {at: _plausible(spec) for at, spec in enumerate(specs) if spec is not None and _has_check(spec)}
    if not ranges:
        columns.quality[suspect] += STANDING_STEP * Standing.SUSPECT
        return
    least = np.array([ranges[at][0] if at in ranges else -INT64_MAX for at in range(len(specs))], dtype=np.int64)
    most = np.array([ranges[at][1] if at in ranges else INT64_MAX for at in range(len(specs))], dtype=np.int64)
    implausible = (columns.value < least[local]) | (columns.value > most[local])
    timed = _timed_alone(columns, specs, local)
    implausible[timed] = np.abs(columns.value[timed]) > _most_of_each(columns, specs, local, timed)
    columns.quality[suspect | implausible] += STANDING_STEP * Standing.SUSPECT


def why_suspect(spec: MeterSpec, *, at: int, value: int, start: int | None) -> tuple[WarningCode, Sentence]:
    """Return why a reading that is suspect is, in words that say what mends it; UTC ms and micro-units."""
    if start is None and _is_off_calendar(spec, at):
        return WarningCode.OFF_CALENDAR, _off_calendar_words(spec, at)
    if abs(value) > _most_of(spec, at, start):
        words = sentence("it is more than the meter's max_rate or annual_expectation allows over the time it covers")
    elif spec.kind is _REGISTER and spec.modulus_micro is not None and not 0 <= value < spec.modulus_micro:
        words = sentence("it lies outside what the register can show, from 0 to its register_modulus")
    elif spec.kind is _STOCK and value < 0:
        words = sentence("a level that is counted is not below zero")
    else:
        words = sentence("it is far beyond what the meter usually says")
    return WarningCode.IMPLAUSIBLE_VALUE, words


def claims_the_future(spec: MeterSpec, at: int, stored_ms: int) -> bool:
    """Tell whether most of the interval that begins at the stamp had not happened when it was stored (UTC ms)."""
    spec = spec.stamped(at)
    interval = spec.stamped(at).interval
    if interval is None or at > stored_ms:
        return False
    end = interval.shift(spec.zone, at, 1)
    return end - stored_ms > (end - at) // 2


def _off_calendar(
    columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Tell which readings of whole months are stamped where no month begins, and have no start of their own."""
    result = np.zeros(len(columns), dtype=np.bool_)
    by_month = [spec is not None and spec.interval is not None and spec.interval.months > 0 for spec in specs]
    if any(by_month):
        rows = np.flatnonzero(np.array(by_month, dtype=np.bool_)[local] & (columns.start == NO_START))
        first, kind = distinct_rows(local[rows], columns.at[rows])
        stamps = zip(local[rows[first]].tolist(), columns.at[rows[first]].tolist(), strict=True)
        off = [(spec := specs[number]) is not None and _is_off_calendar(spec, at) for number, at in stamps]
        result[rows] = np.array(off, dtype=np.bool_)[kind]
    return result


def _is_off_calendar(spec: MeterSpec, at: int) -> bool:
    by_month = spec.kind is _INTERVAL and spec.interval is not None and spec.interval.months > 0
    return by_month and not begins_a_month(spec.zone, at)


def _off_calendar_words(spec: MeterSpec, at: int) -> Sentence:
    """Say what a stamp that is no month's boundary would cover: by the start, 31 January is of most of February."""
    stamp = instant_from_ms(at).astimezone(spec.zone)
    direction = 1 if spec.edge is TimestampEdge.INTERVAL_START else -1
    other = spec.interval.shift(spec.zone, at, direction) if spec.interval is not None else at
    start, end = (instant_from_ms(each).astimezone(spec.zone) for each in sorted((at, other)))
    words = sentence(
        "no month begins at %(stamp)s in %(zone)s, so that the reading would cover %(start)s to "
        "%(end)s: name the period, such as %(month)s, or give the row its own start",
        stamp=f"{stamp:%Y-%m-%d %H:%M:%S}",
        zone=spec.zone,
        start=f"{start:%Y-%m-%d}",
        end=f"{end:%Y-%m-%d}",
        month=f"{stamp:%Y-%m}",
    )
    return sentence("%(words)s; and state the meter's timestamp_edge", words=words) if spec.edge_assumed else words


def _has_check(spec: MeterSpec) -> bool:
    kind = spec.kind
    if kind is _INTERVAL:
        return (spec.max_rate_micro is not None or spec.annual_micro is not None) and spec.interval is not None
    return kind is _STOCK or (kind is _REGISTER and spec.modulus_micro is not None)


def _plausible(spec: MeterSpec) -> tuple[int, int]:
    """Return the least and the greatest value that the check of a meter does not object to."""
    if spec.kind is _INTERVAL and spec.interval is not None:
        most = _most_within(spec, spec.interval.seconds * SECOND_MS)
        return -most, most
    if spec.modulus_micro is None or spec.kind is _STOCK:
        return 0, INT64_MAX
    return 0, min(spec.modulus_micro - 1, INT64_MAX)


@lru_cache(maxsize=4_096)
def _most_within(spec: MeterSpec, span_ms: int) -> int:
    """Return the greatest whole micro-units that a rate or a year's expectation allows in so many milliseconds."""
    return min(spec.most_within(span_ms) or 0, INT64_MAX)


def _timed_alone(
    columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the rows held against a rate over a time of their own: by a start, or by the calendar."""
    rated = [spec is not None and spec.kind is _INTERVAL and _has_check(spec) for spec in specs]
    by_calendar = [
        spec is not None and spec.interval is not None and (not spec.interval.seconds or bool(spec.interval_changes))
        for spec in specs
    ]
    own_time = (columns.start != NO_START) | np.array(by_calendar, dtype=np.bool_)[local]
    return np.flatnonzero(np.array(rated, dtype=np.bool_)[local] & own_time)


def _most_of_each(
    columns: ReadingColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp], rows: NDArray[np.intp]
) -> Int64Column:
    """Return the most that each of these rows may say over the time that it covers."""
    first, kind = distinct_rows(local[rows], columns.at[rows], columns.start[rows])
    places = rows[first]
    times = zip(local[places].tolist(), columns.at[places].tolist(), columns.start[places].tolist(), strict=True)
    most = [
        INT64_MAX if (spec := specs[number]) is None else _most_of(spec, at, None if start == NO_START else start)
        for number, at, start in times
    ]
    return np.array(most, dtype=np.int64)[kind]


def _most_of(spec: MeterSpec, at: int, start: int | None) -> int:
    """Return the most that an interval reading may say over the time that it covers; INT64_MAX where all is allowed."""
    spec = spec.stamped(at)
    if spec.kind is not _INTERVAL or spec.interval is None or not _has_check(spec):
        return INT64_MAX
    if start is None:
        direction = 1 if spec.edge is TimestampEdge.INTERVAL_START else -1
        start = at - abs(spec.interval.shift(spec.zone, at, direction) - at)
    return _most_within(spec, at - start)
