"""A real browser shows pages on a desk and on a phone, in both languages, light and dark, and by keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

_PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let at = 0; at < data.length; at += 4) found.add(data.slice(at, at + 3).join());
  return [...found];
}"""
PAGES = {
    "annual": "/?organization=magnets&year=2021",
    "live": "/live?organization=magnets&year=2021",
    "monthly": "/organizations/magnets/monthly?year=2021",
    "upload": "/organizations/magnets/upload",
    "evidence": "/organizations/magnets/evidence",
    "sign-in": "/sign-in",
    "start": "/organizations/magnets/start",
    "first-reading": "/organizations/magnets/start/reading",
    "unknown": "/?organization=nobody",
    "figure": "/organizations/magnets/figures/hkex-2020/2021/ghg.total?by=month",
    "days": "/organizations/magnets/meters/hazardous?from=2021-03-01&to=2021-04-01",
    "readings": "/organizations/magnets/meters/gas/readings?from=2021-03-01&to=2021-03-02",
    "issues": "/organizations/magnets/issues",
    "report": "/organizations/magnets/reports/hkex-2020/2021",
    "comments": "/organizations/magnets/reports/hkex-2020/2021/1/comments",
    "look": "/organizations/magnets/look/gas?span=year&date=2021-06-01",
    "flows": "/organizations/magnets/flows?year=2021",
    "years": "/organizations/magnets/years?year=2021",
    "factors": "/organizations/magnets/factors?year=2021",
}


def test_the_browsers_document_holds_the_printed_figures_and_two_bars_for_each_month(
    magnets_url: str, chromium_browser: Browser
) -> None:
    page = chromium_browser.new_page()
    page.goto(f"{magnets_url}/?organization=magnets&year=2021")
    water = page.locator("figure", has_text="Water withdrawal").first
    water.wait_for()

    for figure in ("91,005", "88,443", "2,562", "168,239", "1,184,947", "732,345"):
        assert figure in page.content()
    assert water.locator("rect").count() == 24
    assert "May: 62,199 m³, the year before 46,742" in water.inner_html()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme", "language"), [(390, "dark", "zh"), (1440, "light", "en")])
def test_a_page_is_accessible_fits_its_window_and_asks_nobody_else(
    magnets_url: str, chromium_browser: Browser, name: str, width: int, scheme: str, language: str
) -> None:
    said: list[str] = []
    asked: list[str] = []
    page = _page(chromium_browser, width, scheme)
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{magnets_url}{PAGES[name]}{'&' if '?' in PAGES[name] else '?'}language={language}")
    if name == "annual":
        page.locator("figure").first.wait_for()

    found = Axe().run(page)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert [each for each in asked if not each.startswith(magnets_url)] == []
    assert [each for each in said if "404" not in each] == []


def test_by_keyboard_one_reaches_the_content_and_chooses_another_year_which_is_remembered(
    magnets_url: str, chromium_browser: Browser
) -> None:
    page = _page(chromium_browser, 1440, "light")
    page.goto(f"{magnets_url}/?organization=magnets&year=2021")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"

    page.focus("select[name=year]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**year=2020*")
    assert "JL MAG 2020" in page.title()
    page.goto(f"{magnets_url}/live")
    assert "JL MAG, 2020, live" in page.title()


def test_escape_closes_what_is_open_and_goes_back_to_where_it_was_opened(
    magnets_url: str, chromium_browser: Browser
) -> None:
    page = _page(chromium_browser, 1440, "light")
    page.goto(f"{magnets_url}/?organization=magnets&year=2021")
    summary = page.locator("td.why summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("td.why details[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("td.why details[open]").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_curve_has_the_colour_that_the_page_has_for_energy(
    magnets_url: str, chromium_browser: Browser, scheme: str
) -> None:
    page = _page(chromium_browser, 1440, scheme)
    page.goto(f"{magnets_url}/organizations/magnets/look/hazardous?span=year&date=2021-06-01")
    page.locator("figure.plot canvas").first.wait_for()
    drawn = page.locator("figure.plot canvas").first.evaluate(_PIXELS)
    energy = {"light": (192, 122, 18), "dark": (224, 165, 74)}[scheme]
    away = min(sum(abs(int(a) - b) for a, b in zip(each.split(","), energy, strict=True)) for each in drawn)
    assert away < 40  # a thin line is never wholly of its colour


def test_rows_without_a_figure_stay_hidden_on_a_phone(magnets_url: str, chromium_browser: Browser) -> None:
    page = _page(chromium_browser, 390, "light")
    page.goto(f"{magnets_url}/live?organization=magnets&year=2021")
    hidden = page.locator("tr[hidden]")
    assert hidden.count() > 20
    assert hidden.evaluate_all("rows => rows.filter((row) => row.offsetHeight > 0).length") == 0
    assert "m³" in page.content()


def test_a_printed_report_fits_a_phone_and_its_wide_tables_scroll_by_themselves(
    magnets_url: str, chromium_browser: Browser
) -> None:
    page = _page(chromium_browser, 390, "light")
    page.goto(f"{magnets_url}/v1/organizations/magnets/disclosures/hkex-2020/2021/publications/1/exports/html")
    assert page.locator("table.figures").count() > 2
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    wide = "[...document.querySelectorAll('table')].filter((table) => table.scrollWidth > table.clientWidth).length"
    assert page.evaluate(wide) > 0


def test_print_begins_with_the_figures(magnets_url: str, chromium_browser: Browser) -> None:
    page = _page(chromium_browser, 794, "dark")
    page.goto(f"{magnets_url}/?organization=magnets&year=2021")
    page.emulate_media(media="print")
    assert page.locator("header.top").is_hidden()
    row = page.locator("tr[data-key='ghg.scope1']").bounding_box()
    assert row is not None
    assert row["y"] < 794


def _page(browser: Browser, width: int, scheme: str) -> Page:
    is_dark = scheme == "dark"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if is_dark else "light", locale="en-GB"
    )
    return context.new_page()


def test_the_reference_shows_bodies_and_examples_in_the_dark_and_tries_this_service(
    magnets_url: str, chromium_browser: Browser
) -> None:
    page = _page(chromium_browser, 1440, "dark")
    page.goto(f"{magnets_url}/docs#/readings/post_readings")

    expect(page.locator("html")).to_have_class("dark-mode")
    expect(page.get_by_text("Rows are judged one by one.").first).to_be_visible(timeout=30_000)
    expect(page.locator(".body-param__text")).to_be_visible()
    expect(page.get_by_role("button", name="Execute")).to_be_visible()
    expect(page.locator(".servers select option")).to_have_attribute("value", magnets_url)
    expect(page.get_by_text("could not be read")).to_have_count(0)
    page.context.close()
