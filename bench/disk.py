"""What stored readings take of the disk, and of PostgreSQL's write-ahead log, for values as meters give them."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import product
from statistics import fmean

from bench.beside import Contender, Found, contender
from bench.client import READINGS, post
from bench.counters import log_position, stored, write_back
from bench.figures import Goal, Line, expect
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts
from bench.nightly import run_nightly
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
        taken = {kind: Found(f"stored, {kind}", "B") for kind in KINDS}
        logged = {kind: Found(f"log, {kind}", "B") for kind in KINDS}
        tables: dict[str, str] = {}
        count = METERS * sizes.disk_slots
        for build, kind in product(lab.builds, KINDS):
            url = lab.metered(backend, build)
            if kind == REGISTER:
                make_registers(url)
            before = stored(url)
            with contender(lab, build, url) as server:
                log_bytes = _load(server, kind, sizes.disk_slots)
            added = stored(url).since(before)
            taken[kind].builds[build.name].append(added.whole / count)
            logged[kind].builds[build.name].append(log_bytes / count)
            if build is lab.this:
                tables[kind] = added.largest(3, rows=count)
            lab.drop(url)
        for kind, found in taken.items():
            yield from found.lines(backend, note=tables[kind])
        yield from _mean("stored, mean of the kinds", taken.values()).lines(backend, goal=_STORED_GOAL[backend])
        if backend is Backend.POSTGRESQL:
            for found in logged.values():
                yield from found.lines(backend)
            yield from _mean("log, mean of the kinds", logged.values()).lines(backend, goal=_LOG_GOAL)


def _mean(subject: str, kinds: Collection[Found]) -> Found:
    """Return the mean of the kinds, of each build."""
    figures: dict[str, list[float]] = defaultdict(list)
    for found in kinds:
        for name, each in found.builds.items():
            figures[name] += each
    return Found(subject, "B", {name: [fmean(each)] for name, each in figures.items()})


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
    run_nightly(server.server)
    expect(year_total(server.server.connect())[1], used_micro_kwh(kind, rows), "the year's total")
    return log_position(server.url) - before if logs else 0
