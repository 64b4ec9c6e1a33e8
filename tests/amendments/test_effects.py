"""What amendments are said to change, in worked cases; each is then carried out and comes to just that."""

from collections.abc import Sequence

from app.core.inventory.meters import MeterSpec
from app.disclosure.live.amendment_preview import effects_of
from app.ingest.writing.bulk_amend import stretch_of, supposed
from app.rollup.rolling.roller import roll_pending
from app.store.inventory.organizations import organization_by_id
from app.store.operations.bulk_amendments import Stretch
from tests.amendments.orders import ACCEPT, UNDO, WITHDRAW, amended, kept, ms, undone
from tests.support.site import Site, later_ms, quantities, row, stored

YEAR = 3
FIRST_OF_2021 = 18_628
Effects = dict[object, tuple[int, object, object]]


def _said(
    site: Site, action: object, meters: Sequence[MeterSpec], start: str, end: str, *, undoes: int | None = None
) -> Effects:
    """Return by year how many readings of the first meter would change, and its quantity as it is and would be."""
    with site.database.read() as session:
        organization = organization_by_id(session, site.organization_id)
        assert organization is not None
    stretch = Stretch([each.id for each in meters], ms(start), ms(end))
    if undoes is not None:
        stretch = stretch_of(kept(site, undoes))
    found = effects_of(site.database, organization.code, supposed(stretch, action, undoes=undoes))  # type: ignore[arg-type]
    return {
        year.period.name: (year.meters[0].readings, year.meters[0].current, year.meters[0].proposed) for year in found
    }


def _years(site: Site, meter: MeterSpec) -> list[int | None]:
    roll_pending(site.database)
    return list(quantities(site.database, meter, YEAR).values())


def test_a_month_stamped_at_new_year_is_one_of_the_year_that_ends(site: Site) -> None:
    meter = site.meter(interval="P1M", edge="interval_end")
    site.post([row(meter, "2021-01-01T00:00:00+08:00", 31), row(meter, "2021-02-01T00:00:00+08:00", 62)])
    roll_pending(site.database)
    whole = ("2020-12-01T00:00:00+08:00", "2021-01-15T00:00:00+08:00")

    assert _said(site, WITHDRAW, [meter], *whole) == {2020: (1, 31, None)}
    amended(site, WITHDRAW, [meter], *whole)
    assert _years(site, meter) == [62_000_000]


def test_a_bill_over_new_year_moves_both_years(site: Site) -> None:
    meter = site.meter(interval="P1D", edge="interval_end")
    start = "2020-12-22T00:00:00+08:00"
    site.post([row(meter, "2021-01-11T00:00:00+08:00", 200, start=start)])
    site.post([row(meter, "2021-01-12T00:00:00+08:00", 1)])
    roll_pending(site.database)
    range_ = ("2021-01-11T00:00:00+08:00", "2021-01-12T00:00:00+08:00")

    assert _said(site, WITHDRAW, [meter], *range_) == {2020: (0, 100, None), 2021: (1, 101, 1)}
    amended(site, WITHDRAW, [meter], *range_)
    assert _years(site, meter) == [1_000_000]


def test_what_a_register_counted_between_its_neighbours_is_told(site: Site) -> None:
    meter = site.meter("register")
    site.post([row(meter, f"{day}T00:00:00+08:00", value) for day, value in (("2020-12-01", 100), ("2021-02-01", 720))])
    site.post([row(meter, "2021-01-01T00:00:00+08:00", 300)])
    roll_pending(site.database)
    range_ = ("2021-01-01T00:00:00+08:00", "2021-01-02T00:00:00+08:00")

    assert _said(site, WITHDRAW, [meter], *range_) == {2020: (0, 200, 310), 2021: (1, 420, 310)}
    amended(site, WITHDRAW, [meter], *range_)
    assert _years(site, meter) == [310_000_000, 310_000_000]


def test_an_accepted_reading_of_a_register_is_believed_in_a_dry_run_too(site: Site) -> None:
    meter = site.meter("register", register_modulus="1000", max_rate="100")
    days = [f"2021-03-0{day}T00:00:00+08:00" for day in (1, 2, 3)]
    site.post([row(meter, at, value) for at, value in zip(days, (10, 20, 5_000), strict=True)])
    roll_pending(site.database)
    range_ = (days[2], "2021-03-04T00:00:00+08:00")

    assert _said(site, ACCEPT, [meter], *range_) == {2021: (1, 10, 4_990)}
    amended(site, ACCEPT, [meter], *range_)
    assert _years(site, meter) == [4_990_000_000]


def test_undoing_is_said_to_leave_what_was_changed_since(site: Site) -> None:
    meter = site.meter(interval="PT1H", edge="interval_start")
    hours = [f"2021-03-01T0{hour}:00:00+08:00" for hour in (1, 2, 3)]
    site.post([row(meter, at, value) for at, value in zip(hours, (1, 2, 4), strict=True)])
    batch = amended(site, WITHDRAW, [meter], hours[0], hours[2])
    site.post([row(meter, hours[1], 8)], now_ms=later_ms())
    roll_pending(site.database)

    assert _said(site, UNDO, [meter], hours[0], hours[2], undoes=batch) == {2021: (1, 12, 13)}
    undone(site, batch)
    assert _years(site, meter) == [13_000_000]


def test_a_dry_run_counts_what_has_just_arrived(site: Site) -> None:
    meter = site.meter(interval="P1D", edge="interval_start")
    site.post([row(meter, "2021-03-01T00:00:00+08:00", 5)])

    said = _said(site, WITHDRAW, [meter], "2021-03-01T00:00:00+08:00", "2021-03-02T00:00:00+08:00")

    assert {year: readings for year, (readings, _, _) in said.items()} == {2021: 1}


def test_accepted_amounts_are_usual_from_then_on(site: Site) -> None:
    meter = site.meter(interval="P1D", edge="interval_start")
    site.post([row(meter, f"2021-03-{day:02}T00:00:00+08:00", 10) for day in range(1, 21)])
    site.post([row(meter, "2021-03-21T00:00:00+08:00", 9_000)], now_ms=later_ms())
    assert stored(site.database, meter)[-1][2] == 17

    amended(site, ACCEPT, [meter], "2021-03-21T00:00:00+08:00", "2021-03-22T00:00:00+08:00")
    site.post([row(meter, "2021-03-22T00:00:00+08:00", 9_000)], now_ms=later_ms())

    assert [each[2] for each in stored(site.database, meter)[-2:]] == [9, 1]
