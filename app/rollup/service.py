"""Working off marks: what they touch is brought up to date and told of in the transaction that takes them."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import Session

from app.rollup.arrivals import roll_arrivals
from app.rollup.dirty import DayRange, Stretch, dirty_days, is_ever, whole_life
from app.rollup.news import tell_rolled
from app.rollup.renew import renew
from app.store.directory import DirectoryCache
from app.store.engine import Database
from app.store.kept_hours import forget_hours
from app.store.marks import mark_everything
from app.store.rolling import lanes_of, lock_meters, meters_with_marks, take_marks
from app.store.rollups import delete_meter
from app.store.zone_rules import hold_zone_rules

_METERS_A_TRANSACTION = 1_000
_METERS_FOR_TWO_LANES = 200
"""Fewer are rolled before a second transaction would have paid."""


def roll_pending(
    database: Database, *, meters_a_transaction: int = _METERS_A_TRANSACTION, in_lanes: bool = True
) -> int:
    """Enter what has arrived and work off every mark committed by now; return how many meters were rolled.

    Any number of processes may do it.
    """
    try:
        rolled = roll_arrivals(database)
    finally:
        marked = _roll_marked(database, meters_a_transaction, in_lanes=in_lanes)
    return rolled + marked


def _roll_marked(database: Database, meters_a_transaction: int, *, in_lanes: bool) -> int:
    """Work off the marks in one pass through the meters in order of id.

    So the first ones, marked again meanwhile, never starve the last. PostgreSQL rolls many meters in two transactions
    at the same time, unless told not to; SQLite has one writer.
    """
    rolled = after = 0
    while True:
        with database.read() as session:
            meter_ids = meters_with_marks(session, after=after, limit=meters_a_transaction)
        if not meter_ids:
            return rolled
        if in_lanes and len(meter_ids) >= _METERS_FOR_TWO_LANES and not database.is_sqlite:
            rolled += _roll_in_lanes(database, meter_ids)
        else:
            rolled += _roll_alone(database, meter_ids)
        if len(meter_ids) < meters_a_transaction:
            return rolled
        after = meter_ids[-1]


def _roll_in_lanes(database: Database, meter_ids: Sequence[int]) -> int:
    lanes = lanes_of(meter_ids)
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="roll") as pool:
        return sum(pool.map(lambda lane: _roll_alone(database, lane), lanes))


def _roll_alone(database: Database, meter_ids: Sequence[int]) -> int:
    with database.write() as session:
        return roll(session, database.directories, meter_ids)


def roll(session: Session, directories: DirectoryCache, meter_ids: Sequence[int]) -> int:
    """Take the marks of these meters and make everything they touch anew; return how many meters had any.

    Raises OlderZoneRules.
    """
    lock_meters(session, meter_ids)
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    for meter_id, first, last in take_marks(session, meter_ids):
        stretches[meter_id].append((first, last))
    specs = directories.specs_of(session, list(stretches))
    hold_zone_rules(session, {spec.zone for spec in specs.values()})
    ranges: dict[int, Sequence[DayRange]] = {}
    for meter_id, spec in specs.items():
        if any(map(is_ever, stretches[meter_id])):
            delete_meter(session, meter_id)
            ranges[meter_id] = whole_life(session, spec)
        else:
            ranges[meter_id] = dirty_days(session, spec, stretches[meter_id])
    keys = [(meter_id, *days) for meter_id, all_days in ranges.items() for days in all_days]
    forget_hours(session, keys)
    renew(session, specs, keys)
    tell_rolled(session, directories, keys, specs)
    return len(stretches)


def rebuild(database: Database, meter_ids: Sequence[int]) -> int:
    """Make all rollups of these meters anew from their readings; return how many meters were rolled."""
    with database.write() as session:
        mark_everything(session, meter_ids)
    return roll_pending(database)
