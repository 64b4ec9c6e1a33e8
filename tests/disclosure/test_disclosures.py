"""Disclosures and lineage through the HTTP API, on both databases."""

from decimal import Decimal, localcontext
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app.core.units.quantities import EXACT
from app.disclosure.live.disclosure import live_disclosure
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import DISCLOSURE, figures, get, send


@pytest.fixture
def plant(make_organization: Make, make_plant: Make) -> None:
    make_organization()
    make_plant(region="CN-JX", grid_region="CN-CENTRAL")


@pytest.fixture
def works(plant: None, make_meter: Make) -> None:
    """A plant with yearly ledgers of electricity, gas, diesel, water, output, revenue and two streams of waste."""
    yearly = {"interval": "P1Y", "timestamp_edge": "interval_start"}
    make_meter(**yearly)
    make_meter(code="gas", resource="fuel.natural_gas", unit="m3", **yearly)
    make_meter(code="diesel", resource="fuel.diesel", unit="L", **yearly)
    make_meter(code="water", resource="water.withdrawal", unit="m3", **yearly)
    make_meter(code="output", resource="product.output", unit="t", **yearly)
    make_meter(code="sales", resource="revenue.product", unit="CNY", **yearly)
    for code, stream in (("dust", "dust"), ("slag", "slag")):
        fields = {"resource": "waste.nonhazardous", "kind": "event", "unit": "t", "interval": None}
        make_meter(code=code, attributes={"stream": stream}, **fields)


_ROWS = """\
grid,2020-01-01T00:00:00+08:00,1000000
grid,2021-01-01T00:00:00+08:00,2000001
gas,2021-01-01T00:00:00+08:00,1000
diesel,2021-01-01T00:00:00+08:00,831
water,2021-01-01T00:00:00+08:00,777
output,2021-01-01T00:00:00+08:00,7
sales,2021-01-01T00:00:00+08:00,9000000
dust,2021-05-01T00:00:00+08:00,339.8
slag,2021-05-01T00:00:00+08:00,30321.0
"""


