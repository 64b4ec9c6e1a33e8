"""What was taken in of an organization goes with it: another may be given its database key one day."""

import pytest
from sqlalchemy import Table, func, select

from app.core.inventory.meters import MeterSpec
from app.models import Organization, Plant, arrival_table, entered_table, reading_page_table
from app.store.inventory.meters import MeterHasReadings, delete_meter
from app.store.inventory.organizations import delete_organization
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, row

KEPT = (arrival_table, entered_table, reading_page_table)


def kept(site: Site, table: Table) -> int:
    statement = select(func.count()).select_from(table).where(table.c.organization_id == site.organization_id)
    with site.database.read() as session:
        return int(session.connection().execute(statement).scalar_one())


def deleted(site: Site, meter: MeterSpec) -> None:
    with site.database.write() as session:
        delete_meter(session, site.organization_id, meter.code)
        plant = session.get(Plant, (site.organization_id, meter.plant_id))
        organization = session.get(Organization, site.organization_id)
        assert organization is not None
        session.delete(plant)
        session.flush()
        delete_organization(session, organization.code)


def test_posts_that_brought_nothing_leave_nothing_behind(site: Site) -> None:
    own, other = new_site(site.database), new_site(site.database)
    meter = own.meter()
    other.post([row(other.meter(), "2021-03-01T00:00:00Z", 1)], now_ms=later_ms())
    assert own.post([row(meter, "never", 1)], now_ms=later_ms()).rejected == 1
    assert (kept(own, arrival_table), kept(other, arrival_table)) == (1, 1)

    deleted(own, meter)

    assert [kept(own, table) for table in KEPT] == [0, 0, 0]
    assert kept(other, arrival_table) == 1


@pytest.mark.parametrize("folding", [False, True], ids=["arrived", "in pages"])
def test_a_meter_with_readings_wherever_they_lie_keeps_its_organization(site: Site, folding: bool) -> None:
    own = new_site(site.database)
    meter = own.meter()
    own.post([row(meter, "2021-03-01T00:00:00Z", 1)], now_ms=later_ms())
    if folding:
        fold_everything(own.database)
        assert (kept(own, arrival_table), kept(own, reading_page_table)) == (0, 1)

    with pytest.raises(MeterHasReadings):
        deleted(own, meter)
