"""Which stamps make up a day of regular interval readings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DayWindow:
    """Which stamps make up a local day of the meters that share a calendar, in UTC ms.

    Stamps strictly between `after` and `before` belong to segments that touch the day; those in [first, last] lie
    wholly inside it, and on the grid first + n x step no two of them overlap. `month` and `year` are the first local
    days of the month and the reporting year that the day lies in.
    """

    meters: tuple[int, ...]
    day: int
    month: int
    year: int
    after: int
    before: int
    first: int
    last: int
    step: int

    @property
    def whole(self) -> bool:
        """Tell whether the day is a whole number of steps, so that what is on the grid lies wholly inside it."""
        return (self.before - self.after) % self.step == 0
