"""Which instants can be those of readings: from where an organization's history begins to a little after now.

Clocks that were reset write 1970 or 2000, a wrong unit of time gives 1970 or the year 57000, and two registers decades
apart tell nothing. Such a reading is refused, with what it probably is, before figures are made of it.
"""

from dataclasses import dataclass
from datetime import date

from app.core.calendar.periods import HOUR_MS, date_of, day_of

_DAY_MS = 24 * HOUR_MS
_EARLIEST_OFFSET_MS = 14 * HOUR_MS
"""A day begins so long before it does in UTC where it begins first."""


@dataclass(frozen=True, slots=True)
class PlausibleInstants:
    """`first_ms` (UTC) is the earliest instant of an organization's history, `ahead_ms` how long after now may be."""

    first_ms: int
    ahead_ms: int

    def since(self, history_from: date | None) -> "PlausibleInstants":
        """Return the same from another day on, wherever it begins; None changes nothing."""
        return self if history_from is None else plausible_from(history_from, self.ahead_ms // _DAY_MS)

    def end_ms(self, now_ms: int) -> int:
        """Return the instant from which on nothing is plausible yet."""
        return now_ms + self.ahead_ms + 1

    def objection(self, at_ms: int, now_ms: int) -> str | None:
        """Return why an instant cannot be a reading's and what helps, or None where it can be."""
        if at_ms < self.first_ms:
            day = date_of((self.first_ms + _EARLIEST_OFFSET_MS) // _DAY_MS)
            return (
                f"lies before {day}, where the organization's history begins; look at the sender's clock and its unit "
                "of time, or set the organization's history_from to an earlier day"
            )
        if at_ms >= self.end_ms(now_ms):
            days = self.ahead_ms // _DAY_MS
            return f"lies more than {days} days after now; look at the sender's clock and its unit of time"
        return None


def plausible_from(history_from: date, ahead_days: int) -> PlausibleInstants:
    """Return the instants from the first of a day, wherever it begins, to so many days after now."""
    return PlausibleInstants(day_of(history_from) * _DAY_MS - _EARLIEST_OFFSET_MS, ahead_days * _DAY_MS)


DEFAULT_HISTORY_FROM = date(2000, 1, 1)
DEFAULT_AHEAD_DAYS = 2
DEFAULT = plausible_from(DEFAULT_HISTORY_FROM, DEFAULT_AHEAD_DAYS)
