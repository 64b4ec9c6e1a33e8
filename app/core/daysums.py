"""Days of regular interval readings, summed by the database instead of reading by reading."""

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


@dataclass(frozen=True, slots=True)
class DaySum:
    """The counted readings of one quality in a window; `irregular` ones cross the day's edge or leave the grid."""

    meter_id: int
    day: int
    quality: int
    count: int
    total: int
    gross: int
    irregular: int
