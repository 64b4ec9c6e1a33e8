"""What readings add to the rollups waits packed beside the rows: whoever reads buckets sees both, each reading once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlmodel import Session

from app.core.calendar.periods import Grain
from app.core.inventory.meters import MeterSpec
from app.core.readings.added_days import UnreadableAdditions
from app.disclosure.history.fiscal_years import change_organization
from app.models import rollup_addition_table, rollup_table
from app.rollup.rolling.additions_written import write_additions
from app.rollup.rolling.roller import rebuild, roll_pending
from app.store.arrivals.rollup_additions import append_additions, with_waiting
from app.store.engine.database import Database
from app.store.inventory.organizations import delete_organization
from app.store.rollups.rollups import bucket_days, bucket_page, months_with_readings, year_span
from tests.support.added_days import added
from tests.support.site import Site, later_ms, new_site, quantities, rollups, row

MARCH_1, APRIL_1, JANUARY_1 = 18_687, 18_718, 18_628
ONE = 1_000_000
EVER = (-(2**31), 2**31 - 1)


def post(site: Site, *said: tuple[MeterSpec, int, int]) -> None:
    """Post (meter, quarters of an hour after 1 March, value) and roll it up."""
    midnight = datetime.fromisoformat("2021-03-01T00:00:00+08:00")
    rows = [row(meter, (midnight + timedelta(minutes=15 * at)).isoformat(), value) for meter, at, value in said]
    assert site.post(rows, now_ms=later_ms()).rejected == 0
    roll_pending(site.database)


def stored(site: Site, meter: MeterSpec) -> list[tuple[int, int, int]]:
    """Return grain, day and quantity of the meter's rows."""
    table = rollup_table.c
    statement = select(table.grain, table.start_day, table.quantity).where(table.meter_id == meter.id)
    with site.database.read() as session:
        return [tuple(each) for each in session.connection().execute(statement.order_by(table.grain, table.start_day))]


def waiting(site: Site) -> list[int]:
    """Return of how many days each addition of the site's is, oldest first."""
    table = rollup_addition_table.c
    statement = select(table.days).where(table.organization_id == site.organization_id).order_by(table.id)
    with site.database.read() as session:
        return list(session.connection().execute(statement).scalars())


def all_grains(site: Site, meter: MeterSpec) -> list[dict[int, int | None]]:
    return [quantities(site.database, meter, grain) for grain in (Grain.DAY, Grain.MONTH, Grain.YEAR)]


@pytest.fixture
def meter(site: Site) -> MeterSpec:
    return site.meter(edge="interval_start")


def test_posts_change_no_row_and_are_seen_in_every_bucket(site: Site, meter: MeterSpec) -> None:
    for at, value in enumerate((1, 2, 4)):
        post(site, (meter, at, value))
    post(site, (meter, 31 * 96, 8))
    assert stored(site, meter) == []
    assert waiting(site) == [2]
    assert all_grains(site, meter) == [
        {MARCH_1: 7 * ONE, APRIL_1: 8 * ONE},
        {MARCH_1: 7 * ONE, APRIL_1: 8 * ONE},
        {JANUARY_1: 15 * ONE},
    ]
    before = rollups(site.database, meter)
    rebuild(site.database, [meter.id])
    assert rollups(site.database, meter) == before


def test_small_additions_are_joined_and_large_ones_stay(site: Site, meter: MeterSpec) -> None:
    others = [site.meter(edge="interval_start") for _ in range(7)]
    post(site, *((each, 0, 1) for each in (meter, *others)))
    assert waiting(site) == [8]
    post(site, (meter, 1, 2), (others[0], 1, 1))
    assert waiting(site) == [8, 2]
    post(site, (meter, 2, 4))
    assert waiting(site) == [8, 2, 1]
    post(site, (meter, 3, 8), (others[1], 1, 1))
    assert waiting(site) == [8, 3]
    assert quantities(site.database, meter, Grain.MONTH) == {MARCH_1: 15 * ONE}


