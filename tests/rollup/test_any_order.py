"""Rollups know nothing of the order of arrival: same readings, same buckets, on either database, however often made."""

from collections.abc import Sequence
from itertools import groupby
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.calendar.periods import Grain, local_day
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import QUANTITY_KINDS
from app.core.readings.buckets import AREA_STEP, Bucket, RollupFlag
from app.core.readings.columns import COUNTS_BELOW
from app.ingest.writing.amend import Amendment, accept_readings, state_exchange, withdraw_reading
from app.rollup.buckets.compute import day_buckets
from app.rollup.buckets.past import buckets_as_of, in_grain
from app.rollup.buckets.periods import bucket_start
from app.rollup.rolling.roller import rebuild, roll_pending
from app.rollup.segments.segment import Reading
from app.rollup.segments.segments import segments
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.rollups.rollups import buckets
from app.store.sql.conflicts import DuplicateCode, NotThere
from tests.support.folded import fold_site
from tests.support.site import NOW_MS, Site, later_ms, new_site, revisions, rollups, stored
from tests.support.streams import LIMIT, Saying, Stream, deliveries, streams

WITHIN = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
RANDOMS = st.randoms(use_true_random=False)
MARGIN_DAYS = 1_500


def post(site: Site, meter: MeterSpec, sayings: Sequence[Saying], *, form: str = "ndjson", now_ms: int = NOW_MS) -> int:
    """Send sayings of a meter as one body; return how many changed nothing."""
    outcome = site.post([saying.row(meter) for saying in sayings], form=form, now_ms=now_ms)
    assert outcome.rejected == 0
    return outcome.duplicate


def deliver(site: Site, meter: MeterSpec, stream: Stream, random: Random) -> None:
    """Send a stream some way or other, with its readings in pages now and then, and roll to the end."""
    for delivery in deliveries(stream, random):
        post(site, meter, delivery.sayings, form=delivery.form)
        if delivery.roll:
            roll_pending(site.database)
        if delivery.fold:
            fold_site(site)
    roll_pending(site.database)


def whole(database: Database, spec: MeterSpec) -> list[Bucket]:
    """Return the meter's day buckets by the pure path alone, from all its readings."""
    rows = stored(database, spec)
    if not rows:
        return []
    first = local_day(spec.zone, rows[0][0]) - MARGIN_DAYS
    with entered(database) as session:
        return day_buckets(session, spec, first, local_day(spec.zone, rows[-1][0]) + MARGIN_DAYS)


def stored_buckets(database: Database, spec: MeterSpec, grain: Grain) -> list[Bucket]:
    with database.read() as session:
        return buckets(
            session, spec.organization_id, meter_ids=[spec.id], grain=grain, first_day=-1_000_000, end_day=1_000_000
        )


@WITHIN
@given(streams(), RANDOMS)
def test_any_order_batching_and_repetition_gives_identical_rollups(site: Site, stream: Stream, random: Random) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    plain, shuffled = own.meter(**stream.meter), own.meter(**stream.meter)
    post(own, plain, stream.sayings)
    roll_pending(own.database)
    deliver(own, shuffled, stream, random)
    assert stored(own.database, shuffled) == stored(own.database, plain)
    assert revisions(own.database, shuffled) == revisions(own.database, plain)
    assert rollups(own.database, shuffled) == rollups(own.database, plain)


@WITHIN
@given(streams(), RANDOMS)
def test_late_replays_of_everything_ever_said_change_nothing(site: Site, stream: Stream, random: Random) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    meter = own.meter(**stream.meter)
    deliver(own, meter, stream, random)
    before = stored(own.database, meter), revisions(own.database, meter), rollups(own.database, meter)
    late = random.sample(list(stream.sayings), len(stream.sayings))
    assert post(own, meter, late) == len(late)
    roll_pending(own.database)
    assert (stored(own.database, meter), revisions(own.database, meter), rollups(own.database, meter)) == before


@WITHIN
@given(streams(), RANDOMS)
def test_incremental_equals_rebuilt_from_nothing_equals_the_rules_alone(
    site: Site, stream: Stream, random: Random
) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    meter = own.meter(**stream.meter)
    deliver(own, meter, stream, random)
    incremental = rollups(own.database, meter)
    days = whole(own.database, meter)
    assert stored_buckets(own.database, meter, Grain.DAY) == days
    assert stored_buckets(own.database, meter, Grain.MONTH) == in_grain(days, Grain.MONTH, meter)
    assert stored_buckets(own.database, meter, Grain.YEAR) == in_grain(days, Grain.YEAR, meter)
    rebuild(own.database, [meter.id])
    assert rollups(own.database, meter) == incremental


