"""Fiscal-year settings over HTTP: what they answer, what is refused and why, and that a refusal stores nothing."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, ORGANIZATION, answer, get
from tests.years.company import APRIL, POWER, columns, days_of, publish, put_fiscal_years, refused, send_months

PATH = f"{ORGANIZATION}/fiscal-years"
RETAIL = {
    "valid_from": "2024-02-04",
    "label": "start",
    "weeks": {"weekday": "saturday", "rule": "nearest", "month": 1},
    "transition": "long",
}


def periods(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(each["name"], *days_of(each), each["kind"]) for each in found["periods"]]


def test_settings_are_answered_in_order_of_day_with_the_periods_they_make(company: httpx.Client) -> None:
    october = {"valid_from": "2025-10-01", "start_month": 10, "label": "end", "transition": "long"}
    put = put_fiscal_years(company, october, APRIL)
    assert put["undated"] == {"start_month": 1, "label": "start"}
    assert put["items"] == [{**APRIL, "weeks": None}, {**october, "weeks": None}]
    assert periods(put)[:4] == [
        ("2023", "2023-01-01", "2023-12-31", "year"),
        ("2024T", "2024-01-01", "2024-03-31", "transition"),
        ("2024", "2024-04-01", "2025-03-31", "year"),
        ("2026", "2025-04-01", "2026-09-30", "transition"),
    ]
    assert get(company, PATH) == put


def test_years_of_weeks_may_leave_their_first_month_out(company: httpx.Client) -> None:
    (item,) = put_fiscal_years(company, RETAIL)["items"]
    assert item == {**RETAIL, "start_month": 2}


def test_no_settings_are_no_dated_settings_again(company: httpx.Client) -> None:
    before = columns(company, 2024)
    put_fiscal_years(company, APRIL)
    assert put_fiscal_years(company)["items"] == []
    assert columns(company, 2024) == before


@pytest.mark.parametrize(
    ("setting", "error"),
    [
        ({**APRIL, "transition": None}, (0, "transition", "fiscal_year_gap")),
        ({**APRIL, "valid_from": "2024-05-01"}, (0, "valid_from", "fiscal_year_gap")),
        ({**RETAIL, "valid_from": "2024-02-01"}, (0, "valid_from", "fiscal_year_gap")),
        ({**RETAIL, "start_month": 1}, (0, "start_month", "start_month_mismatch")),
        ({"valid_from": "2024-04-01", "transition": "short"}, (0, "start_month", "missing")),
        ({**APRIL, "valid_from": "1950-04-01"}, (0, "valid_from", "out_of_range")),
        ({**APRIL, "start_month": 13}, (0, "start_month", "less_than_equal")),
        ({**APRIL, "start_month": "4"}, (0, "start_month", "int_type")),
        ({**APRIL, "transition": "none"}, (0, "transition", "enum")),
        ({**APRIL, "valid_from": "2024-04-01T00:00:00Z"}, (0, "valid_from", "day")),
        ({**APRIL, "holiday": True}, (0, "holiday", "extra_forbidden")),
        ({**RETAIL, "weeks": {**RETAIL["weeks"], "weekday": "someday"}}, (0, "weeks.weekday", "enum")),  # type: ignore[dict-item]
    ],
)
def test_a_setting_that_would_leave_days_out_is_refused_and_nothing_changes(
    company: httpx.Client, setting: dict[str, Any], error: tuple[int, str, str]
) -> None:
    before = columns(company, 2024)
    assert refused(company, setting, status=422) == [error]
    assert get(company, PATH)["items"] == []
    assert columns(company, 2024) == before


def test_a_gap_names_its_days_and_what_would_do(company: httpx.Client) -> None:
    found = put_fiscal_years(company, {**APRIL, "transition": None}, status=422)
    assert found["errors"][0]["detail"] == (
        "2024-01-01 to 2024-03-31 would be in no reporting year: state `short` to make them a transition period of "
        "their own, or `long` to join them to the year that follows"
    )


def test_a_setting_inside_a_published_year_is_refused(company: httpx.Client) -> None:
    publish(company, 2023)
    before = columns(company, 2024)
    july = {"valid_from": "2023-07-01", "start_month": 7, "label": "start", "transition": "short"}
    found = put_fiscal_years(company, july, status=409)
    assert (found["code"], found["errors"][0]["code"]) == ("period_in_use", "period_published")
    assert (found["errors"][0]["index"], found["errors"][0]["field"]) == (0, "valid_from")
    assert found["errors"][0]["detail"] == (
        "2023 (2023-01-01 to 2023-12-31) would be 2023-07-01 to 2024-06-30, and is published; "
        "state 2024-01-01 or a later day"
    )
    assert columns(company, 2024) == before


def test_a_setting_that_would_lengthen_a_published_year_is_refused(company: httpx.Client) -> None:
    put_fiscal_years(company, APRIL)
    publish(company, 2024, transition=True)
    assert refused(company, {**APRIL, "transition": "long"}, status=409) == [(0, "transition", "period_published")]
    assert refused(company, status=409) == [(None, "items", "period_published")]
    assert columns(company, 2024, transition=True)[0][0] == "2024T"


def test_a_published_year_keeps_its_name(company: httpx.Client) -> None:
    put_fiscal_years(company, APRIL)
    publish(company, 2024)
    assert refused(company, {**APRIL, "label": "end"}, status=409) == [(0, "label", "period_published")]
    later = {"valid_from": "2025-10-01", "start_month": 10, "label": "start", "transition": "short"}
    put_fiscal_years(company, APRIL, later)


def test_a_draft_alone_does_not_keep_a_year_as_it_is(company: httpx.Client) -> None:
    answer(company, "POST", f"{DISCLOSURE}/2024/publications", 201, json={})
    put_fiscal_years(company, APRIL)
    assert columns(company, 2024)[0] == ("2024", "2024-04-01", "2025-03-31", "year", Decimal(243))


def test_a_draft_of_other_days_can_be_neither_approved_nor_published(company: httpx.Client) -> None:
    answer(company, "POST", f"{DISCLOSURE}/2024/publications", 201, json={})
    put_fiscal_years(company, APRIL)
    key = answer(company, "POST", "/v1/keys", 201, json={"name": "approve", "scopes": ["approve"]})["key"]
    path = f"{DISCLOSURE}/2024/publications/1/approve"
    found = answer(company, "POST", path, 409, json={}, headers={"X-API-Key": key})
    assert found["code"] == "period_moved"
    assert (
        "2024 was 2024-01-01 to 2024-12-31 when it was prepared and is 2024 (2024-04-01 to 2025-03-31) now"
        in (found["detail"])
    )


def test_datapoints_and_base_years_keep_the_days_they_were_stated_of(company: httpx.Client) -> None:
    fact = {"indicator": "workforce.total", "period": 2024, "value": 90, "unit": "person"}
    stated = answer(company, "POST", f"{ORGANIZATION}/datapoints", 201, json=fact)
    assert refused(company, APRIL, status=409) == [(0, "valid_from", "period_stated")]
    path = f"{ORGANIZATION}/datapoints/{stated['id']}"
    answer_nothing(company, path, reason="stated anew of the new year")
    target = {
        "code": "less", "name": "Less", "metric": "consumption.electricity", "base_year": 2024, "unit": "MWh",
        "yearly_reduction": 0.05, "direction": "decrease",
    }  # fmt: skip
    answer(company, "POST", f"{ORGANIZATION}/targets", 201, json=target)
    assert refused(company, APRIL, status=409) == [(0, "valid_from", "period_targeted")]


def test_years_of_imported_tables_that_stand_as_comparatives_keep_their_days(company: httpx.Client) -> None:
    row = {"year": 2024, "kpi": "A2.1", "key": POWER, "value": 250, "unit": "MWh", "decimals": 0}
    table = {"code": "report", "title": "Report", "framework": "hkex-2020", "year": 2024, "rows": [row]}
    path = f"{ORGANIZATION}/imported-publications"
    answer(company, "POST", path, 201, json={**table, "comparatives": True})
    assert refused(company, APRIL, status=409) == [(0, "valid_from", "period_imported")]
    answer(company, "POST", path, 201, json={**table, "code": "corrected", "supersedes": "report"})
    put_fiscal_years(company, APRIL)


def answer_nothing(client: httpx.Client, path: str, **query: str) -> None:
    assert client.delete(path, params=query).status_code == 204


def test_the_first_month_alone_is_a_correction_of_the_whole_history(company: httpx.Client) -> None:
    answer(company, "PATCH", ORGANIZATION, 200, json={"fiscal_year_start_month": 4})
    assert columns(company, 2024) == [
        ("2024", "2024-04-01", "2025-03-31", "year", Decimal(243)),
        ("2023", "2023-04-01", "2024-03-31", "year", Decimal("244.5")),
        ("2022", "2022-04-01", "2023-03-31", "year", Decimal("55.5")),
    ]


@pytest.mark.parametrize(
    "change", [{"fiscal_year_start_month": 4}, {"fiscal_year_start_month": 4, "fiscal_year_label": "end"}]
)
def test_the_first_month_of_an_organization_that_has_published_is_moved_by_dated_settings_alone(
    company: httpx.Client, change: dict[str, Any]
) -> None:
    publish(company, 2023)
    before = columns(company, 2024)
    found = answer(company, "PATCH", ORGANIZATION, 409, json={"name": "Other", **change})
    assert (found["code"], found["errors"][0]["field"]) == ("period_in_use", "fiscal_year_start_month")
    assert found["errors"][0]["detail"].endswith(
        "and is published; state another first month from a day on with PUT .../fiscal-years instead"
    )
    assert get(company, ORGANIZATION)["name"] == "Acme"
    assert columns(company, 2024) == before


def test_a_label_that_renames_nothing_published_may_change(company: httpx.Client) -> None:
    publish(company, 2023)
    answer(company, "PATCH", ORGANIZATION, 200, json={"fiscal_year_label": "end", "name": "Other"})
    assert columns(company, 2023)[0] == ("2023", "2023-01-01", "2023-12-31", "year", Decimal(222))


def test_a_first_month_that_dated_settings_do_not_fit_is_refused(company: httpx.Client) -> None:
    plain = {"valid_from": "2024-01-01", "start_month": 1, "label": "start"}
    put_fiscal_years(company, plain)
    found = answer(company, "PATCH", ORGANIZATION, 422, json={"fiscal_year_start_month": 7})
    assert [(each["field"], each["code"]) for each in found["errors"]] == [
        ("fiscal_year_start_month", "fiscal_year_gap")
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("disclosures/hkex-2020/2024", {}),
        ("disclosures/hkex-2020/2023", {"transition": "true"}),
        ("disclosures/hkex-2020/2024/figures/consumption.electricity/lineage", {}),
        ("disclosures/hkex-2020/2025/bridge", {"from_year": 2024}),
        ("metrics/energy", {"year": 2024}),
        ("metrics/completeness", {"year": 2024}),
        ("metrics/compliance", {"year": 2024}),
    ],
)
def test_a_name_that_no_period_has_is_not_found(company: httpx.Client, path: str, query: dict[str, Any]) -> None:
    put_fiscal_years(company, {**APRIL, "label": "end"})
    found = answer(company, "GET", f"{ORGANIZATION}/{path}", 404, params=query)
    assert found["code"] == "unknown_period"


def test_a_year_that_is_none_says_what_its_days_lie_in(company: httpx.Client) -> None:
    put_fiscal_years(company, {**APRIL, "label": "end"})
    found = answer(company, "GET", f"{DISCLOSURE}/2024", 404)
    assert found["detail"] == (
        "There is no reporting period 2024; 2024 lies in 2024T (2024-01-01 to 2024-03-31), "
        "2025 (2024-04-01 to 2025-03-31)"
    )


def test_settings_are_one_organizations_own(company: httpx.Client, database: Database, make_organization: Make) -> None:
    make_organization(code="other")
    put_fiscal_years(company, APRIL)
    assert get(company, "/v1/organizations/other/fiscal-years")["items"] == []
    send_months(company, database, {"2025-05": 1})
    assert columns(company, 2025)[0][1:3] == ("2025-04-01", "2026-03-31")