def test_a_month_of_days_goes_into_the_rows(site: Site, meter: MeterSpec) -> None:
    other = site.meter(edge="interval_start")
    post(site, *((meter, 96 * day, 1) for day in range(31)), (other, 0, 2))
    assert stored(site, meter) == []
    post(site, (other, 96, 3), *((other, 96 * day, 4) for day in range(2, 33)))
    assert waiting(site) == []
    assert len(stored(site, meter)) == 31 + 1 + 1
    assert stored(site, other)[-3:] == [(2, MARCH_1, 121 * ONE), (2, APRIL_1, 8 * ONE), (3, JANUARY_1, 129 * ONE)]


def test_what_is_written_into_the_rows_leaves_every_bucket_as_it_was(site: Site, meter: MeterSpec) -> None:
    post(site, (meter, 0, 1), (meter, 96, 2))
    write_additions(site.database, site.organization_id)
    post(site, (meter, 97, 4), (meter, 0, 3))
    before = rollups(site.database, meter)
    assert write_additions(site.database, site.organization_id) == 2
    assert waiting(site) == []
    assert stored(site, meter) == [
        (1, MARCH_1, 3 * ONE),
        (1, MARCH_1 + 1, 6 * ONE),
        (2, MARCH_1, 9 * ONE),
        (3, JANUARY_1, 9 * ONE),
    ]
    assert rollups(site.database, meter) == before
    assert write_additions(site.database, site.organization_id) == 0


def test_a_day_made_anew_takes_back_what_waits_for_it_and_for_no_other(site: Site, meter: MeterSpec) -> None:
    other = site.meter(edge="interval_start")
    post(site, (meter, 10, 1), (meter, 96, 2), (other, 10, 4))
    post(site, (meter, 5, 8))
    assert stored(site, meter) == [(1, MARCH_1, 9 * ONE), (2, MARCH_1, 9 * ONE), (3, JANUARY_1, 9 * ONE)]
    assert stored(site, other) == []
    assert all_grains(site, meter)[0] == {MARCH_1: 9 * ONE, MARCH_1 + 1: 2 * ONE}
    assert all_grains(site, meter)[1:] == [{MARCH_1: 11 * ONE}, {JANUARY_1: 11 * ONE}]
    assert all_grains(site, other)[0] == {MARCH_1: 4 * ONE}
    post(site, (meter, 11, 16))
    assert all_grains(site, meter)[1:] == [{MARCH_1: 27 * ONE}, {JANUARY_1: 27 * ONE}]
    write_additions(site.database, site.organization_id)
    assert all_grains(site, meter)[1:] == [{MARCH_1: 27 * ONE}, {JANUARY_1: 27 * ONE}]
    assert waiting(site) == []


def test_lists_and_spans_tell_of_days_that_wait(site: Site, meter: MeterSpec) -> None:
    post(site, (meter, 0, 1), (meter, 96, 2))
    write_additions(site.database, site.organization_id)
    post(site, (meter, 97, 4), (meter, 2 * 96, 8), (meter, 400 * 96, 16))
    own, ids, march = site.organization_id, [meter.id], {"first_day": MARCH_1, "end_day": MARCH_1 + 3}
    with site.database.read() as session:
        pages = [
            bucket_page(session, own, meter_ids=ids, grain=Grain.DAY, **march, after=(meter.id, day), limit=2)
            for day in (MARCH_1 - 1, MARCH_1 + 1)
        ]
        assert bucket_days(session, own, meter_ids=ids, grain=Grain.DAY, first_day=MARCH_1 + 1) == [
            MARCH_1 + 1,
            MARCH_1 + 2,
            MARCH_1 + 400,
        ]
        assert months_with_readings(session, own, meter_ids=ids, first_day=EVER[0], end_day=EVER[1]) == {meter.id: 2}
        assert year_span(session, own, ids) == (JANUARY_1, JANUARY_1 + 365)
    assert [[(each.start_day, each.quantity) for each in page] for page in pages] == [
        [(MARCH_1, ONE), (MARCH_1 + 1, 6 * ONE)],
        [(MARCH_1 + 2, 8 * ONE)],
    ]


