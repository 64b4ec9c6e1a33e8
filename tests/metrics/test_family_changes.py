"""Metrics of emissions tell where a series goes over to another family of factors, as disclosures do."""

from typing import Any

import httpx

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import ORGANIZATION, YEARLY, answer, get, send


def told(client: httpx.Client, year: int) -> dict[str, list[str]]:
    """Return what is told of changed families, by scope and method."""
    found: dict[str, list[str]] = {}
    for line in get(client, f"{ORGANIZATION}/metrics/emissions", year=year)["by_scope"]:
        name = " ".join(line["dimensions"].values())
        checks: list[dict[str, Any]] = line["checks"]
        found[name] = [each["detail"] for each in checks if each["code"] == "factor_family_changed"]
    return found


def test_a_scope_tells_that_its_factors_are_of_another_family_than_a_year_before(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**YEARLY)
    send(client, database, "".join(f"grid,{year}-01-01T00:00:00+08:00,1000\n" for year in (2020, 2021, 2022)))
    grid = "electricity.grid of main goes over from cn_grid_enterprise_2015 (cn_enterprise_reporting"
    changed = {
        "1": [],
        "2 location": [f"ghg.scope2: {grid}) in 2020 to cn_grid_mee_prov_2021_jx (cn_mee_power) in 2021"],
        "2 market": [
            f"ghg.scope2.market: {grid}, the grid average) in 2020 to cn_grid_mee_nat_exmkt_2021 (cn_mee_power) in 2021"
        ],
    }
    assert told(client, 2021) == changed
    assert told(client, 2020) == told(client, 2022) == {"1": [], "2 location": [], "2 market": []}
    answer(client, "PATCH", ORGANIZATION, 200, json={"factor_set": "cn_mee_power"})
    assert told(client, 2021) == {"1": [], "2 location": [], "2 market": []}
