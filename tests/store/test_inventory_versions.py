"""What ingest knows of meters is never older than what is stored when its readings are."""

from collections.abc import Iterator

import pytest

from app.store.directory.directory import directories, inventory_version, lock_inventory
from app.store.engine.database import Database
from app.store.inventory.inventory import change_inventory
from tests.support.gates import Gate, Racer, gate
from tests.support.site import Site, new_site, row, stored

AT = "2021-03-01T00:00:00Z"


@pytest.fixture
def shut(postgresql_url: str) -> Iterator[Gate]:
    with gate(postgresql_url) as opened:
        opened.at_commit_of("readings_head")
        yield opened


def test_every_change_of_the_inventory_has_a_version_of_its_own(site: Site) -> None:
    seen: list[int] = []
    for _ in range(3):
        with site.database.write() as session:
            change_inventory(session, site.organization_id)
        with site.database.read() as session:
            seen.append(inventory_version(session, site.organization_id))
    assert seen == sorted(set(seen))


def test_the_directory_is_loaded_again_only_when_the_inventory_moved(site: Site) -> None:
    site.meter(code="first")
    with site.database.read() as session:
        before = directories(site.database).current(session, site.organization_id)
        assert directories(site.database).current(session, site.organization_id) is before
    site.meter(code="second")
    with site.database.read() as session:
        after = directories(site.database).current(session, site.organization_id)
    assert sorted(before.by_code) == ["first"]
    assert sorted(after.by_code) == ["first", "second"]


def test_a_meter_that_another_process_made_is_known_at_once(site: Site) -> None:
    other = Database(site.database.url.render_as_string(hide_password=False))
    site.post([row(site.meter(), AT, 1)])
    meter = Site(other, site.organization_id).meter()
    other.close()
    assert site.post([row(meter, AT, 1)]).inserted == 1


def test_a_change_of_meters_waits_for_the_readings_that_were_judged_by_them(
    shut: Gate, postgresql_database: Database
) -> None:
    own = new_site(postgresql_database)
    meter = own.meter()
    slow = Site(shut.gated, own.organization_id)
    ingest = Racer(lambda: slow.post([row(meter, AT, 1)]))
    shut.wait_until_waiting(1, ingest)

    def change() -> None:
        with own.database.write() as session:
            change_inventory(session, own.organization_id)

    changing = Racer(change)
    shut.wait_until_waiting(2, changing)
    assert ingest.is_alive()
    assert changing.is_alive()
    shut.open()
    assert ingest.result().inserted == 1
    changing.result()
    assert len(stored(own.database, meter)) == 1


def test_two_bodies_hold_the_same_inventory_side_by_side(postgresql_database: Database) -> None:
    own = new_site(postgresql_database)
    with own.database.write() as one, own.database.write() as two:
        assert lock_inventory(one, own.organization_id) == lock_inventory(two, own.organization_id)
