"""Judging rows one by one, whole columns at a time: known meter, readable instant, fitting start, plausible value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.calendar.periods import HOUR_MS, LONGEST_SEGMENT_MS
from app.core.calendar.reading_times import PlausibleInstants
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.columns import (
    NO_START,
    QUALITY_CODES,
    Int16Column,
    Int64Column,
    Quality,
    ReadingColumns,
)
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.bodies.coded import CodedTexts, lines_of
from app.ingest.bodies.instants import EXPLANATIONS, instants_from_texts
from app.ingest.judging.named_periods import named_periods
from app.ingest.judging.references import judged_references
from app.ingest.judging.suspect import mark_suspects
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


def judge(
    texts: TextColumns,
    meters: Mapping[str, MeterSpec],
    *,
    plausible: PlausibleInstants,
    now_ms: int,
    beyond: _Mask | None = None,
) -> Judged:
    """Return which rows are readings of `meters` (by code) at plausible instants, as of `now_ms` (UTC).

    Implausible values are kept as suspect. `beyond` are rows of meters that their sender may not post readings of:
    they are refused in words that do not tell whether there is such a meter.
    """
    verdicts = _Verdicts(texts)
    if beyond is not None:
        for at in np.flatnonzero(beyond).tolist():
            detail = f"no meter {texts.meter[at][:64]!r} among those that this key may post readings of"
            verdicts.reject(at, "meter", RowCode.UNKNOWN_METER, detail)
    codes, local = lines_of(texts.meter)
    specs = [meters.get(code) for code in codes]
    if None in specs:
        unknown = np.array([spec is None for spec in specs], dtype=np.bool_)
        for at in np.flatnonzero(unknown[local]).tolist():
            detail = f"no meter {texts.meter[at][:64]!r} in this organization"
            verdicts.reject(at, "meter", RowCode.UNKNOWN_METER, detail)
    instants = _instants(texts, specs, local, verdicts)
    _object(instants, "timestamp", plausible, now_ms, verdicts)
    quality = _qualities(texts.quality, verdicts)
    start = _starts(texts.start, instants, specs, local, verdicts)
    _object(start, "start", plausible, now_ms, verdicts)
    judged = ReadingColumns(
        row=texts.row,
        meter=np.array([spec.id if spec else 0 for spec in specs], dtype=np.int32)[local],
        at=instants,
        value=texts.value,
        start=start,
        quality=quality,
        reference=None
        if texts.reference is None
        else judged_references(texts.reference, specs, local, verdicts.reject),
    )
    problems = verdicts.problems
    if problems:
        problems.sort(key=lambda problem: problem.index)
    if verdicts.bad.any():
        good = ~verdicts.bad
        judged, local = judged.take(good), local[good]
    mark_suspects(judged, specs, local)
    return Judged(judged, problems)


def _object(instants: Int64Column, field: str, plausible: PlausibleInstants, now_ms: int, verdicts: _Verdicts) -> None:
    """Reject the rows whose instant cannot be that of a reading; a row without a start has none to object to."""
    implausible = (instants < plausible.first_ms) | (instants >= plausible.end_ms(now_ms))
    if not implausible.any():
        return
    for at in np.flatnonzero(implausible & (instants != NO_START) & ~verdicts.bad).tolist():
        words = f"{field} {plausible.objection(int(instants[at]), now_ms)}"
        verdicts.reject(at, field, RowCode.TIMESTAMP_IMPLAUSIBLE, words)


def _instants(
    texts: TextColumns, specs: Sequence[MeterSpec | None], local: NDArray[np.intp], verdicts: _Verdicts
) -> Int64Column:
    """Return each row's instant: what its text says, or where the month, quarter or year it names begins or ends."""
    instants, unreadable = instants_from_texts(texts.timestamp)
    if not unreadable:
        return instants
    named = named_periods(texts.timestamp, list(unreadable), specs, local)
    for at, code in unreadable.items():
        if at in named.refused:
            verdicts.reject(at, "timestamp", RowCode.PERIOD_NOT_THE_INTERVAL, named.refused[at])
        elif at not in named.instants:
            verdicts.reject(at, "timestamp", code, EXPLANATIONS[code])
        elif texts.start[at] is not None:
            detail = f"{texts.timestamp[at]!r} says itself when it begins: leave out start"
            verdicts.reject(at, "start", RowCode.START_NOT_ALLOWED, detail)
    instants = instants.copy()
    instants[list(named.instants)] = list(named.instants.values())
    return instants


def _qualities(texts: Sequence[str | None], verdicts: _Verdicts) -> Int16Column:
    if isinstance(texts, CodedTexts):
        codes = np.array([_QUALITY_CODE.get(text, 0) for text in texts.texts], dtype=np.int16)[texts.place]
    elif texts.count(None) == len(texts):
        return np.full(len(texts), QUALITY_CODES[Quality.MEASURED], dtype=np.int16)
    else:
        codes = np.fromiter((_QUALITY_CODE.get(text, 0) for text in texts), dtype=np.int16, count=len(texts))
    stated = ", ".join(QUALITY_CODES)
    verdicts.reject_all(codes == 0, "quality", RowCode.QUALITY_UNKNOWN, f"quality is one of {stated}")
    return codes


def _starts(
    texts: Sequence[str | None],
    instants: Int64Column,
    specs: Sequence[MeterSpec | None],
    local: NDArray[np.intp],
    verdicts: _Verdicts,
) -> Int64Column:
    """Return each row's own start, NO_START where it states none; a start belongs to interval meters alone."""
    starts = np.full(len(texts), NO_START, dtype=np.int64)
    if not isinstance(texts, CodedTexts) and texts.count(None) == len(texts):
        return starts
    interval_meter: _Mask = np.array([spec is not None and spec.kind is MeterKind.INTERVAL for spec in specs])[local]
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
