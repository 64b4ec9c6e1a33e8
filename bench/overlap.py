"""Batches that overlap stored rows: half repeats, a tenth corrections, the rest new, every count checked."""

from collections.abc import Iterator

import numpy as np

from bench.baselines import raw_table
from bench.beside import Contender, Found, contenders
from bench.client import READINGS, post
from bench.figures import Goal, Line
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts, post_batches
from bench.rows import JSON, NDJSON, Rows, Supply, rows_of, time_ordered
from bench.sizes import METERS, Sizes

_WINDOW = 10
_NEW = 4
_KNOWN = _WINDOW - _NEW


def overlap(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of overlapping batches of 10,000, beside raw loading of as many new rows."""
    for backend in Backend:
        raw = raw_table(backend, lab.empty(backend))
        ours = Found("overlapping batches", "rows/s")
        theirs: list[float] = []
        supply, number = Supply(), 0
        with contenders(lab, backend) as builds:
            for each in builds:
                post_batches(each.connection, [time_ordered(0, _KNOWN)], JSON)
            for round_number in range(sizes.rounds + 1):
                windows = [window(number + at) for at in range(sizes.overlap_batches)]
                number += len(windows)
                requests = [post(READINGS, NDJSON.body(rows), NDJSON.media_type) for rows in windows]
                for each in builds:
                    rate = _posted(each, requests)
                    if round_number:
                        ours.builds[each.name].append(rate)
                batches = supply.time_ordered(BATCH * len(windows)).cut(BATCH)
                raw_seconds = raw.seconds([raw.ready(batch) for batch in batches])
                if round_number:
                    theirs.append(BATCH * len(windows) / raw_seconds)
        goal = Goal(1.0, 1.5)
        note = "50 % repeats, 10 % corrections, 40 % new"
        yield from ours.lines(backend, beside=theirs, against=raw.name, goal=goal, note=note)
        raw.close()


def _posted(contender: Contender, requests: list[bytes]) -> float:
    """Post windows, each with exact counts, and return rows a second; what was before and these are rolled up."""
    contender.settle()
    seconds, answers = contender.connection.post_all(requests)
    for answer in answers:
        expect_counts(answer, received=BATCH, inserted=_NEW * METERS, replaced=METERS, duplicate=5 * METERS)
    contender.settle()
    return BATCH * len(requests) / seconds


def window(number: int) -> Rows:
    """Return the ten quarter hours of batch `number`: five repeated as stored, one corrected, four new.

    The batches of a sender that always sends its last ten quarter hours; every fourth it has learnt better of.
    """
    rows = time_ordered(_NEW * number, _WINDOW)
    corrected = (rows.slot % _NEW == 1) & (rows.slot >= _KNOWN - 1) & (rows.slot <= _NEW * number + _KNOWN - 1)
    return rows_of(rows.meter, rows.slot, corrected=np.asarray(corrected))
