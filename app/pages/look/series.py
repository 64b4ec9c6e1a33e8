"""What the curves of a meter are drawn of: buckets or single readings, and the mean of each hour of the week."""

from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.periods import Grain, day_of, day_start_ms, instant_from_ms
from app.core.inventory.resources import QUANTITY_KINDS
from app.core.readings.columns import COUNTS_BELOW
from app.pages.look.spans import GRAINS, Stretch
from app.rollup.listing import MeterBucket, Query, rollup_page
from app.store.directory.metered import Metered
from app.store.readings.readback import ReadbackQuery, read_back

MOST_POINTS = 45_000
"""A year of quarter hours, with room; of a minute's readings a month."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Values by instant (UTC seconds); None where nothing is known."""

    x: list[int]
    y: list[float | None]


def buckets_of(session: Session, meter: Metered, stretch: Stretch, grain: Grain) -> list[MeterBucket]:
    """Return a meter's buckets of a stretch, those without readings left out."""
    start_ms, end_ms = bounds_of(meter, stretch)
    query = Query(grain=grain, start_ms=start_ms, end_ms=end_ms, as_of_ms=None)
    return rollup_page(session, [meter], query, after=None, limit=MOST_POINTS)


def curve_of(session: Session, meter: Metered, stretch: Stretch) -> Curve:
    """Return quantities, or means of levels, by bucket; a bucket between two others that has none is a gap."""
    found = buckets_of(session, meter, stretch, GRAINS[stretch.span])
    x: list[int] = []
    y: list[float | None] = []
    for at, bucket in enumerate(found):
        if at and found[at - 1].end_ms < bucket.start_ms:
            x.append(found[at - 1].end_ms // 1_000)
            y.append(None)
        x.append(bucket.start_ms // 1_000)
        y.append(_value(bucket))
    return Curve(x, y)


def readings_of(session: Session, meter: Metered, stretch: Stretch) -> Curve:
    """Return every reading that counts, as it was sent; a gap lies where more than twice the usual time passed."""
    start_ms, end_ms = bounds_of(meter, stretch)
    rows = read_back(session, [meter], ReadbackQuery(start_ms, end_ms, None), after=None, limit=MOST_POINTS)
    rows = rows.take(rows.quality < COUNTS_BELOW)
    x, y = [], []
    usual_ms = meter.spec.longest_ms
    before = None
    for at, micro in zip(rows.at.tolist(), rows.value.tolist(), strict=True):
        if usual_ms and before is not None and at - before > 2 * usual_ms:
            x.append((before + usual_ms) // 1_000)
            y.append(None)
        x.append(at // 1_000)
        y.append(micro / 1_000_000)
        before = at
    return Curve(x, y)


def week_of(session: Session, meter: Metered, stretch: Stretch) -> list[list[float | None]]:
    """Return the mean of each hour of the week, by weekday from Monday and local hour; None where there is none."""
    sums = [[0.0] * 24 for _ in range(7)]
    counts = [[0] * 24 for _ in range(7)]
    for bucket in buckets_of(session, meter, stretch, Grain.HOUR):
        value = _value(bucket)
        if value is not None:
            local = instant_from_ms(bucket.start_ms).astimezone(meter.spec.zone)
            sums[local.weekday()][local.hour] += value
            counts[local.weekday()][local.hour] += 1
    return [
        [total / count if count else None for total, count in zip(of_day, counted, strict=True)]
        for of_day, counted in zip(sums, counts, strict=True)
    ]


def beside(now: Curve, before: Curve, meter: Metered, stretch: Stretch) -> list[float | None]:
    """Return the year before at this year's instants, None where it has none.

    Buckets lie on each other by their number from the first local midnight, so that clocks that changed on another
    day move none: the 90th day of the year on the 90th, though it began an hour earlier.
    """
    starts = [bounds_of(meter, each)[0] // 1_000 for each in (stretch, stretch.years_before)]
    size = 3_600 if GRAINS[stretch.span] is Grain.HOUR else 86_400
    values = {(each - starts[1] + size // 2) // size: value for each, value in zip(before.x, before.y, strict=True)}
    return [values.get((each - starts[0] + size // 2) // size) for each in now.x]


def _value(bucket: MeterBucket) -> float | None:
    value = bucket.quantity if bucket.metered.spec.kind in QUANTITY_KINDS else bucket.mean
    return None if value is None else float(value)


def bounds_of(meter: Metered, stretch: Stretch) -> tuple[int, int]:
    """Return the instants [start, end) of a stretch by the plant's clock, UTC ms."""
    return day_start_ms(meter.spec.zone, day_of(stretch.first)), day_start_ms(meter.spec.zone, day_of(stretch.end))
