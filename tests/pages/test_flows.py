"""Flows of energy, water and waste: by the accounting of the annual table; what is not known is told, not drawn."""

import re
from decimal import Decimal
from html import unescape
from itertools import pairwise

import httpx
import pytest

from app.accounting.breakdowns.flows import Flow, Node, NodeKind
from app.pages.look.node_words import hue_of
from app.pages.look.sankey import gathered, sankey
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import CERTIFICATE, ORGANIZATION, YEARLY, answer, get, send

PAGE = "/organizations/acme/flows"


@pytest.fixture
def works(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    """A foundry with two levels of sub-meters, vehicles, heat that is sold, a wind certificate, and a second plant.

    The organization holds 60 % of the second plant, which has a sub-meter too.
    """
    make_organization(consolidation="equity_share")
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")
    make_plant(code="north", name="North hall", equity_share=0.6)
    below = {"counts": False, **YEARLY}
    make_meter(name="Main incomer", **YEARLY)
    make_meter(code="furnace", name="Furnace", parent="grid", **below)
    make_meter(code="air", name="Compressed air", parent="grid", **below)
    make_meter(code="press", name="Press", parent="air", **below)
    make_meter(code="oven", name="Oven", parent="grid", **below)
    make_meter(code="roof", name="Roof", resource="electricity.solar", **YEARLY)
    make_meter(code="diesel", resource="fuel.diesel", unit="L", attributes={"use": "vehicle"}, **YEARLY)
    make_meter(code="heat", resource="heat.purchased", unit="GJ", **YEARLY)
    make_meter(code="sold", resource="heat.exported", unit="GJ", **YEARLY)
    make_meter(code="hall", plant="north", **YEARLY)
    make_meter(code="line", name="Line 4", plant="north", parent="hall", unit="MWh", **below)
    make_meter(code="test", plant="north", name="Test bench, below nothing that counts", **below)
    make_meter(code="bench", plant="north", name="Part of the bench", parent="test", **below)
    said = {"grid": 1_000_000, "furnace": 600_000, "air": 150_000, "press": 90_000, "roof": 50_000, "diesel": 10_000}
    said |= {"heat": 3_600, "sold": 360, "hall": 100_000, "line": 30, "test": 9_000, "bench": 7_000}
    send(client, database, "".join(f"{code},2021-01-01T00:00:00+08:00,{value}\n" for code, value in said.items()))
    answer(client, "POST", f"{ORGANIZATION}/instruments", 201, json={**CERTIFICATE, "energy_source": "wind"})


@pytest.mark.usefixtures("works")
def test_a_plants_energy_goes_from_its_sources_to_its_uses_in_the_numbers_of_the_accounting(
    client: httpx.Client,
) -> None:
    page = _page(client, plant="main", year="2021")

    assert _flows(page, "energy") == {
        ("Purchased grid electricity", "Main works"): "600",
        ("Purchased grid electricity, covered by gec-1", "Main works"): "400",
        ("Solar electricity generated and used on site", "Main works"): "50",
        ("Diesel", "Main works"): "100",
        ("Purchased heat", "Main works"): "1,000",
        ("Main works", "Furnace"): "600",
        ("Main works", "Compressed air"): "150",
        ("Compressed air", "Press"): "90",
        ("Main works", "Vehicles"): "100",
        ("Main works", "Sold: Heat exported"): "100",
        ("Main works", "Used here, not metered further"): "1,200",
    }
    metrics = get(client, f"{ORGANIZATION}/metrics/energy", year=2021, plant="main")
    assert _totals(page, "energy") == {"Energy used": "2,150", "of which sold": "100"}
    assert round(metrics["total"]["kwh"] / 1000) == 2150
    assert "Oven, Main works: not known, there is no reading. It is not drawn." in page
    assert not any("Oven" in names for names in _flows(page, "energy"))
    gri = _page(client, plant="main", year="2021", framework="gri")
    assert _flows(gri, "energy")["Main works", "Furnace"] == "2,160"  # in GJ, as that framework has it


@pytest.mark.usefixtures("works")
def test_an_organizations_energy_goes_through_its_plants_with_their_shares(client: httpx.Client) -> None:
    page = _page(client, year="2021", plant="")
    flows = _flows(page, "energy")

    assert flows["North hall", "Line 4"] == "18"  # 60 % of 30 MWh
    assert flows["North hall", "Electricity, not metered further"] == "42"
    assert flows["Purchased grid electricity", "North hall"] == "60"
    assert _totals(page, "energy")["Energy used"] == "2,210"
    figures = get(client, f"{ORGANIZATION}/disclosures/hkex-2020/2021")["figures"]
    assert [each["display"] for each in figures if each["key"] == "energy.total"] == ["2210"]


@pytest.mark.usefixtures("works")
def test_sub_meters_that_say_more_than_comes_in_are_told(client: httpx.Client, database: Database) -> None:
    send(client, database, "line,2021-01-01T00:00:00+08:00,130\n")
    page = _page(client, plant="north", year="2021")

    assert "North hall: what goes out is 30 MWh more than what comes in; look at both meters." in page
    assert _flows(page, "energy") == {
        ("Purchased grid electricity", "North hall"): "100",
        ("North hall", "Line 4"): "130",
    }


def test_water_goes_to_where_it_is_discharged_and_waste_to_what_becomes_of_it(
    client: httpx.Client, database: Database, make_organization: Make, make_plant: Make, make_meter: Make
) -> None:
    make_organization()
    make_plant()
    town, t = {"resource": "water.withdrawal", "unit": "m3", "attributes": {"source": "municipal"}}, {"unit": "t"}
    make_meter(code="town", **town, **YEARLY)
    make_meter(code="cooling", name="Cooling", parent="town", counts=False, **town, **YEARLY)
    make_meter(code="well", **{**town, "attributes": {}}, **YEARLY)
    make_meter(code="reuse", resource="water.recycled", unit="m3", **YEARLY)
    rows = [("town", 900), ("cooling", 500), ("well", 100), ("reuse", 70)]
    for code, resource, attributes in (
        ("sand", "waste.nonhazardous", {"stream": "sand", "treatment": "recycling"}),
        ("dross", "waste.nonhazardous", {"stream": "dross", "treatment": "landfill"}),
        ("rest", "waste.hazardous", {}),
    ):
        make_meter(code=code, resource=resource, attributes=attributes, **t, **YEARLY)
        rows.append((code, {"sand": 90, "dross": 8, "rest": 2}[code]))
    send(client, database, "".join(f"{code},2021-01-01T00:00:00+08:00,{value}\n" for code, value in rows))
    page = _page(client, year="2021")

    assert _flows(page, "water") == {
        ("Municipal", "Cooling"): "500",
        ("Municipal", "Water, not metered further"): "400",
        ("Source not stated", "Water, not metered further"): "100",
        ("Cooling", "Main works"): "500",
        ("Water, not metered further", "Main works"): "500",
    }
    # Nothing is discharged at a known amount: what is consumed is not known, and not all that was withdrawn.
    assert "Consumed: withdrawn and not discharged: not known, there is no reading. It is not drawn." in page
    assert _totals(page, "water")["Water withdrawn"] == "1,000"
    make_meter(code="sewer", resource="water.discharge", unit="m3", attributes={"destination": "sewer"}, **YEARLY)
    send(client, database, "sewer,2021-01-01T00:00:00+08:00,650\n")
    page = _page(client, year="2021")
    assert _flows(page, "water")["Main works", "Discharged: Sewer"] == "650"
    assert _flows(page, "water")["Main works", "Consumed: withdrawn and not discharged"] == "350"

    assert _flows(page, "waste") == {
        ("Sand (Non-hazardous waste)", "Recycling"): "90",
        ("Dross (Non-hazardous waste)", "Landfill"): "8",
        ("Hazardous waste", "Treatment not stated"): "2",
        ("Recycling", "Recovered: diverted from disposal"): "90",
        ("Landfill", "Directed to disposal"): "8",
    }
    empty = _page(client, year="2019")
    assert empty.count("There is nothing to draw") == 3
    assert _totals(empty, "energy") == {"Energy used": None}


def test_a_picture_has_bands_as_high_as_their_flows_and_gathers_small_meters() -> None:
    grid, plant = Node(NodeKind.RESOURCE, "electricity.grid"), Node(NodeKind.PLANT, "main")
    meters = [Node(NodeKind.METER, f"m{number}", resource="electricity.grid") for number in range(20)]
    flows = [Flow(grid, plant, Decimal(210)), *(Flow(plant, each, Decimal(n + 1)) for n, each in enumerate(meters))]
    flows.append(Flow(meters[0], Node(NodeKind.METER, "deep"), Decimal(1)))
    shown = gathered(flows)

    assert [(each.target.name, each.value) for each in shown if each.target.of] == [("6", Decimal(21))]  # 1 + ... + 6
    assert sum(each.value for each in shown if each.source == plant) == 210
    boxes = {box.node: box for box in sankey(shown, hue_of).boxes}
    assert round(boxes[grid].height, 1) == round(boxes[plant].height, 1)
    assert boxes[meters[19]].height / boxes[plant].height == pytest.approx(20 / 210, abs=0.01)
    ordered = sorted((box for box in boxes.values() if box.node.kind is NodeKind.METER), key=lambda box: box.y)
    assert all(a.y + a.height <= b.y for a, b in pairwise(ordered))
    assert boxes[grid].fitting("A" * 90, "1,000") == "A" * 62 + "…"
    assert sankey([], hue_of).boxes == ()


def _page(client: httpx.Client, *, year: str, plant: str = "", framework: str = "hkex-2020") -> str:
    """Return the page; everything is chosen by its address, since a choice is remembered."""
    found = client.get(PAGE, params={"year": year, "plant": plant, "framework": framework})
    assert found.status_code == 200, found.text
    return found.text


def _section(page: str, name: str) -> str:
    return page.split(f'<section id="{name}">')[1].split("</section>")[0]


def _flows(page: str, name: str) -> dict[tuple[str, str], str]:
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td class=\"num\">(.*?)</td></tr>", _section(page, name))
    return {(unescape(first), unescape(second)): number for first, second, number in rows}


def _totals(page: str, name: str) -> dict[str, str | None]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(\S+?)[ <]", _section(page, name))
    return {title: None if number == "–" else number for title, number in found}
