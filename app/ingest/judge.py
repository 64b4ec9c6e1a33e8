"""Judging rows one by one, whole columns at a time: known meter, readable instant, fitting start, plausible value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.columns import (
    NO_START,
    QUALITY_CODES,
    STANDING_STEP,
    Int16Column,
    Int32Column,
    Int64Column,
    Quality,
    ReadingColumns,
    Standing,
)
from app.core.meters import MeterSpec, TimestampEdge
from app.core.periods import HOUR_MS, LONGEST_SEGMENT_MS
from app.core.resources import MeterKind
from app.ingest.decode import TextColumns
from app.ingest.instants import EXPLANATIONS, instants_from_texts
from app.ingest.problems import RowCode, RowProblem

_QUALITY_CODE: dict[str | None, int] = {None: QUALITY_CODES[Quality.MEASURED]} | {
    str(k): v for k, v in QUALITY_CODES.items()
}
_Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows that may be stored, in body order, and what is wrong with the others."""

    columns: ReadingColumns
    problems: list[RowProblem]


class _Verdicts:
    """Gathers the first problem of each row."""

    def __init__(self, texts: TextColumns) -> None:
        self._texts = texts
        self.bad: _Mask = np.zeros(len(texts.row), dtype=np.bool_)
        self.problems = list(texts.problems)

    def reject(self, at: int, field: str, code: RowCode, detail: str) -> None:
        if self.bad[at]:
            return
        self.bad[at] = True
        texts = self._texts
        self.problems.append(RowProblem(int(texts.row[at]), field, code, detail, texts.meter[at], texts.timestamp[at]))

    def reject_all(self, mask: _Mask, field: str, code: RowCode, detail: str) -> None:
        for at in np.flatnonzero(mask).tolist():
            self.reject(at, field, code, detail)


def judge(texts: TextColumns, meters: Mapping[str, MeterSpec]) -> Judged:
    """Return which rows are readings of `meters` (by code); implausible ones are kept as suspect."""
    verdicts = _Verdicts(texts)
    codes = dict.fromkeys(texts.meter)
    specs = [meters.get(code) for code in codes]
    position = {code: at for at, code in enumerate(codes)}
    local = np.fromiter(map(position.__getitem__, texts.meter), dtype=np.int32, count=len(texts.meter))
    known = np.array([spec is not None for spec in specs], dtype=np.bool_)
    for at in np.flatnonzero(~known[local]).tolist() if len(local) else ():
        detail = f"no meter {texts.meter[at][:64]!r} in this organization"
        verdicts.reject(at, "meter", RowCode.UNKNOWN_METER, detail)
    instants, unreadable = instants_from_texts(texts.timestamp)
    for at, code in unreadable.items():
        verdicts.reject(at, "timestamp", code, EXPLANATIONS[code])
    quality = _qualities(texts.quality, verdicts)
    start = _starts(texts.start, instants, _is_interval(specs)[local], verdicts)
    judged = ReadingColumns(
        row=texts.row,
        meter=np.array([spec.id if spec else 0 for spec in specs], dtype=np.int32)[local],
        at=instants,
        value=texts.value,
        start=start,
        quality=quality,
    )
    good = ~verdicts.bad
    suspect = _suspect(judged, local, specs, good)
    judged.quality[suspect] += STANDING_STEP * Standing.SUSPECT
    kept = judged if good.all() else judged.take(good)
    return Judged(kept, sorted(verdicts.problems, key=lambda problem: problem.index))


def _is_interval(specs: Sequence[MeterSpec | None]) -> _Mask:
    return np.array([spec is not None and spec.kind is MeterKind.INTERVAL for spec in specs], dtype=np.bool_)


