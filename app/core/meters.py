"""What the rules need to know of a meter, in exact integers and resolved calendars."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.core.fiscal_calendar import FiscalCalendar
from app.core.periods import Interval
from app.core.resources import MeterKind


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


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """A meter as ingest and rollup see it. Micro fields are micro-units of its unit, before the multiplier.

    max_rate_micro is micro-units per hour. `by_history`: what lies far outside what the meter usually says is doubted.
    """

    id: int
    code: str
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
    direction: RegisterDirection = RegisterDirection.UP
    reset: RegisterReset | None = None
    by_history: bool = True
