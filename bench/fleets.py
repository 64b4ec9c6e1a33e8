"""Fleets of plants for the capacity model: any number of meters at any interval, and the posts of an interval."""

from collections.abc import Iterator

from app.store.upkeep.migrate import migrate
from bench.capacity_model import Fleet
from bench.client import READINGS, post
from bench.inventory import store_meters
from bench.lab import Backend, Lab, opened
from bench.rows import START_MS, instant, meter_code


def founded(lab: Lab, backend: Backend, fleet: Fleet) -> str:
    """Return the address of a new database with the meters of the fleet and no reading."""
    url = lab.empty(backend)
    with opened(url) as database:
        migrate(database)
        store_meters(database, count=fleet.meters, interval=f"PT{fleet.interval_s}S")
    return url


def posts_of(fleet: Fleet, number: int) -> Iterator[tuple[bytes, int]]:
    """Yield the requests of one round of posts, as JSON, each with its readings: `post_intervals` of `post_meters`.

    Round 0 begins with 2024. An example: meter 7 in interval 3 says (7 x 7,919 + 3 x 104,729) mod 100,000 = 69,620 Wh.
    """
    intervals = range(number * fleet.post_intervals, (number + 1) * fleet.post_intervals)
    timestamps = [instant(START_MS + interval * fleet.interval_s * 1_000) for interval in intervals]
    for first in range(1, fleet.meters + 1, fleet.post_meters):
        meters = range(first, min(first + fleet.post_meters, fleet.meters + 1))
        rows = [
            f'{{"meter":"{meter_code(meter)}","timestamp":"{timestamp}","value":{watt_hours(meter, interval) / 1_000}}}'
            for interval, timestamp in zip(intervals, timestamps, strict=True)
            for meter in meters
        ]
        yield post(READINGS, f'{{"readings":[{",".join(rows)}]}}'.encode(), "application/json"), len(rows)


def watt_hours(meter: int, interval: int) -> int:
    """Return what a meter says of an interval."""
    return (meter * 7_919 + interval * 104_729) % 100_000
