"""What is stated and published of a period is of its days: datapoints, targets, publications, checks and the page."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, ORGANIZATION, answer, get, send
from tests.years.company import APRIL, POWER, columns, days_of, figure_of, publish, put_fiscal_years, send_months


def test_a_datapoint_is_stated_of_a_year_or_of_its_transition_period(moved: httpx.Client) -> None:
    fact = {"indicator": "workforce.total", "period": 2024, "unit": "person"}
    for transition, value in ((False, 90), (True, 80)):
        answer(
            moved, "POST", f"{ORGANIZATION}/datapoints", 201, json={**fact, "transition": transition, "value": value}
        )
    answer(moved, "POST", f"{ORGANIZATION}/datapoints", 201, json={**fact, "period": 2023, "value": 70})
    found = columns(moved, 2024, "workforce.total")
    assert [(name, value) for name, _, _, _, value in found] == [
        ("2024", 90),
        ("2024T", 80),
        ("2023", 70),
        ("2022", None),
    ]
    listed = get(moved, f"{ORGANIZATION}/datapoints", year=2024)["items"]
    assert sorted((each["period"], each["transition"], each["value"]) for each in listed) == [
        (2024, False, 90),
        (2024, True, 80),
    ]


def test_a_datapoint_of_a_period_that_is_none_is_refused(moved: httpx.Client) -> None:
    fact = {"indicator": "workforce.total", "period": 2023, "transition": True, "value": 1, "unit": "person"}
    found = answer(moved, "POST", f"{ORGANIZATION}/datapoints", 422, json=fact)
    assert [(each["field"], each["code"]) for each in found["errors"]] == [("period", "unknown_period")]


def test_a_target_has_a_base_year_that_there_is(company: httpx.Client) -> None:
    put_fiscal_years(company, {**APRIL, "label": "end"})
    target = {"code": "less", "metric": POWER, "base_year": 2024, "yearly_reduction": 0.05}
    found = answer(company, "POST", f"{ORGANIZATION}/targets", 422, json=target)
    assert [(each["field"], each["code"]) for each in found["errors"]] == [("base_year", "unknown_period")]


def test_targets_pass_over_a_number_that_no_year_has(company: httpx.Client) -> None:
    put_fiscal_years(company, {**APRIL, "label": "end"})
    target = {"code": "less", "metric": POWER, "base_year": 2023, "yearly_reduction": 0.05, "unit": "MWh"}
    answer(company, "POST", f"{ORGANIZATION}/targets", 201, json=target)
    (found,) = get(company, f"{ORGANIZATION}/metrics/targets", year=2025)["items"]
    assert [(each["year"], each["value"]) for each in found["years"]] == [(2025, 243)]
    assert (
        answer(company, "GET", f"{ORGANIZATION}/metrics/targets", 404, params={"year": 2024})["code"]
        == "unknown_period"
    )


def test_previews_go_through_every_period_with_data(moved: httpx.Client) -> None:
    body: dict[str, Any] = {"framework": "hkex-2020", "consolidation": "equity_share"}
    answer(moved, "PATCH", f"{ORGANIZATION}/plants/main", 200, json={"equity_share": 0.5})
    for years, names in ((None, ["2023", "2024T", "2024"]), ([2024], ["2024T", "2024"])):
        found = answer(moved, "POST", f"{ORGANIZATION}/previews", 200, json={**body, "years": years})
        assert [each["period"] for each in found["years"]] == names
    power = [next(each for each in year["figures"] if each["key"] == POWER) for year in found["years"]]
    assert [(each["current"], each["proposed"]) for each in power] == [(78, 39), (243, Decimal("121.5"))]


def test_publications_of_a_year_and_of_its_transition_period_are_numbered_together(moved: httpx.Client) -> None:
    of_transition = publish(moved, 2024, transition=True)
    of_year = publish(moved, 2024)
    assert [(each["number"], each["period"], each["replaces"]) for each in (of_transition, of_year)] == [
        (1, "2024T", None),
        (2, "2024", None),
    ]
    listed = get(moved, f"{DISCLOSURE}/2024/publications")["items"]
    assert [(each["number"], each["period"]) for each in listed] == [(1, "2024T"), (2, "2024")]
    document = get(moved, f"{DISCLOSURE}/2024/publications/1")["document"]
    assert (document["year"], document["period"]["name"], document["period"]["kind"]) == (2024, "2024T", "transition")
    assert days_of(document["period"]) == ("2024-01-01", "2024-03-31")
    assert figure_of(document)["value"] == 78
    assert document["basis"]["fiscal_years"] == [{**APRIL, "weeks": None}]
    assert get(moved, f"{DISCLOSURE}/2024", transition="true")["status"] == "published"
    assert get(moved, f"{DISCLOSURE}/2024/publications/1/drift")["figures"] == []


def test_published_periods_of_every_kind_are_verified(
    moved: httpx.Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(moved, 2023)
    publish(moved, 2024, transition=True)
    publish(moved, 2024)
    monkeypatch.setenv("ESG_DATABASE_URL", database_url)
    result = CliRunner().invoke(cli, ["verify", "--organization", "acme"])
    assert result.exit_code == 0, result.output
    for name in ("2023 no. 1", "2024T no. 1", "2024 no. 2"):
        assert f"acme hkex-2020 {name}: hash, steps and" in result.output
    assert "not known" not in result.output


def test_what_was_published_of_a_transition_period_is_its_comparative(moved: httpx.Client, database: Database) -> None:
    publish(moved, 2024, transition=True)
    send_months(moved, database, {"2024-03": 30_000})
    assert columns(moved, 2024)[1] == ("2024T", "2024-01-01", "2024-03-31", "transition", Decimal(78))
    assert columns(moved, 2024, transition=True)[0][4] == 82
    published = get(moved, f"{DISCLOSURE}/2024/publications/1/drift")["figures"]
    assert [(each["published"], each["live"]) for each in published if each["key"] == POWER] == [(78, 82)]


def test_a_gwp_set_of_a_number_holds_for_its_transition_period_too(moved: httpx.Client) -> None:
    choice = {"framework": "hkex-2020", "year": 2024, "gwp_set": "AR6"}
    answer(moved, "PUT", f"{ORGANIZATION}/gwp-sets", 200, json={"items": [choice]})
    for transition in (True, False):
        prepared = answer(
            moved, "POST", f"{DISCLOSURE}/2024/publications", 201, json={}, params={"transition": transition}
        )
        document = get(moved, f"{DISCLOSURE}/2024/publications/{prepared['number']}")["document"]
        assert document["basis"]["gwp_set"] == "AR6"


def test_no_check_holds_a_transition_period_against_a_year(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """Three days of a transition are a thousandth of a year, and no slip of a unit."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(interval="P1D", timestamp_edge="interval_start")
    february = {"valid_from": "2024-01-04", "start_month": 1, "label": "start", "transition": "short"}
    weeks = {"weekday": "wednesday", "rule": "nearest", "month": 12}
    put_fiscal_years(client, {**february, "weeks": weeks})
    rows = "grid,2023-06-01T00:00:00+08:00,1000000\ngrid,2024-01-02T00:00:00+08:00,1000\n"
    send(client, database, f"{rows}grid,2024-06-01T00:00:00+08:00,1000000\n")
    assert [value for *_, value in columns(client, 2024)][:3] == [1000, 1, 1000]
    for query in ({}, {"transition": "true"}):
        checks = get(client, f"{DISCLOSURE}/2024", **query)["checks"]
        assert "unit_slip" not in [each["code"] for each in checks]


def test_the_page_names_the_days_of_columns_that_are_not_plain_years(moved: httpx.Client, database: Database) -> None:
    pages = {"X-API-Key": ""}
    key = answer(moved, "POST", "/v1/keys", 201, json={"name": "page", "scopes": ["read"]})["key"]
    moved.post("/session", data={"key": key})
    try:
        page = moved.get("/", params={"organization": "acme", "year": "2024"}, headers=pages).text
        transition = moved.get("/", params={"organization": "acme", "year": "2024T"}, headers=pages).text
        live = moved.get("/live", params={"organization": "acme", "year": "2024T"}, headers=pages).text
        unknown = moved.get("/", params={"organization": "acme", "year": "2023T"}, headers=pages)
    finally:
        moved.cookies.clear()
    assert '2024T<span class="days">1 January 2024 to 31 March 2024</span>' in page
    assert "<option>2024T</option>" in page
    assert "1 April 2024 to 31 March 2025" in page
    assert "<h1>Acme, 2024T</h1>" in transition
    assert "1 January 2024 to 31 March 2024: interim" not in transition
    assert 'data-year="2024T"' in live
    assert unknown.status_code == 404
