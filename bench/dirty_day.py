"""One day of 1,000 meters in a long history, dirty or new, rolled up to the year, beside raw loading of its rows."""

import time
from collections.abc import Iterator

import numpy as np

from app.core.readings.runs import Runs
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.marks import append_marks
from app.store.engine.database import Database
from bench.baselines import raw_table
from bench.beside import Found
from bench.figures import Goal, Line, expect, spread
from bench.fill import history
from bench.lab import Backend, Lab
from bench.new_rows import BATCH
from bench.rows import DAY_SLOTS, NDJSON, START_MS, STEP_MS, time_ordered
from bench.sizes import METERS, Sizes
from bench.stopwatch import watched

_GOALS = {Backend.POSTGRESQL: Goal(0.07, 0.035, at_most=True), Backend.SQLITE: Goal(0.03, 0.015, at_most=True)}
_ROLL_DAY, _ADD_DAY = "bench.dirty_day:_roll_day", "bench.dirty_day:_add_day"
"""What is called inside each build, this file's in this build and that of its own time in today's."""


def dirty_day(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds of the whole cascade, to raw loading in batches of 10,000 and in one transaction.

    A day that was changed is made anew; one that arrives is added.
    """
    for backend in Backend:
        urls = {build: history(lab, backend, sizes.year_slots, build) for build in lab.builds}
        raw, raw_whole = (raw_table(backend, lab.empty(backend)) for _ in range(2))
        rolled, added = Found("day to year, all meters", "ms"), Found("a day that arrives, added up to the year", "ms")
        loaded: list[float] = []
        loaded_whole: list[float] = []
        days = sizes.year_slots // DAY_SLOTS
        for round_number in range(sizes.rounds + 1):
            day = (7 + 37 * round_number) % (days - 2) + 1
            for build, url in urls.items():
                rolled_ms = build.call(_ROLL_DAY, day, url=url) * 1_000
                added_ms = build.call(_ADD_DAY, days + round_number, url=url)
                if round_number:
                    rolled.builds[build.name].append(rolled_ms)
                    added.builds[build.name].append(added_ms)
            rows = time_ordered(round_number * DAY_SLOTS, DAY_SLOTS)
            raw_seconds = raw.seconds([raw.ready(batch) for batch in rows.cut(BATCH)])
            whole_seconds = raw_whole.seconds([raw_whole.ready(rows)])
            if round_number:
                loaded.append(raw_seconds * 1_000)
                loaded_whole.append(whole_seconds * 1_000)
        goal = _GOALS[backend]
        note = f"{METERS:,} meters, {days} days stored"
        yield from rolled.lines(backend, beside=loaded, against=raw.name, goal=goal, note=note)
        whole = f"{raw.name}, one transaction"
        yield from rolled.lines(backend, beside=loaded_whole, against=whole, goal=goal)
        note = "while its rows are entered, which is not counted"
        yield from added.lines(backend, beside=loaded, against=raw.name, goal=goal, note=note)
        yield Line(raw.name, backend, spread(loaded), "ms", note="96,000 rows in batches of 10,000")
        yield Line(whole, backend, spread(loaded_whole), "ms", note="96,000 rows at once")
        raw.close()
        raw_whole.close()


def _roll_day(database: Database, day: int) -> float:
    """Mark a whole day of every meter, roll it up and return the seconds rolling took."""
    first = START_MS + day * DAY_SLOTS * STEP_MS
    with database.write() as session:
        meters = np.arange(1, METERS + 1, dtype=np.int32)
        last = first + (DAY_SLOTS - 1) * STEP_MS
        append_marks(session, 1, Runs(meters, np.full(METERS, first), np.full(METERS, last)))
    started = time.perf_counter()
    expect(roll_pending(database), METERS, "meters rolled")
    return time.perf_counter() - started


def _add_day(database: Database, day: int) -> float:
    """Post a new day of every meter, and return the milliseconds that rolling it up adds to entering it."""
    for rows in time_ordered(day * DAY_SLOTS, DAY_SLOTS).cut(BATCH):
        ingest_readings(
            database,
            organization_id=1,
            key_code=None,
            body=NDJSON.body(rows),
            content_type=NDJSON.media_type,
            content_encoding=None,
            limit_bytes=1 << 27,
            options=IngestOptions(),
            now_ms=time.time_ns() // 1_000_000,
        )
    with watched({"added": ("app.rollup.rolling.arrivals:_roll",)}, database) as watch:
        roll_pending(database)
    return watch.ms["added"]
