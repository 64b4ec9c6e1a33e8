"""Which readings of a reporting year changed since an instant, by meter and by what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, day_start_ms
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.batches import batch_code, end_of_ms
from app.core.readings.columns import COUNTS_BELOW, STANDING_STEP, Standing
from app.core.sentences import N_, Sentence, sentence
from app.rollup.rolling.dirty import DayRange, dirty_days
from app.store.directory.directory import load_directory
from app.store.readings.changes import (
    ChangedReadings,
    anything_since,
    changed_stretches,
    changes_since,
    exchanges_since,
)

_FAR_MS = 400 * 24 * HOUR_MS
"""How far from the year a reading may lie that enters it: yearly intervals, long bills, a register's neighbours."""


class ReadingChange(StrEnum):
    """What became of readings after they were frozen."""

    LATE = "late_readings"
    CORRECTED = "corrections"
    WITHDRAWN = "withdrawals"
    ACCEPTED = "acceptances"
    EXCHANGED = "exchanges"


_WORDS = {
    ReadingChange.LATE: (
        N_("%(count)s late reading of meter %(meter)s"),
        N_("%(count)s late readings of meter %(meter)s"),
    ),
    ReadingChange.CORRECTED: (
        N_("%(count)s corrected reading of meter %(meter)s"),
        N_("%(count)s corrected readings of meter %(meter)s"),
    ),
    ReadingChange.WITHDRAWN: (
        N_("%(count)s withdrawn reading of meter %(meter)s"),
        N_("%(count)s withdrawn readings of meter %(meter)s"),
    ),
    ReadingChange.ACCEPTED: (
        N_("%(count)s accepted reading of meter %(meter)s"),
        N_("%(count)s accepted readings of meter %(meter)s"),
    ),
    ReadingChange.EXCHANGED: (
        N_("%(count)s stated or retracted exchange of meter %(meter)s"),
        N_("%(count)s stated or retracted exchanges of meter %(meter)s"),
    ),
}


@dataclass(frozen=True, slots=True)
class MeterChange:
    """Changes of one kind to one meter's readings of the year; `batch` is the newest one's code, None for exchanges."""

    meter_id: int
    meter: str
    change: ReadingChange
    count: int
    batch: str | None

    @property
    def words(self) -> Sentence:
        """Return the sentence that counts them."""
        one, many = _WORDS[self.change]
        counted = sentence(one if self.count == 1 else many, count=self.count, meter=self.meter)
        if self.batch is None:
            return counted
        return sentence("%(found)s, last by batch %(batch)s", found=counted, batch=self.batch)


@dataclass(frozen=True, slots=True)
class Touched:
    """The local days of meters on which something may be other than it was, and what is known of their readings."""

    days: Mapping[int, Sequence[DayRange]]
    changes: Mapping[int, Sequence[MeterChange]]


NOTHING_TOUCHED = Touched({}, {})


def touched_since(
    session: Session, organization_id: int, meter_ids: Iterable[int], *, days: DayRange, as_of_ms: int
) -> Touched:
    """Return what of these meters' local `days` [first, end) readings decide that changed after an instant (UTC ms).

    Every other day, and every other meter, is as it was then.
    """
    batch = end_of_ms(as_of_ms)
    if not anything_since(session, organization_id, batch=batch):
        return NOTHING_TOUCHED
    by_id = load_directory(session, organization_id, 0).by_id
    specs = [by_id[meter_id] for meter_id in meter_ids if meter_id in by_id]
    touched: dict[int, list[DayRange]] = {}
    for (start, end), some in _windows(specs, *days).items():
        beside = {"first_ms": start - _FAR_MS, "end_ms": end + _FAR_MS, "batch": batch}
        for meter_id, stretches in changed_stretches(
            session, organization_id, [spec.id for spec in some], **beside
        ).items():
            dirty = dirty_days(session, by_id[meter_id], stretches)
            inside = [(max(first, days[0]), min(last, days[1])) for first, last in dirty]
            if kept := [span for span in inside if span[0] < span[1]]:
                touched[meter_id] = kept
    changes: dict[int, list[MeterChange]] = defaultdict(list)
    for (start, end), some in _windows([by_id[each] for each in sorted(touched)], *days).items():
        for each in _counted(session, organization_id, {spec.id: spec.code for spec in some}, start, end, batch):
            changes[each.meter_id].append(each)
    return Touched(touched, dict(changes))


def _windows(specs: Iterable[MeterSpec], first_day: int, end_day: int) -> dict[tuple[int, int], list[MeterSpec]]:
    """Return the meters by where the days begin and end for their stamps (UTC ms)."""
    found: dict[tuple[int, int], list[MeterSpec]] = defaultdict(list)
    for spec in specs:
        start, end = day_start_ms(spec.zone, first_day), day_start_ms(spec.zone, end_day)
        # The interval that ends with the year is stamped at its very end, and a register is read there.
        if spec.kind is MeterKind.REGISTER:
            end += 1
        elif spec.kind is MeterKind.INTERVAL and spec.edge is TimestampEdge.INTERVAL_END:
            start, end = start + 1, end + 1
        found[start, end].append(spec)
    return found


def _counted(
    session: Session, organization_id: int, codes: Mapping[int, str], start: int, end: int, batch: int
) -> list[MeterChange]:
    counts: dict[tuple[int, ReadingChange], tuple[int, int]] = {}
    for each in changes_since(session, organization_id, list(codes), first_ms=start, end_ms=end, batch=batch):
        change = _change(each)
        if change is not None:
            count, last = counts.get((each.meter_id, change), (0, 0))
            counts[each.meter_id, change] = count + each.count, max(last, each.last_batch)
    found = [
        MeterChange(meter_id, codes[meter_id], change, count, batch_code(last))
        for (meter_id, change), (count, last) in sorted(counts.items())
    ]
    exchanged = exchanges_since(session, organization_id, list(codes), first_ms=start, end_ms=end, batch=batch)
    found += [
        MeterChange(meter_id, codes[meter_id], ReadingChange.EXCHANGED, count, None)
        for meter_id, count in exchanged.items()
    ]
    return found


def _change(each: ChangedReadings) -> ReadingChange | None:
    """Return what became of the readings; None when they did not count and do not."""
    counts = each.quality_now < COUNTS_BELOW
    counted = each.quality_then is not None and each.quality_then < COUNTS_BELOW
    standing = Standing(each.quality_now // STANDING_STEP)
    if counted:
        return ReadingChange.WITHDRAWN if standing is Standing.WITHDRAWN else ReadingChange.CORRECTED
    if not counts:
        return None
    if each.quality_then is None:
        return ReadingChange.LATE
    return ReadingChange.ACCEPTED if standing is Standing.ACCEPTED else ReadingChange.CORRECTED
