"""A damaged page is told of by name, and everything that does not need it is answered and rolled up as ever."""

import httpx
import pytest
from sqlalchemy import text

from app.core.calendar.periods import instant_from_ms
from app.core.events import BEGINNING, EventKind
from app.core.inventory.meters import MeterSpec
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.outbox.events import events_after
from app.store.pages.damage import StoredPageDamaged, known_damage
from app.store.readings.folding import fold_when_due
from tests.support.elsewhere import another_process
from tests.support.flipping import content_of, flip_page, page_ids, put_page, set_header
from tests.support.folded import fold_everything
from tests.support.site import Site, later_ms, new_site, quantities, row, stored

START_MS = 1_614_556_800_000
QUARTER_MS = 900_000
ROWS = 3_072
"""Two full pages of quarter hours."""


def stamp(number: int) -> str:
    return instant_from_ms(START_MS + number * QUARTER_MS).isoformat()


@pytest.fixture
def site(database: Database) -> Site:
    return new_site(database)


def meters(site: Site, count: int = 2) -> list[MeterSpec]:
    """Return meters with two full pages each, of 1 kWh a quarter of an hour."""
    found = [site.meter(zone="UTC", code=f"m{number}") for number in range(count)]
    for meter in found:
        site.post([row(meter, stamp(number), 1) for number in range(ROWS)], now_ms=later_ms())
    roll_pending(site.database)
    fold_everything(site.database)
    assert [len(page_ids(site.database, meter.id)) for meter in found] == [2] * count
    return found


def code_of(site: Site) -> str:
    with site.database.read() as session:
        return next(each.code for each in every_organization(session) if each.id == site.organization_id)


@pytest.mark.parametrize("place", [0, 1, 5, 30, 50, -1])
def test_a_flipped_bit_anywhere_is_noticed(site: Site, place: int) -> None:
    meter, other = meters(site)
    flip_page(site.database, page_ids(site.database, meter.id)[0], place)
    with pytest.raises(StoredPageDamaged, match="meter 'm0' from 2021-03-01T00:00:00Z to 2021-03-16T23:45:00Z"):
        stored(site.database, meter)
    assert len(stored(site.database, other)) == ROWS


def test_a_correction_beside_a_damaged_page_is_stored_and_what_is_usual_stays(site: Site) -> None:
    meter, _ = meters(site)
    flip_page(site.database, page_ids(site.database, meter.id)[0], 40)
    before = site.post([row(meter, stamp(ROWS), 900)], now_ms=later_ms(), dry_run=True)

    corrected = site.post([row(meter, stamp(ROWS - 1), "0.5")], now_ms=later_ms())

    assert (corrected.replaced, corrected.suspect) == (1, 0)
    assert site.post([row(meter, stamp(ROWS), 900)], now_ms=later_ms(), dry_run=True).suspect == before.suspect == 1


def test_the_page_of_another_meter_in_its_place_is_noticed(site: Site) -> None:
    meter, other = meters(site)
    mine, theirs = page_ids(site.database, meter.id)[0], page_ids(site.database, other.id)[0]
    put_page(site.database, mine, content_of(site.database, theirs))
    with pytest.raises(StoredPageDamaged, match="it holds other readings than it says"):
        stored(site.database, meter)


