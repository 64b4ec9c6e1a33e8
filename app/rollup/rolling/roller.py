"""Working off marks: what they touch is brought up to date and told of, at once or after it was computed.

What is summed in columns is done in the transaction that takes the marks. Other days are left by it, computed while
others write, and written in a transaction of their own; see `ahead.py`. A transaction of the roller takes about a third
of a second on PostgreSQL, where no other roller gets at the same meters meanwhile, and a twentieth on SQLite, where
nobody else writes. What needs longer is left to the next ones in `dirty_span`; who has a day or two passes by.
"""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import Session

from app.core.inventory.meters import MeterSpec
from app.core.spans import spanned
from app.rollup.rolling.ahead import compute_ahead, write_ahead
from app.rollup.rolling.arrivals import roll_arrivals
from app.rollup.rolling.damaged import meters_to_try_again, tell_of_damage, tell_of_recovery
from app.rollup.rolling.dirty import (
    DayRange,
    Stretch,
    clear_outside,
    dirty_days,
    is_ever,
    merged,
    reaches_far,
    whole_life,
)
from app.rollup.rolling.pieces import TimeSlice, renew_within
from app.rollup.rolling.register_reach import register_dirty_days
from app.rollup.segments.segment_columns import in_columns
from app.store.arrivals.marks import mark_everything
from app.store.arrivals.meter_locks import lanes_of, lock_meters
from app.store.directory.directory import DirectoryCache, directories
from app.store.engine.database import Database
from app.store.pages.damage import StoredPageDamaged, known_damage
from app.store.rollups.dirty_spans import leave_spans, meters_with_spans, organization_with_spans, take_spans
from app.store.rollups.rolling import meters_with_marks, organizations_with_marks, take_marks
from app.store.rollups.rollups import BucketKey
from app.store.upkeep.zone_rules import lock_zone_rules

_METERS_A_TRANSACTION = 1_000
_METERS_AT_ONCE = 100
"""Of meters whose marks reach to their neighbours: a few questions each where something there is in doubt."""

_QUICK_S = 0.05
"""When so many took less, nothing was, and the others are taken together."""

_METERS_FOR_TWO_LANES = 200
"""Fewer are rolled before a second transaction would have paid."""

_SLICE_S = 0.3
_ONE_WRITER_SLICE_S = 0.05
"""Where nobody else writes meanwhile, a slice is short."""

_RESTS, _LONGEST_REST_S = 3, 0.5
"""Before the next of what was left others have three times as long as what was just done took: they keep most of what a
file can bear, and of the interpreter in which posts are taken too, however busy the machine is."""


def roll_pending(
    database: Database,
    *,
    meters_a_transaction: int = _METERS_A_TRANSACTION,
    in_lanes: bool = True,
    slice_s: float | None = None,
) -> int:
    """Enter what has arrived and work off every mark committed by now; return how many meters were rolled.

    Any number of processes may do it. What was left for later is worked off a transaction at a time, and what arrived
    and was marked meanwhile in between. What goes wrong with arrivals is raised when the rest is done; a meter of which
    a page is damaged keeps its marks, or the days that are left of it, and is told of.
    """
    trouble: Exception | None = None
    rolled = _roll_damaged(database)
    slice_s = (_ONE_WRITER_SLICE_S if database.is_sqlite else _SLICE_S) if slice_s is None else slice_s
    while True:
        try:
            rolled += roll_arrivals(database)
        except Exception as error:  # it is raised below, when the others have been served
            trouble = trouble or error
        began = time.monotonic()
        rolled += _roll_marked(database, meters_a_transaction, in_lanes=in_lanes, slice_s=slice_s)
        if not _roll_left(database, slice_s):
            break
        if database.rolls:
            time.sleep(min(_RESTS * (time.monotonic() - began), _LONGEST_REST_S))
    if trouble is not None:
        raise trouble
    return rolled


def _roll_marked(database: Database, meters_a_transaction: int, *, in_lanes: bool, slice_s: float) -> int:
    """Work off the marks of each organization in one pass through its meters in order of id.

    Meters that are marked again meanwhile never starve those behind them. A transaction is of one organization, all of
    whose rows lie together. PostgreSQL rolls many meters in two transactions at the same time, unless told not to;
    SQLite has one writer.
    """
    with database.read() as session:
        organizations = organizations_with_marks(session)
    return sum(
        _roll_marked_of(database, organization_id, meters_a_transaction, in_lanes=in_lanes, slice_s=slice_s)
        for organization_id in organizations
    )