@WITHIN
@given(streams(), RANDOMS)
def test_a_year_is_the_sum_of_its_months_of_its_days_of_its_segments(
    site: Site, stream: Stream, random: Random
) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    meter = own.meter(**stream.meter)
    deliver(own, meter, stream, random)
    days, months, years = (stored_buckets(own.database, meter, grain) for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR))
    assert _sums(days, Grain.MONTH, meter) == _sums(months, Grain.MONTH, meter)
    assert _sums(months, Grain.YEAR, meter) == _sums(years, Grain.YEAR, meter)
    if meter.kind in QUANTITY_KINDS:
        counted = [Reading(at, value, quality, start) for at, value, quality, start, _ in _counted(own, meter)]
        total = sum(segment.quantity or 0 for segment in segments(meter, counted))
        assert sum(year.quantity or 0 for year in years) == total
        assert sum(day.quantity or 0 for day in days) == total


@WITHIN
@given(streams(), RANDOMS)
def test_both_databases_give_the_same_integers(
    sqlite_database: Database, postgresql_database: Database, stream: Stream, random: Random
) -> None:
    found = []
    for database, delivering in ((sqlite_database, Random(random.random())), (postgresql_database, random)):  # noqa: S311
        own = new_site(database, fiscal_start_month=stream.fiscal_start_month)
        meter = own.meter(**stream.meter)
        deliver(own, meter, stream, delivering)
        found.append((stored(database, meter), revisions(database, meter), rollups(database, meter)))
    assert found[0] == found[1]


@WITHIN
@given(streams(), RANDOMS)
def test_amendments_at_any_moment_leave_what_a_rebuild_makes_and_every_past_belief(
    site: Site, stream: Stream, random: Random
) -> None:
    own = new_site(site.database, fiscal_start_month=stream.fiscal_start_month)
    meter = own.meter(**stream.meter)
    beliefs: list[tuple[int, list[list[Bucket]]]] = []
    grains = (Grain.DAY, Grain.MONTH, Grain.YEAR)
    now_ms = later_ms()
    for delivery in deliveries(stream, random):
        post(own, meter, delivery.sayings, form=delivery.form, now_ms=now_ms)
        _amend(own, meter, random, now_ms + 1)
        if delivery.roll:
            roll_pending(own.database)
            beliefs.append((now_ms + 1, [stored_buckets(own.database, meter, grain) for grain in grains]))
        if delivery.fold:
            fold_site(own)
        now_ms += 1_000
    roll_pending(own.database)
    incremental = rollups(own.database, meter)
    assert stored_buckets(own.database, meter, Grain.DAY) == whole(own.database, meter)
    rebuild(own.database, [meter.id])
    assert rollups(own.database, meter) == incremental
    for at_ms, believed in beliefs:
        with entered(own.database) as session:
            past = [
                buckets_as_of(session, [meter], grain=grain, first_day=12_000, end_day=22_000, belief=at_ms)
                for grain in grains
            ]
        assert past == believed


def _amend(own: Site, meter: MeterSpec, random: Random, now_ms: int) -> None:
    """Withdraw, accept or exchange something, now and then."""
    instants = [each[0] for each in stored(own.database, meter)]
    amendment = Amendment(own.organization_id, None, "found by inspection", now_ms)
    chance = random.random()
    if chance < 0.25:
        try:
            withdraw_reading(own.database, amendment, meter_id=meter.id, at=random.choice(instants))
        except NotThere:
            return
    elif chance < 0.5:
        accept_readings(own.database, amendment, meter_id=meter.id, instants=instants)
    elif meter.kind == "register":
        at = random.choice(instants) + random.choice([-86_400_000, -1, 0, 1_000, 40 * 86_400_000])
        values = [random.choice([0, 7_000_000, 150_000_000, LIMIT]) for _ in range(2)]
        try:
            state_exchange(
                own.database, amendment, meter_id=meter.id, at=at, final_value=values[0], first_value=values[1]
            )
        except DuplicateCode:
            return


def _counted(own: Site, meter: MeterSpec) -> list[tuple[int, int, int, int | None, int]]:
    return [each for each in stored(own.database, meter) if each[2] < COUNTS_BELOW]


def _sums(parts: Sequence[Bucket], grain: Grain, meter: MeterSpec) -> dict[int, tuple[int | None, ...]]:
    """Return exact sums of everything that can be summed, by the start of the larger bucket."""
    assert not any(part.flags & RollupFlag.OVERFLOW for part in parts)
    sums: dict[int, tuple[int | None, ...]] = {}
    for start, group in groupby(parts, key=lambda part: bucket_start(grain, part.start_day, meter)):
        members = list(group)
        known = [part.quantity for part in members if part.quantity is not None]
        sums[start] = (
            sum(known) if known else None,
            sum(part.gross or 0 for part in members),
            sum(part.gross_estimated or 0 for part in members),
            sum(part.gross_manual or 0 for part in members),
            sum(part.count for part in members),
            sum(part.covered_s for part in members),
            sum(part.weight for part in members),
            sum(part.area_high * AREA_STEP + part.area_low for part in members),
        )
    return sums
