"""What one edition of a framework published stands beside the years that the next edition reports."""

from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.works import ORGANIZATION, YEARLY, answer, get, send

POWER, CARBON, WATER = "consumption.electricity", "ghg.scope1", "water.total"
GAS = {"code": "gas", "resource": "fuel.natural_gas", "unit": "MMBtu", "basis": "gross"}
TAP = {"code": "tap", "resource": "water.withdrawal", "unit": "m3"}


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant in Texas that reported 2024 by hkex-2020: 900 MWh and 10,000,000 MMBtu of gas."""
    make_organization(timezone="America/Chicago")
    make_plant(country="US", region="US-TX", grid_region="US-ERCT", timezone="America/Chicago")
    for meter in ({}, GAS, TAP):
        make_meter(**YEARLY, **meter)
    rows = "".join(
        f"grid,{year}-01-01T00:00:00-06:00,{kwh}\ngas,{year}-01-01T00:00:00-06:00,10000000\n"
        for year, kwh in ((2024, 900_000), (2025, 1_000_000))
    )
    send(client, database, rows)
    Desk.of(client).published(year=2024)


def beside(client: httpx.Client, key: str, framework: str = "hkex-2025", year: int = 2025, back: int = 0) -> Any:
    """Return display, restated, source and edition of a comparative, with the codes found of it."""
    found = get(client, f"{ORGANIZATION}/disclosures/{framework}/{year}")["figures"]
    figure = next(each for each in found if each["key"] == key and not each["dimensions"])
    shown = figure["comparatives"][back]
    codes = [each["code"] for each in figure["checks"] if each["code"].startswith("comparative")]
    return shown["display"], shown["restated"], shown["source"], shown["framework"], codes


def published_by(client: httpx.Client, framework: str, year: int) -> None:
    place = f"{ORGANIZATION}/disclosures/{framework}/{year}/publications"
    desk = Desk.of(client)
    answer(client, "POST", place, 201, json={}, headers={"X-API-Key": desk.preparer})
    for step in ("approve", "publish"):
        answer(client, "POST", f"{place}/1/{step}", 200, json={}, headers={"X-API-Key": desk.approver})


@pytest.mark.usefixtures("works")
def test_the_year_that_the_edition_before_published_is_shown_as_it_was(
    client: httpx.Client, database: Database
) -> None:
    send(client, database, "grid,2024-01-01T00:00:00-06:00,950000\n")
    assert beside(client, POWER) == ("900", False, "published", "hkex-2020", [])
    assert beside(client, POWER, "hkex-2020") == ("900", False, "published", "hkex-2020", [])
    assert beside(client, POWER, "gri")[:4] == ("3420", False, "live", None)


@pytest.mark.usefixtures("works")
def test_emissions_by_other_potentials_are_computed_anew_and_told(client: httpx.Client) -> None:
    # 53.06 + 0.001 x 28 + 0.0001 x 265 = 53.1145 kg per MMBtu by AR5; + 0.001 x 27 + 0.0001 x 273 = 53.1143 by AR6.
    assert beside(client, CARBON, "hkex-2020")[:4] == ("531145", False, "published", "hkex-2020")
    found = beside(client, CARBON)
    assert found == ("531143", True, "live", None, ["comparative_other_gwp_set"])
    figures = get(client, f"{ORGANIZATION}/disclosures/hkex-2025/2025")["figures"]
    told = next(each for figure in figures if figure["key"] == CARBON for each in figure["checks"])
    assert told["detail"] == (
        "2024 was published as 531145 tCO2e in hkex-2020 by AR5; it stands here as it comes to in hkex-2025 by AR6 with"
        " fossil methane by its own"
    )
    assert told["severity"] == "info"


@pytest.mark.usefixtures("works")
def test_emissions_that_come_to_the_same_by_both_sets_stay_published(client: httpx.Client, database: Database) -> None:
    # A CO2e-only factor is not rebased: 900 MWh at 0.33412929392073 kg per kWh are 300.716 t by either set, and stay
    # what was published when they come to 317.4 t later.
    send(client, database, "grid,2024-01-01T00:00:00-06:00,950000\n")
    assert beside(client, "ghg.scope2") == ("301", False, "published", "hkex-2020", [])
    # By AR5 methane that burning leaves is 28 in either edition.
    sets = {"items": [{"framework": "hkex-2025", "year": None, "gwp_set": "AR5"}]}
    answer(client, "PUT", f"{ORGANIZATION}/gwp-sets", 200, json=sets)
    assert beside(client, CARBON) == ("531145", False, "published", "hkex-2020", [])


@pytest.mark.usefixtures("works")
def test_what_the_edition_itself_published_goes_before(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2024-01-01T00:00:00-06:00,950000\n")
    published_by(client, "hkex-2025", 2024)
    assert beside(client, POWER) == ("950", False, "published", "hkex-2025", [])
    assert beside(client, POWER, "hkex-2020") == ("900", False, "published", "hkex-2020", [])


@pytest.mark.usefixtures("works")
def test_what_the_other_edition_left_empty_is_live(client: httpx.Client, database: Database) -> None:
    send(client, database, "tap,2024-01-01T00:00:00-06:00,77\n")
    assert beside(client, WATER, "hkex-2020")[:3] == (None, False, "published")
    assert beside(client, WATER)[:4] == ("77", False, "live", None)


def printed(client: httpx.Client, code: str, framework: str, key: str, unit: str, value: Any) -> None:
    row = {"year": 2023, "key": key, "unit": unit, "value": value}
    table = {"code": code, "title": code, "framework": framework, "year": 2023, "comparatives": True, "rows": [row]}
    answer(client, "POST", f"{ORGANIZATION}/imported-publications", 201, json=table)


@pytest.mark.usefixtures("works")
def test_a_column_printed_by_the_edition_before_stands_and_says_by_which_potentials(client: httpx.Client) -> None:
    printed(client, "report", "hkex-2020", CARBON, "tCO2e", 500_000)
    printed(client, "power", "hkex-2020", POWER, "MWh", 800)
    assert beside(client, POWER, back=1) == ("800", False, "imported", "hkex-2020", [])
    shown = beside(client, CARBON, back=1)
    assert shown[:4] == ("500000", False, "imported", "hkex-2020")
    assert shown[4].count("comparative_other_gwp_set") == 2  # of 2024 and of 2023
    printed(client, "anew", "hkex-2025", POWER, "MWh", 801)
    assert beside(client, POWER, back=1)[:4] == ("801", False, "imported", "hkex-2025")