def _roll_marked_of(
    database: Database, organization_id: int, meters_a_transaction: int, *, in_lanes: bool, slice_s: float
) -> int:
    rolled = after = 0
    while True:
        with database.read() as session:
            meter_ids = meters_with_marks(session, organization_id, after=after, limit=meters_a_transaction)
        if not meter_ids:
            return rolled
        if in_lanes and len(meter_ids) >= _METERS_FOR_TWO_LANES and not database.is_sqlite:
            rolled += _roll_in_lanes(database, organization_id, meter_ids, slice_s)
        else:
            rolled += _roll_in_slices(database, organization_id, meter_ids, slice_s)
        if len(meter_ids) < meters_a_transaction:
            return rolled
        after = meter_ids[-1]


def _roll_in_lanes(database: Database, organization_id: int, meter_ids: Sequence[int], slice_s: float) -> int:
    lanes = lanes_of(meter_ids)
    with ThreadPoolExecutor(len(lanes), thread_name_prefix="roll") as pool:
        return sum(pool.map(lambda lane: _roll_in_slices(database, organization_id, lane, slice_s), lanes))


def _roll_in_slices(database: Database, organization_id: int, meter_ids: Sequence[int], slice_s: float) -> int:
    """Work off the marks of these meters in as many transactions as it takes, those with a damaged page left out."""
    rolled, waiting = 0, [meter for meter in meter_ids if meter not in known_damage(database)]
    while waiting:
        try:
            with database.write() as session:
                time_slice = TimeSlice(slice_s)
                done, later = _roll_some(session, directories(database), organization_id, waiting, time_slice)
            rolled += done
            _write_what_waits(database, organization_id, sorted(set(waiting).difference(later)), slice_s)
            waiting = later
        except StoredPageDamaged as error:
            if error.damage.meter_id not in waiting:
                raise
            tell_of_damage(database, error.damage)
            # What was done for all of them is rolled back: they begin anew without this one.
            waiting.remove(error.damage.meter_id)
    return rolled


def _roll_left(database: Database, slice_s: float) -> bool:
    """Work off days that have waited longest, in a transaction for each way to a day; tell whether there were any."""
    with database.read() as session:
        besides = known_damage(database).meters()
        organization_id = organization_with_spans(session, besides=besides)
        if organization_id is None:
            return False
        meter_ids = meters_with_spans(session, organization_id, limit=_METERS_AT_ONCE, besides=besides)
        specs = directories(database).specs_of(session, organization_id, meter_ids)
    try:
        others = meter_ids
        if _write_what_waits(database, organization_id, meter_ids, slice_s):
            others = [meter for meter in meter_ids if meter in specs and in_columns(specs[meter])]
        if others:
            with database.write() as session:
                lock_meters(session, others)
                _renew_left(session, directories(database), organization_id, others, TimeSlice(slice_s))
    except StoredPageDamaged as error:
        if error.damage.meter_id not in meter_ids:
            raise
        tell_of_damage(database, error.damage)
    return True


def _write_what_waits(database: Database, organization_id: int, meter_ids: Sequence[int], slice_s: float) -> bool:
    """Compute days that wait of these meters and write them in one transaction; tell whether any were written.

    Raises StoredPageDamaged, and nothing is written: what waits of that meter waits on.
    """
    with database.read() as session:
        ahead = compute_ahead(session, directories(database), organization_id, meter_ids, slice_s)
    if not ahead.waiting:
        return False
    with database.write() as session:
        lock_meters(session, sorted(ahead.waiting))
        return write_ahead(session, directories(database), organization_id, ahead)


def _roll_damaged(database: Database) -> int:
    """Try again, one by one, the meters of which a page was damaged; return how many had marks and were rolled."""
    rolled = 0
    for meter_id, organization_id in meters_to_try_again(database).items():
        try:
            with database.write() as session:
                rolled += roll(session, directories(database), [meter_id])
        except StoredPageDamaged as error:
            tell_of_damage(database, error.damage)
        else:
            tell_of_recovery(database, organization_id, meter_id)
    return rolled


