"""Entering what has arrived among the readings, and bringing the rollups up to date with it in the same transaction."""

import numpy as np
from sqlmodel import Session

from app.core.runs import touched
from app.rollup.additions import additions
from app.rollup.news import tell_rolled
from app.store.arrivals import enter_arrivals, organizations_with_arrivals
from app.store.directory import DirectoryCache
from app.store.engine import Database
from app.store.kept_hours import forget_hours
from app.store.marks import append_marks
from app.store.packed import Arrival
from app.store.rolling import lock_meters
from app.store.rollup_additions import Additions, add_to_buckets, full_meters
from app.store.zone_rules import hold_zone_rules

_ROWS_A_TRANSACTION = 40_000
_TRANSACTIONS_A_PASS = 20


def roll_arrivals(database: Database, *, rows_a_transaction: int = _ROWS_A_TRANSACTION) -> int:
    """Enter what has arrived and add it to the rollups, or mark what it touches; return how many meters were rolled.

    Any number of processes may do it, each organization's arrivals in order. What keeps one organization's from being
    entered is raised when the others' are.
    """
    with database.read() as session:
        organizations = organizations_with_arrivals(session)
    rolled = 0
    troubles: list[Exception] = []
    for organization_id in organizations:
        try:
            rolled += _roll_organization(database, organization_id, rows_a_transaction)
        except Exception as trouble:  # it is raised below, when the others have been served
            troubles.append(trouble)
    if troubles:
        raise troubles[0]
    return rolled


def _roll_organization(database: Database, organization_id: int, rows_a_transaction: int) -> int:
    rolled = 0
    for _ in range(_TRANSACTIONS_A_PASS):
        with database.write() as session:
            entered = enter_arrivals(session, organization_id, most_rows=rows_a_transaction)
            if entered is None:
                break
            rolled += _roll(session, database.directories, entered)
    return rolled


def _roll(session: Session, directories: DirectoryCache, entered: Arrival) -> int:
    """Add what can be added and mark the rest; return how many meters were added to."""
    specs = directories.specs_of(session, entered.meters.tolist())
    full = full_meters(session, entered.meters)
    added, alone = additions(entered, {meter: spec for meter, spec in specs.items() if meter not in full})
    append_marks(session, touched(entered.new.take(~alone), entered.corrections))
    if not len(added):
        return 0
    meters = np.unique(added.meter).tolist()
    lock_meters(session, meters)
    hold_zone_rules(session, {specs[meter].zone for meter in meters})
    days = _spans(added)
    forget_hours(session, days)
    add_to_buckets(session, added)
    tell_rolled(session, directories, days, specs)
    return len(meters)


def _spans(added: Additions) -> list[tuple[int, int, int]]:
    """Return the days (meter, first, end) that were added to."""
    days = added.grain == 1
    return [
        (meter, day, day + 1)
        for meter, day in zip(added.meter[days].tolist(), added.start_day[days].tolist(), strict=True)
    ]
