"""Previews and bridges: what other choices would change, why, and that nothing is stored."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.examples import Service, set_up
from tests.support.works import DISCLOSURE, ORGANIZATION, YEARLY, answer, figures, get, problems, put, send

_MAGNETS = yaml.safe_load((Path(__file__).parents[1] / "examples" / "magnets.yaml").read_text("utf-8"))
_JIANGXI = "cn_grid_mee_prov_2021_jx"


def _pin(factor: str, resource: str = "electricity.*") -> dict[str, Any]:
    return {"year": None, "resource": resource, "method": None, "plant": None, "factor": factor}


def _preview(client: httpx.Client, **body: Any) -> list[dict[str, Any]]:
    years: list[dict[str, Any]] = answer(client, "POST", f"{ORGANIZATION}/previews", 200, json=body)["years"]
    return years


def _causes(figure: dict[str, Any]) -> dict[str, Any]:
    return {cause: value for cause, value in figure["bridge"].items() if value}


@pytest.mark.parametrize(
    ("factor", "scope2", "total", "intensity", "moved"),
    [
        ("cn_grid_mee_regional_2021_central", "90075", "92637", "0.02438", "1631.92315"),
        (_JIANGXI, "98167", "100729", "0.02651", "9724.2431"),
    ],
)
def test_each_figure_of_the_first_seed_under_another_factor_is_explained(
    service: Service, factor: str, scope2: str, total: str, intensity: str, moved: str
) -> None:
    path = set_up(service, _MAGNETS)
    printed = {each["key"]: each for each in service.get(f"{path}/disclosures/hkex-2020/2021")["figures"]}
    assert (printed["ghg.scope2"]["display"], printed["ghg.total"]["display"]) == ("88443", "91005")

    (year,) = service.ask(f"{path}/previews", {"years": [2021], "pins": [_pin(factor)]})["years"]

    changed = {each["key"]: each for each in year["figures"]}
    assert list(changed) == ["ghg.scope2", "ghg.scope2.market", "ghg.total", "ghg.intensity.revenue.product"]
    assert (changed["ghg.scope2"]["current_display"], changed["ghg.scope2"]["proposed_display"]) == ("88443", scope2)
    assert (changed["ghg.total"]["current_display"], changed["ghg.total"]["proposed_display"]) == ("91005", total)
    for key in ("ghg.scope2", "ghg.scope2.market", "ghg.total"):
        assert _causes(changed[key]) == {"factors": Decimal(moved)}
        assert changed[key]["difference"] == Decimal(moved)
    ratio = changed["ghg.intensity.revenue.product"]
    assert ratio["proposed"].quantize(Decimal(intensity)) == Decimal(intensity)
    assert _causes(ratio) == {"factors": ratio["difference"]}
    after = {each["key"]: each for each in service.get(f"{path}/disclosures/hkex-2020/2021")["figures"]}
    assert after == printed


@pytest.mark.usefixtures("powered")
def test_a_new_edition_and_a_gwp_set_are_previewed_for_every_year_with_data(
    client: httpx.Client, database: Database
) -> None:
    rows = [f"{meter},{year}-01-01T00:00:00+08:00,1000" for meter in ("grid", "coal") for year in (2020, 2021)]
    send(client, database, "\n".join(rows) + "\n")
    put(client, "factor-pins", _pin("ipcc2006_anthracite", "fuel.*"))
    edition = {
        "code": "grid-2021",
        "resource": "electricity.grid",
        "region": "main",
        "method": "location",
        "per": "kWh",
        "kg_co2": 0.5,
        "valid_from": "2021-01-01",
        "source": "supplier",
    }
    choice = {"framework": "hkex-2020", "year": 2020, "gwp_set": "AR6"}
    first, second = _preview(client, factors=[edition], gwp_sets=[choice])
    assert (first["year"], second["year"]) == (2020, 2021)
    of_2020 = {each["key"]: each for each in first["figures"]}
    assert list(of_2020) == ["ghg.scope1", "ghg.total"]
    assert _causes(of_2020["ghg.scope1"]) == {"gwp_set": Decimal("0.269665")}  # 24.515 TJ x 11 kg, in t
    of_2021 = {each["key"]: each for each in second["figures"]}
    assert list(of_2021) == ["ghg.scope2", "ghg.total"]
    assert (of_2021["ghg.scope2"]["current"], of_2021["ghg.scope2"]["proposed"]) == (Decimal("0.5835"), Decimal("0.5"))
    assert of_2021["ghg.scope2"]["flags"] == ["factor grid-2021 chosen by own"]
    assert answer(client, "GET", f"{ORGANIZATION}/factors/grid-2021", 404)["code"] == "not_found"


@pytest.mark.usefixtures("powered")
def test_another_boundary_is_previewed_as_boundary(
    client: httpx.Client, database: Database, make_plant: Make, make_meter: Make
) -> None:
    make_plant(code="venture", region="CN-JX", operational_control=False, equity_share=0.6)
    make_meter(code="venture-grid", plant="venture", **YEARLY)
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000\nventure-grid,2021-01-01T00:00:00+08:00,1000\n")
    (year,) = _preview(client, years=[2021], consolidation="equity_share", pins=[_pin("cn_grid_regional_2012_central")])
    scope2 = next(each for each in year["figures"] if each["key"] == "ghg.scope2")
    # 600 kWh at 0.5835, then 1,600 kWh at 0.5257 instead of 0.5835, in t
    assert scope2["bridge"] == {
        "boundary": Decimal("0.3501"),
        "activity": 0,
        "factors": Decimal("-0.09248"),
        "gwp_set": 0,
    }
    assert scope2["difference"] == Decimal("0.25762")
    electricity = next(each for each in year["figures"] if each["key"] == "consumption.electricity")
    assert _causes(electricity) == {"boundary": Decimal("0.6")}


@pytest.mark.usefixtures("powered")
def test_two_years_are_bridged_by_activity_and_factor(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2020-01-01T00:00:00+08:00,1000\ngrid,2021-01-01T00:00:00+08:00,3000\n")
    found = get(client, f"{DISCLOSURE}/2021/bridge", from_year=2020)
    assert (found["from_year"], found["year"], found["framework"]) == (2020, 2021, "hkex-2020")
    scope2 = next(each for each in found["figures"] if each["key"] == "ghg.scope2")
    assert (scope2["from_value"], scope2["to_value"]) == (Decimal("0.6101"), Decimal("1.7505"))
    assert scope2["bridge"] == {
        "boundary": 0,
        "activity": Decimal("1.2202"),  # 2,000 kWh more at 0.6101
        "factors": Decimal("-0.0798"),  # 3,000 kWh at 0.5835 instead
        "gwp_set": 0,
    }
    assert sorted({each["key"] for each in found["figures"]}) == [
        "consumption.electricity",
        "consumption.electricity.grid",
        "energy.electricity.grid",
        "energy.total",
        "ghg.scope2",
        "ghg.scope2.market",
        "ghg.total",
    ]


@pytest.mark.usefixtures("jiangxi")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"pins": [_pin("nothing")]}, (0, "pins.factor", "unknown_factor")),
        ({"gwp_sets": [{"framework": "hkex-2020", "year": 1, "gwp_set": "AR5"}]}, (0, "year", "greater_than_equal")),
        (
            {"gwp_sets": [{"framework": "hkex-2020", "year": 2020, "gwp_set": "AR1"}]},
            (0, "gwp_sets.gwp_set", "unknown_gwp_set"),
        ),
        ({"consolidation": "all"}, (None, "consolidation", "enum")),
        ({"magic": 1}, (None, "magic", "extra_forbidden")),
    ],
)
def test_a_bad_proposal_is_named(
    client: httpx.Client, body: dict[str, Any], problem: tuple[int | None, str, str]
) -> None:
    assert problems(client, "POST", "previews", body) == [problem]


@pytest.mark.usefixtures("jiangxi")
def test_a_proposed_factor_is_judged_as_if_it_were_sent(client: httpx.Client) -> None:
    factor = {
        "code": "f",
        "resource": "electricity.grid",
        "region": "CN",
        "per": "t",
        "kg_co2": 1,
        "valid_from": "2021-01-01",
        "source": "x",
    }
    sent = [{**factor, "per": "kWh"}, {**factor, "code": "g", "per": "MWh"}, factor]
    found = problems(client, "POST", "previews", {"factors": sent})
    assert found == [
        (1, "factors.valid_from", "overlapping_window"),
        (2, "factors.code", "duplicate_code"),
        (2, "factors.per", "unit_mismatch"),
    ]


@pytest.mark.usefixtures("powered")
def test_a_preview_that_changes_nothing_lists_nothing(client: httpx.Client, database: Database) -> None:
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000\n")
    assert _preview(client) == [{"year": 2021, "period": "2021", "framework": "hkex-2020", "figures": []}]
    assert figures(client, 2021)["ghg.scope2"]["value"] == Decimal("0.5835")
    unknown = answer(client, "POST", f"{ORGANIZATION}/previews", 404, json={"framework": "gri-1"})
    assert unknown["code"] == "unknown_framework"
