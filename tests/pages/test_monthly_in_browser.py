"""A person signs in with a real browser, pastes a block of monthly figures, stores them and takes them back."""

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.pages.conftest import ADMIN_KEY, serving

MONTHLY = {"plant": "main", "name": "x", "kind": "interval", "interval": "P1M", "timestamp_edge": "interval_start"}


@pytest.fixture
def works_url(database_url: str) -> Iterator[str]:
    """The address of a server with a plant whose electricity and gas are read by the month."""
    with serving(database_url, anonymous_read=False) as (url, _):
        with httpx.Client(base_url=url, headers={"X-API-Key": ADMIN_KEY}) as client:
            acme = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
            main = {"code": "main", "name": "Main works", "country": "CN", "timezone": "Asia/Shanghai"}
            grid = {**MONTHLY, "code": "grid", "resource": "electricity.grid", "unit": "kWh"}
            gas = {**MONTHLY, "code": "gas", "resource": "fuel.natural_gas", "unit": "m3"}
            sent = (("", acme), ("/acme/plants", main), ("/acme/meters", grid), ("/acme/meters", gas))
            for path, body in sent:
                client.post(f"/v1/organizations{path}", json=body).raise_for_status()
        yield url


def test_figures_are_pasted_stored_and_taken_back(works_url: str, chromium_browser: Browser) -> None:
    page = chromium_browser.new_page(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page.goto(f"{works_url}/organizations/acme/monthly?plant=main&year=2024")
    page.fill("input[name=key]", ADMIN_KEY)
    page.locator("form:has(input[name=key]) button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Monthly figures: Main works, 2024")

    page.get_by_text("Paste from a spreadsheet").click()
    page.fill("#block", "1,000\t2,000\n30\t40")
    page.select_option("select[name=column]", "2024-03")
    page.get_by_role("button", name="Lay into the grid").click()
    expect(page.get_by_label("gas 2024-04")).to_have_value("40")
    page.get_by_label("grid 2024-12").fill("12.5")
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("status")).to_have_text("Figures stored: 5")
    expect(page.get_by_label("grid 2024-03")).to_have_value("1000")

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("Figures stored: 5")
    expect(page.get_by_label("grid 2024-12")).to_have_value("")
    with httpx.Client(base_url=works_url, headers={"X-API-Key": ADMIN_KEY}) as client:
        assert client.get("/v1/organizations/acme/readings").json()["items"] == []
