"""Where the time goes, stage by stage, inside one process: a batch of 10,000, and a dirty day of every meter."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from app.core.readings.runs import Runs
from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.marks import append_marks
from app.store.engine.database import Database
from bench.figures import Line, expect, spread
from bench.fill import history
from bench.lab import Backend, Lab, opened
from bench.new_rows import BATCH, FORMATS
from bench.overlap import window
from bench.rows import DAY_SLOTS, NDJSON, START_MS, STEP_MS, Format, Rows, Supply, time_ordered
from bench.sizes import METERS, Sizes
from bench.stopwatch import watched

_INGEST = {
    "decode": ("app.ingest.writing.intake:unpacked", "app.ingest.writing.intake:decode"),
    "judge": ("app.ingest.writing.intake:judge",),
    "sort": ("app.ingest.writing.write:sorted_by_identity",),
    "turn": ("app.store.arrivals.arrivals:lock_readings",),
    "what is known": ("app.ingest.writing.write:catch_up", "app.ingest.writing.write:compare"),
    "corrections and repeats": ("app.ingest.writing.write:settle",),
    "count and record": ("app.ingest.writing.write:outcomes_of", "app.ingest.writing.write:records_of"),
    "append": ("app.store.arrivals.arrivals:append_arrival",),
    "looked up": ("app.ingest.writing.write:enter_arrivals", "app.ingest.writing.write:standing_within"),
}
_ROLLUP = {
    "take marks": ("app.rollup.rolling.roller:meters_with_marks", "app.rollup.rolling.roller:take_marks"),
    "locks": ("app.rollup.rolling.roller:lock_meters",),
    "dirty days": ("app.rollup.rolling.roller:dirty_days",),
    "own starts": ("app.rollup.buckets.interval_days:meters_with_own_starts",),
    "readings": ("app.rollup.buckets.interval_days:standing_within",),
    "segments": ("app.rollup.buckets.interval_days:segment_columns",),
    "sums of days": ("app.rollup.buckets.interval_days:allocate_columns",),
    "writing days": (
        "app.rollup.rolling.renew:delete_days",
        "app.rollup.rolling.renew:insert_columns",
        "app.rollup.rolling.renew:insert_days",
    ),
    "months and years": ("app.rollup.rolling.renew:sum_up", "app.rollup.rolling.renew:sum_up_years"),
    "kept hours": ("app.rollup.rolling.pieces:forget_hours",),
    "news": ("app.rollup.rolling.pieces:tell_rolled",),
}
_Times = dict[str, list[float]]


def stages(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds of each stage and its share of the whole."""
    for backend in Backend:
        url = lab.metered(backend)
        with opened(url) as database:
            supply = Supply(first_slot=100_000)
            for form in FORMATS:
                times: _Times = defaultdict(list)
                for round_number in range(sizes.rounds + 1):
                    _ingest(database, supply.time_ordered(BATCH), form, times if round_number else {})
                    roll_pending(database)
                yield from _lines(f"new, {form.name}", backend, times)
            overlapping: _Times = defaultdict(list)
            _ingest(database, time_ordered(0, 6), NDJSON, {})
            for round_number in range(sizes.rounds + 1):
                _ingest(database, window(round_number), NDJSON, overlapping if round_number else {})
                roll_pending(database)
            yield from _lines("overlapping, NDJSON", backend, overlapping)
        lab.drop(url)
        with opened(history(lab, backend, sizes.middle_slots)) as database:
            rolled: _Times = defaultdict(list)
            for round_number in range(sizes.rounds + 1):
                _roll(database, 1 + round_number % 5, rolled if round_number else {})
            yield from _lines("one dirty day", backend, rolled)


def _ingest(database: Database, rows: Rows, form: Format, times: Mapping[str, list[float]]) -> None:
    body = form.body(rows)
    with watched(_INGEST, database) as watch:
        started = time.perf_counter()
        ingest_readings(
            database,
            organization_id=1,
            key_code=None,
            body=body,
            content_type=form.media_type,
            content_encoding=None,
            limit_bytes=1 << 27,
            options=IngestOptions(),
            now_ms=time.time_ns() // 1_000_000,
        )
        _note(times, watch.ms, started)


def _roll(database: Database, day: int, times: Mapping[str, list[float]]) -> None:
    first = START_MS + day * DAY_SLOTS * STEP_MS
    last = first + (DAY_SLOTS - 1) * STEP_MS
    with database.write() as session:
        meters = np.arange(1, METERS + 1, dtype=np.int32)
        append_marks(session, 1, Runs(meters, np.full(METERS, first), np.full(METERS, last)))
    with watched(_ROLLUP, database) as watch:
        started = time.perf_counter()
        expect(roll_pending(database, in_lanes=False), METERS, "meters rolled")
        _note(times, watch.ms, started)


def _note(times: Any, found: Mapping[str, float], started: float) -> None:
    whole = (time.perf_counter() - started) * 1_000
    if isinstance(times, defaultdict):
        for stage, elapsed_ms in found.items():
            times[stage].append(elapsed_ms)
        times["everything else"].append(whole - sum(found.values()))
        times["whole"].append(whole)


def _lines(subject: str, backend: Backend, times: _Times) -> Iterator[Line]:
    whole = spread(times["whole"]).median
    for stage, found in times.items():
        share = spread(found).median / whole
        note = "" if stage == "whole" else f"{share:.1%}"
        yield Line(f"{subject}: {stage}", backend, spread(found), "ms", note=note)
