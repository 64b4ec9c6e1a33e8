"""What pages hold of readings inside stretches, whatever replaces pages meanwhile."""

import numpy as np
from sqlmodel import Session

from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns, one_after_the_other
from app.store.pages.reading_pages import PageGone, pages_of_runs, read_pages

LOOKS = 5
"""So often is looked again when pages were replaced between finding and reading them."""


def paged_within(session: Session, organization_id: int, runs: Runs) -> StoredColumns:
    """Return the readings of pages inside sorted runs that do not reach into each other, by identity.

    Raises DamagedPage.
    """
    for _ in range(LOOKS):
        try:
            return _look(session, organization_id, runs)
        except PageGone:
            continue
    return _look(session, organization_id, runs)


def _look(session: Session, organization_id: int, runs: Runs) -> StoredColumns:
    """Return the readings of pages inside runs, each page cut where its run begins and ends."""
    found = pages_of_runs(session, organization_id, runs)
    contents = read_pages(session, [page for _, page in found])
    firsts, lasts = runs.first.tolist(), runs.last.tolist()
    cut: list[StoredColumns] = []
    for (place, page), rows in zip(found, contents, strict=True):
        first, last = firsts[place], lasts[place]
        if first <= page.first_at and page.last_at <= last:
            cut.append(rows)
        else:
            # Both ends of a run are inside: all tickets of its last instant are.
            low, high = np.searchsorted(rows.at, first, side="left"), np.searchsorted(rows.at, last, side="right")
            cut.append(rows.take(slice(int(low), int(high))))
    return one_after_the_other(cut)
