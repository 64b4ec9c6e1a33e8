"""The first page shows what the figures are to whoever may see them, and nothing to anybody else."""

import re
from decimal import Decimal

import httpx
import pytest

from app.accounting.findings import Finding, Severity
from app.core.calendar.fiscal_years import PeriodKind, ReportingPeriod
from app.core.sentences import sentence
from app.disclosure.figures.figures import Figure
from app.disclosure.frameworks.frameworks import frameworks
from app.pages.findings import findings_of
from app.pages.view import Cell, Row, row_of, tiles_of
from tests.pages.conftest import ADMIN_KEY


def test_the_page_shows_the_newest_year_of_the_first_organization_with_two_earlier_years(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/")

    assert page.status_code == 200
    assert "<title>JL MAG 2021 · ESG metrics</title>" in page.text
    assert _cells(page.text, "ghg.total") == ["91,005", "73,971", "51,812"]
    assert _cells(page.text, "consumption.electricity") == ["168,239", "136,568", "97,496"]
    assert _cells(page.text, "energy.renewable_share")[0] == "4"


def test_each_year_is_shown_by_the_edition_it_is_reported_by(magnets_url: str) -> None:
    for year, edition, title in (
        ("2021", "hkex-2020", "(2020)"),
        ("2024", "hkex-2020", "(2020)"),
        ("2025", "hkex-2025", "(2025)"),
    ):
        page = httpx.get(f"{magnets_url}/", params={"organization": "magnets", "year": year})
        path = f"/v1/organizations/magnets/disclosures/{edition}/{year}"
        assert f'<a href="{path}">This table as JSON</a>' in page.text
        assert title in page.text.split('<p class="lead">')[1].split("</p>")[0]
        assert httpx.get(f"{magnets_url}{path}").json()["framework"] == edition
        live = httpx.get(f"{magnets_url}/live", params={"organization": "magnets", "year": year})
        assert f'data-year="{year}" data-framework="{edition}"' in live.text


def test_an_earlier_year_can_be_chosen(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/", params={"organization": "magnets", "year": "2020"})

    assert "JL MAG, 2020" in page.text
    assert _cells(page.text, "ghg.scope2")[:2] == ["71,793", "51,254"]


def test_a_year_without_readings_is_a_page_without_figures(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/", params={"organization": "magnets", "year": "2035"})

    assert page.status_code == 200
    assert "JL MAG, 2035" in page.text
    assert "<tbody" not in page.text.split('id="figures"')[1].split("</table>")[0]


def test_the_findings_of_the_table_stand_below_it_the_gravest_first(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/", params={"organization": "magnets", "year": "2021"}).text

    section = page.split('<h2 id="findings">Findings</h2>')[1].split("</details>")[0]
    assert "<summary>3 warnings, 1 note about the table as a whole</summary>" in section
    shown = re.findall(r'<li><span class="badge(?: warn| error)?">(error|warning|note)</span><p>(\S+ \S+ \S+)', section)
    assert shown == [
        ("warning", "ghg.scope2 and ghg.scope2.market"),
        ("warning", "ghg.scope2 and ghg.scope2.market:"),
        ("warning", "Neither disclosed nor"),
        ("note", "ghg.total 2020 is"),
    ]
    assert "ghg.scope2 and ghg.scope2.market of 2021 rests on cn_grid_regional_2012_central" in section
    assert "Neither disclosed nor explained: A1.1, A2.5, A1.5," in section


def test_errors_come_first_and_open_the_findings() -> None:
    found = findings_of(
        Finding("c", severity, sentence(words))
        for severity, words in ((Severity.INFO, "i"), (Severity.ERROR, "e"), (Severity.ERROR, "f"))
    )
    assert [each.detail for each in found.lines] == ["e", "f", "i"]
    assert (found.counted, found.has_errors) == ("2 errors, 1 note", True)


@pytest.mark.parametrize(
    ("found", "standing"),
    [
        ((), "complete"),
        ((Finding("c", Severity.WARNING, sentence("w")),), "complete"),
        ((Finding("c", Severity.ERROR, sentence("e"), key="water.total"),), "complete"),
        ((Finding("c", Severity.ERROR, sentence("e")),), "see findings"),
        ((Finding("c", Severity.ERROR, sentence("e"), key="ghg.total"),), "in error"),
    ],
    ids=["none", "warning", "error-elsewhere", "error-of-the-table", "error-of-the-figure"],
)
def test_no_figure_is_called_complete_above_an_error(found: tuple[Finding, ...], standing: str) -> None:
    one = Decimal(1)
    whole = Figure("A1.2", "ghg.total", {}, sentence("Total"), "tCO2e", one, "1", (), one, one, Decimal(0), (), ())
    period = ReportingPeriod(2025, 20089, 20454, PeriodKind.YEAR)
    assert row_of(whole, periods=[period], findings=found).standing == standing


def test_headlines_are_those_of_the_framework_in_its_order_as_far_as_they_have_a_value() -> None:
    def keys(framework: str, *totals: str) -> list[str]:
        cells = (Cell(2025, "1", restated=False),)
        rows = [Row("", key, "", "", key, "t", cells, "complete", None, ()) for key in totals]
        return [tile.title for tile in tiles_of(rows, frameworks()[framework].headlines)]

    given = ("energy.total", "ghg.scope1", "ghg.scope2", "ghg.total", "energy.net", "water.total", "waste.produced")
    assert keys("hkex-2020", *given) == ["ghg.total", "energy.total", "water.total"]
    assert keys("hkex-2025", *given) == ["ghg.scope1", "ghg.scope2", "energy.total", "water.total"]
    assert keys("gri", *given) == ["energy.net", "water.total", "ghg.scope1", "ghg.scope2"]
    assert keys("esrs", *given) == ["ghg.scope1", "ghg.scope2", "energy.total", "waste.produced"]
    assert keys("ifrs-s2", *given) == ["ghg.scope1", "ghg.scope2"]
    assert all(len(each.headlines) >= 4 for each in frameworks().values())


def test_an_unknown_organization_is_said_to_be_unknown_without_running_its_name(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/", params={"organization": "<script>alert(1)</script>"})

    assert page.status_code == 404
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>" not in page.text


def test_a_browser_that_goes_astray_is_shown_a_page_and_a_program_is_told_a_problem(magnets_url: str) -> None:
    browser = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "zh-CN"}

    shown = httpx.get(f"{magnets_url}/nowhere", headers=browser)
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>未找到</h1>" in shown.text
    assert "/nowhere 没有内容" in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    for path, headers in (("/nowhere", {}), ("/v1/nowhere", browser)):
        told = httpx.get(f"{magnets_url}{path}", headers=headers)
        assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")


def test_the_page_loads_nothing_from_elsewhere_and_runs_no_script_of_its_own(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/")

    addresses = re.findall(r"""(?:src|href|action|hx-get)=["']([^"']+)""", page.text)
    assert [address for address in addresses if not address.startswith(("/", "#"))] == []
    assert re.findall(r"<script(?! defer src=)|<style|\sstyle=|\son\w+=|@import", page.text) == []
    assert page.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def test_the_charts_bring_no_style_or_script_of_their_own_and_say_their_numbers(magnets_url: str) -> None:
    page = httpx.get(f"{magnets_url}/charts", params={"organization": "magnets", "year": "2021"})

    water = page.text.split("<h3>Water withdrawal</h3>")[1].split("</figure>")[0]
    assert water.count("<rect") == 24
    assert 'aria-label="Water withdrawal by month, m³, 2021 beside 2020"' in water
    assert water.count("<title>May: 62,199 m³, the year before 46,742</title>") == 2
    assert '<th scope="row">May</th><td>62,199</td><td>46,742</td>' in water
    assert re.findall(r"""<style|\sstyle=["']|xlink|<script|<!--""", page.text) == []


def test_without_a_key_a_closed_service_names_no_organization(closed_url: str) -> None:
    page = httpx.get(f"{closed_url}/", params={"organization": "secret-works"})

    assert page.status_code == 401
    assert "Sign in" in page.text
    assert "Secret Works" not in page.text


def test_a_key_that_may_read_opens_the_page_until_it_is_forgotten(closed_url: str) -> None:
    with httpx.Client(base_url=closed_url) as client:
        entered = client.post("/session", data={"key": ADMIN_KEY})
        shown = client.get("/")
        client.post("/session/end")
        forgotten = client.get("/")

    assert entered.status_code == 303
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secret Works" in shown.text
    assert forgotten.status_code == 401


def test_a_key_limited_to_another_organization_does_not_show_this_one(closed_url: str) -> None:
    with httpx.Client(base_url=closed_url) as client:
        admin = {"X-API-Key": ADMIN_KEY}
        other = {"code": "other", "name": "Other Works", "timezone": "UTC", "currency": "EUR"}
        client.post("/v1/organizations", json=other, headers=admin).raise_for_status()
        limited = {"name": "reader", "scopes": ["read"], "organizations": ["other"]}
        key = client.post("/v1/keys", json=limited, headers=admin).json()["key"]

        client.post("/session", data={"key": key})
        own = client.get("/")
        foreign = client.get("/", params={"organization": "secret-works"})

    assert "Other Works" in own.text
    assert "Secret Works" not in own.text
    assert foreign.status_code == 404
    assert "Secret Works" not in foreign.text


def test_a_wrong_key_and_one_that_may_not_read_are_refused(closed_url: str) -> None:
    with httpx.Client(base_url=closed_url) as client:
        ingest = {"name": "gateway", "scopes": ["ingest"], "organizations": ["secret-works"]}
        gateway = client.post("/v1/keys", json=ingest, headers={"X-API-Key": ADMIN_KEY}).json()["key"]

        answers = [client.post("/session", data={"key": key}) for key in ("wrong", "", "x" * 100_000, gateway)]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    assert not any("set-cookie" in answer.headers for answer in answers)


def _cells(page: str, key: str) -> list[str]:
    """Return the displayed years of the row of the total `key`."""
    row = re.search(rf'<tr role="row" class="[a-z ]+" data-key="{re.escape(key)}">(.*?)</tr>', page, re.DOTALL)
    assert row is not None, f"no row for {key}"
    return re.findall(r'data-year="\d{4}">([\d.,]+)', row[1])
