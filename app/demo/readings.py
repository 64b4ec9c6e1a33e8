"""The readings of one example meter in one year, and the CSV body that carries them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from app.core.calendar.periods import HOUR_MS, day_of, day_start_ms, interval_from_iso, next_month_start
from app.core.units.quantities import MICRO
from app.demo.profile import profiles, weights
from app.demo.seed import SeedMeter
from app.demo.slots import Slot, interval_slots, weekly_slots
from app.demo.spread import spread

_CLOSING_HOUR_MS = 17 * HOUR_MS
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class ExampleReading:
    """at: UTC milliseconds; value: micro-units of the meter's unit."""

    at: int
    value: int


def year_readings(meter: SeedMeter, year: int, zone: ZoneInfo) -> list[ExampleReading]:
    """Return the readings of `meter` in `year`; they add up to its total exactly (a stock ends the year at it)."""
    first, end = meter.days_of(year)
    if meter.definition["kind"] == "stock":
        opening = meter.totals.get(year - 1, meter.opening)
        return _counts(zone, first, end, opening, meter.totals[year])
    slots = _slots(meter, zone, first, end)
    if meter.profile is None:
        raise ValueError(f"meter {meter.code} names no profile")
    shares = weights(profiles()[meter.profile], slots, seed=f"{meter.definition['plant']}/{meter.profile}")
    at_end = meter.definition.get("timestamp_edge") == "interval_end"
    return [
        ExampleReading(at=slot.end_ms if at_end else slot.start_ms, value=value)
        for slot, value in zip(slots, spread(meter.totals[year], shares, step=meter.step), strict=True)
    ]


def csv_body(meter_code: str, readings: Sequence[ExampleReading]) -> bytes:
    """Return the readings as the CSV a gateway would post: meter, timestamp in UTC, value."""
    instants = np.array([reading.at for reading in readings], dtype="datetime64[ms]")
    stamps = np.datetime_as_string(instants, unit="s")
    lines = ["meter,timestamp,value"]
    lines += [
        f"{meter_code},{stamp}Z,{reading.value // MICRO}.{reading.value % MICRO:06d}"
        for stamp, reading in zip(stamps, readings, strict=True)
    ]
    return "\n".join(lines).encode() + b"\n"


def _slots(meter: SeedMeter, zone: ZoneInfo, first: date, end: date) -> list[Slot]:
    if meter.pickup:
        return weekly_slots(zone, first, end, weekday=meter.pickup.weekday, hour=meter.pickup.hour)
    return interval_slots(zone, first, end, interval_from_iso(meter.definition["interval"]))


def _counts(zone: ZoneInfo, first: date, end: date, opening: int, closing: int) -> list[ExampleReading]:
    """Count whole units at the close of each month's last day, on the straight line from opening to closing."""
    ends = []
    day = day_of(first)
    while day < day_of(end):
        day = next_month_start(day)
        ends.append(day - 1)
    rise = (closing - opening) // MICRO
    return [
        ExampleReading(
            at=day_start_ms(zone, last) + _CLOSING_HOUR_MS,
            value=opening + rise * number // len(ends) * MICRO,
        )
        for number, last in enumerate(ends, start=1)
    ]
