"""Every answer about a year gives the same days: lineage, bridge, metrics, datapoints, previews, rollups and pages."""

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

RETAIL = {
    "valid_from": "2023-01-29",
    "label": "start",
    "weeks": {"weekday": "saturday", "rule": "nearest", "month": 1},
    "transition": "short",
}


@pytest.fixture
def moved(company: httpx.Client) -> httpx.Client:
    """The company with years that begin in April from 2024 on."""
    put_fiscal_years(company, APRIL)
    return company


@pytest.fixture
def weekly(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> httpx.Client:
    """A company on the retail calendar whose daily meter counts the day of the month in kWh, January to May 2024."""
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_meter(interval="P1D", timestamp_edge="interval_start")
    put_fiscal_years(client, RETAIL)
    days = [(month, day) for month, last in enumerate((31, 29, 31, 30, 31), start=1) for day in range(1, last + 1)]
    send(client, database, "".join(f"grid,2024-{m:02}-{d:02}T00:00:00+08:00,{d}\n" for m, d in days))
    return client


@pytest.mark.parametrize("by", ["year", "month"])
def test_the_lineage_of_a_transition_period_is_of_its_days_alone(moved: httpx.Client, by: str) -> None:
    path = f"{DISCLOSURE}/2024/figures/{POWER}/lineage"
    lineage = get(moved, path, transition="true", by=by)
    assert lineage["value"] == 78
    found = [(*days_of(each["period"]), each["value"]) for each in lineage["terms"]]
    if by == "year":
        assert found == [("2024-01-01", "2024-03-31", 78)]
    else:
        assert found == [
            ("2024-01-01", "2024-01-31", 26),
            ("2024-02-01", "2024-02-29", 26),
            ("2024-03-01", "2024-03-31", 26),
        ]


def test_a_bridge_between_periods_of_different_length_says_so(moved: httpx.Client) -> None:
    bridge = get(moved, f"{DISCLOSURE}/2024/bridge", from_year=2024, from_transition="true")
    assert [bridge[name]["name"] for name in ("from_period", "period")] == ["2024T", "2024"]
    assert [(each["code"], each["severity"]) for each in bridge["checks"]] == [
        ("periods_of_different_length", "warning")
    ]
    assert bridge["checks"][0]["detail"] == (
        "2024T (2024-01-01 to 2024-03-31) has 91 days and 2024 (2024-04-01 to 2025-03-31) has 365: "
        "a part of the activity is that"
    )
    power = next(each for each in bridge["figures"] if each["key"] == POWER)
    assert (power["from_value"], power["to_value"], power["difference"]) == (78, 243, 165)

    plain = get(moved, f"{DISCLOSURE}/2024/bridge", from_year=2023)
    assert plain["checks"] == []
    assert days_of(plain["from_period"]) == ("2023-01-01", "2023-12-31")


def test_a_bridge_over_a_leap_day_says_nothing_and_over_a_53rd_week_does(weekly: httpx.Client) -> None:
    codes = [each["code"] for each in get(weekly, f"{DISCLOSURE}/2024/bridge", from_year=2023)["checks"]]
    assert codes == ["periods_of_different_length"]


def test_metrics_name_the_period_and_its_months_add_up_to_it(moved: httpx.Client) -> None:
    energy = get(moved, f"{ORGANIZATION}/metrics/energy", year=2024, transition="true")
    assert (energy["year"], energy["period"]["name"], energy["period"]["kind"]) == (2024, "2024T", "transition")
    line = energy["electricity"]
    assert (line["value"], [(each["month"], each["value"]) for each in line["months"]]) == (
        78_000,
        [("2024-01-01", 26_000), ("2024-02-01", 26_000), ("2024-03-01", 26_000)],
    )


def test_months_of_a_year_of_weeks_are_cut_where_the_year_begins_and_ends(weekly: httpx.Client) -> None:
    """2023 ends on Saturday 3 February: 1 + 2 + 3 kWh of that month are its own, the other 429 are 2024's."""
    line = get(weekly, f"{ORGANIZATION}/metrics/energy", year=2023)["electricity"]
    months = [(each["month"], each["value"]) for each in line["months"] if each["value"] is not None]
    assert (line["value"], months) == (502, [("2024-01-01", 496), ("2024-02-01", 6)])
    line = get(weekly, f"{ORGANIZATION}/metrics/energy", year=2024)["electricity"]
    months = [(each["month"], each["value"]) for each in line["months"]][:5]
    assert months == [
        ("2024-02-04", 429),
        ("2024-03-01", 496),
        ("2024-04-01", 465),
        ("2024-05-01", 496),
        ("2024-06-01", None),
    ]
    assert line["value"] == 1886


def test_the_level_of_a_part_of_a_month_is_the_mean_of_its_days(
    weekly: httpx.Client, database: Database, make_meter: Make
) -> None:
    make_meter(code="people", resource="headcount", kind="stock", unit="person", interval=None)
    counts = {"2024-02-01": 10, "2024-02-05": 30, "2024-02-15": 50, "2024-03-15": 80}
    send(weekly, database, "".join(f"people,{day}T12:00:00+08:00,{count}\n" for day, count in counts.items()))
    found = get(weekly, f"{ORGANIZATION}/metrics/intensity", year=2024, metric="consumption.electricity")
    people = next(each for each in found["items"] if each["denominator"] == "headcount")
    by_month = {each["month"]: each["value"] for each in people["ratio"]["months"]}
    assert by_month["2024-02-04"] == Decimal("10.725")  # 429 kWh over the mean of 30 and 50
    assert by_month["2024-03-01"] == Decimal("6.2")


@pytest.mark.parametrize(
    ("changes", "tonnes"),
    [
        ("2024-02-02", "0.547"),  # 496 + 1 kWh at 1 kg, 2 + 3 kWh at 10 kg
        ("2024-02-01", "0.556"),  # 496 kWh at 1 kg, 1 + 2 + 3 kWh at 10 kg
    ],
)
def test_a_year_of_weeks_takes_each_factor_on_its_own_days(weekly: httpx.Client, changes: str, tonnes: str) -> None:
    own = {
        "resource": "electricity.grid", "method": "location", "region": "CN-JX", "per": "kWh", "source": "a test",
        "kg_co2": 1,
    }  # fmt: skip
    for code, first, end, kg in (("a", "2023-01-01", changes, 1), ("b", changes, "2025-01-01", 10)):
        factor = {**own, "code": code, "valid_from": first, "valid_to": end, "kg_co2": kg}
        answer(weekly, "POST", f"{ORGANIZATION}/factors", 201, json=factor)
    found = figure_of(get(weekly, f"{DISCLOSURE}/2023"), "ghg.scope2")
    assert found["value"] == Decimal(tonnes)


def test_completeness_is_of_the_periods_own_days(weekly: httpx.Client) -> None:
    found = get(weekly, f"{ORGANIZATION}/metrics/completeness", year=2023)
    assert days_of(found["period"]) == ("2023-01-29", "2024-02-03")
    (meter,) = found["items"]
    assert meter["total"]["count"] == 34
    assert [(each["start"], each["count"]) for each in meter["months"]][-2:] == [("2024-01-01", 31), ("2024-02-01", 3)]
    assert meter["months"][0]["start"] == "2023-01-29"
    assert meter["months"][0]["expected_seconds"] == 3 * 86_400


def test_year_rollups_are_the_reporting_periods(moved: httpx.Client, database: Database) -> None:
    expected = [
        ("2022-12-31T16:00:00Z", "2023-12-31T16:00:00Z", 222_000),
        ("2023-12-31T16:00:00Z", "2024-03-31T16:00:00Z", 78_000),
        ("2024-03-31T16:00:00Z", "2025-03-31T16:00:00Z", 243_000),
    ]
    for query in ({}, {"as_of": "2099-01-01T00:00:00Z"}):
        items = get(moved, f"{ORGANIZATION}/rollups", grain="year", **query)["items"]
        assert [(each["start"], each["end"], each["quantity"]) for each in items] == expected


@pytest.mark.parametrize("grain", ["day", "month", "year"])
def test_rollups_of_a_past_instant_are_cut_where_stored_ones_are(weekly: httpx.Client, grain: str) -> None:
    stored = get(weekly, f"{ORGANIZATION}/rollups", grain=grain, limit=1000)["items"]
    past = get(weekly, f"{ORGANIZATION}/rollups", grain=grain, limit=1000, as_of="2099-01-01T00:00:00Z")["items"]
    assert past == stored
    if grain == "year":
        assert [(each["start"], each["quantity"]) for each in stored] == [
            ("2023-01-28T16:00:00Z", 502),
            ("2024-02-03T16:00:00Z", 1886),
        ]


def test_figures_as_of_an_instant_have_the_periods_of_now(moved: httpx.Client) -> None:
    assert columns(moved, 2024, as_of="2099-01-01T00:00:00Z") == columns(moved, 2024)


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
