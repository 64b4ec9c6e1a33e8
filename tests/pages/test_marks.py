"""What is wrong with a meter is marked in its curves: stretches without a reading, and readings that do not count."""

from datetime import UTC, date, datetime

import httpx
import pytest

from app.models import id_of
from app.pages.look.marks import Band, Dot, Mark, Marks, marks_of, reaching
from app.pages.look.series import Curve
from app.pages.look.spans import Span, stretch_of
from app.rollup.rolling.roller import roll_pending
from app.store.arrivals.entered import entered
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from tests.conftest import Make

CSV = {"Content-Type": "text/csv"}
PLACE = "/organizations/acme/look"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """An hourly meter with a suspect reading and eleven hours without one, and waste that is weighed now and then."""
    make_organization()
    make_plant(timezone="UTC")
    make_meter(interval="PT1H", timestamp_edge="interval_end", max_rate=100)
    make_meter(code="skip", resource="waste.nonhazardous", kind="event", unit="t", interval=None)
    make_meter(code="water", resource="water.withdrawal", unit="m3", interval="P1M", timestamp_edge="interval_start")
    hours = dict.fromkeys((*range(1, 8), *range(19, 25)), 10) | {5: 500}
    rows = [f"grid,2024-03-0{1 + hour // 24}T{hour % 24:02}:00:00Z,{value}" for hour, value in hours.items()]
    rows += ["skip,2024-03-05T09:00:00Z,2", "skip,2024-03-19T09:00:00Z,3", "water,2024-03-01T00:00:00Z,31"]
    body = "\n".join(["meter,timestamp,value", *rows])
    client.post("/v1/organizations/acme/readings", content=body, headers=CSV).raise_for_status()
    roll_pending(database)


@pytest.mark.usefixtures("works")
def test_gaps_and_suspects_are_marked_in_the_curve_with_a_legend_and_where_to_mend_them(client: httpx.Client) -> None:
    def at(hour: int) -> int:
        return int(datetime(2024, 3, 1, hour, tzinfo=UTC).timestamp())

    drawn = client.get(f"{PLACE}/grid/series", params={"span": "day", "date": "2024-03-01", "every": True}).json()
    assert ["gap", at(7), at(18)] in drawn["bands"]
    assert drawn["dots"] == [[at(5), 500]]
    sums = client.get(f"{PLACE}/grid/series", params={"span": "day", "date": "2024-03-01"}).json()
    assert sums["dots"] == [[at(5), None]]
    page = client.get(f"{PLACE}/grid", params={"span": "day", "date": "2024-03-01"}).text
    assert "1 suspect reading, which does not count until it is accepted" in page
    assert 'href="/organizations/acme/issues?meter=grid"' in page


@pytest.mark.usefixtures("works")
def test_what_is_weighed_now_and_then_has_bars_and_no_gaps(client: httpx.Client) -> None:
    page = client.get(f"{PLACE}/skip", params={"span": "month", "date": "2024-03-01"}).text

    assert 'span=month&amp;date=2024-03-01" data-kind="bars"' in page
    assert "What is marked in the curves" not in page


@pytest.mark.usefixtures("works")
def test_a_silent_meter_is_marked_from_the_end_of_its_newest_reading_to_now(
    database: Database,
) -> None:
    now = datetime(2024, 7, 10, tzinfo=UTC)
    with database.read() as session:
        own = id_of(organization_of(session, "acme"))
    with entered(database, own) as session:
        meter = metered(session, own, meters=["water"])[0]
        year = stretch_of(Span.YEAR, date(2024, 1, 1))
        (band,) = marks_of(session, meter, year, now_ms=int(now.timestamp() * 1000)).bands
    first = int(datetime(2024, 4, 1, tzinfo=UTC).timestamp())
    assert band == Band(Mark.GAP, first, int(now.timestamp()))  # March was read, though stamped at its beginning


def test_a_curve_reaches_to_its_marks() -> None:
    marks = Marks([Band(Mark.GAP, 30, 90)], [Dot(5, 1.0)])

    assert reaching(Curve([10, 20], [1, 2]), marks) == Curve([5, 10, 20, 90], [None, 1, 2, None])
    assert reaching(Curve([], []), marks) == Curve([5, 90], [None, None])
    assert reaching(Curve([10], [1]), Marks([], [])) == Curve([10], [1])
    assert marks.counts == {Mark.GAP: 1, Mark.SUSPECT: 1}
