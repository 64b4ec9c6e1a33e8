"""Holding back who sends large bodies faster than they can be entered among the readings, so that rollups keep up."""

import time
from functools import partial

from app.store.arrivals.arrivals import rows_waiting
from app.store.arrivals.entered import enter_or_set_aside
from app.store.arrivals.entering import enter_and_mark
from app.store.engine.database import Database
from app.store.readings.recent import Recent

LARGE_ROWS = 1_000
_LOOK_EVERY = 20_000
_MOST_WAITING = 80_000
"""Rows of an organization that may wait to be entered: less than a second's work."""

_ENTERED_AT_ONCE = 100_000
_LOOK_AGAIN_S = 0.02
_PATIENCE_S = 2.0


def slow_down(database: Database, recent: Recent, organization_id: int) -> None:
    """Return when the organization may append again: at once, or when enough of what waits has been entered.

    Where jobs enter it, they are waited for; where they don't, or seem not to, it is done here.
    """
    if recent.appended < _LOOK_EVERY:
        return
    recent.appended = 0
    waiting = _waiting(database, organization_id)
    patient_until = time.monotonic() + _PATIENCE_S
    while waiting > _MOST_WAITING:
        if database.rolls and time.monotonic() < patient_until:
            time.sleep(_LOOK_AGAIN_S)
        else:
            entering = partial(enter_and_mark, organization_id=organization_id, most_rows=_ENTERED_AT_ONCE)
            enter_or_set_aside(database, organization_id, entering)
        before, waiting = waiting, _waiting(database, organization_id)
        if waiting < before:
            # It is going on: whoever enters is waited for anew.
            patient_until = time.monotonic() + _PATIENCE_S


def _waiting(database: Database, organization_id: int) -> int:
    with database.read() as session:
        return rows_waiting(session, organization_id)
