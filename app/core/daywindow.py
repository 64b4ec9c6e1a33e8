"""Which stamps make up a day of regular interval readings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Which stamps make up a meter's local day, in UTC ms.

    Stamps strictly between `after` and `before` belong to segments that touch the day; those in [first, last] lie
    wholly inside it, and on the grid first + n x step no two of them overlap.
    """

    meter_id: int
    day: int
    after: int
    before: int
    first: int
    last: int
    step: int
