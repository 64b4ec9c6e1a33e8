"""The last reading of each of many meters, found by where their readings end."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlmodel import Session

from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.store.directory.metered import Metered
from app.store.readings.history import WITHDRAWN
from app.store.readings.readback import ReadbackQuery, read_back
from app.store.readings.standing import outermost_instants, standing_within
from app.store.sql.columns import NEVER


def latest_readings(session: Session, meters: Sequence[Metered], query: ReadbackQuery) -> StoredColumns:
    """Return the last reading of each meter inside a query, by meter id; none of a meter without one.

    Where each meter's readings end is asked for all meters together. An example: of 1,000 meters 998 say something last
    that stands and lies inside; those are read at once. One whose last reading was withdrawn, and one that says
    something after the query's end, are looked through backwards, each by itself.
    """
    if not meters:
        return one_after_the_other([])
    ids = np.array([each.spec.id for each in meters], dtype=np.int32)
    _, highest = outermost_instants(session, meters[0].spec.organization_id, ids)
    some = (highest != NEVER) & (highest >= (NEVER if query.start_ms is None else query.start_ms))
    # A highest stamp says nothing of a past instant, which is looked for backwards.
    inside = some & (highest < (-NEVER if query.end_ms is None else query.end_ms)) & (query.as_of_ms is None)
    runs = Runs(ids[inside], highest[inside], highest[inside])
    rows = standing_within(session, meters[0].spec.organization_id, runs)
    rows = _last_of_each(rows.take(rows.quality < WITHDRAWN))
    sought = some & ~np.isin(ids, rows.meter)
    backwards = replace(query, newest_first=True)
    others = (
        read_back(session, [meter], backwards, after=None, limit=1)
        for meter, wanted in zip(meters, sought.tolist(), strict=True)
        if wanted
    )
    found = one_after_the_other([rows, *others])
    return found.take(np.argsort(found.meter, kind="stable"))


def _last_of_each(rows: StoredColumns) -> StoredColumns:
    """Return of rows sorted by identity the last one of each meter: at one instant there may be several tickets."""
    last = np.ones(len(rows), dtype=np.bool_)
    last[:-1] = rows.meter[1:] != rows.meter[:-1]
    return rows.take(last)
