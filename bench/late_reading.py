"""What one late reading costs, from its bytes to the year's rollup, with 10^5, 10^6 and 10^7 readings stored."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np

from app.ingest.writing.intake import IngestOptions, ingest_readings
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from bench.figures import Goal, Line, expect, ratios, spread
from bench.fill import history, hole
from bench.lab import Backend, Lab, opened
from bench.rows import JSON, rows_of
from bench.sizes import METERS, Sizes

_GOAL = Goal(1.3, at_most=True)


def late_reading(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the milliseconds at each size, asked in turn, and the ratio of the largest to the smallest."""
    lengths = (sizes.small_slots, sizes.middle_slots, sizes.large_slots)
    for backend in Backend:
        found: dict[int, list[float]] = defaultdict(list)
        with ExitStack() as stack:
            databases = {slots: stack.enter_context(opened(history(lab, backend, slots))) for slots in lengths}
            for number in range(sizes.late_readings + 2):
                for slots, database in databases.items():
                    elapsed_ms = _late(database, meter=number + 1, slot=hole(slots))
                    if number >= 2:
                        found[slots].append(elapsed_ms)
        smallest = found[lengths[0]]
        for slots in lengths:
            subject = f"one late reading among {METERS * slots:,}"
            if slots == lengths[0]:
                yield Line(subject, backend, spread(smallest), "ms")
                continue
            goal = _GOAL if slots == lengths[-1] else None
            against = f"among {METERS * lengths[0]:,}"
            yield Line(subject, backend, spread(found[slots]), "ms", ratios(found[slots], smallest), against, goal)


def _late(database: Database, *, meter: int, slot: int) -> float:
    """Store the reading a meter's history lacks and roll it up; return the milliseconds."""
    body = JSON.body(rows_of(np.array([meter]), np.array([slot])))
    now_ms = time.time_ns() // 1_000_000
    started = time.perf_counter()
    outcome = ingest_readings(
        database,
        organization_id=1,
        key_code=None,
        body=body,
        content_type=JSON.media_type,
        content_encoding=None,
        limit_bytes=1 << 20,
        options=IngestOptions(),
        now_ms=now_ms,
    )
    rolled = roll_pending(database)
    elapsed_ms = (time.perf_counter() - started) * 1_000
    expect((outcome.inserted, rolled), (1, 1), "late readings inserted, meters rolled")
    return elapsed_ms
