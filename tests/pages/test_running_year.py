"""Of a running year nothing is missing of the days that are to come; tables and charts round a number by one rule."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from app.core.units.quantities import Rounding
from app.disclosure.figures.figures import Figure
from app.disclosure.live.disclosure import Disclosure, live_disclosure
from app.pages.charts import bar_chart
from app.pages.view import row_of
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import send

MONTHLY = {"interval": "P1M", "timestamp_edge": "interval_start"}


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant whose power and output are read of January to March; a second meter of its begins in July."""
    make_organization(timezone="UTC")
    make_plant(timezone="UTC", region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**MONTHLY)
    make_meter(code="later", in_service_from="2024-07-01", **MONTHLY)
    make_meter(code="output", resource="product.output", unit="t", **MONTHLY)
    rows = [f"{code},2024-{month:02}-01T00:00:00Z,1000\n" for code in ("grid", "output") for month in (1, 2, 3)]
    send(client, database, "".join(rows))


@pytest.mark.usefixtures("works")
@pytest.mark.parametrize(
    ("day", "warning"),
    [
        pytest.param(datetime(2024, 4, 1, tzinfo=UTC), None, id="all that was due has come"),
        pytest.param(datetime(2024, 4, 1, 23, tzinfo=UTC), None, id="today is not over"),
        pytest.param(datetime(2024, 5, 1, tzinfo=UTC), "75.2 % covered", id="April is missing"),
        pytest.param(datetime(2025, 1, 1, tzinfo=UTC), "16.5 % covered", id="the year is over"),
    ],
)
def test_the_annual_page_misses_nothing_of_days_to_come(database: Database, day: datetime, warning: str | None) -> None:
    found = _disclosure(database, day)
    figure = _figure(found, "consumption.electricity")
    intensity = _figure(found, "consumption.electricity.intensity.product.output")
    rows = [row_of(each, periods=found.periods) for each in (figure, intensity)]

    assert (rows[0].warning if warning else None) == warning
    # The meter that begins in July is silent once July has begun, and no sooner.
    silent = ["silent_meter"] if day.year > 2024 else []
    assert [check.code for check in figure.checks] == [*silent, *(["partial"] if warning else [])]
    assert [row.standing == "partial" for row in rows] == [warning is not None] * 2
    assert figure.coverage == pytest.approx(Decimal(91) / (366 + 184))  # the figure's own is of the whole year


@pytest.mark.usefixtures("works")
def test_on_the_first_day_nothing_is_due_yet(database: Database) -> None:
    found = _disclosure(database, datetime(2024, 1, 1, 9, tzinfo=UTC))
    assert _figure(found, "consumption.electricity").coverage_so_far is None


def test_flows_of_the_running_year_miss_nothing_of_days_to_come(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization(timezone="UTC")
    make_plant(timezone="UTC")
    make_meter(interval="P1D", timestamp_edge="interval_start")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today.replace(month=1, day=1)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    send(client, database, "".join(f"grid,{day:%Y-%m-%d}T00:00:00Z,24\n" for day in days))
    query = {"year": str(today.year), "plant": "", "framework": "hkex-2020"}
    page = client.get("/organizations/acme/flows", params=query)

    assert page.status_code == 200
    assert "readings cover" not in page.text


@pytest.mark.parametrize(("rounding", "printed"), [(Rounding.DOWN, "1,999"), (Rounding.HALF_UP, "2,000")])
def test_a_chart_rounds_as_the_table_does(rounding: Rounding, printed: str) -> None:
    chart = bar_chart(
        title="Grid",
        family="energy",
        unit="MWh",
        months=["January", "February"],
        values=[Decimal("1999.9"), None],
        earlier=[Decimal("-1999.9"), Decimal("0.0009")],
        rounding=rounding,
    )

    assert (chart.total, chart.numbers[0].value) == (printed, printed)
    assert chart.numbers[0].earlier == f"-{printed}"
    assert chart.numbers[1].earlier == {Rounding.DOWN: "0.000", Rounding.HALF_UP: "0.001"}[rounding]


def _disclosure(database: Database, now: datetime) -> Disclosure:
    at_ms = int(now.timestamp() * 1000)
    return live_disclosure(database, organization="acme", framework="hkex-2020", year=2024, now_ms=at_ms)


def _figure(found: Disclosure, key: str) -> Figure:
    return next(each for each in found.figures if each.key == key and not each.dimensions)
