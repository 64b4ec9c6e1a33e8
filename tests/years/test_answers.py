"""Every answer about a year gives the same days: lineage, bridge, metrics and rollups."""

from decimal import Decimal

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, ORGANIZATION, answer, get, send
from tests.years.company import POWER, columns, days_of, figure_of, put_fiscal_years

RETAIL = {
    "valid_from": "2023-01-29",
    "label": "start",
    "weeks": {"weekday": "saturday", "rule": "nearest", "month": 1},
    "transition": "short",
}


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
