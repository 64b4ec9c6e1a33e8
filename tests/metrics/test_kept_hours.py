"""Hours of watched meters on both databases: kept once, forgotten as their day is rolled up again, never stale."""

from datetime import date
from decimal import Decimal

from app.core.calendar.periods import day_of
from app.core.inventory.meters import MeterSpec
from app.rollup.buckets.hours import hours_by_day, keep_missing, parsed
from app.rollup.rolling.roller import rebuild
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.inventory.meters import meter_id_of
from app.store.inventory.organizations import organization_of
from app.store.rollups.kept_hours import kept_days
from tests.metrics.world import World
from tests.support.examples import Service

FIRST = day_of(date(2021, 3, 1))


def _gauge(service: Service, database: Database) -> tuple[World, MeterSpec]:
    world = World(service)
    world.plant()
    world.meter("so2", "air.so2.concentration", "mg/m3", kind="gauge", interval="PT30M")
    with database.read() as session:
        organization_id = organization_of(session, world.code).id or 0
        meter_id = meter_id_of(session, organization_id, "so2")
        return world, directories(database).specs_of(session, organization_id, [meter_id])[meter_id]


def _means(database: Database, spec: MeterSpec) -> list[Decimal | None]:
    with database.read() as session:
        days = hours_by_day(session, spec, FIRST, FIRST + 3)
    return [hour.mean for text in days.values() for hour in parsed(text)]


def _kept(database: Database, spec: MeterSpec) -> list[int]:
    with database.read() as session:
        return sorted(day - FIRST for day in kept_days(session, spec.organization_id, spec.id))


def test_hours_are_the_same_whether_they_are_kept_or_made(service: Service, database: Database) -> None:
    world, spec = _gauge(service, database)
    world.read([("so2", f"2021-03-0{day}T08:{at}:00", day * 10) for day in (1, 2, 3) for at in ("00", "30")])
    made = _means(database, spec)
    assert made == [10, 20, 30]
    assert keep_missing(database, [spec]) == 3
    assert (_kept(database, spec), _means(database, spec)) == ([0, 1, 2], made)
    assert keep_missing(database, [spec]) == 0


def test_a_reading_makes_its_day_forgotten_and_no_other(service: Service, database: Database) -> None:
    world, spec = _gauge(service, database)
    world.read([("so2", f"2021-03-0{day}T08:{at}:00", 10) for day in (1, 2, 3) for at in ("00", "30")])
    keep_missing(database, [spec])
    world.read([("so2", "2021-03-02T09:00:00", 40), ("so2", "2021-03-02T09:30:00", 60)])
    assert _kept(database, spec) == [0, 2]
    assert _means(database, spec) == [10, 10, 50, 10]
    assert keep_missing(database, [spec]) == 1
    assert _means(database, spec) == [10, 10, 50, 10]


def test_a_reading_just_before_midnight_makes_both_days_forgotten(service: Service, database: Database) -> None:
    world, spec = _gauge(service, database)
    world.read([("so2", f"2021-03-0{day}T00:{at}:00", 10) for day in (1, 2, 3) for at in ("00", "30")])
    keep_missing(database, [spec])
    world.read([("so2", "2021-03-01T23:45:00", 70)])
    assert _kept(database, spec) == [2]


def test_a_rebuild_forgets_every_hour(service: Service, database: Database) -> None:
    world, spec = _gauge(service, database)
    world.read([("so2", "2021-03-01T08:00:00", 10), ("so2", "2021-03-01T08:30:00", 10)])
    keep_missing(database, [spec])
    rebuild(database, [spec.id])
    assert _kept(database, spec) == []
