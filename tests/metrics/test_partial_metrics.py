"""Metrics that lack a part, or are below zero, over HTTP on both databases: null, less than covered, and in error."""

from decimal import Decimal
from typing import Any

import httpx

from tests.metrics.world import World, by
from tests.support.examples import Service

_GAS = {"key": "fuel.pyrolysis_gas", "title": "Pyrolysis gas", "unit": "m3", "origin": "fossil", "fuel_group": "gas"}
"""A fuel of the organization's own, of which neither a calorific value nor a factor is known."""


def _works(service: Service) -> World:
    world = World(service)
    service.post(f"{world.path}/resources", _GAS)
    world.plant()
    return world


def _errors(line: dict[str, Any]) -> list[tuple[str, str]]:
    return [(check["code"], check["mend"]) for check in line["checks"] if check["severity"] == "error"]


def test_energy_that_lacks_a_fuel_is_partial_in_the_year_and_in_the_months_of_the_fuel(service: Service) -> None:
    world = _works(service)
    world.meter("gas", "fuel.pyrolysis_gas", "m3")
    world.meter("grid", "electricity.grid", "kWh", attributes={"origin": "fossil"})
    world.meter("roof", "electricity.solar", "kWh")
    world.months("gas", 2021, {1: 1000})
    for meter, kwh in (("grid", 300), ("roof", 100)):
        world.months(meter, 2021, dict.fromkeys(range(1, 13), kwh))
    found = world.metrics("energy")
    total = found["total"]
    assert (total["kwh"], total["mwh"]) == (4800, Decimal("4.8"))
    # 31 days of gas came, none of which counts: 365 + 365 days of power, of 3 x 365 days that are due.
    assert total["coverage"] == Decimal("0.66666666666666666667")
    (error,) = _errors(total)
    assert error[0] == "no_calorific_value"
    assert "fuel.pyrolysis_gas" in error[1]
    # January has all three meters, the two of power count; in February the gas is silent.
    assert [month["coverage"] for month in total["months"][:2]] == [Decimal("0.66666666666666666667")] * 2
    lines = {line["dimensions"]["resource"]: line for line in found["by_resource"]}
    gas = lines["fuel.pyrolysis_gas"]
    assert (gas["kwh"], gas["gj"], gas["tce"], gas["coverage"], _errors(gas)) == (None, None, None, 0, [error])
    assert {month["kwh"] for month in gas["months"]} == {None}
    assert _errors(lines["electricity.grid"]) == []
    # What is renewable is known, its share of all energy is not.
    assert (found["renewable_share"], found["renewable_energy_kwh"], found["renewable_energy_share"]) == (
        Decimal("0.25"),
        1200,
        None,
    )


def test_emissions_that_lack_a_factor_are_partial_by_scope_plant_and_gas(service: Service) -> None:
    world = _works(service)
    world.meter("gas", "fuel.pyrolysis_gas", "m3")
    world.meter("coal", "fuel.coal.anthracite", "t")
    world.meter("lpg", "fuel.lpg", "t")
    factor = {"region": "CN", "valid_from": "2020-01-01", "source": "a test", "per": "t"}
    coal = {"code": "coal", "resource": "fuel.coal.anthracite", "kg_co2": 2, "kg_ch4": 1}
    service.post(f"{world.path}/factors", {**factor, **coal})
    service.post(f"{world.path}/factors", {**factor, "code": "lpg", "resource": "fuel.lpg", "kg_co2e": 3})
    for meter in ("gas", "coal", "lpg"):
        world.months(meter, 2021, dict.fromkeys(range(1, 13), 1000))
    found = world.metrics("emissions")
    # 12,000 t x (2 kg CO2 + 1 kg CH4 x 28) = 360 t; 12,000 t x 3 kg CO2e = 36 t.
    assert by(found["by_scope"], "scope", "method")["1", None] == 396
    assert [code for code, _ in _errors(found["by_scope"][0])] == ["no_factor"]
    assert [code for code, _ in _errors(found["total_location"])] == ["no_factor"]
    assert [code for code, _ in _errors(found["total_market"])] == ["no_factor"]
    gases = {line["co2e"]["dimensions"]["gas"]: line["co2e"] for line in found["by_gas"]}
    assert {gas: line["value"] for gas, line in gases.items()} == {"CO2": 24, "CH4": 336, "CO2e": 36}
    assert [code for code, _ in _errors(gases["CH4"])] == ["no_factor", "gas_not_split"]
    assert [code for code, _ in _errors(gases["CO2e"])] == ["no_factor"]
    third, half = Decimal("0.33333333333333333333"), Decimal("0.5")
    assert (gases["CH4"]["coverage"], gases["CO2e"]["coverage"]) == (third, half)
    resources = {line["dimensions"]["resource"]: line for line in found["by_resource"]}
    assert (resources["fuel.pyrolysis_gas"]["value"], resources["fuel.coal.anthracite"]["value"]) == (None, 360)


def test_waste_that_all_goes_elsewhere_is_none_of_it_diverted(service: Service) -> None:
    world = _works(service)
    world.event("slag", "waste.nonhazardous", "t", attributes={"treatment": "landfill"})
    world.read([("slag", "2021-03-15T10:00:00", 70)])
    found = world.metrics("waste")
    assert (found["diverted"]["value"], found["directed"]["value"], found["diverted_share"]) == (0, 70, 0)


