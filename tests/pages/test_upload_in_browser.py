"""A person drops a file on the page, says on a phone how it is read, and stores it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FilePayload, expect

from tests.pages.conftest import ADMIN_KEY, serving

_FILE = FilePayload(
    name="gas.csv", mimeType="text/csv", buffer=b"Date;Old name;kWh\n03/04/2024;West;1,5\n04/04/2024;West;n/a\n"
)


@pytest.fixture
def works_url(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a plant whose gas is read by the day."""
    with serving(f"sqlite:///{tmp_path / 'upload.db'}", anonymous_read=False) as (url, _):
        with httpx.Client(base_url=url, headers={"X-API-Key": ADMIN_KEY}) as client:
            acme = {"code": "acme", "name": "Acme", "timezone": "Asia/Shanghai", "currency": "CNY"}
            main = {"code": "main", "name": "Main works", "country": "CN", "timezone": "Asia/Shanghai"}
            gas = {"code": "gas", "plant": "main", "name": "Gas", "resource": "fuel.natural_gas", "unit": "m3"}
            gas |= {"kind": "interval", "interval": "P1D", "timestamp_edge": "interval_start"}
            for path, body in (("", acme), ("/acme/plants", main), ("/acme/meters", gas)):
                client.post(f"/v1/organizations{path}", json=body).raise_for_status()
        yield url


def test_a_file_is_looked_at_read_otherwise_and_stored(works_url: str, chromium_browser: Browser) -> None:
    page = chromium_browser.new_page(viewport={"width": 390, "height": 900}, locale="en-GB")
    page.goto(f"{works_url}/organizations/acme/upload")
    page.fill("input[name=key]", ADMIN_KEY)
    page.locator("form:has(input[name=key]) button").click()
    page.get_by_label("Choose a file, or drop it here").set_input_files(_FILE)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("gas.csv")
    expect(page.get_by_role("alert")).to_have_text("Say which meter the readings are of")

    page.get_by_label("What Old name is").select_option("meter")
    page.get_by_role("button", name="Read it so").click()
    page.get_by_label("West").select_option("gas")
    page.get_by_label("Order of dates").select_option("MDY")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("numbers in kWh cannot be made m3, which the meter is in").first).to_be_visible()
    assert page.get_by_role("button", name="Store", exact=True).count() == 0
    assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.get_by_label("Unit of kWh").select_option("")
    page.fill("#factor", "2")
    page.get_by_role("button", name="Read it so").click()
    page.get_by_role("button", name="Store", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("The file is stored")
    with httpx.Client(base_url=works_url, headers={"X-API-Key": ADMIN_KEY}) as client:
        stored = client.get("/v1/organizations/acme/readings").json()["items"]
    assert [(each["timestamp"], each["value"]) for each in stored] == [("2024-03-03T16:00:00Z", 3)]
