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

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session

from app.core.readings.bucket_columns import BucketColumns, one_below_the_other
from app.core.readings.buckets import Bucket
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.days import Days
from app.rollup.buckets.register_days import register_days
from app.rollup.rolling.dirty import DayRange, merged
from app.rollup.rolling.news import tell_rolled
from app.rollup.rolling.pieces import FIRST_IN_COLUMNS, FIRST_OTHER, TimeSlice, worked_off
from app.rollup.rolling.renew import put_days
from app.rollup.segments.register_columns import counts_steadily
from app.rollup.segments.segment_columns import in_columns
from app.store.directory.directory import DirectoryCache
from app.store.rollups.dirty_spans import WaitingSpan, leave_spans, take_spans, waiting_spans
from app.store.rollups.kept_hours import forget_hours
from app.store.rollups.rollups import BucketKey
from app.store.upkeep.zone_rules import lock_zone_rules


@dataclass(frozen=True, slots=True)
class Ahead:
    """Buckets of days, and the waiting spans of each meter when they were computed."""

    waiting: Mapping[int, Sequence[WaitingSpan]] = field(default_factory=dict)
    days: Sequence[BucketKey] = ()
    made: Days = field(default_factory=Days)


def compute_ahead(
    session: Session, directories: DirectoryCache, organization_id: int, meter_ids: Sequence[int], slice_s: float
) -> Ahead:
    """Return the days that wait of these meters, computed in one snapshot.

    Registers that count steadily come first, in columns; what is left of them is made with the other meters' days, as
    far as the seconds of a slice reach. Meters whose days are summed in columns are left out: that is a question of
    moments. Raises StoredPageDamaged.
    """
    waiting = waiting_spans(session, organization_id, meter_ids)
    known = directories.specs_of(session, organization_id, sorted(waiting))
    specs = {meter: spec for meter, spec in known.items() if not in_columns(spec)}
    spans = [(meter, *days) for meter in specs for days in merged(each.days for each in waiting[meter])]
    steady = _short_first(span for span in spans if counts_steadily(specs[span[0]]))
    others = [span for span in spans if not counts_steadily(specs[span[0]])]
    columns: list[BucketColumns] = []
    doubted: list[BucketKey] = []
    buckets: list[Bucket] = []

    def together(piece: Sequence[BucketKey]) -> None:
        found, left = register_days(session, organization_id, specs, piece)
        columns.append(found)
        doubted.extend(left)

    def one_by_one(piece: Sequence[BucketKey]) -> None:
        for meter, first, end in piece:
            buckets.extend(day_buckets(session, specs[meter], first, end))

    # First all registers that may be steady; those in doubt come back as `doubted`, and are made with the others.
    tried = worked_off(specs, steady, TimeSlice(slice_s), FIRST_IN_COLUMNS, together)
    gone = _by_meter(doubted)
    others += [(meter, *days) for meter, ranges in gone.items() for days in ranges]
    days = worked_off(specs, _short_first(others), TimeSlice(slice_s), FIRST_OTHER, one_by_one)
    days += [(m, *each) for m, ranges in _by_meter(tried).items() for each in without(ranges, gone.get(m, ()))]
    return Ahead({meter: waiting[meter] for meter, _, _ in days}, days, Days(one_below_the_other(columns), buckets))


def _short_first(spans: Iterable[BucketKey]) -> deque[BucketKey]:
    return deque(sorted(spans, key=lambda span: (span[2] - span[1], span)))


def write_ahead(session: Session, directories: DirectoryCache, organization_id: int, ahead: Ahead) -> bool:
    """Write what was computed of meters, all of them locked, that nobody rolled since; tell whether there was any."""
    specs = directories.specs_of(session, organization_id, sorted(ahead.waiting))
    waiting = waiting_spans(session, organization_id, sorted(specs))
    # Some more spans may have come; but if one of those that were read is gone, another roller has been at the meter.
    current = {meter for meter, spans in waiting.items() if set(ahead.waiting[meter]) <= set(spans)}
    days = [span for span in ahead.days if span[0] in current]
    if not days:
        return False
    lock_zone_rules(session, {specs[meter].zone for meter in current})
    forget_hours(session, organization_id, days)
    put_days(session, organization_id, specs, days, ahead.made.of_meters(current))
    # All of the meter, and what is left goes under new ids: whoever has computed days of it from the old ones finds
    # them gone.
    take_spans(session, organization_id, sorted(current))
    done = _by_meter(days)
    left = {meter: _left(ahead.waiting[meter], done[meter], waiting[meter]) for meter in sorted(current)}
    leave_spans(session, organization_id, [(meter, *waits) for meter, ranges in left.items() for waits in ranges])
    tell_rolled(session, directories, organization_id, days)
    return True


def _by_meter(spans: Sequence[BucketKey]) -> dict[int, list[DayRange]]:
    """Return the days of spans by meter, in order and apart from each other."""
    found: dict[int, list[DayRange]] = defaultdict(list)
    for meter, first, end in spans:
        found[meter].append((first, end))
    return {meter: merged(ranges) for meter, ranges in found.items()}


def _left(known: Sequence[WaitingSpan], done: Sequence[DayRange], spans: Sequence[WaitingSpan]) -> list[DayRange]:
    """Return the days of a meter that wait on: those that were not come to, and all of spans that were left since."""
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
