"""Entering what has arrived among the readings, and bringing the rollups up to date with it in the same transaction."""

import time

import numpy as np
from sqlmodel import Session

from app.core.readings.batches import stored_at_ms
from app.core.readings.runs import touched
from app.core.spans import spanned
from app.rollup.rolling.additions import additions
from app.rollup.rolling.additions_written import write_when_due
from app.rollup.rolling.news import tell_rolled
from app.store.arrivals.arrivals import organizations_with_arrivals
from app.store.arrivals.entered import clear_unreadable, enter_or_set_aside
from app.store.arrivals.entering import enter_arrivals
from app.store.arrivals.marks import append_marks
from app.store.arrivals.meter_locks import lock_meters
from app.store.arrivals.packed import Arrival
from app.store.arrivals.rollup_additions import append_additions
from app.store.directory.directory import DirectoryCache, directories
from app.store.engine.database import Database
from app.store.readings.folding import fold_when_due
from app.store.rollups.bucket_columns import full_meters
from app.store.rollups.kept_hours import forget_hours
from app.store.rollups.rolling import meters_waiting
from app.store.upkeep.zone_rules import lock_zone_rules

_ROWS_A_TRANSACTION = 40_000
_ROUNDS_A_PASS = 20


def roll_arrivals(database: Database, *, rows_a_transaction: int = _ROWS_A_TRANSACTION) -> int:
    """Enter what has arrived and add it to the rollups, or mark what it touches; return how many meters were rolled.

    Any number of processes may do it, each organization's arrivals in order. The organizations take turns, a
    transaction each, so that one that sends much does not keep the others waiting; what keeps one organization's from
    being entered is raised when the others' are.
    """
    clear_unreadable(database)
    rolled = 0
    troubles: dict[int, Exception] = {}
    for _ in range(_ROUNDS_A_PASS):
        with database.read() as session:
            organizations = [each for each in organizations_with_arrivals(session) if each not in troubles]
        if not organizations:
            break
        for organization_id in organizations:
            try:
                rolled += _roll_some(database, organization_id, rows_a_transaction)
            except Exception as trouble:  # it is raised below, when the others have been served
                troubles[organization_id] = trouble
    if troubles:
        raise next(iter(troubles.values()))
    return rolled


@spanned("rollup.arrivals")
def _roll_some(database: Database, organization_id: int, rows_a_transaction: int) -> int:
    """Enter and roll up the oldest arrivals of an organization; return how many meters were added to."""

    stored_ms: list[int] = []

    def entering(session: Session) -> int:
        entered = enter_arrivals(session, organization_id, most_rows=rows_a_transaction)
        if entered is None:
            return 0
        stored_ms.extend(stored_at_ms(each.id) for each in entered.records[:1])  # the oldest post comes first
        return _roll(session, directories(database), organization_id, entered)

    rolled = enter_or_set_aside(database, organization_id, entering) or 0
    if database.observer is not None and stored_ms:
        database.observer.rolled_up(time.time() - stored_ms[0] / 1_000)
    fold_when_due(database, organization_id)
    write_when_due(database, organization_id)
    return rolled


def _roll(session: Session, directories: DirectoryCache, organization_id: int, entered: Arrival) -> int:
    """Add what can be added and mark the rest; return how many meters were added to."""
    specs = directories.specs_of(session, organization_id, _meters_of(entered))
    added = additions(entered, specs)
    meters = np.unique(added.days.days.meter_id).tolist()
    # The locks of meters come after that of entering, as everywhere: two orders would be a deadlock.
    lock_meters(session, meters)
    full = full_meters(session, organization_id, meters)
    waiting = _waiting(session, organization_id, entered)
    # Known only under the locks, so what can be added is worked out again without those.
    if full or waiting:
        added = additions(entered, {each: spec for each, spec in specs.items() if each not in full}, waiting=waiting)
    left = [
        each for each, is_added in zip(entered.corrections, added.corrections.tolist(), strict=True) if not is_added
    ]
    # In the transaction that enters: an arrival is added or marked, or it is not entered.
    append_marks(session, organization_id, touched(entered.new.take(~added.new), left))
    if not len(added.days):
        return 0
    days = [(meter, day, day + 1) for meter, day in added.days.days.places()]
    lock_zone_rules(session, {specs[meter].zone for meter, _, _ in days})
    forget_hours(session, organization_id, days)
    append_additions(session, organization_id, added.days)
    tell_rolled(session, directories, organization_id, days)
    return len({meter for meter, _, _ in days})


def _meters_of(entered: Arrival) -> list[int]:
    return sorted({*entered.meters.tolist(), *(each.meter for each in entered.corrections)})


def _waiting(session: Session, organization_id: int, entered: Arrival) -> set[int]:
    """Return the corrected meters that have days to be made anew, while no roller is about to make them."""
    return meters_waiting(session, organization_id, sorted({each.meter for each in entered.corrections}))
