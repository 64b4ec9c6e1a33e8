"""The year's total of 1,000 meters: added from the stored rollups, and from every reading."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from app.core.calendar.periods import Grain, local_day, zone_named
from app.store.engine.database import Database
from app.store.readings.standing import standing_onwards
from bench.figures import Goal, Line, expect, ratios, spread
from bench.fill import history
from bench.lab import Backend, Lab, opened, scalar
from bench.rows import START_MS
from bench.sizes import METERS, Sizes

_FROM_ROLLUPS = "SELECT sum(quantity) FROM rollup WHERE meter_id IN (SELECT id FROM meter) AND grain = :grain"
_FROM_ROLLUPS += " AND start_day = :day"
_YEAR_MS = 366 * 86_400_000


def annual_total(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds of both ways, which must give the same integer."""
    for backend in Backend:
        url = history(lab, backend, sizes.year_slots)
        from_rollups: list[float] = []
        from_readings: list[float] = []
        day = local_day(zone_named("Asia/Shanghai"), START_MS)
        with opened(url) as database:
            for round_number in range(min(sizes.rounds, 5) + 1):
                slow, readings = _timed(partial(_from_readings, database))
                values = {"grain": int(Grain.YEAR), "day": day}
                fast, rollups = _timed(partial(scalar, database, _FROM_ROLLUPS, **values))
                expect(rollups, readings, "the year's total from rollups")
                if round_number:
                    from_rollups.append(fast)
                    from_readings.append(slow)
        note = f"{METERS * sizes.year_slots:,} readings"
        ratio = ratios(from_readings, from_rollups)
        yield Line("from readings", backend, spread(from_readings), "ms", ratio, "from rollups", Goal(200, 1_000), note)
        yield Line("from rollups", backend, spread(from_rollups), "ms")


def _from_readings(database: Database) -> int:
    """Add every reading of the year, a meter at a time."""
    with database.read() as session:
        meters = range(1, METERS + 1)
        return sum(
            int(rows.value.sum())
            for meter in meters
            for rows in standing_onwards(session, 1, meter, START_MS, START_MS + _YEAR_MS - 1)
        )


def _timed(total: Callable[[], Any]) -> tuple[float, int]:
    started = time.perf_counter()
    found = int(total())
    return (time.perf_counter() - started) * 1_000, found
