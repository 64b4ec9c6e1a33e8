"""The days of any meters made anew from their readings: of columns where that is the same, else segment by segment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.core.readings.bucket_columns import NO_BUCKETS, BucketColumns, one_below_the_other
from app.core.readings.buckets import Bucket
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.interval_days import interval_days
from app.rollup.buckets.register_days import register_days
from app.rollup.segments.register_columns import counts_steadily
from app.rollup.segments.segment_columns import in_columns
from app.store.rollups.rollups import BucketKey


@dataclass(frozen=True, slots=True)
class Days:
    """Day buckets, in columns and one by one; each is in one of them."""

    columns: BucketColumns = NO_BUCKETS
    buckets: Sequence[Bucket] = ()

    def of_meters(self, meters: set[int]) -> "Days":
        """Return those of some meters."""
        inside = np.isin(self.columns.meter_id, list(meters))
        return Days(self.columns.take(inside), [each for each in self.buckets if each.meter_id in meters])


def days_of(session: Session, organization_id: int, specs: Mapping[int, MeterSpec], spans: Sequence[BucketKey]) -> Days:
    """Return the day buckets of an organization's spans of days, apart from each other; raises StoredPageDamaged."""
    summed, too_large = interval_days(session, specs, [span for span in spans if in_columns(specs[span[0]])])
    steadily = [span for span in spans if counts_steadily(specs[span[0]])]
    steady, left = register_days(session, organization_id, specs, steadily)
    # Each span is made in one way: those that neither way in columns can make, and what these have left.
    others = [
        span
        for span in spans
        if span[0] in too_large or not (in_columns(specs[span[0]]) or counts_steadily(specs[span[0]]))
    ]
    by_segments = [*others, *left]
    found = [bucket for meter, first, end in by_segments for bucket in day_buckets(session, specs[meter], first, end)]
    return Days(one_below_the_other([summed, steady]), found)
