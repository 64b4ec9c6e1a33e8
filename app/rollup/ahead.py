"""Days computed ahead of the transaction that writes them: in a snapshot, while others write and roll.

What decides a day may change between the snapshot and the writing. Whoever changes it leaves marks, so that days that
are written too old are made anew after that. But marks may have been taken and worked off meanwhile, and then the old
days would stand for good. So whoever works off days of a meter takes all that wait of it, and leaves the rest under new
ids; and what was computed is written only where the spans it was computed for are still there. An example, of a day:

    this roller     reads span 7 and computes 10 kWh
    an ingest       stores another 5 kWh, and a mark
    another roller  takes the mark and leaves span 8; takes 7 and 8, and writes 15 kWh
    this roller     finds no span 7: the 10 kWh are dropped

Had the other roller only taken the mark, 10 kWh would be written for a moment, and 15 when span 8 is worked off: spans
that were left since wait on whole, whatever days of them were written.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from app.core.buckets import Bucket
from app.rollup.compute import day_buckets
from app.rollup.dirty import DayRange, merged
from app.rollup.news import tell_rolled
from app.rollup.pieces import FIRST_OTHER, Turn, worked_off
from app.rollup.renew import put_days
from app.rollup.segment_columns import in_columns
from app.store.directory import DirectoryCache
from app.store.dirty_spans import WaitingSpan, leave_spans, take_spans, waiting_spans
from app.store.kept_hours import forget_hours
from app.store.rollups import BucketKey
from app.store.zone_rules import hold_zone_rules


@dataclass(frozen=True, slots=True)
class Ahead:
    """Buckets of days, and the waiting spans of each meter when they were computed."""

    waiting: Mapping[int, Sequence[WaitingSpan]] = field(default_factory=dict)
    days: Sequence[BucketKey] = ()
    buckets: Sequence[Bucket] = ()


def compute_ahead(
    session: Session, directories: DirectoryCache, organization_id: int, meter_ids: Sequence[int], turn: Turn
) -> Ahead:
    """Return the days that wait of these meters, as far as the turn reaches, computed in one snapshot.

    Meters whose days are summed in columns are left out: that is a question of moments. Raises StoredPageDamaged.
    """
    waiting = waiting_spans(session, organization_id, meter_ids)
    known = directories.specs_of(session, organization_id, sorted(waiting))
    specs = {meter: spec for meter, spec in known.items() if not in_columns(spec)}
    spans = [(meter, *days) for meter in specs for days in merged(each.days for each in waiting[meter])]
    spans.sort(key=lambda span: (span[2] - span[1], span))
    buckets: list[Bucket] = []

    def compute(piece: Sequence[BucketKey]) -> None:
        for meter, first, end in piece:
            buckets.extend(day_buckets(session, specs[meter], first, end))

    days = worked_off(specs, deque(spans), turn, FIRST_OTHER, compute)
    return Ahead({meter: waiting[meter] for meter, _, _ in days}, days, buckets)


def write_ahead(session: Session, directories: DirectoryCache, organization_id: int, ahead: Ahead) -> bool:
    """Write what was computed of meters, all of them locked, that nobody rolled since; tell whether there was any."""
    specs = directories.specs_of(session, organization_id, sorted(ahead.waiting))
    waiting = waiting_spans(session, organization_id, sorted(specs))
    current = {meter for meter, spans in waiting.items() if set(ahead.waiting[meter]) <= set(spans)}
    days = [span for span in ahead.days if span[0] in current]
    if not days:
        return False
    hold_zone_rules(session, {specs[meter].zone for meter in current})
    forget_hours(session, organization_id, days)
    put_days(session, organization_id, specs, days, [bucket for bucket in ahead.buckets if bucket.meter_id in current])
    take_spans(session, organization_id, sorted(current))
    left = [(meter, *days) for meter in sorted(current) for days in _left(ahead, meter, waiting[meter])]
    leave_spans(session, organization_id, left)
    tell_rolled(session, directories, organization_id, days)
    return True


def _left(ahead: Ahead, meter: int, spans: Sequence[WaitingSpan]) -> list[DayRange]:
    """Return the days of a meter that wait on: those that were not come to, and all of spans that were left since."""
    done = merged((first, end) for of, first, end in ahead.days if of == meter)
    known = set(ahead.waiting[meter])
    not_come_to = without(merged(each.days for each in known), done)
    return merged([*not_come_to, *(each.days for each in spans if each not in known)])


def without(ranges: Sequence[DayRange], gone: Sequence[DayRange]) -> list[DayRange]:
    """Return what remains of ranges of days, each in order and apart, when some are taken out."""
    left: list[DayRange] = []
    for first, end in ranges:
        for gone_first, gone_end in gone:
            if first < gone_end and gone_first < end:
                if first < gone_first:
                    left.append((first, gone_first))
                first = max(first, gone_end)
        if first < end:
            left.append((first, end))
    return left