@pytest.mark.usefixtures("works")
def test_a_disclosure_has_the_promised_shape(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    disclosure = get(client, f"{DISCLOSURE}/2021")
    head = {name: disclosure[name] for name in ("organization", "framework", "year", "status", "period")}
    assert head == {
        "organization": "acme",
        "framework": "hkex-2020",
        "year": 2021,
        "status": "live",
        "period": {"start": "2020-12-31T16:00:00Z", "end": "2021-12-31T16:00:00Z", "name": "2021", "kind": "year"},
    }
    assert {check["code"] for check in disclosure["checks"]} == {"kpi_missing", "factor_family_changed"}
    assert disclosure["checks"][0] == {
        "code": "kpi_missing",
        "severity": "warning",
        "detail": "A1.1 (Air emissions of nox) is neither disclosed nor explained",
        "mend": "State A1.1, or explain in the content index why it is left out",
        "key": "A1.1",
    }
    figure = next(figure for figure in disclosure["figures"] if figure["key"] == "ghg.scope2")
    assert figure == {
        "kpi": "A1.2",
        "key": "ghg.scope2",
        "dimensions": {},
        "title": "Energy indirect greenhouse gas emissions (Scope 2, location-based)",
        "unit": "tCO2e",
        "value": Decimal("1167.0005835"),
        "display": "1167",
        "comparatives": [
            {
                "year": 2020,
                "value": Decimal("610.1"),
                "display": "610",
                "restated": False,
                "text": None,
                "source": "live",
                "framework": None,
                "period": {
                    "start": "2019-12-31T16:00:00Z",
                    "end": "2020-12-31T16:00:00Z",
                    "name": "2020",
                    "kind": "year",
                },
            },
            {
                "year": 2019,
                "value": None,
                "display": None,
                "restated": False,
                "text": None,
                "source": "live",
                "framework": None,
                "period": {
                    "start": "2018-12-31T16:00:00Z",
                    "end": "2019-12-31T16:00:00Z",
                    "name": "2019",
                    "kind": "year",
                },
            },
        ],
        "coverage": 1,
        "measured_share": 1,
        "estimated_share": 0,
        "flags": ["factor cn_grid_mee_prov_2021_jx chosen by region"],
        "checks": [],
        "text": None,
        "also": [],
    }


@pytest.mark.usefixtures("works")
def test_waste_is_broken_down_by_stream(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    disclosure = get(client, f"{DISCLOSURE}/2021")
    waste = [figure for figure in disclosure["figures"] if figure["key"] == "waste.nonhazardous"]
    assert [(figure["dimensions"], figure["display"]) for figure in waste] == [
        ({}, "30660.8"),
        ({"stream": "dust"}, "339.8"),
        ({"stream": "slag"}, "30321.0"),
    ]


@pytest.mark.usefixtures("works")
def test_the_terms_of_every_figure_add_up_to_it_exactly(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    checked = 0
    for figure in get(client, f"{DISCLOSURE}/2021")["figures"]:
        dimensions = [f"{name}:{value}" for name, value in figure["dimensions"].items()]
        query = {"dimension": dimensions[0]} if dimensions else {}
        lineage = get(client, f"{DISCLOSURE}/2021/figures/{figure['key']}/lineage", **query)
        assert (lineage["dimensions"], lineage["unit"]) == (figure["dimensions"], figure["unit"])
        assert lineage["value"] == figure["value"]
        if lineage["value"] is not None:
            with localcontext(EXACT):
                total = sum((Decimal(term["value"]) for term in lineage["terms"]), Decimal(0))
            assert total == lineage["value"], figure["key"]
            checked += 1
    assert checked > 30


@pytest.mark.usefixtures("works")
def test_lineage_leads_to_meters_and_the_factors_source(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    lineage = get(client, f"{DISCLOSURE}/2021/figures/ghg.scope1/lineage")
    diesel = next(term for term in lineage["terms"] if term["resource"] == "fuel.diesel")
    assert (diesel["quantity"], diesel["unit"], diesel["conversion"]) == (831, "L", Decimal("0.00084"))
    assert (diesel["meters"], diesel["readings"], diesel["plant"]) == (["diesel"], 1, "main")
    assert diesel["period"] == {"start": "2020-12-31T16:00:00Z", "end": "2021-12-31T16:00:00Z"}
    assert (diesel["factor"]["code"], diesel["factor"]["why"]) == ("ef_cn_mee_default_2025_diesel", "country")
    assert diesel["factor"]["derivation"].startswith("42.652 GJ/t x 20.2 tC/TJ x 0.98 x 44/12 = 3095.9096373333")
    assert diesel["notes"][1] == "assumption: diesel density 0.84 kg/L, assumed_density_diesel chosen by global"


@pytest.mark.usefixtures("works")
def test_an_intensity_names_its_divisor(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    shown = figures(client, 2021)
    assert shown["water.intensity.revenue.product"]["unit"] == "m3 per CNY 1,000"
    assert shown["water.intensity.revenue.product"]["value"] == Decimal("0.08633333333333333333")
    assert shown["consumption.electricity.intensity.product.output"]["unit"] == "kWh per t"
    lineage = get(client, f"{DISCLOSURE}/2021/figures/water.intensity.revenue.product/lineage")
    assert lineage["formula"] == "water.total / (revenue.product / 1000)"
    assert (lineage["divisor"]["value"], lineage["divisor"]["terms"][0]["meters"]) == (9000000, ["sales"])


@pytest.mark.usefixtures("works")
def test_a_year_without_data_lists_every_figure_as_null_with_coverage_zero(client: httpx.Client) -> None:
    disclosure = get(client, f"{DISCLOSURE}/1999")
    assert len(disclosure["figures"]) > 130
    assert {figure["value"] for figure in disclosure["figures"]} == {None}
    assert {figure["display"] for figure in disclosure["figures"]} == {None}
    assert {figure["coverage"] for figure in disclosure["figures"]} == {0}
    assert [check["code"] for check in disclosure["checks"]] == ["outside_effective_years"]


@pytest.mark.usefixtures("plant")
def test_an_organization_without_meters_has_an_empty_table(client: httpx.Client) -> None:
    assert {figure["value"] for figure in get(client, f"{DISCLOSURE}/2021")["figures"]} == {None}


@pytest.mark.usefixtures("plant")
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/organizations/acme/disclosures/hkex-1066/2021", {}),
        ("/v1/frameworks/hkex-1066", {}),
        (f"{DISCLOSURE}/2021", {"plant": "nowhere"}),
        (f"{DISCLOSURE}/2021/figures/no.such/lineage", {}),
        (f"{DISCLOSURE}/2021/figures/ghg.total/lineage", {"dimension": "stream:dust"}),
        (f"{DISCLOSURE}/2021/figures/ghg.total/lineage", {"plant": "nowhere"}),
    ],
)
def test_what_is_not_there_is_a_problem(client: httpx.Client, path: str, query: dict[str, str]) -> None:
    answer = client.get(path, params=query)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.headers["content-type"] == "application/problem+json"


def test_frameworks_are_listed_and_read(client: httpx.Client) -> None:
    listed = get(client, "/v1/frameworks")
    assert "hkex-2020" in [item["code"] for item in listed["items"]]
    read = get(client, "/v1/frameworks/hkex-2020")
    electricity = next(figure for figure in read["figures"] if figure["key"] == "consumption.electricity")
    assert (electricity["kpi"], electricity["unit"], electricity["decimals"]) == ("A2.1", "MWh", 0)
    assert electricity["status"] == "verified"


@pytest.mark.usefixtures("plant")
def test_a_factor_that_changes_in_mid_year_counts_from_its_day(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    make_meter(interval="P1D", timestamp_edge="interval_start")
    for code, first, end, kg in (("old", "2021-01-01", "2021-07-16", 1), ("new", "2021-07-16", None, 2)):
        body = {"code": code, "resource": "electricity.grid", "region": "main", "method": "location", "per": "kWh"}
        window = {"kg_co2": kg, "valid_from": first, "valid_to": end, "source": "supplier statement"}
        assert client.post("/v1/organizations/acme/factors", json={**body, **window}).status_code == 201
    send(client, database, "grid,2021-07-15T00:00:00+08:00,1000\ngrid,2021-07-16T00:00:00+08:00,3000\n")
    figure = figures(client, 2021)["ghg.scope2"]
    assert figure["value"] == 7
    assert figure["flags"] == ["factor old chosen by own", "factor new chosen by own"]
    terms = get(client, f"{DISCLOSURE}/2021/figures/ghg.scope2/lineage")["terms"]
    assert [(term["quantity"], term["period"]["end"]) for term in terms] == [
        (1000, "2021-07-15T16:00:00Z"),
        (3000, "2021-12-31T16:00:00Z"),
    ]


@pytest.mark.usefixtures("plant")
def test_a_fiscal_year_takes_each_calendar_years_edition(
    client: httpx.Client, database: Database, make_meter: Make
) -> None:
    fields = {"fiscal_year_start_month": 4, "fiscal_year_label": "end"}
    assert client.patch("/v1/organizations/acme", json=fields).status_code == 200
    make_meter(interval="P1M", timestamp_edge="interval_start")
    send(client, database, "grid,2021-12-01T00:00:00+08:00,1000\ngrid,2022-01-01T00:00:00+08:00,1000\n")
    figure = figures(client, 2022)["ghg.scope2"]
    assert figure["value"] == Decimal("1.1587")  # 1000 x 0.5835 + 1000 x 0.5752, in t
    assert figures(client, 2021)["ghg.scope2"]["value"] is None


@pytest.mark.usefixtures("works")
def test_a_plant_is_shown_alone_and_consolidation_decides_the_total(
    client: httpx.Client, database: Database, make_plant: Make, make_meter: Make
) -> None:
    make_plant(code="venture", grid_region="CN-EAST", operational_control=False, equity_share=0.6)
    make_meter(code="venture-grid", plant="venture", interval="P1Y", timestamp_edge="interval_start")
    send(client, database, _ROWS + "venture-grid,2021-01-01T00:00:00+08:00,1000000\n")
    assert figures(client, 2021)["consumption.electricity"]["value"] == Decimal("2000.001")
    assert figures(client, 2021, plant="venture")["consumption.electricity"]["value"] == 1000
    assert client.patch("/v1/organizations/acme", json={"consolidation": "equity_share"}).status_code == 200
    shared = figures(client, 2021)["consumption.electricity"]
    assert shared["value"] == Decimal("2600.001")
    assert shared["flags"] == ["plant venture enters with a share of 0.6"]


@pytest.mark.usefixtures("plant")
def test_a_sub_meter_does_not_count(client: httpx.Client, database: Database, make_meter: Make) -> None:
    make_meter(interval="P1Y", timestamp_edge="interval_start")
    make_meter(code="line-1", parent="grid", counts=False, interval="P1Y", timestamp_edge="interval_start")
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1000\nline-1,2021-01-01T00:00:00+08:00,400\n")
    assert figures(client, 2021)["consumption.electricity"]["value"] == 1


@pytest.mark.usefixtures("works")
def test_the_statements_of_a_disclosure_do_not_grow_with_readings(client: httpx.Client, database: Database) -> None:
    send(client, database, _ROWS)
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    live_disclosure(database, organization="acme", framework="hkex-2020", year=2021)
    few = len(statements)
    waste = "".join(f"dust,2021-06-01T00:{minute:02d}:00+08:00,0.001\n" for minute in range(60))
    send(client, database, waste)
    statements.clear()
    live_disclosure(database, organization="acme", framework="hkex-2020", year=2021)
    assert len(statements) == few
    assert not any("FROM reading" in statement or "content FROM arrival" in statement for statement in statements)
