"""What stored readings take of the disk, and of PostgreSQL's write-ahead log, for values as meters give them."""

from collections.abc import Iterator

import numpy as np

from bench.beside import Contender, Found, contender
from bench.client import READINGS, post
from bench.counters import log_position, stored_bytes, write_back
from bench.figures import Goal, Line, expect
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts
from bench.realistic import KINDS, REGISTER, make_registers, realistic, used_micro_kwh
from bench.rows import NDJSON
from bench.sizes import METERS, Sizes
from bench.totals import year_total

_STORED_GOAL = {Backend.POSTGRESQL: Goal(4, 2.5, at_most=True), Backend.SQLITE: Goal(3, 2.2, at_most=True)}
_LOG_GOAL = Goal(30, 15, at_most=True)


def disk(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield bytes a reading, of all tables and indexes and of the log, by kind of values and of all kinds together.

    Of each kind a database of its own is loaded in batches of 10,000, in order of time. What the tables took before
    the load, 1,000 meters and the catalogues, is not counted.
    """
    for backend in Backend:
        stored = {kind: Found(f"stored, {kind}", "B") for kind in KINDS}
        logged = {kind: Found(f"log, {kind}", "B") for kind in KINDS}
        for build in lab.builds:
            for kind in KINDS:
                url = lab.metered(backend, build)
                if kind == REGISTER:
                    make_registers(url)
                before = stored_bytes(url)
                with contender(lab, build, url) as server:
                    log_bytes = _load(server, kind, sizes.disk_slots)
                count = METERS * sizes.disk_slots
                stored[kind].builds[build.name].append((stored_bytes(url) - before) / count)
                logged[kind].builds[build.name].append(log_bytes / count)
                lab.drop(url)
        note = f"{METERS * sizes.disk_slots:,} readings"
        yield from _lines(stored, backend, _STORED_GOAL[backend], note)
        if backend is Backend.POSTGRESQL:
            yield from _lines(logged, backend, _LOG_GOAL, note)


def _lines(by_kind: dict[str, Found], backend: Backend, goal: Goal, note: str) -> Iterator[Line]:
    for found in by_kind.values():
        yield from found.lines(backend, note=note)
    mean = Found(f"{next(iter(by_kind.values())).subject.split(',')[0]}, mean of the kinds", "B")
    for name in next(iter(by_kind.values())).builds:
        mean.builds[name] = np.mean([found.builds[name] for found in by_kind.values()], axis=0).tolist()
    yield from mean.lines(backend, goal=goal)


def _load(server: Contender, kind: str, slots: int) -> int:
    """Post the rows, wait until they are where they stay, and return the bytes logged meanwhile."""
    write_back(server.url)
    logs = not server.url.startswith("sqlite")
    before = log_position(server.url) if logs else 0
    rows = realistic(kind, 0, slots)
    batches = rows.cut(BATCH)
    requests = [post(READINGS, NDJSON.body(batch), NDJSON.media_type) for batch in batches]
    for answer, batch in zip(server.connection.post_all(requests)[1], batches, strict=True):
        expect_counts(answer, received=len(batch), inserted=len(batch))
    server.settle()
    expect(year_total(server.server.connect())[1], used_micro_kwh(kind, rows), "the year's total")
    return log_position(server.url) - before if logs else 0