def roll(session: Session, directories: DirectoryCache, meter_ids: Sequence[int]) -> int:
    """Take the marks of these meters and make everything they touch anew, with what was left of them for later.

    Return how many meters had any marks. Raises OlderZoneRules.
    """
    endless = TimeSlice(None)
    rolled = 0
    for organization_id, some in directories.by_organization(session, meter_ids).items():
        rolled += _roll_some(session, directories, organization_id, some, endless)[0]
        _renew_left(session, directories, organization_id, some, endless)
    return rolled


def _renew_left(
    session: Session, directories: DirectoryCache, organization_id: int, meter_ids: Sequence[int], time_slice: TimeSlice
) -> None:
    """Make anew what was left of these meters, whose rollups are locked, as far as the time reaches."""
    left = take_spans(session, organization_id, meter_ids)
    specs = directories.specs_of(session, organization_id, sorted(left))
    spans = [(meter, *days) for meter in specs for days in merged(each.days for each in left[meter])]
    if spans:
        lock_zone_rules(session, {spec.zone for spec in specs.values()})
        renew_within(session, directories, organization_id, specs, spans, time_slice)


@spanned("rollup.marks")
def _roll_some(
    session: Session, directories: DirectoryCache, organization_id: int, meter_ids: Sequence[int], time_slice: TimeSlice
) -> tuple[int, list[int]]:
    """Work off the marks of an organization's meters until its time is over; return how many had any, and those left.

    Raises OlderZoneRules.
    """
    # Before marks are taken: at READ COMMITTED each statement behind it sees all that the last holder has committed.
    lock_meters(session, meter_ids)
    specs = directories.specs_of(session, organization_id, meter_ids)
    far = [meter for meter in meter_ids if meter in specs and reaches_far(specs[meter])]
    waiting = sorted(set(meter_ids).difference(far))
    rolled, size = 0, _METERS_AT_ONCE
    if waiting:
        rolled = _roll_chunk(session, directories, organization_id, waiting, specs, time_slice)
    while far and not (waiting and time_slice.is_over):
        began = time.monotonic()
        waiting, far = far[:size], far[size:]
        rolled += _roll_chunk(session, directories, organization_id, waiting, specs, time_slice)
        size = _METERS_A_TRANSACTION if time.monotonic() - began < _QUICK_S else _METERS_AT_ONCE
    return rolled, far


def _roll_chunk(
    session: Session,
    directories: DirectoryCache,
    organization_id: int,
    meter_ids: Sequence[int],
    specs: Mapping[int, MeterSpec],
    time_slice: TimeSlice,
) -> int:
    """Take the marks of locked meters and make anew what they touch, as far as the time reaches.

    Days that are not summed in columns are left to be computed ahead, unless there is no end to its time.
    """
    stretches: dict[int, list[Stretch]] = defaultdict(list)
    for meter_id, first, last in take_marks(session, organization_id, meter_ids):
        stretches[meter_id].append((first, last))
    known = {meter_id: specs[meter_id] for meter_id in stretches if meter_id in specs}
    lock_zone_rules(session, {spec.zone for spec in known.values()})
    spans: list[BucketKey] = []
    whole = {meter_id for meter_id in known if any(map(is_ever, stretches[meter_id]))}
    near = {meter_id: stretches[meter_id] for meter_id in known if meter_id not in whole}
    steady = register_dirty_days(session, organization_id, known, near)
    for meter_id, spec in known.items():
        if meter_id in whole:  # its whole life holds what waits, and what was computed of that is too old
            take_spans(session, organization_id, [meter_id])
            touched: Sequence[DayRange] = whole_life(session, spec)
            clear_outside(session, spec, touched)
        else:
            # Registers in doubt, and all other meters, are asked for one by one.
            touched = steady.get(meter_id) or dirty_days(session, spec, stretches[meter_id])
        spans += [(meter_id, *days) for days in touched]
    if time_slice.is_endless:
        renew_within(session, directories, organization_id, known, spans, time_slice)
    else:
        quick = [span for span in spans if in_columns(known[span[0]])]
        slow = sorted(set(spans).difference(quick), key=lambda span: (span[2] - span[1], span))
        leave_spans(session, organization_id, slow)
        renew_within(session, directories, organization_id, known, quick, time_slice)
    return len(stretches)


def rebuild(database: Database, meter_ids: Sequence[int]) -> int:
    """Make all rollups of these meters anew from their readings; return how many meters were rolled."""
    with database.write() as session:
        for organization_id, some in directories(database).by_organization(session, meter_ids).items():
            mark_everything(session, organization_id, some)
    return roll_pending(database)
