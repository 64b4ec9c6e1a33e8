"""What the rules need to know of a meter, in exact integers and resolved calendars."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.periods import HOUR_MS, Interval
from app.core.inventory.resources import MeterKind

_YEAR_MS = 365 * 24 * HOUR_MS
_TIMES_SHARE = 20


class TimestampEdge(StrEnum):
    """Which end of its interval a reading's timestamp names."""

    INTERVAL_START = "interval_start"
    INTERVAL_END = "interval_end"


class HeatingValue(StrEnum):
    """Which heating value the energy of a fuel is stated on: gross is the higher one, net the lower one."""

    GROSS = "gross"
    NET = "net"


class RegisterDirection(StrEnum):
    """Which way a register counts: its readings rise, fall, or go both ways as what it measures goes in and out."""

    UP = "up"
    DOWN = "down"
    NET = "net"


class RegisterReset(StrEnum):
    """When a counter returns to zero by itself: at each local midnight, or at the first one of each month."""

    DAILY = "daily"
    MONTHLY = "monthly"


class Plausibility(StrEnum):
    """By what a reading is doubted that breaks no stated limit: by what its meter has said before, or by nothing."""

    HISTORY = "history"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """A meter as ingest and rollup see it. Micro fields are micro-units of its unit, before the multiplier.

    max_rate_micro is micro-units per hour, annual_micro what is expected of a year. `by_history`: what lies far outside
    what the meter usually says is doubted. `interval` is the first; `interval_changes` are later ones and the instants
    (UTC ms) from which on they hold, in order. `is_used_up`: its amounts are energy, a volume or a mass, and one of a
    whole month below zero is a credit, or a slip.
    """

    id: int
    code: str
    organization_id: int
    plant_id: int
    kind: MeterKind
    zone: ZoneInfo
    interval: Interval | None
    edge: TimestampEdge
    modulus_micro: int | None
    max_rate_micro: Decimal | None
    dip_tolerance_micro: int
    calendar: FiscalCalendar
    in_service_from: date | None
    in_service_to: date | None
    estimates_gaps: bool = False
    edge_assumed: bool = False
    direction: RegisterDirection = RegisterDirection.UP
    reset: RegisterReset | None = None
    by_history: bool = True
    annual_micro: Decimal | None = None
    interval_changes: tuple[tuple[int, Interval], ...] = ()
    is_used_up: bool = False

    @property
    def doubts_below_zero(self) -> bool:
        """Tell whether somebody should look at a reading below zero: what is used up in a month or longer."""
        by_month = self.kind is MeterKind.INTERVAL and self.interval is not None and self.interval.months > 0
        return by_month and self.is_used_up and self.by_history

    def stamped(self, at: int) -> "MeterSpec":
        """Return the meter as it is for a reading stamped at `at`: with the interval that its stamp is an edge of."""
        if not self.interval_changes:
            return self
        ends = self.edge is TimestampEdge.INTERVAL_END
        held = [interval for begins, interval in self.interval_changes if (begins < at if ends else begins <= at)]
        return replace(self, interval=held[-1] if held else self.interval, interval_changes=())

    @property
    def longest_ms(self) -> int:
        """Return how long an interval of the meter lasts at most; 0 for one that has none."""
        every = [self.interval, *(interval for _, interval in self.interval_changes)]
        return max(0 if each is None else each.longest_ms for each in every)

    def most_within(self, span_ms: int) -> int | None:
        """Return the most micro-units that what is stated of the meter allows in so many milliseconds; None: no limit.

        That is what max_rate gives, and of a year's expectation twenty times the even share, but no more than the share
        and half a year's: of 36,500 kWh a year 2,000 in a day, 18,600 in a summer week that holds a fourth of it.
        """
        limits = []
        if self.max_rate_micro is not None:
            numerator, denominator = self.max_rate_micro.as_integer_ratio()
            limits.append(numerator * span_ms // (HOUR_MS * denominator))
        if self.annual_micro is not None:
            numerator, denominator = self.annual_micro.as_integer_ratio()
            share_ms = min(_TIMES_SHARE * span_ms, span_ms + _YEAR_MS // 2)
            limits.append(numerator * share_ms // (_YEAR_MS * denominator))
        return min(limits, default=None)