def test_what_needs_the_page_is_a_problem_and_all_else_is_answered(
    client: httpx.Client, site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    meter, _ = meters(site)
    first, _ = page_ids(site.database, meter.id)
    flip_page(site.database, first, 40)
    readings = f"/v1/organizations/{code_of(site)}/readings"
    capfd.readouterr()
    for accept in ("application/json", "text/csv", "application/x-ndjson"):
        answer = client.get(readings, params={"meter": "m0"}, headers={"Accept": accept, "X-Request-ID": "told-1"})
        assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
        problem = answer.json()
        assert problem["code"] == "reading_page_damaged"
        assert "'m0' from 2021-03-01T00:00:00Z to 2021-03-16T23:45:00Z" in problem["detail"]
        assert f"page {first}" in problem["detail"]
    logged = [line for line in "".join(capfd.readouterr()).splitlines() if "reading_page_damaged" in line]
    assert len(logged) == 3

    csv = {"Accept": "text/csv"}
    later = client.get(readings, params={"meter": "m0", "start": "2021-03-17T00:00:00Z"}, headers=csv)
    assert (later.status_code, later.text.count("\n")) == (200, 1 + ROWS // 2)
    other = client.get(readings, params={"meter": "m1"}, headers=csv)
    assert (other.status_code, other.text.count("\n")) == (200, 1 + ROWS)


def test_rolling_goes_on_with_the_other_meters_and_comes_back_to_the_damaged_one(site: Site) -> None:
    meter, *others = found = meters(site, 3)
    page = page_ids(site.database, meter.id)[0]
    before = flip_page(site.database, page, 40)
    march = START_MS // 86_400_000
    with site.database.write() as session:
        session.connection().execute(text("UPDATE rollup SET quantity = 0"))
    rebuild(site.database, [each.id for each in found])
    for _ in range(2):
        roll_pending(site.database)
    for other in others:
        assert quantities(site.database, other, 1)[march] == 96_000_000
    assert quantities(site.database, meter, 1)[march] == 0
    assert known_damage(site.database).meters() == [meter.id]
    with site.database.read() as session:
        events = events_after(session, BEGINNING, organization_id=site.organization_id)
    told = [event.payload for event in events if event.kind == EventKind.READING_PAGE_DAMAGED]
    assert [(each["meter"], each["page"], each["start"]) for each in told] == [("m0", page, "2021-03-01T00:00:00Z")]

    put_page(site.database, page, before)
    roll_pending(site.database)
    assert quantities(site.database, meter, 1)[march] == 96_000_000
    assert known_damage(site.database).meters() == []


def test_new_readings_of_a_damaged_meter_are_stored_rolled_up_and_folded(site: Site) -> None:
    meter, other = meters(site)
    first, _ = page_ids(site.database, meter.id)
    before = flip_page(site.database, first, 40)
    late = [row(meter, stamp(0), 9), row(meter, stamp(ROWS), 2), row(other, stamp(0), 9)]
    with another_process(site) as there, pytest.raises(StoredPageDamaged):
        there.post(late, now_ms=later_ms())
    site.post([row(meter, stamp(ROWS + n), 2) for n in range(96)] + [row(other, stamp(0), 9)], now_ms=later_ms())
    roll_pending(site.database)
    assert quantities(site.database, meter, 1)[START_MS // 86_400_000 + 32] == 192_000_000
    assert quantities(site.database, other, 1)[START_MS // 86_400_000] == 104_000_000
    assert fold_everything(site.database) == 97
    put_page(site.database, first, before)
    assert [len(stored(site.database, each)) for each in (meter, other)] == [ROWS + 96, ROWS]


def test_rows_that_fall_into_a_damaged_page_wait_beside_it(site: Site) -> None:
    meter, other = meters(site)
    first, _ = page_ids(site.database, meter.id)
    site.post([row(meter, stamp(0), 9), row(other, stamp(0), 9)], now_ms=later_ms())
    before = flip_page(site.database, first, 40)
    assert fold_everything(site.database) == 1
    assert stored(site.database, other)[0][1] == 9_000_000
    put_page(site.database, first, before)
    assert stored(site.database, meter)[0][1] == 9_000_000
    assert len(stored(site.database, meter)) == ROWS
    assert fold_everything(site.database) == 1
    assert stored(site.database, meter)[0][1] == 9_000_000


def test_small_pages_beside_a_damaged_one_stay_as_they_are(site: Site) -> None:
    meter = site.meter(zone="UTC", code="m0")
    for day in range(4):
        site.post([row(meter, stamp(day * 96 + n), 1) for n in range(96)], now_ms=later_ms())
        if day == 3:
            before = flip_page(site.database, page_ids(site.database, meter.id)[1], 40)
        fold_everything(site.database)
    assert len(page_ids(site.database, meter.id)) == 4
    put_page(site.database, page_ids(site.database, meter.id)[1], before)
    assert len(stored(site.database, meter)) == 384
    assert fold_when_due(site.database, site.organization_id) == 0


def test_a_header_that_is_not_of_its_page_is_noticed_when_it_is_read(site: Site) -> None:
    meter, _ = meters(site)
    set_header(site.database, page_ids(site.database, meter.id)[1], "rows", 5)
    with pytest.raises(StoredPageDamaged, match="it holds other readings than it says"):
        stored(site.database, meter)
