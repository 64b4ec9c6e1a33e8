"""People go from an empty service to a published report with a real browser: steps, figures, two in turn, the table."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import playwright
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.conftest import migrated
from tests.pages.conftest import ADMIN_KEY, serving

_ROWS = "Month;Electricity (MWh)\n2025-01;100\n2025-02;98\n2025-03;104"
_WIDTH = 390
_NODE = Path(playwright.__file__).parent / "driver" / "node"
"""That of the library that drives the browser: none need be installed."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """The address of a server that has nothing in it, and what rolls up its readings."""
    with migrated(request, tmp_path) as database_url, serving(database_url, anonymous_read=False) as served:
        yield served


def test_people_begin_with_nothing_and_publish_a_report(
    empty_service: tuple[str, Callable[[], object]], chromium_browser: Browser, request: pytest.FixtureRequest
) -> None:
    url, roll = empty_service
    looks = request.node.callspec.params["empty_service"] == "sqlite"
    said: list[str] = []
    context = chromium_browser.new_context(
        viewport={"width": _WIDTH, "height": 900}, color_scheme="dark", locale="en-GB"
    )
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)

    page.goto(url)
    page.fill("input[name=key]", ADMIN_KEY)
    page.get_by_role("button", name="Show the figures").click()
    page.get_by_role("link", name="Set it up, step by step").click()
    page.get_by_label("Name", exact=True).fill("Acme Ltd")
    page.get_by_label("Country").select_option("CN")
    expect(page.get_by_label("Code", exact=True)).to_have_value("acme-ltd")
    expect(page.get_by_label("Currency")).to_have_value("CNY")
    _is_sound(page, looks)
    page.get_by_role("button", name="Make the organization").click()

    page.get_by_label("Province, state, country").press_sequentially("jiangx")
    page.get_by_role("link", name="Jiangxi, China").click()
    page.get_by_label("Name", exact=True).fill("Main works")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Shanghai")
    _is_sound(page, looks)
    page.get_by_role("button", name="Make the plant").click()

    page.get_by_label("What it measures").press_sequentially("grid elec")
    page.get_by_role("link", name="Purchased grid electricity").click()
    page.get_by_label("Paste about five rows").fill(_ROWS)
    page.get_by_role("button", name="What do they tell?").click()
    expect(page.get_by_text("“MWh” stands in the rows.")).to_be_visible()
    expect(page.get_by_label("Use of a stretch of time")).to_be_checked()
    expect(page.get_by_label("A row is of")).to_have_value("P1M")
    expect(page.get_by_label("The counter starts again at")).to_be_hidden()
    _is_sound(page, looks)
    page.get_by_role("button", name="Make the meter").click()

    page.get_by_label("What the meter shows now").fill("81.5")
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#curl")).to_be_visible()
    _is_sound(page, looks)
    pasted = {name: page.locator(f"#{name}").inner_text() for name in ("curl", "python", "node")}
    page.get_by_role("link", name="On: wait for the first reading").click()
    expect(page.get_by_role("status")).to_contain_text("No reading yet.")
    assert _counts(["/bin/sh", "-c", pasted["curl"]]) == (1, 0)
    expect(page.get_by_role("status")).to_contain_text("grid: 81.5 MWh")
    _is_sound(page, looks)
    assert _counts([sys.executable, "-c", pasted["python"]]) == (0, 1), "the same reading once more"
    assert _counts([str(_NODE), "-e", pasted["node"]]) == (0, 1)

    page.get_by_role("link", name="Add a person").click()
    passwords = {}
    for name, role in (("Pia", "Prepares"), ("Ava", "Approves")):
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("E-mail").fill(f"{name.lower()}@acme.example")
        page.get_by_label(role).check()
        page.get_by_role("button", name="Add the person").click()
        expect(page.locator("main")).to_contain_text(f"{name} can sign in now")
        passwords[name] = page.locator("#secret").inner_text()
    _is_sound(page, looks)
    page.get_by_role("button", name="Sign out").click()

    _sign_in(page, "Pia", passwords["Pia"])
    page.goto(f"{url}/organizations/acme-ltd/monthly?year=2025")
    for month in range(1, 13):
        page.get_by_label(f"grid 2025-{month:02}").fill("100")
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("status")).to_have_text("Figures stored: 12")
    roll()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_label("Why it is left out").first.fill("There is no such source")
    page.get_by_role("button", name="Explain").first.click()
    page.get_by_role("button", name="Prepare a draft").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()

    _sign_in(page, "Ava", passwords["Ava"])
    page.goto(f"{url}/organizations/acme-ltd/reports/hkex-2025/2025")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Publish 1?")
    expect(page.get_by_role("alert")).to_contain_text("Open in it:")
    _is_sound(page, looks)
    page.get_by_role("button", name="Publish it").click()
    expect(page.locator("#publication-1")).to_contain_text("published")
    page.goto(f"{url}/?organization=acme-ltd&year=2025")
    assert page.locator("tr[data-key='consumption.electricity'] td.now").first.inner_text() == "1,200"
    assert page.locator("tr[data-key='ghg.scope2'] td.now").first.inner_text() == "700"
    assert [each for each in said if "401" not in each] == []
    context.close()


def _sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("E-mail").fill(f"{name.lower()}@acme.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def _is_sound(page: Page, looks: bool) -> None:
    """Assert that a page is accessible and fits a phone; on one of the databases, since the page is the same.

    A page that has begun to come, after a form was sent, has no root element yet.
    """
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") == _WIDTH
    if looks:
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def _counts(command: list[str]) -> tuple[int, int]:
    """Return how many readings were inserted, and how many were there already, by what was pasted."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    answer = json.loads(done.stdout[done.stdout.index("{") :])
    return answer["inserted"], answer["duplicate"]
