"""What rollups look like from outside."""

from decimal import Decimal
from enum import StrEnum

from app.core.calendar.periods import Grain, instant_from_ms
from app.core.readings.buckets import RollupFlag
from app.rollup.listing import MeterBucket
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber, twelve_places


class RollupGrain(StrEnum):
    """The size of a bucket on the plant's calendar; a year is the organization's reporting year."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


GRAINS = {each: Grain[each.name] for each in RollupGrain}


class RollupItem(Shape):
    """One bucket of a meter over [start, end), in `unit` with the multiplier applied.

    `quantity` is null for levels, where nothing is known, and where the sum would pass 2^63 (flag `overflow`).
    `coverage` is null where nothing can be expected; minimum, maximum and mean belong to levels.
    """

    meter: str
    plant: str
    resource: str
    grain: RollupGrain
    start: Instant
    end: Instant
    quantity: ExactNumber | None
    unit: str
    count: int
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    manual_share: ExactNumber | None
    minimum: ExactNumber | None
    maximum: ExactNumber | None
    mean: ExactNumber | None
    flags: list[str]


class RollupPage(Shape):
    """Rollups by meter and start."""

    items: list[RollupItem]
    next: str | None


def rollup_from(found: MeterBucket, grain: RollupGrain) -> RollupItem:
    """Return the outside view of a bucket; what was divided (shares, coverage, mean) carries twelve decimals."""
    bucket = found.bucket
    estimated, manual = bucket.estimated_share, bucket.manual_share
    measured = None if estimated is None or manual is None else 1 - estimated - manual
    return RollupItem(
        meter=found.metered.spec.code,
        plant=found.metered.plant,
        resource=found.metered.resource,
        grain=grain,
        start=instant_from_ms(found.start_ms),
        end=instant_from_ms(found.end_ms),
        quantity=found.quantity,
        unit=found.metered.unit,
        count=bucket.count,
        coverage=_twelve(found.coverage),
        measured_share=_twelve(measured),
        estimated_share=_twelve(estimated),
        manual_share=_twelve(manual),
        minimum=found.minimum,
        maximum=found.maximum,
        mean=_twelve(found.mean),
        flags=[str(flag.name).lower() for flag in RollupFlag(bucket.flags)],
    )


def _twelve(value: Decimal | None) -> Decimal | None:
    return None if value is None else twelve_places(value)
