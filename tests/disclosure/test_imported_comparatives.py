"""The columns of a table that was printed before stand beside later years, where nothing was published here."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, send

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]
POWER = "consumption.electricity"
PER_TONNE = "water.intensity.product.output"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**YEARLY)
    rows = ((2019, 800_000), (2020, 900_000), (2021, 1_000_000))
    send(client, database, "".join(f"grid,{year}-01-01T00:00:00+08:00,{kwh}\n" for year, kwh in rows))


def printed(client: httpx.Client, code: str, year: int, rows: list[dict[str, Any]], **fields: Any) -> None:
    table = {"code": code, "title": f"Report {year}", "framework": "hkex-2020", "year": year, "rows": rows}
    answer(client, "POST", f"{ORGANIZATION}/imported-publications", 201, json={**table, "comparatives": True, **fields})


def row(year: int, value: Any, **fields: Any) -> dict[str, Any]:
    return {"year": year, "key": POWER, "unit": "MWh", "value": value, **fields}


def beside(client: httpx.Client, year: int = 2021, key: str = POWER) -> list[tuple[int, str | None, bool, str]]:
    found = figures(client, year)[key]["comparatives"]
    return [(each["year"], each["display"], each["restated"], each["source"]) for each in found]


@pytest.mark.usefixtures("works")
def test_a_printed_column_stands_where_nothing_was_published(client: httpx.Client) -> None:
    assert beside(client) == [(2020, "900", False, "live"), (2019, "800", False, "live")]
    printed(client, "r2020", 2020, [row(2020, 912)])
    assert beside(client) == [(2020, "912", False, "imported"), (2019, "800", False, "live")]


@pytest.mark.usefixtures("works")
def test_the_latest_table_counts_and_tells_what_it_restated(client: httpx.Client) -> None:
    printed(client, "r2020", 2020, [row(2020, 912), row(2019, 811)])
    printed(client, "r2021", 2021, [row(2020, 915), row(2019, 811)])
    assert beside(client) == [(2020, "915", True, "imported"), (2019, "811", False, "imported")]
    printed(client, "r2021b", 2021, [row(2020, 912), row(2019, 811)], supersedes="r2021")
    assert beside(client) == [(2020, "912", False, "imported"), (2019, "811", False, "imported")]


@pytest.mark.usefixtures("works")
def test_a_publication_of_ones_own_stands_before_a_printed_table(client: httpx.Client) -> None:
    printed(client, "r2020", 2020, [row(2020, 912)])
    Desk.of(client).published(year=2020)
    assert beside(client)[0] == (2020, "900", False, "published")


@pytest.mark.usefixtures("works")
def test_a_table_that_is_no_comparative_another_unit_and_part_of_the_plants_are_left_alone(
    client: httpx.Client,
) -> None:
    printed(client, "r2020", 2020, [row(2020, 912)], comparatives=False)
    printed(client, "kwh", 2020, [row(2020, 912_000, unit="kWh")])
    plants = [{"code": "north", "country": "CN"}]
    printed(client, "north", 2020, [row(2020, 5, boundary=["north"])], plants=plants)
    assert beside(client)[0] == (2020, "900", False, "live")


@pytest.mark.usefixtures("works")
def test_an_intensity_is_printed_without_what_it_is_per_and_shows_its_own_digits(client: httpx.Client) -> None:
    ratio = {"year": 2020, "key": PER_TONNE, "unit": "m3", "value": Decimal("3.3"), "decimals": 2}
    table = {"code": "r", "title": "Report", "framework": "hkex-2020", "year": 2020, "comparatives": True}
    body = {**table, "rows": [{**ratio, "value": 3.3}]}
    answer(client, "POST", f"{ORGANIZATION}/imported-publications", 201, json=body)
    assert beside(client, key=PER_TONNE)[0] == (2020, "3.30", False, "imported")
    assert DISCLOSURE.endswith("hkex-2020")
