"""A damaged page that is met while days are computed ahead keeps its meter waiting, and no other."""

import pytest
from sqlalchemy import select, text

from app.core.calendar.periods import Grain
from app.core.events import BEGINNING, EventKind
from app.core.inventory.meters import MeterSpec
from app.models import dirty_span_table
from app.rollup.rolling import roller
from app.rollup.rolling.pieces import TimeSlice
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.marks import mark_everything
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.outbox.events import events_after
from app.store.pages.damage import known_damage
from app.store.rollups.rolling import meters_with_marks
from tests.support.flipping import flip_page, page_ids, put_page
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, quantities, row

MARCH_1 = 18_687


@pytest.fixture
def site(database: Database) -> Site:
    return new_site(database)


def meters(site: Site) -> list[MeterSpec]:
    """Return three meters with a page each, of 24 t on the first of March and on the second; no mark reads them."""
    found = [site.meter("event", zone="UTC", code=f"e{number}") for number in range(3)]
    for meter in found:
        rows = [row(meter, f"2021-03-0{day}T00:00:00Z", 24) for day in (1, 2)]
        site.post(rows, now_ms=later_ms())
    roll_pending(site.database)
    fold_everything(site.database)
    assert [len(page_ids(site.database, meter.id)) for meter in found] == [1, 1, 1]
    return found


def days(site: Site, meter: MeterSpec) -> list[int | None]:
    found = quantities(site.database, meter, Grain.DAY)
    return [found[MARCH_1], found[MARCH_1 + 1]]


def waiting(site: Site) -> list[int]:
    with site.database.read() as session:
        return list(
            session.connection()
            .execute(select(dirty_span_table.c.meter_id).distinct().order_by(dirty_span_table.c.meter_id))
            .scalars()
        )


@pytest.mark.parametrize("slice_s", [0, 60])
@pytest.mark.parametrize("are_left", [False, True], ids=["marked", "left"])
def test_the_other_meters_are_rolled_up_and_the_damaged_one_told_of_and_tried_again(
    site: Site, are_left: bool, slice_s: float
) -> None:
    first, damaged, last = found = meters(site)
    (page,) = page_ids(site.database, damaged.id)
    before = flip_page(site.database, page, 40)
    with site.database.write() as session:
        session.connection().execute(text("UPDATE rollup SET quantity = 0"))
        mark_everything(session, site.organization_id, [meter.id for meter in found])
    if are_left:
        with site.database.write() as session:
            ids = [meter.id for meter in found]
            roller._roll_some(session, directories(site.database), site.organization_id, ids, TimeSlice(0))
        assert waiting(site) == [meter.id for meter in found]
    for _ in range(2):
        roll_pending(site.database, slice_s=slice_s)
    assert [days(site, meter) for meter in (first, last)] == [[24_000_000, 24_000_000]] * 2
    assert days(site, damaged) == [0, 0]
    assert waiting(site) == [damaged.id] == known_damage(site.database).meters()
    with site.database.read() as session:
        assert meters_with_marks(session, site.organization_id, limit=10) == []
        events = events_after(session, BEGINNING, organization_id=site.organization_id)
    told = [event.payload for event in events if event.kind == EventKind.READING_PAGE_DAMAGED]
    assert [(each["meter"], each["page"], each["start"]) for each in told] == [("e1", page, "2021-03-01T00:00:00Z")]

    put_page(site.database, page, before)
    roll_pending(site.database)
    assert days(site, damaged) == [24_000_000, 24_000_000]
    assert waiting(site) == known_damage(site.database).meters() == []