def test_a_reader_without_a_snapshot_asks_again_when_what_waits_was_written_meanwhile(
    postgresql_database: Database,
) -> None:
    site = new_site(postgresql_database)
    meter = site.meter(edge="interval_start")
    post(site, (meter, 0, 1))
    seen: list[list[tuple[int, int, int]]] = []
    with site.database.write() as session:

        def read_rows() -> int:
            if not seen:
                write_additions(site.database, site.organization_id)
            seen.append(stored(site, meter))
            return len(seen[-1])

        rows, added = with_waiting(session, site.organization_id, [meter.id], read_rows)
    assert (rows, len(added)) == (3, 0)
    assert len(seen) == 2


def test_what_waits_follows_the_reporting_years(site: Site) -> None:
    own = new_site(site.database)
    meter = own.meter(edge="interval_start")
    post(own, (meter, 0, 1), (meter, 31 * 96, 2))
    with own.database.write() as session:
        change_organization(session, _code(session, own), {"fiscal_year_start_month": 4})
    assert stored(own, meter) == []
    assert quantities(own.database, meter, Grain.YEAR) == {APRIL_1 - 365: ONE, APRIL_1: 2 * ONE}
    post(own, (meter, 31 * 96 + 1, 4))
    write_additions(own.database, own.organization_id)
    assert stored(own, meter)[-2:] == [(3, APRIL_1 - 365, ONE), (3, APRIL_1, 6 * ONE)]


def test_a_rebuild_takes_back_what_waits_and_no_reading_says(site: Site, meter: MeterSpec) -> None:
    gone = site.meter(edge="interval_start")
    post(site, (meter, 0, 1))
    with site.database.write() as session:
        append_additions(session, site.organization_id, added((meter.id, MARCH_1 + 500, JANUARY_1 + 365, 7)))
        append_additions(session, site.organization_id, added((gone.id, MARCH_1, JANUARY_1, 7)))
    rebuild(site.database, [meter.id, gone.id])
    assert all_grains(site, meter) == [{MARCH_1: ONE}, {MARCH_1: ONE}, {JANUARY_1: ONE}]
    assert all_grains(site, gone) == [{}, {}, {}]


def test_a_meter_for_which_too_much_waits_is_made_anew(
    site: Site, meter: MeterSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.arrivals.rollup_additions._MOST_OF_A_METER", 5 * ONE)
    post(site, (meter, 0, 4))
    assert stored(site, meter) == []
    post(site, (meter, 1, 1))
    assert stored(site, meter) == []
    post(site, (meter, 2, 1))
    assert stored(site, meter) == [(1, MARCH_1, 6 * ONE), (2, MARCH_1, 6 * ONE), (3, JANUARY_1, 6 * ONE)]
    assert all_grains(site, meter) == [{MARCH_1: 6 * ONE}, {MARCH_1: 6 * ONE}, {JANUARY_1: 6 * ONE}]


def test_damaged_additions_are_made_anew_from_the_readings(site: Site, meter: MeterSpec) -> None:
    post(site, (meter, 0, 1), (meter, 96, 2))
    other = Database(site.database.url.render_as_string(hide_password=False))
    with site.database.write() as session:
        content = update(rollup_addition_table).where(rollup_addition_table.c.organization_id == site.organization_id)
        session.connection().execute(content.values(content=b"\1damaged"))
    with pytest.raises(UnreadableAdditions, match="made anew from the readings"):
        quantities(other, meter, Grain.DAY)
    roll_pending(other)
    assert quantities(other, meter, Grain.DAY) == {MARCH_1: ONE, MARCH_1 + 1: 2 * ONE}
    assert waiting(site) == []
    other.close()


def test_an_organization_that_goes_takes_what_waits_along(site: Site) -> None:
    gone = new_site(site.database)
    with site.database.write() as session:
        values = {"organization_id": gone.organization_id, "days": 1, "meters": 1, "content": b""}
        session.connection().execute(rollup_addition_table.insert().values(values))
        delete_organization(session, _code(session, gone))
    assert waiting(gone) == []


def _code(session: Session, site: Site) -> str:
    statement = text("SELECT code FROM organization WHERE id = :id")
    return str(session.connection().execute(statement, {"id": site.organization_id}).scalar_one())
