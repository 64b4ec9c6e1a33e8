"""Rollups in pages: stored buckets by keyset, hours and past beliefs computed as the page needs them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, SECOND_MS, Grain, day_start_ms, local_day
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.buckets import Bucket
from app.core.units.quantities import EXACT, decimal_from_micro
from app.rollup.buckets.compute import buckets_between
from app.rollup.buckets.coverage import coverage_share, expected_seconds
from app.rollup.buckets.past import buckets_as_of
from app.rollup.buckets.periods import bucket_end, bucket_start
from app.rollup.segments.levels import hold_ms
from app.store.directory.metered import Metered
from app.store.rollups.rolling import span_of
from app.store.rollups.rollups import bucket_page

_BLOCK_DAYS = 31
_DAY_MS = 24 * HOUR_MS
_EVER_DAYS = (-1_000_000, 1_000_000)


@dataclass(frozen=True, slots=True)
class Query:
    """Which buckets are asked for: those that overlap [start_ms, end_ms), None for open, as believed then or now."""

    grain: Grain
    start_ms: int | None
    end_ms: int | None
    as_of_ms: int | None


@dataclass(frozen=True, slots=True)
class MeterBucket:
    """A bucket of a meter over [start_ms, end_ms), with its quantities in the meter's unit, multiplier applied."""

    metered: Metered
    start_ms: int
    end_ms: int
    bucket: Bucket

    @property
    def quantity(self) -> Decimal | None:
        return self._true(self.bucket.quantity)

    @property
    def minimum(self) -> Decimal | None:
        return self._true(self.bucket.minimum) if self._stands else None

    @property
    def maximum(self) -> Decimal | None:
        return self._true(self.bucket.maximum) if self._stands else None

    @property
    def mean(self) -> Decimal | None:
        return self._true(self.bucket.mean) if self._stands else None

    @property
    def _stands(self) -> bool:
        """Tell whether a level may be stated: an hour of a gauge must be covered to three quarters."""
        hour = self.end_ms - self.start_ms <= HOUR_MS
        if self.metered.spec.kind is not MeterKind.GAUGE or not hour:
            return True
        return self.bucket.covered_s * SECOND_MS * 4 >= (self.end_ms - self.start_ms) * 3

    @property
    def coverage(self) -> Decimal | None:
        spec = self.metered.spec
        return coverage_share(
            kind=spec.kind,
            interval=spec.interval,
            count=self.bucket.count,
            covered_s=self.bucket.covered_s,
            expected_s=self._expected_s(),
        )

    def _expected_s(self) -> int:
        spec = self.metered.spec
        first, end = local_day(spec.zone, self.start_ms), local_day(spec.zone, self.end_ms - 1) + 1
        whole = expected_seconds(spec.zone, first, end, spec.in_service_from, spec.in_service_to)
        return min(whole, (self.end_ms - self.start_ms) // SECOND_MS)

    def _true(self, micro: int | Decimal | None) -> Decimal | None:
        if micro is None:
            return None
        with localcontext(EXACT):
            units = decimal_from_micro(micro) if isinstance(micro, int) else micro.scaleb(-6)
            return units * self.metered.multiplier


def rollup_page(
    session: Session, meters: Sequence[Metered], query: Query, *, after: tuple[int, int] | None, limit: int
) -> list[MeterBucket]:
    """Return up to `limit` buckets by meter id and start, from behind `after` (meter id, start in ms)."""
    remaining = [metered for metered in meters if after is None or metered.spec.id >= after[0]]
    if query.grain is Grain.HOUR or query.as_of_ms is not None:
        found = _computed(session, remaining, query, after)
        return [bucket for bucket, _ in zip(found, range(limit), strict=False)]
    return _stored(session, remaining, query, after, limit)


def _stored(
    session: Session, meters: Sequence[Metered], query: Query, after: tuple[int, int] | None, limit: int
) -> list[MeterBucket]:
    by_id = {metered.spec.id: metered for metered in meters}
    if not by_id:
        return []
    first_day = min(_days(metered.spec, query)[0] for metered in meters)
    end_day = max(_days(metered.spec, query)[1] for metered in meters)
    position = (-1, 0)
    if after is not None:
        reached = by_id.get(after[0])
        position = after[0], local_day(reached.spec.zone, after[1]) if reached else 0
    items: list[MeterBucket] = []
    while True:
        rows = bucket_page(
            session,
            meters[0].spec.organization_id,
            meter_ids=list(by_id),
            grain=query.grain,
            first_day=first_day,
            end_day=end_day,
            after=position,
            limit=limit,
        )
        placed = (_placed(by_id[row.meter_id], query.grain, row) for row in rows)
        items += [item for item in placed if _overlaps(item, query)]
        if len(items) >= limit or len(rows) < limit:
            return items[:limit]
        position = rows[-1].meter_id, rows[-1].start_day


def _computed(
    session: Session, meters: Sequence[Metered], query: Query, after: tuple[int, int] | None
) -> Iterator[MeterBucket]:
    for metered in meters:
        spec = metered.spec
        (first_day, end_day), (lived_first, lived_end) = _days(spec, query), _lived_days(session, spec)
        first_day, end_day = max(first_day, lived_first), min(end_day, lived_end)
        passed = after[1] if after is not None and after[0] == spec.id else None
        if passed is not None:
            first_day = max(first_day, local_day(spec.zone, passed))
        for item in _blocks(session, metered, query, first_day, end_day):
            if _overlaps(item, query) and (passed is None or item.start_ms > passed):
                yield item


def _blocks(session: Session, metered: Metered, query: Query, first_day: int, end_day: int) -> Iterator[MeterBucket]:
    """Yield a meter's buckets of the days, computed a month of hours or a reporting year of larger ones at a time."""
    spec = metered.spec
    day = first_day if query.grain is Grain.HOUR else bucket_start(query.grain, first_day, spec)
    while day < end_day:
        if query.grain is Grain.HOUR:
            block_end = min(day + _BLOCK_DAYS, end_day)
            yield from _hours(session, metered, day, block_end, query.as_of_ms)
        else:
            block_end = bucket_end(Grain.YEAR, bucket_start(Grain.YEAR, day, spec), spec)
            rows = buckets_as_of(
                session, [spec], grain=query.grain, first_day=day, end_day=block_end, belief=query.as_of_ms
            )
            yield from (_placed(metered, query.grain, row) for row in rows)
        day = block_end


def _hours(
    session: Session, metered: Metered, first_day: int, end_day: int, as_of_ms: int | None
) -> Iterator[MeterBucket]:
    """Yield the touched hours of local days, counted from each day's start, so that a day may have 23 or 25."""
    spec = metered.spec
    bounds = [
        instant
        for day in range(first_day, end_day)
        for instant in range(day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1), HOUR_MS)
    ]
    ends = [*bounds[1:], day_start_ms(spec.zone, end_day)]
    seconds = [instant // SECOND_MS for instant in (*bounds, ends[-1])]
    for bucket in buckets_between(session, spec, range(len(bounds)), seconds, belief=as_of_ms):
        yield MeterBucket(metered, bounds[bucket.start_day], ends[bucket.start_day], bucket)


def _placed(metered: Metered, grain: Grain, bucket: Bucket) -> MeterBucket:
    spec = metered.spec
    end_day = bucket_end(grain, bucket.start_day, spec)
    return MeterBucket(metered, day_start_ms(spec.zone, bucket.start_day), day_start_ms(spec.zone, end_day), bucket)


def _overlaps(item: MeterBucket, query: Query) -> bool:
    return (query.start_ms is None or item.end_ms > query.start_ms) and (
        query.end_ms is None or item.start_ms < query.end_ms
    )


def _days(spec: MeterSpec, query: Query) -> tuple[int, int]:
    """Return the first days [first, end) of buckets that can overlap the query on the meter's calendar."""
    first, end = _EVER_DAYS
    if query.start_ms is not None:
        day = local_day(spec.zone, query.start_ms)
        first = day if query.grain is Grain.HOUR else bucket_start(query.grain, day, spec)
    if query.end_ms is not None:
        end = local_day(spec.zone, query.end_ms - 1) + 1
    return first, end


def _lived_days(session: Session, spec: MeterSpec) -> tuple[int, int]:
    """Return local days that hold everything a meter's readings can touch.

    Own starts are in what they speak of; besides, an interval, or what a gauge's reading stands for, reaches beyond.
    """
    span = span_of(session, spec)
    if span is None:
        return 0, 0
    reach_ms = hold_ms(spec) if spec.kind is MeterKind.GAUGE else spec.longest_ms
    margin = reach_ms // _DAY_MS + 2
    return local_day(spec.zone, span[0]) - margin, local_day(spec.zone, span[1]) + margin
