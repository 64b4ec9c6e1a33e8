"""Framework files: what ships, what a file may not say, and a new file that becomes a disclosure without any code."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from app.accounting.metrics.vocabulary import metric_book
from app.core.datafile import BadDataFile
from app.disclosure.figures.books import open_books
from app.disclosure.frameworks.frameworks import Framework, framework_named, frameworks, frameworks_in, specs_of
from app.disclosure.live.disclosure import disclosed
from app.store.engine.database import Database
from tests.conftest import Make
from tests.support.works import ORGANIZATION, YEARLY, answer, get, send

_OWN = """
code: group-pack
title: The group's own reporting pack
edition: "3"
first_year: 2019
last_year: 2020
gwp_set: AR4
source: {document: Group handbook, table: Annex 1, year: 2019, read_from: the handbook}
figures:
  - {kpi: P-2, indicator: community.donations, unit: currency, decimals: 0, dimensions: [topic], status: verified}
  - {kpi: P-1, key: consumption.electricity, title: Power, unit: GWh, decimals: 3, status: verified, also: [P-1.1]}
  - {kpi: P-3, key: ghg.intensity.<denominator>, title: Carbon per <denominator>, unit: kgCO2e, decimals: 1,
     status: provisional}
"""


def test_five_frameworks_ship_with_their_editions_and_years() -> None:
    shipped = {code: (each.edition, each.first_year, each.last_year, each.gwp_set, each.splits_methane)
               for code, each in frameworks().items()}  # fmt: skip
    assert shipped == {
        "esrs": ("2023", 2024, None, "AR6", True),
        "gri": ("302 (2016), 303 (2018), 305 (2016), 306 (2020)", 2022, 2026, "AR6", False),
        "hkex-2020": ("2020", 2020, 2024, "AR5", False),
        "hkex-2025": ("2025", 2025, None, "AR6", True),
        "ifrs-s2": ("2023", 2024, None, "AR6", True),
    }


@pytest.mark.parametrize(
    ("framework", "codes"),
    [
        ("hkex-2025", "A1.1 A1.3 A1.4 A1.5 A1.6 A2.1 A2.2 A2.3 A2.4 A2.5 A3.1"),
        ("hkex-2025", "D.28 D.29 D.30 D.31 D.32 D.33 D.34 D.35 D.36 D.37 D.38 D.39 D.40 D.41"),
        ("gri", "302-1 302-3 303-3 303-4 303-5 305-1 305-2 305-4 305-7 306-3 306-4 306-5"),
        ("esrs", "E1-5.37 E1-5.38 E1-5.39 E1-5.40 E1-6.44a E1-6.48a E1-6.48b E1-6.49a E1-6.49b E1-6.51 E1-6.52a"),
        ("esrs", "E1-6.52b E1-6.53 E2-4.28a E3-4.28a E3-4.28b E3-4.28c E3-4.28d E3-4.29"),
        ("esrs", "E5-5.37a E5-5.37b E5-5.37c E5-5.37d E5-5.39"),
        ("ifrs-s2", "29(a)(i)(1) 29(a)(i)(2) 29(a)(i)(3) 29(a)(v) 29(b) 29(c) 29(d) 29(e) 29(f) 29(g)"),
    ],
)  # fmt: skip
def test_every_code_of_the_framework_is_asked_for(framework: str, codes: str) -> None:
    found = framework_named(framework)
    rows = [(row.kpi, row.also) for row in specs_of(found, metric_book(()))]
    rows += [(row.kpi, row.also) for row in found.stated]
    assert set(codes.split()) - {code for kpi, also in rows for code in (kpi, *also)} == set()


def test_codes_that_were_not_read_in_a_document_are_provisional() -> None:
    provisional = {
        code: _codes(found, "provisional") - _codes(found, "verified") for code, found in frameworks().items()
    }
    assert provisional["hkex-2025"] == {"A1", "A2"} | {f"D.{paragraph}" for paragraph in range(29, 42)}
    assert provisional["ifrs-s2"] == {"29(a)(iii)", "29(a)(vi)", *(f"29({letter})" for letter in "bcdefg")}
    assert provisional["gri"] == {
        "301-1", "302-2", "302-4", "302-5", "303-1", "303-2", "305-3", "305-5", "305-6", "306-1", "306-2"
    }  # fmt: skip
    assert provisional["esrs"] == {"E1-6.44", "E1-6.AR43c", "E2-4.28b", "E5-4.31a"}


def _codes(framework: Framework, status: str) -> set[str]:
    stated = {spec.kpi for spec in framework.stated if spec.status == status}
    return stated | {row.kpi for row in framework.rows if row.status == status}


def test_a_framework_shows_its_edition_years_and_rows(client: httpx.Client) -> None:
    listed = get(client, "/v1/frameworks")["items"]
    assert [(each["code"], each["first_year"], each["last_year"]) for each in listed] == [
        ("esrs", 2024, None), ("gri", 2022, 2026), ("hkex-2020", 2020, 2024), ("hkex-2025", 2025, None),
        ("ifrs-s2", 2024, None),
    ]  # fmt: skip
    found = get(client, "/v1/frameworks/esrs")
    assert (found["edition"], found["gwp_set"], found["splits_methane"]) == ("2023", "AR6", True)
    rows = {row["key"]: row for row in found["figures"]}
    scope1, scope3, recycled = rows["ghg.scope1"], rows["ghg.scope3"], rows["waste.unrecycled_share"]
    assert (scope1["kpi"], scope1["also"], scope1["unit"], scope1["asks"]) == ("E1-6.44a", ["E1-6.48a"], "tCO2e", None)
    assert (scope3["kpi"], scope3["dimensions"], scope3["asks"]) == ("E1-6.51", ["category"], "number")
    assert (recycled["unit"], recycled["decimals"], recycled["status"]) == ("%", 1, "verified")
    assert rows["ghg.total"]["status"] == "provisional"


def test_a_new_file_gives_a_disclosure_without_any_code(
    database: Database, jiangxi: None, make_meter: Make, client: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "group-pack.yaml").write_text(_OWN, "utf-8")
    make_meter(**YEARLY)
    make_meter(code="output", resource="product.output", unit="t", **YEARLY)
    send(client, database, "grid,2021-01-01T00:00:00+08:00,1234567\noutput,2021-01-01T00:00:00+08:00,1000\n")

    (own,) = frameworks_in(tmp_path).values()
    donated = {"indicator": "community.donations", "period": 2021, "value": 5000, "unit": "CNY"}
    answer(client, "POST", f"{ORGANIZATION}/datapoints", 201, json=donated)
    with database.read() as session:
        books = open_books(session, organization="acme", framework="hkex-2020", year=2021, plant=None)
        stated, specs = replace(books.stated, specs=own.stated), specs_of(own, books.metrics)
        found = disclosed(session, replace(books, framework=own, specs=specs, stated=stated), year=2021)

    figures = {figure.key: figure for figure in found.figures}
    power, carbon = figures["consumption.electricity"], figures["ghg.intensity.product.output"]
    assert (power.kpi, power.value, power.display, power.unit) == ("P-1", Decimal("1.234567"), "1.235", "GWh")
    assert (carbon.kpi, carbon.unit, carbon.title) == ("P-3", "kgCO2e per t", "Carbon per tonne of product output")
    assert [(figure.kpi, figure.display) for figure in found.figures][:2] == [("P-2", "5000"), ("P-1", "1.235")]
    assert "outside_effective_years" in {check.code for check in found.checks}


def test_a_file_is_named_after_its_framework(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(_OWN, "utf-8")
    with pytest.raises(BadDataFile, match=r"other\.yaml: holds the framework group-pack"):
        frameworks_in(tmp_path)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{kpi: A, indicator: no.such, status: verified}", "row no.such: There is no indicator 'no.such'"),
        ("{kpi: A, indicator: climate.targets, asks: number, status: verified}", "climate.targets is a text, not a"),
        (
            "{kpi: A, indicator: ghg.scope3, unit: MWh, decimals: 0, status: verified}",
            "row ghg.scope3: ghg.scope3: cannot be printed in MWh",
        ),
        (
            "{kpi: A, indicator: ghg.scope3, unit: tCO2e, decimals: 0, dimensions: [gender], status: verified}",
            "ghg.scope3 is not broken down by gender",
        ),
        ("{kpi: A, key: energy.net, title: X, unit: m3, decimals: 0, status: verified}", "row energy.net: .* in m3"),
        ("{kpi: A, key: energy.net, unit: GJ, decimals: 0, status: verified}", "row energy.net: title is missing"),
        ("{kpi: A, key: consumption.electricity, title: X, unit: GJ, decimals: 0, status: verified}", "appears twice"),
        ("{kpi: A, key: energy.net, title: X, unit: GJ, decimals: 0, status: verified, also: B}", "also is not a list"),
    ],
)  # fmt: skip
def test_a_broken_row_is_refused_with_file_and_row(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "group-pack.yaml").write_text(f"{_OWN}  - {line}\n", "utf-8")
    with pytest.raises(BadDataFile, match=rf"group-pack\.yaml: .*{words}"):
        frameworks_in(tmp_path)


def test_a_framework_without_figures_or_gwp_set_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "group-pack.yaml"
    for text, words in ((_OWN.replace("gwp_set: AR4", ""), "gwp_set is missing"), ("- 1", "is not a mapping")):
        path.write_text(text, "utf-8")
        with pytest.raises(BadDataFile, match=rf"group-pack\.yaml: {words}"):
            frameworks_in(tmp_path)
