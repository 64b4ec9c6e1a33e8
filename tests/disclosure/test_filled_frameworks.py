"""Every framework filled from the same rollups: the magnet maker's 2021, by API, on both databases.

The example's quantities are 160,239,500 kWh from the grid and 8,000,000 kWh of green power, 1,184,947 m3 of gas,
732,345 m3 of water taken and 249,300 m3 given back, 407 t of hazardous and 1,237 t of other waste, CNY 3,800,000,000 of
product revenue; its total revenue of CNY 4,080,070,000 is added here. Figures are cut off, not rounded. From them:

    Scope 1     1,184,947 m3 x 2.162188809 kg/m3                     =  2,562.079142658123 t, CO2 alone
    Scope 2     168,239,500 kWh x 0.5257 kg/kWh                      = 88,443.50515 t
    gas         118.4947 x 10^4 m3 x 389.31 GJ                       = 46,131.171657 GJ = 12,814.214349... MWh
    energy      168,239.5 MWh x 3.6 + 46,131.171657                  = 651,793.371657 GJ = 181,053.714349... MWh
    consumption 732,345 - 249,300                                    = 483,045 m3
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.rollup.rolling.roller import roll_pending
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.examples import Service, set_up
from tests.support.works import ORGANIZATION, YEARLY, answer, get, send

_MAGNETS = Path(__file__).parents[1] / "examples" / "magnets.yaml"
_REVENUE = {
    "code": "total-revenue", "plant": "ganzhou", "name": "Total revenue", "resource": "revenue.total",
    "kind": "interval", "unit": "CNY", "interval": "P1Y", "timestamp_edge": "interval_start",
}  # fmt: skip
_FRAMEWORKS = ("hkex-2020", "hkex-2025", "gri", "esrs", "ifrs-s2")

_SCOPES = {
    "ghg.scope1": ("tCO2e", "2562", "2562.079142658123"),
    "ghg.scope2": ("tCO2e", "88443", "88443.50515"),
}
_EXPECTED: dict[str, dict[str, tuple[str, str | None, str | None]]] = {
    "hkex-2020": {
        **_SCOPES,
        "ghg.total": ("tCO2e", "91005", "91005.584292658123"),
        "energy.total": ("MWh", "181053", "181053.714349166..."),
        "water.total": ("m3", "732345", "732345"),
        "waste.hazardous": ("t", "407.0", "407"),
    },
    "hkex-2025": {
        **_SCOPES,
        "ghg.scope2.market": ("tCO2e", "88443", "88443.50515"),
        "energy.total": ("MWh", "181053", "181053.714349166..."),
        "consumption.electricity": ("MWh", "168239", "168239.5"),
        "energy.intensity.revenue.product": ("MWh per CNY 1,000", "0.04", "0.0476457143024..."),
        "water.total": ("m3", "732345", "732345"),
        "water.consumption": ("m3", "483045", "483045"),
        "water.intensity.revenue.product": ("m3 per CNY 1,000", "0.19", "0.1927223684210..."),
        "waste.hazardous": ("t", "407.0", "407"),
        "waste.nonhazardous": ("t", "1237.0", "1237"),
        "packaging.total": ("t", None, None),
    },
    "gri": {
        **_SCOPES,
        "energy.fossil.fuels": ("GJ", "46131", "46131.171657"),
        "energy.renewable.fuels": ("GJ", "0", "0"),
        "consumption.electricity": ("GJ", "605662", "605662.2"),  # 168,239.5 x 3.6
        "consumption.heat.purchased": ("GJ", None, None),
        "energy.total": ("GJ", "651793", "651793.371657"),
        "energy.sold": ("GJ", None, None),
        "energy.net": ("GJ", "651793", "651793.371657"),
        "energy.net.intensity.revenue.product": ("GJ per CNY 1,000", "0.17", "0.1715245714886..."),
        "water.total": ("ML", "732.3", "732.345"),
        "water.withdrawal.stressed": ("ML", None, None),
        "water.discharge": ("ML", "249.3", "249.3"),
        "water.consumption": ("ML", "483.0", "483.045"),
        "ghg.scope1.co2": ("tCO2e", "2562", "2562.079142658123"),
        "ghg.scope1.ch4": ("tCO2e", None, None),
        "ghg.scope2.market": ("tCO2e", "88443", "88443.50515"),
        "ghg.intensity.revenue.total": ("tCO2e per CNY 1,000", "0.022", "0.0223049075855..."),
        "air.nox": ("kg", None, None),
        "waste.produced": ("t", "1644.0", "1644"),
        "waste.diverted": ("t", None, None),
        "ghg.scope3": ("tCO2e", None, None),
    },
    "esrs": {
        **_SCOPES,
        "energy.total": ("MWh", "181053", "181053.714349166..."),
        "energy.source.fossil": ("MWh", "173053", "173053.714349166..."),  # gas and 160,239.5 of the grid
        "energy.source.nuclear": ("MWh", None, None),
        "energy.source.renewable": ("MWh", "8000", "8000"),
        "energy.renewable.purchased": ("MWh", "8000", "8000"),
        "energy.renewable.own": ("MWh", None, None),
        "energy.fossil.coal": ("MWh", None, None),
        "energy.fossil.gas": ("MWh", "12814", "12814.214349166..."),
        "energy.fossil.purchased": ("MWh", "160239", "160239.5"),
        "energy.intensity.net_revenue": ("MWh per CNY 1,000,000", "44.37", "44.3751490413563..."),
        "ghg.total": ("tCO2e", "91005", "91005.584292658123"),
        "ghg.intensity.net_revenue": ("tCO2e per CNY 1,000,000", "22.30", "22.3049075855703..."),
        "water.consumption": ("m3", "483045", "483045"),
        "water.consumption.intensity.net_revenue": ("m3 per CNY 1,000,000", "118.39", "118.3913511287796..."),
        "waste.produced": ("t", "1644.0", "1644"),
        "waste.hazardous": ("t", "407.0", "407"),
        "waste.unrecycled": ("t", None, None),
        "ghg.regulated_share": ("%", None, None),
    },
    "ifrs-s2": {
        **_SCOPES,
        "ghg.scope2.market": ("tCO2e", "88443", "88443.50515"),
        "climate.transition_risk_amount": ("CNY", None, None),
        "climate.internal_carbon_price": ("CNY/tCO2e", None, None),
    },
}
_CODES = {
    "ghg.scope1": {"hkex-2020": "A1.2", "hkex-2025": "D.28(a)", "gri": "305-1", "esrs": "E1-6.44a",
                   "ifrs-s2": "29(a)(i)(1)"},
    "ghg.scope2": {"hkex-2020": "A1.2", "hkex-2025": "D.28(b)", "gri": "305-2", "esrs": "E1-6.49a",
                   "ifrs-s2": "29(a)(i)(2)"},
    "ghg.scope3": {"hkex-2025": "D.28(c)", "gri": "305-3", "esrs": "E1-6.51", "ifrs-s2": "29(a)(i)(3)"},
    "energy.total": {"hkex-2020": "A2.1", "hkex-2025": "A2.1", "gri": "302-1", "esrs": "E1-5.37"},
    "water.consumption": {"hkex-2020": "A2.2", "hkex-2025": "A2.2", "gri": "303-5", "esrs": "E3-4.28a"},
    "waste.hazardous": {"hkex-2020": "A1.3", "hkex-2025": "A1.3", "gri": "306-3", "esrs": "E5-5.39"},
}  # fmt: skip
_IN_ONE_UNIT = {"MWh": Decimal("3.6"), "ML": Decimal(1000)}
"""What the unit is of another framework's, GJ and m3."""


