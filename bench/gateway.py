"""What a gateway's posts write to disk: 1,000 meters, one post each quarter hour with a reading of each."""

from collections.abc import Iterator

from bench.beside import Contender, Found, contender
from bench.client import READINGS, post
from bench.counters import Disk, log_position, write_back
from bench.figures import Goal, Line, expect
from bench.lab import Backend, Lab
from bench.new_rows import expect_counts
from bench.realistic import intervals
from bench.rows import DAY_SLOTS, JSON, Rows
from bench.sizes import METERS, Sizes
from bench.totals import year_total

_GOALS = {Backend.POSTGRESQL: Goal(30, 20, at_most=True), Backend.SQLITE: Goal(60, 30, at_most=True)}
_YEAR_DAYS = 366


def gateway(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield the bytes that the device was told to write for each reading, data and log together.

    First with the quiet between posts left out: everything is rolled up at each day's end, the jobs of the night run,
    and the database writes its data back when its log makes it. Then posts that have their quarter hour: each is
    rolled up before the next one comes, and everything is written back in between, since a quarter hour holds three
    checkpoints of PostgreSQL.
    """
    disk = Disk(lab.folder)
    for backend in Backend:
        whole = Found("bytes written a reading", "B")
        log = Found("of it, write-ahead log", "B")
        apart = Found("the same, each post with its quarter hour", "B")
        for build in lab.builds:  # one after the other: the device does not tell who wrote
            url = lab.metered(backend, build)
            with contender(lab, build, url) as server:
                days = range(sizes.gateway_days)
                written, logged = _posted(disk, server, (intervals(DAY_SLOTS * day, DAY_SLOTS) for day in days))
                whole.builds[build.name].append(written)
                log.builds[build.name].append(logged)
                first = DAY_SLOTS * sizes.gateway_days
                few = (intervals(first + number, 1) for number in range(sizes.gateway_posts))
                apart.builds[build.name].append(_posted(disk, server, few, back_each=True)[0])
                expect(year_total(server.server.connect()), _wanted(first + sizes.gateway_posts), "the year's rollups")
            lab.drop(url)
        yield from whole.lines(
            backend, goal=_GOALS[backend], note=f"{sizes.gateway_days} of a year's {_YEAR_DAYS} days"
        )
        if backend is Backend.POSTGRESQL:
            yield from log.lines(backend)
        yield from apart.lines(backend, goal=_GOALS[backend], note=f"{sizes.gateway_posts} posts after those days")


def _posted(disk: Disk, server: Contender, parts: Iterator[Rows], *, back_each: bool = False) -> tuple[float, float]:
    """Post each part a quarter hour at a time and have it rolled up; return bytes written and logged a reading."""
    logged_before, before = _counters(disk, server.url)
    count = 0
    for rows in parts:
        requests = [post(READINGS, JSON.body(quarter), JSON.media_type) for quarter in rows.cut(METERS)]
        for answer in server.connection.post_all(requests)[1]:
            expect_counts(answer, received=METERS, inserted=METERS)
        server.settle()
        if back_each:
            _counters(disk, server.url)
        count += len(rows)
    logged, written = _counters(disk, server.url)
    return (written - before) / count, (logged - logged_before) / count


def _wanted(slots: int) -> tuple[int, int]:
    """Return how many readings the first quarter hours are, and what they add up to in micro-kWh."""
    days = (intervals(first, min(DAY_SLOTS, slots - first)) for first in range(0, slots, DAY_SLOTS))
    return METERS * slots, sum(int(rows.micro.sum()) for rows in days)


def _counters(disk: Disk, url: str) -> tuple[int, int]:
    """Return the bytes logged and written until now, with everything written back."""
    logged = 0 if url.startswith("sqlite") else log_position(url)
    write_back(url)
    return logged, disk.written()
