"""What a meter usually says: the little that is remembered of it, so that what lies far outside can be doubted at once.

A reading is far outside when it is more than TIMES_USUAL times the fourth highest amount the meter has said so far. The
fourth: three wrong ones, however high, do not make themselves usual. So many times: a machine that runs ten times its
usual load is news, not an error. Four within five weeks are a new level: what happens once a week, such as a filter's
backwash, becomes usual, what fails once a month does not. A meter whose fourth highest quarter hour is 4,900 kWh says:

    5,100      usual; it is the highest by now
    0          says nothing of how high the meter goes
    900,000    far outside 98,000: suspect, and kept in mind
    880,000    suspect as well, and so is a third one within five weeks
    910,000    the fourth within five weeks: this is a new level, and usual from now on
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.core.calendar.periods import HOUR_MS
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind

TIMES_USUAL = 20
REMEMBERED = 4
"""How many of the highest amounts are remembered; the lowest of them is taken for usual."""

LEAST_HISTORY = 48
LEAST_HISTORY_OF_DAYS = 12
"""Amounts other than zero that are needed first, of short intervals, and of intervals from a day on or of events."""

_DAY_MS = 24 * HOUR_MS
_FIVE_WEEKS_MS = 35 * _DAY_MS
_QUARTER_MS = 90 * _DAY_MS
_INTERVALS_IN_MIND = 8

Far = tuple[int, int]
"""Instant and amount of a reading that was far outside."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is remembered of a meter: amounts are absolute micro-units, instants UTC ms.

    `lacking` is how many amounts other than zero are still needed, None before the first. Those that were counted lie
    in [first_at, last_at], and what is said of instants within is not counted again. `highest` ascends. `far` are the
    latest far outside, at most three.
    """

    lacking: int | None = None
    first_at: int = 0
    last_at: int = -1
    highest: tuple[int, ...] = ()
    far: tuple[Far, ...] = ()

    @property
    def level(self) -> int:
        """Return the amount that is taken for usual; 0 while too few are known to tell."""
        return self.highest[0] if self.lacking == 0 else 0

    def with_amounts(self, amounts: Sequence[int], first_at: int, last_at: int, *, needed: int) -> "Usual":
        """Return what is remembered after amounts other than zero between these instants."""
        begun = self.lacking is not None
        return Usual(
            lacking=max((needed if self.lacking is None else self.lacking) - len(amounts), 0),
            first_at=min(self.first_at, first_at) if begun else first_at,
            last_at=max(self.last_at, last_at),
            highest=tuple(sorted((*self.highest, *amounts))[-REMEMBERED:]),
            far=self.far,
        )

    def with_far(self, at: int, amount: int, *, in_mind_ms: int) -> tuple["Usual", bool]:
        """Return what is remembered after an amount far outside, and whether it is one of a new level."""
        near = [each for each in self.far if each[0] != at and abs(each[0] - at) <= in_mind_ms]
        if len(near) < REMEMBERED - 1:
            return replace(self, far=tuple(sorted((*near, (at, amount)))[1 - REMEMBERED :])), False
        return self.with_accepted([amount, *(each[1] for each in near)]), True

    def with_accepted(self, amounts: Sequence[int]) -> "Usual":
        """Return what is remembered once somebody, or their number, has shown that amounts like the least are usual."""
        lifted = [max(each, min(amounts)) for each in self.highest] + [min(amounts)] * (REMEMBERED - len(self.highest))
        return replace(self, highest=tuple(sorted(lifted)), far=())


def is_judged(spec: MeterSpec) -> bool:
    """Tell whether a meter's readings are held against what it usually says: amounts are, levels and counters are not.

    What a gauge shows far outside is what its permit asks about; a stated rate or expectation takes the rule's place.
    """
    amounts = spec.kind in (MeterKind.INTERVAL, MeterKind.EVENT)
    return amounts and spec.by_history and spec.max_rate_micro is None and spec.annual_micro is None


def history_needed(spec: MeterSpec) -> int:
    """Return how many amounts are needed before anything is doubted."""
    short = spec.interval is not None and 0 < spec.interval.seconds * 1_000 < _DAY_MS
    return LEAST_HISTORY if short else LEAST_HISTORY_OF_DAYS


def in_mind_ms(spec: MeterSpec) -> int:
    """Return how near to each other readings far outside must lie to be a new level together."""
    if spec.interval is None:
        return _QUARTER_MS
    longest_ms = spec.interval.seconds * 1_000 + (spec.interval.days + 31 * spec.interval.months) * _DAY_MS
    return max(_FIVE_WEEKS_MS, _INTERVALS_IN_MIND * longest_ms)