@pytest.fixture
def filled(service: Service) -> dict[str, dict[str, dict[str, Any]]]:
    """The total figures of 2021 by framework and key."""
    example = yaml.safe_load(_MAGNETS.read_text("utf-8"))
    example["meters"].append(_REVENUE)
    example["readings"] += "total-revenue,2021-01-01T00:00:00+08:00,4080070000\n"
    path = set_up(service, example)
    answers = {code: service.get(f"{path}/disclosures/{code}/2021") for code in _FRAMEWORKS}
    return {
        code: {figure["key"]: figure for figure in found["figures"] if not figure["dimensions"]}
        for code, found in answers.items()
    }


def test_one_year_fills_every_framework(filled: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    for code, expected in _EXPECTED.items():
        shown = {key: (found["unit"], found["display"]) for key, found in filled[code].items() if key in expected}
        assert shown == {key: (unit, display) for key, (unit, display, _) in expected.items()}, code
        for key, (_, _, value) in expected.items():
            assert _is(filled[code][key]["value"], value), f"{code} {key}: {filled[code][key]['value']}"
    for key, codes in _CODES.items():
        assert {code: found[key]["kpi"] for code, found in filled.items() if key in found} == codes

    silent = filled["esrs"]["energy.source.nuclear"]
    assert [check["code"] for check in silent["checks"]] == ["origin_not_stated"] * 3
    assert [check["code"] for check in filled["gri"]["waste.diverted"]["checks"]] == ["unclassified", "unclassified"]
    _assert_metrics_agree(filled)


def _is(found: Decimal | None, expected: str | None) -> bool:
    """Tell whether a value is exactly the expected one, or begins with the digits that stand before an ellipsis."""
    if expected is None or found is None:
        return found is None and expected is None
    return str(found).startswith(expected[:-3]) if expected.endswith("...") else found == Decimal(expected)


def _assert_metrics_agree(filled: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """One metric under several codes has one value, whatever unit each framework asks for."""
    several = 0
    for key in {key for found in filled.values() for key in found}:
        figures = [found[key] for found in filled.values() if key in found]
        values = {_in_one_unit(figure) for figure in figures}
        assert len(values) == 1, f"{key}: {values}"
        several += len(figures) > 1
    assert several > 40


def _in_one_unit(figure: Mapping[str, Any]) -> Decimal | None:
    value = figure["value"]
    return (
        None
        if value is None
        else (Decimal(value) * _IN_ONE_UNIT.get(figure["unit"], Decimal(1))).quantize(Decimal("1e-9"))
    )


@pytest.fixture
def diesel(client: httpx.Client, jiangxi: None, make_meter: Make, database: Database) -> None:
    """100,000 L of diesel in 2021, by a factor of 2.5 kg CO2, 0.01 kg CH4 and 0.001 kg N2O per litre."""
    make_meter(code="diesel", resource="fuel.diesel", unit="L", **YEARLY)
    factor = {
        "code": "own-diesel", "resource": "fuel.diesel", "region": "CN", "per": "L", "kg_co2": 2.5, "kg_ch4": 0.01,
        "kg_n2o": 0.001, "valid_from": "2020-01-01", "source": "fuel analysis",
    }  # fmt: skip
    answer(client, "POST", f"{ORGANIZATION}/factors", 201, json=factor)
    send(client, database, "diesel,2021-01-01T00:00:00+08:00,100000\n")


# Per litre: AR5 2.5 + 0.01 x 28 + 0.001 x 265 = 3.045; AR6 2.5 + 0.01 x 27.9 + 0.001 x 273 = 3.052, and with the
# potential of fossil methane 2.5 + 0.01 x 29.8 + 0.001 x 273 = 3.071.
@pytest.mark.parametrize(
    ("framework", "tonnes"),
    [("hkex-2020", "304.5"), ("hkex-2025", "307.1"), ("gri", "305.2"), ("esrs", "307.1"), ("ifrs-s2", "307.1")],
)
def test_scope_1_is_stated_by_the_potentials_each_framework_asks_for(
    client: httpx.Client, diesel: None, framework: str, tonnes: str
) -> None:
    found = get(client, f"{ORGANIZATION}/disclosures/{framework}/2021")
    assert _value(found, "ghg.scope1") == Decimal(tonnes)


def test_the_gases_of_scope_1_add_up_to_it(client: httpx.Client, diesel: None) -> None:
    found = get(client, f"{ORGANIZATION}/disclosures/gri/2021")
    gases = {gas: _value(found, f"ghg.scope1.{gas}") for gas in ("co2", "ch4", "n2o", "hfcs", "unsplit")}
    assert gases == {
        "co2": Decimal(250),
        "ch4": Decimal("27.9"),
        "n2o": Decimal("27.3"),
        "hfcs": None,
        "unsplit": None,
    }


def test_a_stated_figure_stands_under_every_framework_s_own_code(
    client: httpx.Client, jiangxi: None, make_meter: Make
) -> None:
    stated = {
        "indicator": "ghg.scope3",
        "period": 2021,
        "dimensions": {"category": "6"},
        "value": 12.5,
        "unit": "tCO2e",
    }
    answer(client, "POST", f"{ORGANIZATION}/datapoints", 201, json=stated)
    for framework, kpi in _CODES["ghg.scope3"].items():
        found = get(client, f"{ORGANIZATION}/disclosures/{framework}/2021")
        figures = [each for each in found["figures"] if each["key"] == "ghg.scope3" and each["dimensions"]]
        assert [(each["kpi"], each["dimensions"], each["value"]) for each in figures] == [
            (kpi, {"category": "6"}, Decimal("12.5"))
        ]


def test_splits_come_from_what_the_meters_state(
    client: httpx.Client, jiangxi: None, make_meter: Make, database: Database
) -> None:
    event = {"kind": "event", "interval": None, "timestamp_edge": None, "unit": "t"}
    make_meter(code="a", resource="waste.hazardous", attributes={"treatment": "recycling", "onsite": "false"}, **event)
    make_meter(code="b", resource="waste.hazardous", attributes={"treatment": "landfill", "onsite": "true"}, **event)
    make_meter(code="c", resource="waste.nonhazardous", attributes={"treatment": "landfill"}, **event)
    make_meter(code="d", resource="water.withdrawal", unit="m3", attributes={"stressed": "true"}, **YEARLY)
    make_meter(code="e", resource="water.withdrawal", unit="m3", attributes={"stressed": "false"}, **YEARLY)
    make_meter(code="f", resource="water.discharge", unit="m3", attributes={"stressed": "true"}, **YEARLY)
    rows = "a,{0},3\nb,{0},4\nc,{0},5\nd,{0},9000\ne,{0},1000\nf,{0},2000\n"
    send(client, database, rows.format("2021-01-01T00:00:00+08:00"))
    roll_pending(database)

    gri = get(client, f"{ORGANIZATION}/disclosures/gri/2021")
    assert [_value(gri, f"waste.{part}") for part in ("diverted", "directed")] == [Decimal(3), Decimal(9)]
    assert _parts(gri, "waste.hazardous.diverted") == {"recycling": Decimal(3), "false": Decimal(3)}
    assert _parts(gri, "waste.hazardous.directed") == {"landfill": Decimal(4), "true": Decimal(4)}
    assert _value(gri, "waste.nonhazardous.diverted") == Decimal(0)
    assert _value(gri, "water.withdrawal.stressed") == Decimal(9)
    assert _value(gri, "water.consumption.stressed") == Decimal(7)

    esrs = get(client, f"{ORGANIZATION}/disclosures/esrs/2021")
    assert _value(esrs, "waste.unrecycled_share") == Decimal(75)  # 9 of 12 t
    assert _value(esrs, "water.consumption.stressed") == Decimal(7000)


def _value(disclosure: Mapping[str, Any], key: str) -> Decimal | None:
    (found,) = [each["value"] for each in disclosure["figures"] if each["key"] == key and not each["dimensions"]]
    return None if found is None else Decimal(found)


def _parts(disclosure: Mapping[str, Any], key: str) -> dict[str, Decimal]:
    parts = [each for each in disclosure["figures"] if each["key"] == key and each["dimensions"]]
    return {value: Decimal(each["value"]) for each in parts for value in each["dimensions"].values()}
