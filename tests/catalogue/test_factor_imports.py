"""Many factors at once over HTTP: judged together, all or none, and what they would move told before."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import ORGANIZATION, YEARLY, answer, figures, get, send

FACTORS = f"{ORGANIZATION}/factors"
HEADER = "code,resource,region,method,per,kg_co2e,gwp_set,valid_from,valid_to,published_on,source"
MIX_2020 = "mix-cn-2020,electricity.grid,CN,market,MWh,710.5,AR6,2020-01-01,2021-01-01,2021-05-31,Residual mixes 2020"
MIX_2021 = (
    'mix-cn-2021,electricity.grid,CN,market,kWh,0.7,AR6,2021-01-01,2022-01-01,2022-05-31,"Residual mixes 2021, v1"'
)
MIXES = "\n".join((HEADER, MIX_2020, MIX_2021)) + "\n"


@pytest.fixture(autouse=True)
def powered(average: None, client: httpx.Client, database: Database, make_meter: Make) -> None:
    """The works bought 1,000 kWh in 2020 and 2,000 kWh in 2021."""
    make_meter(**YEARLY)
    send(client, database, "grid,2020-01-01T00:00:00+08:00,1000\ngrid,2021-01-01T00:00:00+08:00,2000\n")


def _csv(client: httpx.Client, body: str, status: int = 200, **query: Any) -> Any:
    headers = {"Content-Type": "text/csv"}
    return answer(client, "POST", FACTORS, status, content=body.encode(), headers=headers, params=query)


def _own(client: httpx.Client) -> list[str]:
    found, cursor = [], ""
    while cursor is not None:
        page = get(client, FACTORS, limit=1000, **({"cursor": cursor} if cursor else {}))
        found += [each["code"] for each in page["items"] if each["own"] and each["code"] != "grid-average"]
        cursor = page["next"]
    return found


def _market(client: httpx.Client, year: int) -> Decimal:
    value: Decimal = figures(client, year)["ghg.scope2.market"]["value"]
    return value


def test_a_file_has_an_operation_of_its_own_that_answers_alike(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    uploaded = answer(
        client, "POST", f"{FACTORS}/files", 200, content=MIXES.encode(), headers=headers, params={"dry_run": True}
    )

    assert uploaded["added"] == ["mix-cn-2020", "mix-cn-2021"]
    assert uploaded == _csv(client, MIXES, dry_run=True)
    stored = answer(client, "POST", f"{FACTORS}/files", 200, content=MIXES.encode(), headers=headers)
    assert stored["added"] == ["mix-cn-2020", "mix-cn-2021"]
    assert _own(client) == ["mix-cn-2020", "mix-cn-2021"]


def test_residual_mixes_are_tried_then_stored_and_a_second_time_change_nothing(client: httpx.Client) -> None:
    tried = _csv(client, MIXES, dry_run=True)

    assert {name: tried[name] for name in ("dry_run", "received", "unchanged", "superseding", "refused")} == {
        "dry_run": True,
        "received": 2,
        "unchanged": [],
        "superseding": [],
        "refused": [],
    }
    assert tried["added"] == ["mix-cn-2020", "mix-cn-2021"]
    assert [each["year"] for each in tried["years"]] == [2020, 2021]
    moved = {
        (year["year"], each["key"]): (each["current"], each["proposed"], each["proposed_display"], each["unit"])
        for year in tried["years"]
        for each in year["figures"]
        if each["framework"] == "hkex-2020"
    }
    assert set(moved) == {(2020, "ghg.scope2.market"), (2021, "ghg.scope2.market")}
    # 1,000 kWh x 710.5 kg/MWh in place of the average; 2,000 kWh x 0.7 kg in place of the residual mix that ships
    assert moved[2020, "ghg.scope2.market"] == (Decimal("0.5"), Decimal("0.7105"), "1", "tCO2e")
    assert moved[2021, "ghg.scope2.market"] == (Decimal("1.1884"), Decimal("1.4"), "1", "tCO2e")
    assert (_own(client), _market(client, 2020)) == ([], Decimal("0.5"))

    stored = _csv(client, MIXES)
    assert (stored["dry_run"], stored["added"]) == (False, ["mix-cn-2020", "mix-cn-2021"])
    assert stored["years"] == tried["years"]
    assert (_market(client, 2020), _market(client, 2021)) == (Decimal("0.7105"), Decimal("1.4"))
    assert _own(client) == ["mix-cn-2020", "mix-cn-2021"]
    assert get(client, f"{FACTORS}/mix-cn-2021")["source"] == "Residual mixes 2021, v1"

    again = _csv(client, MIXES)
    assert (again["added"], again["unchanged"], again["years"]) == ([], ["mix-cn-2020", "mix-cn-2021"], [])
    assert _own(client) == ["mix-cn-2020", "mix-cn-2021"]


def test_moves_are_told_in_the_frameworks_by_which_the_organization_reports(client: httpx.Client) -> None:
    answer(client, "PATCH", ORGANIZATION, 200, json={"frameworks": ["esrs", "gri"]})
    (year, later) = _csv(client, MIXES, dry_run=True)["years"]
    assert (year["year"], later["year"]) == (2020, 2021)
    # Neither was made for the year: the nearest stands in.
    assert {each["framework"] for each in later["figures"]} == {"gri"}
    assert {each["key"] for each in later["figures"]} == {"ghg.scope2.market", "ghg.total.market.scope123"}


def test_many_come_as_json_and_a_single_one_may_be_tried(client: httpx.Client) -> None:
    one = {
        "code": "tariff",
        "resource": "electricity.grid",
        "region": "main",
        "method": "market",
        "per": "kWh",
        "kg_co2": 0.25,
        "valid_from": "2021-01-01",
        "source": "The supplier",
    }
    tried = answer(client, "POST", f"{FACTORS}?dry_run=true", 200, json=one)
    assert (tried["added"], [each["year"] for each in tried["years"]], _own(client)) == (["tariff"], [2021], [])
    edition = {**one, "code": "tariff-2", "kg_co2": 0.2, "supersedes": "tariff"}
    # What is superseded may stand below what supersedes it.
    stored = answer(client, "POST", FACTORS, 200, json={"items": [edition, one]})
    assert stored["added"] == ["tariff", "tariff-2"]
    assert stored["superseding"] == [{"factor": "tariff-2", "supersedes": "tariff"}]
    assert _market(client, 2021) == Decimal("0.4")
    assert answer(client, "POST", FACTORS, 201, json={**one, "code": "tariff-3", "region": "other"})["own"] is True


def test_a_later_publication_takes_the_place_of_an_earlier_one_whatever_their_order(client: httpx.Client) -> None:
    revised = (
        MIX_2021.replace("mix-cn-2021", "mix-cn-2021b").replace("2022-05-31", "2022-09-01").replace("0.7,", "0.75,")
    )
    found = _csv(client, "\n".join((HEADER, revised, MIX_2021)))
    assert found["added"] == ["mix-cn-2021", "mix-cn-2021b"]
    assert found["superseding"] == [{"factor": "mix-cn-2021b", "supersedes": "mix-cn-2021"}]
    assert _market(client, 2021) == Decimal("1.5")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        (MIXES.replace("kg_co2e", "kg_co3"), [("kg_co3", "unknown_column")]),
        (MIXES.replace(",", ";"), "every column"),
        (MIXES.replace("gwp_set", "kg_co2e"), [("kg_co2e", "repeated_column")]),
        (MIXES.replace("region", "edition"), [("region", "missing_column")]),
        (HEADER, [("items", "no_factors")]),
        ("", [("items", "no_factors")]),
        (HEADER + '\n"mix', [("line", "malformed_csv")]),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_a_wrong_header_is_refused_by_its_column_and_nothing_is_stored(
    client: httpx.Client, body: str, errors: Any, dry_run: bool
) -> None:
    refused = _csv(client, body, 422, dry_run=dry_run)
    found = [(each["field"], each["code"]) for each in refused["errors"]]
    if errors == "every column":
        assert found[0] == (HEADER.replace(",", ";"), "unknown_column")
        assert "separated by commas" in refused["errors"][0]["detail"]
    else:
        assert found == errors
    assert _own(client) == []


def test_the_columns_there_are_are_told(client: httpx.Client) -> None:
    refused = _csv(client, MIXES.replace("kg_co2e", "kg_co3"), 422)
    assert refused["errors"][0]["detail"] == (
        "A factor has no column 'kg_co3'; there are code, resource, region, method, per, kg_co2, kg_co2_biogenic,"
        " kg_ch4, kg_ch4_nonfossil, kg_n2o, kg_co2e, gwp_set, basis, valid_from, valid_to, published_on, edition,"
        " source, supersedes, factor_set, attributes.<name>, other_gases.<name>, derived_from.calorific_value,"
        " derived_from.carbon_content, derived_from.oxidation, separated by commas"
    )


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (MIX_2021.replace("kWh", "bushel"), "per", "unknown_unit"),
        (MIX_2021.replace("kWh", "m3"), "per", "unit_mismatch"),
        (MIX_2021.replace("electricity.grid", "electricity.magic"), "resource", "unknown_resource"),
        (MIX_2021.replace("0.7", '"0,7"'), "kg_co2e", "not_a_number"),
        (MIX_2021.replace("0.7", "-0.7"), "kg_co2e", "greater_than_equal"),
        (MIX_2021.replace("0.7", "NaN"), "kg_co2e", "not_a_number"),
        (MIX_2021.replace("2021-01-01", "01/01/2021"), "valid_from", "day"),
        (MIX_2021.replace("market", "contract"), "method", "enum"),
        (MIX_2021.replace("mix-cn-2021", ""), "code", "missing"),
        (MIX_2021.replace("mix-cn-2021", "mix-cn-2020"), "code", "duplicate_code"),
        (MIX_2021.replace("mix-cn-2021", "cn_grid_regional_2012_central"), "code", "duplicate_code"),
        (MIX_2021 + ",more", "line", "unreadable_row"),
        (MIX_2020.replace("mix-cn-2020", "again"), "valid_from", "overlapping_window"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_of_the_rest_is_stored(
    client: httpx.Client, row: str, field: str, code: str
) -> None:
    body = "\n".join((HEADER, MIX_2020, row))
    tried = _csv(client, body, dry_run=True)
    assert [(each["index"], each["field"], each["code"]) for each in tried["refused"]] == [(1, field, code)]
    assert tried["added"] == ["mix-cn-2020"]
    refused = _csv(client, body, 422)
    assert refused["code"] == "invalid_fields"
    assert [(each["index"], each["field"], each["code"]) for each in refused["errors"]] == [(1, field, code)]
    assert (_own(client), _market(client, 2020)) == ([], Decimal("0.5"))


def test_a_code_that_is_stored_with_another_content_says_what_differs(client: httpx.Client) -> None:
    _csv(client, MIXES)
    refused = _csv(client, MIXES.replace("0.7,AR6", "0.8,AR5"), 422)
    assert [(each["index"], each["code"]) for each in refused["errors"]] == [(1, "duplicate_code")]
    assert "with another kg_co2e, gwp_set: nothing is edited" in refused["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [({"items": []}, "not_a_list"), ({"items": {}}, "not_a_list"), ({"items": [1], "dry_run": True}, "not_a_list")],
)
def test_what_is_no_list_of_factors_is_refused(client: httpx.Client, body: dict[str, Any], code: str) -> None:
    refused = answer(client, "POST", FACTORS, 422, json=body)
    assert [(each["field"], each["code"]) for each in refused["errors"]] == [("items", code)]


def test_rows_of_json_are_named_by_place_and_field(client: httpx.Client) -> None:
    rows = [{"code": "a"}, "b", {"code": "c", "kg_sf6": 1}]
    refused = answer(client, "POST", FACTORS, 422, json={"items": rows})["errors"]
    assert {each["index"] for each in refused} == {0, 1, 2}
    assert {(each["field"], each["code"]) for each in refused if each["index"] == 2} >= {("kg_sf6", "extra_forbidden")}
    assert answer(client, "POST", FACTORS, 422, json={"items": rows * 2000})["errors"][0]["code"] == "too_long"


def test_bodies_that_cannot_be_read_are_told_as_everywhere(client: httpx.Client) -> None:
    for content, kind, status, code in (
        (b"", "application/json", 400, "empty_body"),
        (b"{", "application/json", 400, "malformed_json"),
        (b"\xff", "text/csv", 400, "not_utf8"),
        (b"a: b", "application/yaml", 415, "unsupported_media_type"),
        (b"[]", "application/json", 422, "invalid_request"),
    ):
        headers = {"Content-Type": kind}
        assert answer(client, "POST", FACTORS, status, content=content, headers=headers)["code"] == code


def test_a_new_region_of_an_import_is_a_place_that_plants_may_stand_in(client: httpx.Client, make_plant: Make) -> None:
    unknown = {"code": "far", "name": "Far", "country": "CN", "region": "ZONE-7", "timezone": "Asia/Shanghai"}
    answer(client, "POST", f"{ORGANIZATION}/plants", 422, json=unknown)
    _csv(client, "\n".join((HEADER, MIX_2020.replace(",CN,", ",ZONE-7,"))))
    make_plant(**unknown)
