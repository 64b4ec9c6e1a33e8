"""Figures of an organization's own resources: scopes, energy, materials and intensities, published and verified."""

from decimal import Decimal

import httpx
import pytest

from app.core.inventory.resources import Aspect, MeterKind, Resource
from app.disclosure.drift.verify import verify
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.inventory.resources import create_resource
from app.store.reporting.publications import every_publication
from tests.catalogue.own import BRICKS, HEAT, LIME, RESIN, STEEL, add, state_factor
from tests.conftest import Make
from tests.support.desk import Desk
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, get, problems, send

pytestmark = pytest.mark.usefixtures("works")


def test_scopes_energy_materials_and_intensities_of_own_resources_work_at_once(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    add(client, RESIN, LIME, STEEL, HEAT)
    for code, resource, unit in (
        ("resin", "fuel.resin", "kg"),
        ("ash", "process.soda_ash", "t"),
        ("steel", "material.steel", "t"),
        ("heat", "heat.geothermal", "kWh"),
        ("output", "product.output", "t"),
    ):
        make_meter(code=code, resource=resource, unit=unit, **YEARLY)
    rows = {"resin": 40000, "ash": 200, "steel": 55.5, "heat": 1000000, "output": 50}
    send(client, database, "".join(f"{code},2021-01-01T00:00:00+08:00,{value}\n" for code, value in rows.items()))

    before = figures(client, 2021)
    assert [each["code"] for each in before["ghg.scope1"]["checks"]].count("no_factor") == 2
    state_factor(client, "fuel.resin", per="t", kg_co2=2500)
    state_factor(client, "process.soda_ash", per="t", kg_co2=415)
    state_factor(client, "heat.geothermal", per="GJ", kg_co2e=1.2)

    found = figures(client, 2021)
    # 40 t x 2.5 t/t + 200 t x 0.415 t/t; 1,000,000 kWh = 3,600 GJ x 1.2 kg
    assert found["ghg.scope1"]["value"] == Decimal(183)
    assert found["ghg.scope2"]["value"] == Decimal("4.32")
    assert found["ghg.scope2.market"]["value"] == Decimal("4.32")
    assert found["ghg.intensity.product.output"]["value"] == Decimal("3.7464")
    assert (found["energy.heat.geothermal"]["value"], found["energy.heat.geothermal"]["unit"]) == (1000, "MWh")
    assert (found["consumption.heat.geothermal"]["value"], found["consumption.heat.geothermal"]["unit"]) == (3600, "GJ")
    assert (found["consumption.fuel.resin"]["value"], found["consumption.fuel.resin"]["unit"]) == (40, "t")
    steel = found["consumption.material.steel"]
    assert (steel["kpi"], steel["title"], steel["display"], steel["unit"]) == ("A2", "Steel strip", "55.50", "t")
    assert found["consumption.process.soda_ash"]["kpi"] == "A1"
    per_tonne = found["consumption.material.steel.intensity.product.output"]
    assert (per_tonne["display"], per_tonne["title"]) == ("1.1100", "Steel strip per tonne of product output")
    esrs = {each["key"]: each for each in get(client, f"{ORGANIZATION}/disclosures/esrs/2021")["figures"]}
    assert esrs["energy.renewable.purchased"]["value"] == Decimal(1000)
    materials = get(client, f"{ORGANIZATION}/metrics/materials", year=2021)["raw_materials"]
    assert [(each["dimensions"], each["unit"], each["value"]) for each in materials] == [
        ({"resource": "material.steel"}, "t", Decimal("55.5"))
    ]
    energy = get(client, f"{ORGANIZATION}/metrics/energy", year=2021)["by_resource"]
    assert [(each["dimensions"]["resource"], each["gj"]) for each in energy if each["gj"]] == [
        ("heat.geothermal", 3600)
    ]
    lineage = get(client, f"{DISCLOSURE}/2021/figures/ghg.scope1/lineage")
    assert {(each["resource"], each["factor"]["code"], each["value"]) for each in lineage["terms"]} == {
        ("fuel.resin", "own-fuel.resin", Decimal(100)),
        ("process.soda_ash", "own-process.soda_ash", Decimal(83)),
    }
    target = {"code": "less-steel", "metric": "consumption.material.steel", "base_year": 2021, "yearly_reduction": 0.02}
    answer(client, "POST", f"{ORGANIZATION}/targets", 201, json={**target, "direction": "decrease"})
    page = client.get("/", params={"organization": "acme", "year": 2021})
    assert page.text.count("Spent resin") > 1  # the line of its meter, its figures, its chart
    complete = get(client, f"{ORGANIZATION}/metrics/completeness", year=2021)["items"]
    assert [(each["meter"], each["total"]["coverage"]) for each in complete if each["meter"] == "steel"] == [
        ("steel", 1)
    ]


def test_a_fuel_whose_energy_is_not_stated_is_a_gap_that_says_what_would_help(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    higher = {**RESIN, "key": "fuel.tar", "energy_content": {"hhv": 20, "source": "us"}}
    add(client, RESIN, higher)
    make_meter(code="resin", resource="fuel.resin", unit="t", **YEARLY)
    make_meter(code="tar", resource="fuel.tar", unit="t", **YEARLY)
    send(client, database, "resin,2021-01-01T00:00:00+08:00,40\ntar,2021-01-01T00:00:00+08:00,1\n")

    found = figures(client, 2021)
    assert (found["energy.fuel.resin"]["value"], found["energy.total"]["value"]) == (None, None)
    checks = [each for each in found["energy.total"]["checks"] if each["code"] == "no_calorific_value"]
    assert "no ratio of LHV to HHV of fuel.tar" in checks[1]["detail"]
    assert [(each["severity"], each["detail"].partition(":")[0], each["mend"]) for each in checks] == [
        (
            "error",
            f"no LHV calorific value of {key} for CN",
            f"state the lhv of {key} per t for CN by POST {{org}}/calorific-values",
        )
        for key in ("fuel.resin", "fuel.tar")
    ]


def test_an_energy_content_is_a_calorific_value_that_a_nearer_or_newer_one_goes_before(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    add(client, {**RESIN, "energy_content": {"lhv": 18, "source": "us"}})
    make_meter(code="resin", resource="fuel.resin", unit="t", **YEARLY)
    send(client, database, "resin,2021-01-01T00:00:00+08:00,40\n")
    # 40 t x 18 GJ / 3.6
    assert figures(client, 2021)["energy.fuel.resin"]["value"] == Decimal(200)
    read = get(client, f"{ORGANIZATION}/calorific-values/fuel.resin")
    assert (read["lhv"], read["per"], read["region"], read["own"]) == (18, "t", "GLOBAL", True)

    path, since = f"{ORGANIZATION}/calorific-values", {"valid_from": "2020-01-01", "source": "us"}
    newer = {"code": "ncv-2", "resource": "fuel.resin", "region": "GLOBAL", "per": "t", "lhv": 27, **since}
    assert problems(client, "POST", "calorific-values", newer) == [(None, "valid_from", "overlapping_window")]
    answer(client, "POST", path, 201, json={**newer, "supersedes": "fuel.resin"})
    assert figures(client, 2021)["energy.fuel.resin"]["value"] == Decimal(300)
    answer(client, "POST", path, 201, json={**newer, "code": "ncv-main", "region": "main", "lhv": 9})
    found = figures(client, 2021)["energy.fuel.resin"]
    assert (found["value"], found["flags"]) == (Decimal(100), ["calorific value ncv-main 9 GJ/t (LHV) chosen by own"])


def test_a_publication_keeps_the_definitions_and_is_verified_and_exported(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    add(client, RESIN, STEEL)
    make_meter(code="resin", resource="fuel.resin", unit="t", **YEARLY)
    make_meter(code="steel", resource="material.steel", unit="t", **YEARLY)
    state_factor(client, "fuel.resin", per="t", kg_co2=2500)
    rows = "resin,2021-01-01T00:00:00+08:00,40\nsteel,2021-01-01T00:00:00+08:00,55.5\n"
    send(client, database, rows)
    desk = Desk.of(client)
    desk.published()
    add(client, BRICKS)

    kept = desk.read(1)["document"]["basis"]["resources"]
    assert [each["key"] for each in kept] == ["fuel.resin", "material.steel"]
    assert (kept[0]["unit"], kept[0]["scope"], kept[0]["aspect"], kept[0]["fuel_group"]) == ("t", 1, "energy", "other")
    ((publication, organization),) = _publications(database)
    verdict = verify(database, publication, organization=organization)
    assert (verdict.differences, verdict.unknown) == ((), ())
    assert desk.drift(1)["figures"] == []
    path = f"{DISCLOSURE}/2021/publications/1/exports"
    for kind in ("csv", "html"):
        assert "consumption.material.steel" in client.get(f"{path}/{kind}").text
    assert all(client.get(f"{path}/{kind}").status_code == 200 for kind in ("json", "xlsx", "pdf", "zip"))


def _publications(database: Database) -> list[tuple[int, str]]:
    with database.read() as session:
        return every_publication(session, organization="acme", framework=None, year=None)


def test_a_key_that_a_later_release_ships_keeps_its_own_meaning_and_says_so(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    earlier = Resource(
        "fuel.kerosene", "Paraffin", "t", (MeterKind.INTERVAL,), {}, aspect=Aspect.ENERGY, scope=1, own=True
    )
    with database.write() as session:
        create_resource(session, organization_of(session, "acme").id or 0, earlier, now_ms=0)
    make_meter(code="paraffin", resource="fuel.kerosene", unit="t", **YEARLY)
    send(client, database, "paraffin,2021-01-01T00:00:00+08:00,7\n")

    found = figures(client, 2021)["consumption.fuel.kerosene"]
    assert (found["title"], found["value"], found["unit"]) == ("Paraffin", 7, "t")
    listed = [
        each for each in get(client, f"{ORGANIZATION}/resources", limit=1000)["items"] if each["key"] == "fuel.kerosene"
    ]
    assert [(each["own"], each["unit"]) for each in listed] == [(True, "t")]
    checks = [each for each in get(client, f"{DISCLOSURE}/2021")["checks"] if each["code"] == "resource_ships"]
    assert [(each["severity"], each["detail"]) for each in checks] == [
        (
            "warning",
            "fuel.kerosene is the organization's own (Paraffin, t) and ships by now (Kerosene (burning oil), L):"
            " the own one stands",
        )
    ]


def test_a_printed_table_is_checked_for_figures_of_own_resources_too(client: httpx.Client) -> None:
    def misfiled(code: str) -> list[str]:
        row = {
            "year": 2021,
            "kpi": "A2.2",
            "key": "consumption.material.steel",
            "unit": "t",
            "value": 50,
            "decimals": 0,
        }
        table = {"code": code, "title": "Report", "framework": "hkex-2020", "year": 2021, "rows": [row]}
        answer(client, "POST", f"{ORGANIZATION}/imported-publications", 201, json=table)
        found = get(client, f"{ORGANIZATION}/imported-publications/{code}/checks")["checks"]
        return [each["key"] for each in found if each["code"] == "kpi_misfiled"]

    assert misfiled("before") == []
    add(client, STEEL)
    assert misfiled("after") == ["consumption.material.steel"]
