"""The metrics over HTTP on both databases: totals, breakdowns, months, consolidation."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.metrics.world import World, added, by
from tests.support.examples import Service, set_up

MAGNETS = Path(__file__).parents[1] / "examples" / "magnets.yaml"
EVERY_MONTH = range(1, 13)


def test_the_first_companys_energy_and_emissions_of_2021(service: Service) -> None:
    path = set_up(service, yaml.safe_load(MAGNETS.read_text("utf-8")))
    energy = service.get(f"{path}/metrics/energy", year="2021")
    assert energy["heating_value"] == "LHV"
    assert energy["total"]["gj"] == Decimal("651793.371657")
    assert energy["total"]["tce"] == Decimal("22250.6689866990132252385")
    assert by(_as_kwh(energy["by_resource"]), "resource") == {
        "electricity.green": 8_000_000,
        "electricity.grid": 160_239_500,
        "fuel.natural_gas": Decimal("12814214.34916666666666666667"),
    }
    assert energy["renewable_share"] == Decimal("0.04755125877097827799")
    for unit in ("kwh", "mwh", "gj", "tce"):
        assert added(month[unit] for month in energy["total"]["months"]) == energy["total"][unit]
        assert added(line[unit] for line in energy["by_plant"]) == energy["total"][unit]
    ganzhou = service.get(f"{path}/metrics/energy", year="2021", plant="ganzhou")
    assert ganzhou["renewable_share"] == Decimal("0.05")

    emissions = service.get(f"{path}/metrics/emissions", year="2021")
    assert emissions["gwp_set"] == "AR5"
    assert emissions["total_location"]["value"] == Decimal("91005.584292658123")
    assert by(emissions["by_scope"], "scope", "method") == {
        ("1", None): Decimal("2562.079142658123"),
        ("2", "location"): Decimal("88443.50515"),
        ("2", "market"): Decimal("88443.50515"),
    }
    assert by(emissions["by_plant"], "plant", "method")["baotou", "location"] == Decimal("2628.5")
    assert [line["co2e"]["dimensions"]["gas"] for line in emissions["by_gas"]] == ["CO2", "CO2", "CO2"]
    months = emissions["total_location"]["months"]
    assert added(month["value"] for month in months) == emissions["total_location"]["value"]

    (intensity,) = service.get(f"{path}/metrics/intensity", year="2021", metric="ghg.total")["items"]
    assert intensity["per"] == "CNY 1,000"
    assert intensity["ratio"]["value"] == Decimal("23.94883797175213763158")


def _as_kwh(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{**line, "value": line["kwh"]} for line in lines]


def test_a_plant_enters_with_its_equity_share_and_the_answer_says_so(service: Service) -> None:
    world = World(service, consolidation="equity_share")
    world.plant("whole")
    world.plant("part", equity_share=0.6)
    for plant in ("whole", "part"):
        world.meter(f"{plant}-grid", "electricity.grid", "kWh", plant=plant)
        world.months(f"{plant}-grid", 2021, dict.fromkeys(EVERY_MONTH, 1000))
    found = world.metrics("energy")
    assert found["consolidation"] == "equity_share"
    assert found["plants"] == [_entered("part", Decimal("0.6")), _entered("whole", 1)]
    assert found["total"]["kwh"] == 19_200
    assert found["total"]["months"][0]["kwh"] == 1_600
    assert [(line["dimensions"]["plant"], line["kwh"]) for line in found["by_plant"]] == [
        ("part", 7_200),
        ("whole", 12_000),
    ]
    assert "plant part enters with a share of 0.6" in found["total"]["flags"]
    assert world.metrics("energy", plant="part")["total"]["kwh"] == 12_000


def _entered(plant: str, share: Decimal | int) -> dict[str, Any]:
    return {"plant": plant, "share": share, "valid_from": None, "valid_to": None}


def test_of_a_month_of_zeros_as_much_is_estimated_as_there_are_readings(service: Service) -> None:
    world = World(service)
    world.plant()
    for meter in ("one", "other"):
        world.meter(meter, "electricity.grid", "kWh")
    rows = (("one", "01", "estimated"), ("other", "01", "measured"), ("one", "02", "measured"))
    body = "".join(f"{meter},2021-{month}-01T00:00:00+08:00,0,{quality}\n" for meter, month, quality in rows)
    service.post_csv(world.code, f"meter,timestamp,value,quality\n{body}".encode())
    service.roll()
    months = world.metrics("emissions")["by_scope"][1]["months"]
    assert [(each["value"], each["estimated_share"]) for each in months[:3]] == [
        (0, Decimal("0.5")),
        (0, 0),
        (None, None),
    ]


def test_a_plant_outside_the_boundary_is_named_with_a_share_of_nothing(service: Service) -> None:
    world = World(service, consolidation="financial_control")
    world.plant("inside")
    world.plant("outside", financial_control=False)
    for plant in ("inside", "outside"):
        world.meter(f"{plant}-grid", "electricity.grid", "kWh", plant=plant)
        world.months(f"{plant}-grid", 2021, {1: 1000})
    found = world.metrics("energy")
    assert found["plants"] == [_entered("inside", 1), _entered("outside", 0)]
    assert found["total"]["kwh"] == 1_000


def test_a_factor_that_changes_within_a_month_is_followed_by_day(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("grid", "electricity.grid", "kWh", interval="P1D")
    first = {"code": "one", "resource": "electricity.grid", "region": "CN-JX", "per": "kWh", "source": "a bill"}
    service.post(f"{world.path}/factors", {**first, "kg_co2": 1, "valid_from": "2020-01-01", "valid_to": "2021-02-15"})
    service.post(f"{world.path}/factors", {**first, "code": "two", "kg_co2": 2, "valid_from": "2021-02-15"})
    world.read(("grid", f"2021-{month:02}-{day:02}T00:00:00", 100) for month in (1, 2, 3) for day in range(1, 29))
    found = world.metrics("emissions")
    scope2 = found["by_scope"][1]
    assert scope2["dimensions"] == {"scope": "2", "method": "location"}
    # January 28 x 100 kWh x 1 kg; February 14 x 100 x 1 + 14 x 100 x 2; March 28 x 100 x 2; in t.
    assert [month["value"] for month in scope2["months"][:4]] == [
        Decimal("2.8"),
        Decimal("4.2"),
        Decimal("5.6"),
        None,
    ]
    assert scope2["value"] == Decimal("12.6")


def test_methane_and_nitrous_oxide_are_told_apart_and_biogenic_carbon_kept_out(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("wood", "fuel.biomass", "t")
    gases = {"kg_co2": 0, "kg_co2_biogenic": 1800, "kg_ch4_nonfossil": 2, "kg_n2o": 1}
    factor = {"code": "wood", "resource": "fuel.biomass", "region": "CN", "per": "t", "source": "a test"}
    service.post(f"{world.path}/factors", {**factor, **gases, "valid_from": "2020-01-01"})
    world.months("wood", 2021, {1: 3, 2: 7})
    found = world.metrics("emissions")
    # 10 t x (2 kg CH4 x 28 + 1 kg N2O x 265) = 3.21 t CO2e; 18 t of biogenic CO2 beside it.
    assert found["total_location"]["value"] == Decimal("3.21")
    gas = {line["co2e"]["dimensions"]["gas"]: line for line in found["by_gas"]}
    assert {name: line["co2e"]["value"] for name, line in gas.items()} == {
        "CO2": 0,
        "CH4": Decimal("0.56"),
        "N2O": Decimal("2.65"),
    }
    assert (gas["CH4"]["mass"]["value"], gas["N2O"]["mass"]["value"]) == (Decimal("0.02"), Decimal("0.01"))
    assert [month["value"] for month in gas["CH4"]["mass"]["months"][:2]] == [Decimal("0.006"), Decimal("0.014")]
    assert found["biogenic_co2"]["value"] == 18
    # The same year by the sixth report: 2 kg CH4 x 27.9 and 1 kg N2O x 273.
    choice = {"framework": "hkex-2020", "year": 2021, "gwp_set": "AR6"}
    service.put(f"{world.path}/gwp-sets", {"items": [choice]})
    found = world.metrics("emissions")
    assert (found["gwp_set"], found["total_location"]["value"]) == ("AR6", Decimal("3.288"))
    gas = {line["co2e"]["dimensions"]["gas"]: line for line in found["by_gas"]}
    assert (gas["CH4"]["co2e"]["value"], gas["N2O"]["co2e"]["value"]) == (Decimal("0.558"), Decimal("2.73"))
    assert (gas["CH4"]["mass"]["value"], found["biogenic_co2"]["value"]) == (Decimal("0.02"), 18)


def test_water_by_source_recycled_discharged_and_consumed(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3", attributes={"source": "river", "freshwater": True})
    world.meter("well", "water.withdrawal", "m3", attributes={"source": "well", "stressed": True})
    world.meter("loop", "water.recycled", "m3")
    world.meter("drain", "water.discharge", "m3", attributes={"destination": "sea"})
    world.months("river", 2021, {1: 100, 2: 200})
    world.months("well", 2021, {1: 50, 2: 50})
    world.months("loop", 2021, {1: 100})
    world.months("drain", 2021, {1: 30})
    found = world.metrics("water")
    assert found["withdrawal"]["value"] == 400
    assert by(found["withdrawal_by_source"], "source") == {"river": 300, "well": 100}
    assert by(found["discharge_by_destination"], "destination") == {"sea": 30}
    assert found["recycling_rate"] == Decimal("0.2")
    assert found["freshwater"] == {"quantity": 300, "share": Decimal("0.75"), "unclassified": 100}
    assert found["stressed"] == {"quantity": 100, "share": Decimal("0.25"), "unclassified": 300}
    assert found["consumption"]["value"] == 370
    # In February nothing says what was discharged: nothing is subtracted as if it were zero.
    assert [month["value"] for month in found["consumption"]["months"][:2]] == [120, None]


def test_waste_is_diverted_from_disposal_or_directed_to_it(service: Service) -> None:
    world = World(service)
    world.plant()
    for code, resource, attributes in (
        ("oil", "waste.hazardous", {"stream": "oil", "treatment": "recycling", "onsite": False}),
        ("sludge", "waste.hazardous", {"stream": "sludge", "treatment": "incineration_energy"}),
        ("slag", "waste.nonhazardous", {"stream": "slag", "treatment": "landfill", "onsite": True}),
        ("dust", "waste.nonhazardous", {"stream": "dust"}),
    ):
        world.event(code, resource, "t", attributes=attributes)
    world.event("proper", "waste.treated_compliant", "t")
    amounts = {"oil": 16, "sludge": 4, "slag": 70, "dust": 10, "proper": 95}
    world.read((meter, "2021-03-15T10:00:00", value) for meter, value in amounts.items())
    found = world.metrics("waste")
    assert found["total"]["value"] == 100
    assert by(found["by_class"], "class") == {"hazardous": 20, "nonhazardous": 80}
    assert by(found["by_stream"], "stream") == {"oil": 16, "sludge": 4, "slag": 70, "dust": 10}
    assert [found[name]["value"] for name in ("diverted", "directed", "unclassified")] == [16, 74, 10]
    assert by(found["onsite"], "onsite") == {"false": 16, "true": 70, "unclassified": 14}
    assert (found["diverted_share"], found["compliant_share"]) == (Decimal("0.16"), Decimal("0.95"))
    assert found["total"]["months"][2]["value"] == 100
    assert found["total"]["months"][3]["value"] is None


def test_materials_by_kind(service: Service) -> None:
    world = World(service)
    world.plant()
    world.event("film", "packaging", "kg", attributes={"material": "film"})
    world.event("box", "packaging", "t", attributes={"material": "carton"})
    world.event("stone", "process.dolomite", "t")
    world.event("top-up", "refrigerant.R410A", "kg", attributes={"flow": "topped_up"})
    rows = {"film": 500, "box": "14.5", "stone": 90, "top-up": 3}
    world.read((meter, "2021-05-02T10:00:00", value) for meter, value in rows.items())
    found = world.metrics("materials")
    assert found["packaging"]["value"] == 15
    assert by(found["packaging_by_material"], "material") == {"film": Decimal("0.5"), "carton": Decimal("14.5")}
    assert by(found["raw_materials"], "resource") == {"process.dolomite": 90}
    assert [(line["unit"], line["value"], line["dimensions"]["flow"]) for line in found["refrigerants"]] == [
        ("kg", 3, "topped_up")
    ]


def test_any_metric_per_any_denominator_by_year_and_month(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3")
    world.meter("sales", "revenue.total", "CNY")
    world.meter("staff", "headcount", "person", kind="stock", interval=None, timestamp_edge=None)
    world.months("river", 2021, {1: 300, 2: 900})
    world.months("sales", 2021, {1: 50_000, 2: 100_000})
    world.read([("staff", "2021-01-10T00:00:00", 100), ("staff", "2021-02-10T00:00:00", 300)])
    found = {item["denominator"]: item for item in world.metrics("intensity", metric="water.total")["items"]}
    assert set(found) == {"revenue.total", "headcount"}
    assert found["revenue.total"]["ratio"]["value"] == 8
    assert [month["value"] for month in found["revenue.total"]["ratio"]["months"][:3]] == [6, 9, None]
    assert found["headcount"]["divisor"]["value"] == 200
    assert found["headcount"]["ratio"]["value"] == 6
    assert [month["value"] for month in found["headcount"]["ratio"]["months"][:2]] == [3, 3]
    (one,) = world.metrics("intensity", metric="water.total", denominator="headcount")["items"]
    assert one["per"] == "person"


def test_a_named_denominator_that_nothing_meters_says_what_is_missing(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("river", "water.withdrawal", "m3")
    world.meter("sales", "revenue.total", "CNY")
    world.months("river", 2021, {1: 300})
    assert world.metrics("intensity")["items"][0]["denominator"] == "revenue.total"
    (per_head,) = world.metrics("intensity", metric="water.total", denominator="headcount")["items"]
    assert (per_head["numerator"]["value"], per_head["divisor"]["value"], per_head["ratio"]["value"]) == (
        300,
        None,
        None,
    )
    assert [check["code"] for check in per_head["divisor"]["checks"]] == ["no_data"]
    assert [check["detail"] for check in per_head["ratio"]["checks"]] == [
        "the denominator has no value: nothing to divide by"
    ]
    # It is metered, and nothing was sold: null, not an error and not zero.
    (per_sale,) = world.metrics("intensity", metric="water.total", denominator="revenue.total")["items"]
    assert (per_sale["ratio"]["value"], per_sale["ratio"]["coverage"]) == (None, 0)
    world.months("sales", 2021, {1: 0})
    (per_sale,) = world.metrics("intensity", metric="water.total", denominator="revenue.total")["items"]
    assert "the denominator is zero: nothing to divide by" in [check["detail"] for check in per_sale["ratio"]["checks"]]


def test_a_metric_or_denominator_that_does_not_exist_is_refused(service: Service, client: httpx.Client) -> None:
    world = World(service)
    for query, code in (
        ({"metric": "water.nothing"}, "unknown_metric"),
        ({"metric": "energy.renewable_share"}, "unknown_metric"),
        ({"denominator": "luck"}, "unknown_denominator"),
    ):
        answer = client.get(f"{world.path}/metrics/intensity", params={"year": "2021", **query})
        assert answer.status_code == 422
        assert [error["code"] for error in answer.json()["errors"]] == [code]


def test_an_unknown_plant_or_framework_and_a_missing_year_are_refused(service: Service, client: httpx.Client) -> None:
    world = World(service)
    assert client.get(f"{world.path}/metrics/energy", params={"year": 2021, "plant": "no"}).status_code == 404
    assert client.get(f"{world.path}/metrics/targets", params={"year": 2021, "plant": "no"}).status_code == 404
    assert client.get(f"{world.path}/metrics/compliance", params={"year": 2021, "plant": "no"}).status_code == 404
    assert client.get(f"{world.path}/metrics/emissions", params={"year": 2021, "framework": "no"}).status_code == 404
    assert client.get(f"{world.path}/metrics/water").status_code == 422


def test_a_year_without_data_has_null_values_and_a_coverage_of_nothing(service: Service) -> None:
    world = World(service)
    world.plant()
    world.meter("grid", "electricity.grid", "kWh")
    found = world.metrics("energy", 2030)
    assert (found["total"]["kwh"], found["total"]["coverage"], found["renewable_share"]) == (None, 0, None)
    assert [check["code"] for check in found["total"]["checks"]] == ["no_data"]
