"""What a meter's curve is drawn of: sums by bucket beside the year before, every reading, the usual week."""

from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from app.pages.look.spans import Span, stretch_of
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make

CSV = {"Content-Type": "text/csv"}
PLACE = "/organizations/acme/look/grid"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """An hourly meter in Berlin with three days in each of two years, the later ones with a change of clocks."""
    make_organization()
    make_plant(code="main", timezone="Europe/Berlin")
    make_meter(code="grid", interval="PT1H", plausibility="off")
    rows = ["meter,timestamp,value"]
    for first, add in ((datetime(2023, 3, 30, 22, tzinfo=UTC), 0), (datetime(2024, 3, 29, 23, tzinfo=UTC), 100)):
        rows += [f"grid,{(first + timedelta(hours=hour)).isoformat()},{hour + add}" for hour in range(71)]
    client.post("/v1/organizations/acme/readings", content="\n".join(rows), headers=CSV).raise_for_status()
    roll_pending(database)


def test_days_of_a_year_lie_on_those_of_the_year_before_though_clocks_changed_on_another_one(
    client: httpx.Client, works: None
) -> None:
    drawn = client.get(f"{PLACE}/series", params={"span": "year", "date": "2024-06-01"}).json()

    assert (drawn["unit"], drawn["labels"]) == ("kWh", ["2024-01-01", "2023-01-01"])
    # The curve reaches over the year before it, which nobody read, to what is silent behind it.
    assert [series[at] for series in drawn["series"] for at in (0, -1)] == [None] * 4
    days = [datetime.fromtimestamp(each, UTC).isoformat() for each in drawn["x"][1:-1]]
    assert days == ["2024-03-29T23:00:00+00:00", "2024-03-30T23:00:00+00:00", "2024-03-31T22:00:00+00:00"]
    now, before = (series[1:-1] for series in drawn["series"])
    assert now == [sum(range(100, 124)), sum(range(124, 147)), sum(range(147, 171))]
    assert before == [sum(range(24)), sum(range(24, 48)), sum(range(48, 71))]  # 31 March is the 90th day of 2023


def test_hours_of_a_day_lie_on_the_same_weekday_a_year_before(client: httpx.Client, works: None) -> None:
    drawn = client.get(f"{PLACE}/series", params={"span": "day", "date": "2024-03-30"}).json()

    assert drawn["labels"] == ["2024-03-30", "2023-04-01"]
    assert drawn["series"] == [list(range(100, 124)), list(range(24, 48))]
    short = client.get(f"{PLACE}/series", params={"span": "day", "date": "2024-03-31"}).json()
    assert len(short["x"]) == 23


def test_every_reading_is_drawn_with_gaps_where_nothing_was_read(client: httpx.Client, works: None) -> None:
    drawn = client.get(f"{PLACE}/series", params={"span": "month", "date": "2024-03-01", "every": True}).json()
    assert drawn["series"] == [[None, *range(100, 147)]]  # to the end of March, which is an hour short

    late = "meter,timestamp,value\ngrid,2024-03-20T00:00:00+01:00,7"
    client.post("/v1/organizations/acme/readings", content=late, headers=CSV).raise_for_status()
    gappy = client.get(f"{PLACE}/series", params={"span": "month", "date": "2024-03-01", "every": True}).json()
    assert gappy["series"][0][:4] == [None, 7, None, 100]


def test_what_is_no_stretch_or_no_meter_is_refused(client: httpx.Client, works: None) -> None:
    for path, status in (
        (f"{PLACE}/series?span=year", 422),
        (f"{PLACE}/series?span=age&date=2024-01-01", 422),
        (f"{PLACE}/series?span=day&date=1066-10-14", 422),
        ("/organizations/acme/look/none/series?span=day&date=2024-01-01", 404),
        ("/organizations/other/look/grid/series?span=day&date=2024-01-01", 404),
    ):
        assert client.get(path).status_code == status, path


@pytest.mark.parametrize(
    ("span", "first", "end", "before"),
    [
        pytest.param(Span.DAY, date(2024, 2, 29), date(2024, 3, 1), date(2023, 3, 2), id="leap day"),
        pytest.param(Span.WEEK, date(2024, 2, 26), date(2024, 3, 4), date(2023, 2, 27), id="week from Monday"),
        pytest.param(Span.MONTH, date(2024, 2, 1), date(2024, 3, 1), date(2023, 2, 1), id="February"),
        pytest.param(Span.YEAR, date(2024, 1, 1), date(2025, 1, 1), date(2023, 1, 1), id="year"),
    ],
)
def test_stretches_are_of_the_calendar(span: Span, first: date, end: date, before: date) -> None:
    found = stretch_of(span, date(2024, 2, 29))

    assert (found.first, found.end, found.years_before.first) == (first, end, before)
    assert stretch_of(span, found.before).end == found.first


def test_the_page_is_of_the_newest_reading_and_has_the_usual_week(client: httpx.Client, works: None) -> None:
    first = client.get("/organizations/acme/look")
    assert (first.status_code, first.headers["Location"]) == (303, PLACE)
    page = client.get(PLACE).text
    assert "2024-04-01 – 2024-04-30" in page
    assert '<strong data-part="value">170</strong> <span data-part="unit">kWh</span>' in page
    assert '<span data-part="at">1 April 2024, 23:00</span>' in page  # by the plant's clock
    march = client.get(PLACE, params={"span": "month", "date": "2024-03-05"}).text
    assert march.count("<rect") == 24 + 23  # a Saturday, and a Sunday that is an hour short
    assert 'fill-opacity="1.00"><title>23:00: 146 kWh</title>' in march


def test_the_year_of_the_address_is_looked_at_and_goes_along_to_the_meter(client: httpx.Client, works: None) -> None:
    led = client.get("/organizations/acme/look", params={"year": "2023"})
    assert (led.status_code, led.headers["Location"]) == (303, f"{PLACE}?year=2023")
    page = client.get(PLACE, params={"year": "2023"}).text
    assert "2023-01-01 – 2023-12-31" in page
    assert 'series?span=year&amp;date=2023-01-01"' in page
    assert "2023-01-01 – 2023-01-31" in client.get(PLACE, params={"year": "2023", "span": "month"}).text
    assert "2024-04-01 – 2024-04-30" in client.get(PLACE).text, "without a year it is the newest month"


def test_a_choice_from_a_curve_keeps_to_its_meter_where_there_is_one(
    client: httpx.Client, works: None, make_meter: Make
) -> None:
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3", interval="PT1H")
    page = client.get(PLACE).text
    assert 'action="/organizations/acme/look"' in page
    assert '<input type="hidden" name="meter" value="grid">' in page
    led = client.get("/organizations/acme/look", params={"meter": "gas", "plant": "", "year": "2024"})
    assert led.headers["Location"] == "/organizations/acme/look/gas?year=2024"
    other = client.get("/organizations/acme/look", params={"meter": "none"})
    assert other.headers["Location"] == PLACE


def test_a_meter_is_shown_by_its_name_with_its_code_beside(client: httpx.Client, works: None, make_meter: Make) -> None:
    make_meter(code="g-2", name="Gas of hall 2", resource="fuel.natural_gas", unit="m3", interval="PT1H")
    page = client.get("/organizations/acme/look/g-2").text
    assert '<h1>Gas of hall 2 <small class="aside">g-2</small></h1>' in page
    assert "Natural gas ·" in page
    assert "look/g-2" in client.get(PLACE).text
    assert "Gas of hall 2" in client.get(PLACE).text
