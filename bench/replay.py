"""Known rows sent again, as a gateway does that lost its place: to new rows, both until everything is rolled up."""

from collections.abc import Iterator

from bench.beside import Contender, Found, contenders
from bench.client import READINGS, post
from bench.figures import Goal, Line, expect
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts
from bench.rows import NDJSON, Supply
from bench.sizes import Sizes
from bench.totals import year_total

_GOAL = Goal(1.0, 2.0)


def replay(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of new rows, and of those of the round before sent again, batches of 10,000, one client.

    Between a row and its repetition lie as many newer ones, so that it is none of the last that are remembered.
    """
    for backend in Backend:
        new, again = Found("new rows, rolled up", "rows/s"), Found("known rows sent again, rolled up", "rows/s")
        supply = Supply()
        with contenders(lab, backend) as builds:
            known = _requests(supply, sizes.replay_rows)
            for each in builds:
                _rate(each, known, inserted=BATCH)
            for _ in range(sizes.rounds):
                fresh = _requests(supply, sizes.replay_rows)
                for each in builds:
                    new.builds[each.name].append(_rate(each, fresh, inserted=BATCH))
                    again.builds[each.name].append(_rate(each, known, duplicate=BATCH))
                known = fresh
            for each in builds:
                sent = sizes.replay_rows * (sizes.rounds + 1)
                expect(year_total(each.server.connect())[0], sent, "readings in the year's rollups")
        yield from new.lines(backend)
        yield from again.lines(backend, beside=new.builds, against=new.subject, goal=_GOAL)


def _requests(supply: Supply, count: int) -> list[bytes]:
    return [post(READINGS, NDJSON.body(rows), NDJSON.media_type) for rows in supply.time_ordered(count).cut(BATCH)]


def _rate(contender: Contender, requests: list[bytes], **counts: int) -> float:
    """Post batches whose receipts must have these counts; return rows a second until they are rolled up."""
    seconds, answers = contender.connection.post_all(requests)
    for answer in answers:
        expect_counts(answer, received=BATCH, **counts)
    return BATCH * len(requests) / (seconds + contender.settle())
