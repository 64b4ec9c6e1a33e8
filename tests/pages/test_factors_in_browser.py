"""A German plant meters gas in cubic metres; its figure is a dash until somebody states the calorific value."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.conftest import migrated
from tests.pages.conftest import ADMIN_KEY, serving

_WIDTH = 390


@pytest.fixture(params=["sqlite", "postgresql"])
def gas_works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server with a plant in Berlin whose gas meter has used 1,000,000 m3 in 2024."""
    with (
        migrated(request, tmp_path) as database_url,
        serving(database_url, anonymous_read=False) as (url, roll),
        httpx.Client(base_url=url, headers={"X-API-Key": ADMIN_KEY}) as client,
    ):
        acme = {"code": "acme", "name": "Acme", "timezone": "Europe/Berlin", "currency": "EUR", "frameworks": ["gri"]}
        works = {"code": "berlin", "name": "Berlin works", "country": "DE", "timezone": "Europe/Berlin"}
        gas = {"code": "gas", "plant": "berlin", "name": "Gas", "resource": "fuel.natural_gas", "unit": "m3"}
        gas |= {"kind": "interval", "interval": "P1Y", "timestamp_edge": "interval_start"}
        for path, body in (("", acme), ("/acme/plants", works), ("/acme/meters", gas)):
            client.post(f"/v1/organizations{path}", json=body).raise_for_status()
        row = {"meter": "gas", "timestamp": "2024-01-01T00:00:00+01:00", "value": 1_000_000}
        client.post("/v1/organizations/acme/readings", json={"readings": [row]}).raise_for_status()
        roll()
        yield url


def test_the_remedy_of_a_dash_is_a_form_that_is_filled_in_and_the_figure_appears(
    gas_works: str, chromium_browser: Browser, request: pytest.FixtureRequest
) -> None:
    looks = request.node.callspec.params["gas_works"] == "sqlite"
    page = chromium_browser.new_page(viewport={"width": _WIDTH, "height": 900}, locale="en-GB")
    page.goto(f"{gas_works}/?organization=acme&year=2024")
    page.fill("input[name=key]", ADMIN_KEY)
    page.get_by_role("button", name="Show the figures").click()
    assert _figures(page) == {"energy.fossil.fuels": "–", "ghg.scope1": "–"}
    assert "POST " not in page.locator("main").inner_text()

    page.locator("#findings + details a.mend").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("State a calorific value or density")
    expect(page.locator("p.chosen")).to_contain_text("Natural gas")
    expect(page.get_by_label("Where it holds")).to_have_value("berlin")
    expect(page.get_by_label("per", exact=True)).to_have_value("m3")
    expect(page.get_by_label("Holds from")).to_have_value("2024-01-01")
    expect(page.get_by_label("until before")).to_have_value("2025-01-01")
    _is_sound(page, looks)

    page.get_by_label("Higher heating value").fill("11,35 kWh")
    page.get_by_label("Source", exact=True).fill("Gas bill 4711 of 8 January 2025, page 2")
    page.get_by_role("button", name="Store the value").click()
    expect(page.locator("#hhv-words")).to_have_text("Write a number such as 1234.5")
    expect(page.get_by_label("Source", exact=True)).to_have_value("Gas bill 4711 of 8 January 2025, page 2")
    page.get_by_label("Higher heating value").fill("11.35")
    page.get_by_role("button", name="Store the value").click()
    expect(page.get_by_role("status")).to_contain_text("Stored: natural-gas-berlin-2024")
    expect(page.locator("#own + .annual")).to_contain_text("11.35 kWh/m3 (HHV)")
    _is_sound(page, looks)

    page.get_by_role("link", name="To the annual table").click()
    # 1,000,000 m3 x 11.35 kWh x 0.9 (LHV / HHV) x 0.0036 GJ; x (56.1 kg CO2 + 1 g CH4 x 29.8 + 0.1 g N2O x 273) / GJ
    assert _figures(page) == {"energy.fossil.fuels": "36,774", "ghg.scope1": "2,065"}
    page.locator("tr[data-key='ghg.scope1'] summary").click()
    page.get_by_role("link", name="Terms, factors and readings").click()
    page.get_by_text("Sources").first.click()
    page.get_by_role("link", name="natural-gas-berlin-2024").first.click()
    expect(page.locator("dl.evidence")).to_contain_text("Gas bill 4711")
    _is_sound(page, looks)


def _figures(page: Page) -> dict[str, str]:
    """Return what the table prints of the year, by key."""
    cells = {key: page.locator(f"tr[data-key='{key}'] td.now") for key in ("energy.fossil.fuels", "ghg.scope1")}
    return {key: cell.inner_text().partition("\n")[0].removesuffix("no data") for key, cell in cells.items()}


def _is_sound(page: Page, looks: bool) -> None:
    """Assert that a page is accessible and fits a phone; on one of the databases, since the page is the same."""
    assert page.evaluate("document.documentElement.scrollWidth") == _WIDTH
    if looks:
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
