"""Scope 3 as it is stated enters totals and intensities, each category by name, and nothing is made up of the others.

1,000,000 kWh in Jiangxi are 583.5 t at 0.5835 kg, by the residual mix of 0.5942 kg 594.2 t; categories 1 and 6 are
stated with 5,000 t and 120,500 kg: 5,704 t in all, 5,714.7 t market-based, and 1,140.8 t for each of CNY 5 million.
"""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.shared import client, database, database_url, shared, shared_settings, vacant
from tests.support.stating import state
from tests.support.works import ORGANIZATION, YEARLY, get, send

__all__ = ["client", "database", "database_url", "shared", "shared_settings", "vacant"]
ESRS, GRI = f"{ORGANIZATION}/disclosures/esrs/2021", f"{ORGANIZATION}/disclosures/gri/2021"
TOTALS = ("ghg.total.scope123", "ghg.total.market.scope123")


@pytest.fixture
def power(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(**YEARLY)
    make_meter(code="sales", resource="revenue.total", unit="CNY", **YEARLY)
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000000\nsales,2021-01-01T00:00:00+08:00,5000000\n")


def category(client: httpx.Client, number: str, value: float | int, unit: str = "tCO2e", **fields: Any) -> None:
    state(
        client,
        indicator="ghg.scope3",
        period=2021,
        dimensions={"category": number},
        value=value,
        unit=unit,
        evidence=f"Study of category {number}",
        **fields,
    )


def figures(client: httpx.Client, path: str, **query: str) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in get(client, path, **query)["figures"] if not each["dimensions"]}


def codes(figure: dict[str, Any]) -> dict[str, str]:
    return {check["code"]: check["severity"] for check in figure["checks"]}


@pytest.mark.usefixtures("power")
def test_stated_categories_enter_the_totals_and_intensities(client: httpx.Client) -> None:
    category(client, "1", 5000)
    category(client, "6", 120_500, "kgCO2e")
    found = figures(client, ESRS)
    assert [found[key]["value"] for key in TOTALS] == [5704, Decimal("5714.7")]
    assert found["ghg.total.scope123"]["kpi"] == "E1-6.52a"
    assert found["ghg.scope123.intensity.net_revenue"]["value"] == Decimal("1140.8")
    assert found["ghg.total"]["value"] == Decimal("583.5")
    flags = found["ghg.total.scope123"]["flags"]
    assert any(flag.startswith("ghg.scope3 category 1: stated by ") and "Study of category 1" in flag for flag in flags)
    (silent,) = [each for each in found["ghg.total.scope123"]["checks"] if each["code"] == "parts_not_stated"]
    assert "category 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15" in silent["detail"]
    assert figures(client, GRI)["ghg.total.scope123"]["value"] == 5704


@pytest.mark.usefixtures("power")
def test_its_terms_add_up_and_name_the_category(client: httpx.Client) -> None:
    category(client, "1", 5000)
    lineage = get(client, f"{ESRS}/figures/ghg.total.scope123/lineage", by="month")
    assert sum(term["value"] for term in lineage["terms"]) == lineage["value"] == Decimal("5583.5")
    (stated,) = [term for term in lineage["terms"] if not term["plant"]]
    assert (stated["resource"], stated["attributes"], stated["quantity"]) == ("ghg.scope3", {"category": "1"}, 5000)
    assert (stated["unit"], stated["value"]) == ("tCO2e", 5000)


@pytest.mark.usefixtures("power")
def test_a_stated_total_stands_before_its_categories(client: httpx.Client) -> None:
    category(client, "1", 5000)
    state(client, indicator="ghg.scope3", period=2021, value=6000, unit="tCO2e")
    found = figures(client, ESRS)["ghg.total.scope123"]
    assert (found["value"], "parts_not_stated" in codes(found)) == (Decimal("6583.5"), False)


@pytest.mark.usefixtures("power")
def test_what_nobody_has_stated_is_said_and_is_no_zero(client: httpx.Client) -> None:
    found = figures(client, ESRS)["ghg.total.scope123"]
    assert found["value"] == Decimal("583.5")
    assert codes(found)["not_stated"] == "warning"
    assert "missing_part" in codes(found)


@pytest.mark.usefixtures("power")
def test_a_plants_total_holds_what_is_stated_of_the_plant(client: httpx.Client) -> None:
    category(client, "1", 5000)
    category(client, "1", 7, plant="main")
    assert figures(client, ESRS, plant="main")["ghg.total.scope123"]["value"] == Decimal("590.5")


@pytest.mark.usefixtures("power")
def test_a_category_stated_anew_drifts_by_its_own_cause(client: httpx.Client) -> None:
    category(client, "1", 5000)
    desk = Desk.of(client)
    publications = f"{ESRS}/publications"
    created = client.post(publications, json={}, headers={"X-API-Key": desk.preparer})
    assert created.status_code == 201, created.text
    category(client, "1", 5100)
    drift = get(client, f"{publications}/1/drift")
    moved = next(each for each in drift["figures"] if each["key"] == "ghg.total.scope123")
    (cause,) = moved["causes"]
    assert (cause["code"], cause["amount"]) == ("datapoint_revision", 100)
    assert cause["detail"] == "ghg.scope3 category 1 is 5100, published was 5000"
