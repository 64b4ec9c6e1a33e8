"""Batches that overlap stored rows: half repeats, a tenth corrections, the rest new, every count checked."""

from collections.abc import Iterator

import numpy as np

from bench.baselines import raw_table
from bench.client import READINGS, post
from bench.figures import Goal, Line, ratios, spread
from bench.lab import Backend, Lab
from bench.new_rows import BATCH, expect_counts, post_batches
from bench.rows import JSON, NDJSON, Rows, Supply, rows_of, time_ordered
from bench.serving import service, settle
from bench.sizes import METERS, Sizes

_WINDOW = 10
_NEW = 4
_KNOWN = _WINDOW - _NEW


def overlap(lab: Lab, sizes: Sizes) -> Iterator[Line]:
    """Yield rows a second of overlapping batches of 10,000, beside raw loading of as many new rows."""
    for backend in Backend:
        url = lab.metered(backend)
        raw = raw_table(backend, lab.empty(backend))
        ours: list[float] = []
        theirs: list[float] = []
        supply, number = Supply(), 0
        with service(lab, url) as server:
            connection = server.connect()
            post_batches(connection, [time_ordered(0, _KNOWN)], JSON)
            for round_number in range(sizes.rounds + 1):
                windows = [window(number + at) for at in range(sizes.overlap_batches)]
                number += len(windows)
                requests = [post(READINGS, NDJSON.body(rows), NDJSON.media_type) for rows in windows]
                settle(url)
                seconds, answers = connection.post_all(requests)
                for answer in answers:
                    expect_counts(answer, received=BATCH, inserted=_NEW * METERS, replaced=METERS, duplicate=5 * METERS)
                settle(url)
                batches = supply.time_ordered(BATCH * len(windows)).cut(BATCH)
                raw_seconds = raw.seconds([raw.ready(batch) for batch in batches])
                if round_number:
                    ours.append(BATCH * len(windows) / seconds)
                    theirs.append(BATCH * len(windows) / raw_seconds)
        goal = Goal(0.5, 0.8) if backend is Backend.POSTGRESQL else None
        note = "50 % repeats, 10 % corrections, 40 % new"
        yield Line("overlapping batches", backend, spread(ours), "rows/s", ratios(ours, theirs), raw.name, goal, note)
        raw.close()
        lab.drop(url)


def window(number: int) -> Rows:
    """Return the ten quarter hours of batch `number`: five repeated as stored, one corrected, four new.

    The batches of a sender that always sends its last ten quarter hours; every fourth it has learnt better of.
    """
    rows = time_ordered(_NEW * number, _WINDOW)
    corrected = (rows.slot % _NEW == 1) & (rows.slot >= _KNOWN - 1) & (rows.slot <= _NEW * number + _KNOWN - 1)
    return rows_of(rows.meter, rows.slot, corrected=np.asarray(corrected))
