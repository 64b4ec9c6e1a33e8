"""What an organization chooses for its figures: GWP sets, printing rules, instruments, factors."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import CERTIFICATE, ORGANIZATION, answer, figures, get, problems, put, send

_IPCC = {"year": None, "resource": "fuel.*", "method": None, "plant": None, "factor": "ipcc2006_anthracite"}


@pytest.mark.usefixtures("powered")
def test_a_year_is_stated_by_two_gwp_sets(client: httpx.Client, database: Database) -> None:
    send(client, database, "coal,2020-01-01T00:00:00+08:00,1000\ncoal,2021-01-01T00:00:00+08:00,1000\n")
    put(client, "factor-pins", _IPCC)
    # 24.515 TJ (the newest Chinese calorific value) x (98300 + 10 CH4 + 1.5 N2O) kg
    assert figures(client, 2021)["ghg.scope1"]["value"] == Decimal("2426.4334125")
    choice = {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"}
    assert put(client, "gwp-sets", choice) == get(client, f"{ORGANIZATION}/gwp-sets") == {"items": [choice]}
    scope1 = figures(client, 2021)["ghg.scope1"]
    assert scope1["value"] == Decimal("2426.7030775")
    assert scope1["comparatives"][0]["value"] == Decimal("2426.4334125")
    assert "GWP set AR6 (CH4 27.9, N2O 273)" in scope1["flags"]
    put(client, "gwp-sets", choice, {"framework": "hkex-2020", "year": None, "gwp_set": "AR4"})
    scope1 = figures(client, 2021)["ghg.scope1"]
    assert (scope1["value"], scope1["comparatives"][0]["value"]) == (Decimal("2426.7030775"), Decimal("2426.911455"))


@pytest.mark.usefixtures("jiangxi")
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"gwp_set": "AR9"}, "gwp_set", "unknown_gwp_set"),
        ({"framework": "gri-1"}, "framework", "unknown_framework"),
        ({"year": 2021}, "year", "chosen_twice"),
        ({"year": "2021"}, "year", "int_type"),
        ({"method": "market"}, "method", "extra_forbidden"),
    ],
)
def test_a_bad_choice_of_a_gwp_set_is_named(
    client: httpx.Client, change: dict[str, Any], field: str, code: str
) -> None:
    choice = {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR5"}
    body = {"items": [choice, {**choice, "year": 2020, **change}]}
    assert problems(client, "PUT", "gwp-sets", body) == [(1, field, code)]
    assert get(client, f"{ORGANIZATION}/gwp-sets") == {"items": []}


@pytest.mark.usefixtures("powered")
def test_one_figure_is_rounded_and_printed_by_its_own_rule(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1500600\noutput,2021-01-01T00:00:00+08:00,7\n")
    plain = figures(client, 2021)
    assert (plain["consumption.electricity"]["display"], plain["consumption.electricity"]["unit"]) == ("1501", "MWh")
    intensity = "consumption.electricity.intensity.product.output"
    put(
        client,
        "figure-settings",
        {"framework": "hkex-2020", "key": "consumption.electricity", "rounding": "down"},
        {"framework": "hkex-2020", "key": "energy.total", "unit": "GJ", "decimals": 1},
        {"framework": "hkex-2020", "key": intensity, "unit": "MWh", "decimals": 3},
    )
    told = figures(client, 2021)
    assert (told["consumption.electricity"]["display"], told["consumption.electricity"]["unit"]) == ("1500", "MWh")
    assert (told["energy.total"]["display"], told["energy.total"]["unit"]) == ("5402.2", "GJ")
    assert (told[intensity]["display"], told[intensity]["unit"]) == ("214.371", "MWh per t")
    assert told["ghg.scope2"] == plain["ghg.scope2"]
    lineage = get(client, f"{ORGANIZATION}/disclosures/hkex-2020/2021/figures/energy.total/lineage")
    assert (lineage["unit"], lineage["value"]) == ("GJ", told["energy.total"]["value"])
    saved = get(client, f"{ORGANIZATION}/figure-settings")["items"]
    assert saved[0] == {
        "framework": "hkex-2020",
        "key": "consumption.electricity",
        "rounding": "down",
        "unit": None,
        "decimals": None,
    }


@pytest.mark.usefixtures("jiangxi")
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"key": "ghg.moon"}, "key", "unknown_figure"),
        ({"key": "ghg.intensity.energy.renewable_share"}, "key", "unknown_figure"),
        ({"key": "ghg.intensity.floor_area", "unit": "m3"}, "unit", "unit_mismatch"),
        ({"framework": "gri-1"}, "framework", "unknown_framework"),
        ({"unit": "kWh"}, "unit", "unit_mismatch"),
        ({"unit": "t"}, "unit", "unit_mismatch"),
        ({"unit": "furlong"}, "unit", "unit_mismatch"),
        ({"decimals": 13}, "decimals", "less_than_equal"),
        ({"rounding": "up"}, "rounding", "enum"),
        ({"rounding": None}, "rounding", "nothing_set"),
        ({"key": "ghg.total"}, "key", "set_twice"),
    ],
)
def test_a_bad_setting_of_a_figure_is_named(
    client: httpx.Client, change: dict[str, Any], field: str, code: str
) -> None:
    setting = {"framework": "hkex-2020", "key": "ghg.total", "rounding": "down"}
    body = {"items": [setting, {**setting, "key": "ghg.scope2", **change}]}
    assert problems(client, "PUT", "figure-settings", body) == [(1, field, code)]


@pytest.mark.usefixtures("powered")
def test_a_certificate_covers_consumption_and_leaves_the_location_figure_alone(
    client: httpx.Client, database: Database
) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000000\n")
    created = answer(client, "POST", f"{ORGANIZATION}/instruments", 201, json=CERTIFICATE)
    unsaid = {"energy_source": None, "issuing_area": None, "basis": None, "kg_co2e_per_kwh": 0, "withdrawal": None}
    assert created == {**CERTIFICATE, **unsaid, "created_at": created["created_at"]}
    assert get(client, f"{ORGANIZATION}/instruments/gec-1") == created
    assert get(client, f"{ORGANIZATION}/instruments") == {"items": [created], "next": None}
    found = figures(client, 2021)
    assert found["ghg.scope2"]["value"] == Decimal("583.5")
    assert found["ghg.scope2.market"]["value"] == Decimal("356.52")  # 600 MWh x 0.5942
    assert found["ghg.scope2.market"]["flags"] == [
        "instrument gec-1",
        "factor cn_grid_mee_nat_exmkt_2021 chosen by country",
    ]
    terms = get(client, f"{ORGANIZATION}/disclosures/hkex-2020/2021/figures/ghg.scope2.market/lineage")["terms"]
    assert [(term["quantity"], term["factor"]["code"], term["factor"]["why"]) for term in terms] == [
        (400000, "gec-1", "instrument"),
        (600000, "cn_grid_mee_nat_exmkt_2021", "country"),
    ]


@pytest.mark.usefixtures("powered")
def test_a_certificate_over_half_a_year_covers_what_was_used_in_it(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    make_meter(code="line", interval="P1M", timestamp_edge="interval_start")
    send(client, database, "line,2021-03-01T00:00:00+08:00,300000\nline,2021-08-01T00:00:00+08:00,300000\n")
    half = {**CERTIFICATE, "valid_from": "2021-07-01"}
    answer(client, "POST", f"{ORGANIZATION}/instruments", 201, json=half)
    market = figures(client, 2021)["ghg.scope2.market"]
    assert market["value"] == Decimal("178.26")  # March alone
    assert [check["code"] for check in market["checks"] if check["code"] == "instrument_unused"] == [
        "instrument_unused"
    ]


@pytest.mark.usefixtures("jiangxi")
@pytest.mark.parametrize(
    ("serials", "status"),
    [
        ({"first_serial": "GEC-2021-000500", "last_serial": "GEC-2021-000600"}, 409),
        ({"first_serial": "GEC-2021-000300", "last_serial": None}, 409),
        ({"registry": "gec", "first_serial": "gec-2021-000101", "last_serial": "gec-2021-000101"}, 409),
        ({"first_serial": "GEC-2021-000501", "last_serial": "GEC-2021-000600"}, 201),
        ({"first_serial": "GEC-2022-000101", "last_serial": "GEC-2022-000500"}, 201),
        ({"registry": "I-REC"}, 201),
    ],
)
def test_one_kilowatt_hour_is_not_claimed_by_two_instruments(
    client: httpx.Client, serials: dict[str, Any], status: int
) -> None:
    answer(client, "POST", f"{ORGANIZATION}/instruments", 201, json=CERTIFICATE)
    second = answer(client, "POST", f"{ORGANIZATION}/instruments", status, json={**CERTIFICATE, "code": "b", **serials})
    if status == 409:
        assert second["code"] == "certificate_used"
        assert "already held by the instrument 'gec-1'" in second["detail"]


@pytest.mark.usefixtures("jiangxi")
@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"registry": None}, "registry", "missing"),
        ({"first_serial": None, "last_serial": None}, "first_serial", "missing"),
        ({"last_serial": "GEC-2021-000100"}, "last_serial", "invalid_range"),
        ({"last_serial": "GEC-2022-000500"}, "last_serial", "invalid_range"),
        ({"valid_to": "2021-01-01"}, "valid_to", "invalid_period"),
        ({"unit": "t"}, "unit", "unit_mismatch"),
        ({"unit": "GJ"}, "unit", "unit_mismatch"),
        ({"amount": 0}, "amount", "greater_than"),
        ({"kg_co2e_per_kwh": -1}, "kg_co2e_per_kwh", "greater_than_equal"),
        ({"kind": "promise"}, "kind", "enum"),
        ({"source": ""}, "source", "string_too_short"),
    ],
)
def test_a_bad_instrument_is_named(client: httpx.Client, change: dict[str, Any], field: str, code: str) -> None:
    assert problems(client, "POST", "instruments", {**CERTIFICATE, **change}) == [(None, field, code)]


@pytest.mark.usefixtures("powered")
def test_a_fuel_that_was_analysed_has_a_factor_that_shows_its_derivation(
    client: httpx.Client, database: Database
) -> None:
    send(client, database, "coal,2021-01-01T00:00:00+08:00,1000\n")
    body = {
        "code": "coal-2021",
        "resource": "fuel.coal.anthracite",
        "region": "main",
        "per": "t",
        "derived_from": {"calorific_value": 25, "carbon_content": 27.5, "oxidation": 0.96},
        "valid_from": "2021-01-01",
        "source": "laboratory report 17 of 2021",
    }
    created = answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=body)
    assert (created["kg_co2"], created["derivation"]) == (
        2420,
        "25 GJ/t x 27.5 tC/TJ x 0.96 x 44/12 = 2420 kg CO2 per t",
    )
    assert get(client, f"{ORGANIZATION}/factors/coal-2021") == created
    assert figures(client, 2021)["ghg.scope1"]["value"] == 2420
    both = {**body, "code": "x", "kg_co2": 1}
    assert problems(client, "POST", "factors", both) == [(None, "kg_co2", "derived")]


@pytest.mark.usefixtures("powered")
def test_a_factor_with_other_gases_counts_them(client: httpx.Client, database: Database, make_meter: Make) -> None:
    make_meter(code="melt", resource="process.magnesium", unit="t", interval="P1Y", timestamp_edge="interval_start")
    send(client, database, "melt,2021-01-01T00:00:00+08:00,100\n")
    body = {
        "code": "cover-gas",
        "resource": "process.magnesium",
        "region": "CN",
        "per": "t",
        "other_gases": {"SF6": 0.002, "HFC134a": 0.1},
        "valid_from": "2021-01-01",
        "source": "measured",
    }
    created = answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=body)
    assert created["other_gases"] == {"SF6": Decimal("0.002"), "HFC134a": Decimal("0.1")}
    # 100 t x (0.002 x 23500 + 0.1 x 1300) kg
    assert figures(client, 2021)["ghg.scope1"]["value"] == Decimal("17.7")
    unknown = {**body, "code": "x", "other_gases": {"helium": 1}, "supersedes": "cover-gas"}
    assert problems(client, "POST", "factors", unknown) == [(None, "other_gases", "unknown_gas")]
    again = {**body, "code": "cover-gas-2"}
    assert problems(client, "POST", "factors", again) == [(None, "valid_from", "overlapping_window")]