def _qualities(texts: Sequence[str | None], verdicts: _Verdicts) -> Int16Column:
    if texts.count(None) == len(texts):
        return np.full(len(texts), QUALITY_CODES[Quality.MEASURED], dtype=np.int16)
    codes = np.fromiter((_QUALITY_CODE.get(text, 0) for text in texts), dtype=np.int16, count=len(texts))
    stated = ", ".join(QUALITY_CODES)
    verdicts.reject_all(codes == 0, "quality", RowCode.QUALITY_UNKNOWN, f"quality is one of {stated}")
    return codes


def _starts(
    texts: Sequence[str | None], instants: Int64Column, interval_meter: _Mask, verdicts: _Verdicts
) -> Int64Column:
    """Return each row's own start, NO_START where it states none; a start belongs to interval meters alone."""
    starts = np.full(len(texts), NO_START, dtype=np.int64)
    if texts.count(None) == len(texts):
        return starts
    stated = np.array([at for at, text in enumerate(texts) if text is not None], dtype=np.intp)
    parsed, unreadable = instants_from_texts([texts[at] or "" for at in stated.tolist()])
    for at, code in unreadable.items():
        verdicts.reject(int(stated[at]), "start", code, EXPLANATIONS[code])
    starts[stated] = parsed
    has = starts != NO_START
    span = np.where(has, instants - np.where(has, starts, 0), 0)
    verdicts.reject_all(
        has & ~interval_meter, "start", RowCode.START_NOT_ALLOWED, "only a reading of an interval meter has a start"
    )
    verdicts.reject_all(
        has & (span <= 0), "start", RowCode.START_NOT_BEFORE_TIMESTAMP, "start lies before the timestamp, where it ends"
    )
    days = LONGEST_SEGMENT_MS // (24 * HOUR_MS)
    verdicts.reject_all(
        has & (span > LONGEST_SEGMENT_MS), "start", RowCode.SEGMENT_TOO_LONG, f"a reading covers at most {days} days"
    )
    return starts


def _suspect(columns: ReadingColumns, local: Int32Column, specs: Sequence[MeterSpec | None], good: _Mask) -> _Mask:
    """Tell which rows fail their own check: a register outside its modulus, a negative stock, too high a rate."""
    suspect: _Mask = np.zeros(len(columns), dtype=np.bool_)
    for number, spec in enumerate(specs):
        if spec is None or not _has_check(spec):
            continue
        rows = np.flatnonzero((local == number) & good)
        if spec.kind is MeterKind.INTERVAL:
            suspect[rows] = _too_fast(columns, rows, spec)
        else:
            top = spec.modulus_micro if spec.kind is MeterKind.REGISTER else None
            values = columns.value[rows]
            suspect[rows] = (values < 0) if top is None else (values < 0) | (values >= top)
    return suspect


def _has_check(spec: MeterSpec) -> bool:
    return (
        (spec.kind is MeterKind.INTERVAL and spec.max_rate_micro is not None)
        or (spec.kind is MeterKind.REGISTER and spec.modulus_micro is not None)
        or spec.kind is MeterKind.STOCK
    )


def _too_fast(columns: ReadingColumns, rows: NDArray[np.intp], spec: MeterSpec) -> _Mask:
    """Tell which interval readings exceed max_rate times the time they cover, in exact integers."""
    if spec.max_rate_micro is None or spec.interval is None:
        return np.zeros(len(rows), dtype=np.bool_)
    numerator, denominator = spec.max_rate_micro.as_integer_ratio()
    direction = 1 if spec.edge is TimestampEdge.INTERVAL_START else -1
    verdicts: list[bool] = []
    for at, start, value in zip(
        columns.at[rows].tolist(), columns.start[rows].tolist(), columns.value[rows].tolist(), strict=True
    ):
        if start != NO_START:
            span = at - start
        elif spec.interval.seconds:
            span = spec.interval.seconds * 1_000
        else:
            span = abs(spec.interval.shift(spec.zone, at, direction) - at)
        verdicts.append(abs(value) * HOUR_MS * denominator > numerator * span)
    return np.array(verdicts, dtype=np.bool_)