def test_a_month_below_zero_is_an_error_of_its_lines_and_of_no_other(service: Service) -> None:
    world = _works(service)
    world.meter("well", "water.withdrawal", "m3", attributes={"source": "well"})
    world.meter("river", "water.withdrawal", "m3", attributes={"source": "river"})
    world.meter("drain", "water.discharge", "m3")
    world.months("well", 2021, {1: 500, 2: -36})
    world.months("river", 2021, {1: 500, 2: 500})
    world.months("drain", 2021, {1: 100, 2: 900})
    found = world.metrics("water")
    code, mend = (
        "negative_quantity",
        (
            "correct the readings; where the meter is a net one, read what flows back on a meter of its own, of "
            "water.discharge"
        ),
    )
    assert _errors(found["withdrawal"]) == [(code, mend)]
    (check,) = [check for check in found["withdrawal"]["checks"] if check["code"] == code]
    assert check["detail"] == "meter well of main adds up to less than nothing of water.withdrawal: -36 m3 in 2021-02"
    sources = {line["dimensions"]["source"]: line for line in found["withdrawal_by_source"]}
    assert (_errors(sources["well"]), _errors(sources["river"])) == ([(code, mend)], [])
    # 1,464 - 1,000 m3 in the year, 464 - 900 in February.
    used = found["consumption"]
    assert (used["value"], used["months"][1]["value"]) == (464, -436)
    assert [each for each, _ in _errors(used)] == [code, "negative_difference"]
    (told,) = [check["detail"] for check in used["checks"] if check["code"] == "negative_difference"]
    assert told == "withdrawal - discharge is negative: -436 m3 in 2021-02"


def test_anything_that_is_metered_is_a_denominator_at_once(service: Service, client: httpx.Client) -> None:
    world = _works(service)
    service.post(f"{world.path}/resources", {"key": "product.tiles", "title": "Tiles", "unit": "m2"})
    world.meter("river", "water.withdrawal", "m3")
    world.meter("kiln", "fuel.lpg", "t")
    world.meter("turbine", "electricity.generated", "kWh")
    world.meter("tiles", "product.tiles", "m2")
    world.meter("area", "floor_area", "m2", kind="stock", interval=None, timestamp_edge=None)
    world.months("river", 2021, {1: 300, 2: 900})
    world.months("kiln", 2021, {1: 2, 2: 4})
    world.months("turbine", 2021, {1: 50_000, 2: 100_000})
    world.months("tiles", 2021, {1: 20, 2: 30})
    world.read([("area", "2021-01-10T00:00:00", 4000), ("area", "2021-02-10T00:00:00", 8000)])
    found = {
        per: world.metrics("intensity", metric="water.total", denominator=per)["items"][0]
        for per in (
            "electricity.generated",
            "product.tiles",
            "floor_area",
            "fuel.lpg",
            "water.recycled",
            "energy.total",
        )
    }
    assert {per: (item["per"], item["step"], item["ratio"]["value"]) for per, item in found.items()} == {
        "electricity.generated": ("MWh", 1000, 8),
        "product.tiles": ("m2", 1, 24),
        "floor_area": ("m2", 1, Decimal("0.2")),
        "fuel.lpg": ("t", 1, 200),
        "water.recycled": ("m3", 1, None),
        "energy.total": ("MWh", 1000, Decimal("14.34863189780585503896")),
    }
    assert [month["value"] for month in found["floor_area"]["ratio"]["months"][:2]] == [
        Decimal("0.075"),
        Decimal("0.1125"),
    ]
    # Without a name it is what is made, employed and inhabited; a denominator alone is for every metric.
    listed = {item["denominator"] for item in world.metrics("intensity", metric="water.total")["items"]}
    assert listed == {"electricity.generated", "product.tiles", "floor_area"}
    metrics = {item["metric"] for item in world.metrics("intensity", denominator="fuel.lpg")["items"]}
    assert {"ghg.total", "energy.total", "water.total"} <= metrics
    for denominator in ("energy.renewable_share", "ghg.intensity.headcount", "air.so2.concentration", "luck"):
        query = {"year": "2021", "metric": "water.total", "denominator": denominator}
        answer = client.get(f"{world.path}/metrics/intensity", params=query)
        assert (answer.status_code, [each["code"] for each in answer.json()["errors"]]) == (
            422,
            ["unknown_denominator"],
        )


def test_months_whose_denominator_is_not_above_zero_have_no_quotient(service: Service) -> None:
    world = _works(service)
    world.meter("river", "water.withdrawal", "m3")
    world.meter("sales", "revenue.total", "CNY")
    world.months("river", 2021, dict.fromkeys((1, 2, 3), 100))
    world.months("sales", 2021, {1: 50_000, 2: 0, 3: -10_000})
    (item,) = world.metrics("intensity", metric="water.total", denominator="revenue.total")["items"]
    assert item["ratio"]["value"] == Decimal("7.5")
    assert [month["value"] for month in item["ratio"]["months"][:3]] == [2, None, None]


def test_a_target_on_an_intensity_is_not_met_by_revenue_below_zero(service: Service) -> None:
    world = _works(service)
    world.meter("river", "water.withdrawal", "m3")
    world.meter("sales", "revenue.total", "CNY")
    for year, sales in ((2020, 100_000), (2021, -225_000), (2022, 0)):
        world.months("river", year, {1: 9})
        world.months("sales", year, {1: sales})
    target = {"code": "water", "metric": "water.intensity.revenue.total", "base_year": 2020, "yearly_reduction": 0.05}
    service.post(f"{world.path}/targets", {**target, "unit": "m3"})
    (found,) = world.metrics("targets", 2022)["items"]
    for year in found["years"]:
        assert (year["value"], year["status"]) == (None, "no_data")
        assert "no_denominator" in [check["code"] for check in year["checks"]]
