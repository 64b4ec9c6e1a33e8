"""The remedy of a finding is a link to the page that mends it, for who may; no page names an operation instead."""

import re
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from app.accounting.findings import Finding, Severity
from app.core.calendar.fiscal_years import PeriodKind, ReportingPeriod
from app.core.calendar.periods import day_of
from app.core.inventory.resources import Catalogue
from app.core.sentences import sentence
from app.disclosure.live.comparatives import OTHER_GWP_SET
from app.pages.remedies import Remedies, Remedy
from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.pages import browsing

_2024 = ReportingPeriod(2024, day_of(date(2024, 1, 1)), day_of(date(2025, 1, 1)), PeriodKind.YEAR)
GWP = "/organizations/acme/factors/gwp-set"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A plant in Germany whose gas meter has used 1,000 m3 in 2024."""
    make_organization(frameworks=["gri"])
    make_plant(code="berlin", timezone="Europe/Berlin", country="DE")
    make_meter(code="gas", plant="berlin", resource="fuel.natural_gas", unit="m3", interval="P1Y")
    row = {"meter": "gas", "timestamp": "2024-01-01T00:00:00+01:00", "value": 1000}
    client.post("/v1/organizations/acme/readings", json={"readings": [row]}).raise_for_status()
    roll_pending(database)


@pytest.fixture
def preparer(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, ["read", "prepare"])


@pytest.fixture
def reader(client: httpx.Client, works: None) -> Iterator[httpx.Client]:
    yield from _browser(client, ["read"])


def test_who_may_state_is_led_to_a_form_and_who_may_only_read_is_told_what_to_do(
    preparer: httpx.Client, reader: httpx.Client
) -> None:
    asked = "resource=fuel.natural_gas&amp;at=berlin&amp;unit=m3&amp;since=2024-01-01&amp;until=2025-01-01"
    assert f'<a class="mend" href="/organizations/acme/factors/calorific-value?{asked}">' in _table(preparer)
    page = _table(reader)
    assert "/factors/calorific-value" not in page
    assert '<span class="mend">State the calorific value: Natural gas, berlin</span>' in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_finding_of_the_table_names_an_operation(preparer: httpx.Client, language: str) -> None:
    mends = re.findall(r'class="mend"[^>]*>([^<]+)<', _table(preparer, language=language))
    assert mends
    assert [each for each in mends if re.search(r"\b(GET|POST|PUT|PATCH|DELETE)\b", each)] == []


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("register_spike", "/organizations/acme/issues?year=2024"),
        ("kpi_missing", "/organizations/acme/reports/gri/2024"),
        (OTHER_GWP_SET, "/organizations/acme/factors/gwp-set?framework=gri&year=2024"),
    ],
)
def test_a_remedy_leads_to_the_page_that_does_it(code: str, address: str) -> None:
    finding = Finding(code, Severity.WARNING, sentence("something is wrong"))
    found = Remedies("acme", Catalogue(), _2024, "gri", may_state=True).of(finding)
    assert isinstance(found, Remedy)
    assert found.address == address


def test_a_gwp_set_is_chosen_and_taken_back(client: httpx.Client, preparer: httpx.Client) -> None:
    def chosen() -> list[dict[str, object]]:
        items: list[dict[str, object]] = client.get("/v1/organizations/acme/gwp-sets").json()["items"]
        return items

    page = preparer.get(f"{GWP}?framework=gri&year=2024")
    assert page.status_code == 200
    assert "field wrong" not in page.text
    sent = {"framework": "gri", "year": "2024", "gwp_set": "AR5"}
    assert preparer.post(GWP, data=sent).status_code == 303
    assert preparer.post(GWP, data={**sent, "year": "", "gwp_set": "AR6"}).status_code == 303
    assert preparer.post(GWP, data={**sent, "gwp_set": "AR6"}).status_code == 303
    found = [(each["year"], each["gwp_set"]) for each in chosen()]
    assert sorted(found, key=str) == [(2024, "AR6"), (None, "AR6")]
    assert preparer.post(GWP, data={**sent, "gwp_set": ""}).status_code == 303
    assert [each["year"] for each in chosen()] == [None]
    for wrong in ({"year": "soon"}, {"gwp_set": "AR99"}, {"framework": "none"}):
        assert preparer.post(GWP, data={**sent, **wrong}).status_code == 422


def _table(browser: httpx.Client, **asked: str) -> str:
    return browser.get("/", params={"organization": "acme", "year": "2024", "framework": "gri", **asked}).text


def _browser(client: httpx.Client, scopes: list[str]) -> Iterator[httpx.Client]:
    made = client.post("/v1/keys", json={"name": "Pia", "scopes": scopes, "organizations": ["acme"]}).json()
    with browsing(client, made["key"]) as browser:
        yield browser
