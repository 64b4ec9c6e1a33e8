"""Frameworks as data: what ships, and what a file may not say."""

from decimal import Decimal

import pytest

from app.accounting.metrics.vocabulary import metric_book
from app.core.datafile import BadDataFile, parse
from app.core.units.quantities import Rounding, display
from app.disclosure.frameworks.frameworks import UnknownFramework, framework_named, read_framework, spec_named, specs_of

_HEAD = """
code: t
title: T
edition: "1"
gwp_set: AR5
source: {document: A, table: B, year: 2020, read_from: C}
figures:
"""


def _read(row: str, head: str = _HEAD) -> object:
    return read_framework(parse(f"{head}  - {row}", where="t.yaml"), where="t.yaml")


_DENOMINATORS = ("product.output", "revenue.product", "revenue.total", "headcount")
_PROMISED = [
    "ghg.total",
    "ghg.scope1",
    "ghg.scope2",
    "ghg.scope2.market",
    "waste.hazardous",
    "waste.nonhazardous",
    "waste.compliance",
    "energy.total",
    "energy.electricity.grid",
    "energy.fuel.coal.bituminous",
    "consumption.electricity",
    "consumption.fuel.natural_gas",
    "water.total",
    "water.recycled",
    "water.discharge",
    "water.consumption",
    "packaging.total",
    "energy.renewable_share",
    *(
        f"{stem}.{denominator}"
        for denominator in _DENOMINATORS
        for stem in (
            "ghg.intensity",
            "waste.hazardous.intensity",
            "waste.nonhazardous.intensity",
            "energy.intensity",
            "consumption.electricity.intensity",
            "consumption.fuel.diesel.intensity",
            "water.intensity",
            "packaging.intensity",
        )
    ),
]


@pytest.mark.parametrize("key", _PROMISED)
def test_hkex_2020_has_the_key(key: str) -> None:
    keys = [spec.metric.key for spec in specs_of(framework_named("hkex-2020"), metric_book(()))]
    assert keys.count(key) == 1


@pytest.mark.parametrize(
    ("key", "unit", "decimals"),
    [
        ("ghg.scope1", "tCO2e", 0),
        ("ghg.intensity.revenue.product", "tCO2e", 2),
        ("consumption.electricity", "MWh", 0),
        ("consumption.electricity.intensity.revenue.product", "MWh", 2),
        ("consumption.electricity.intensity.product.output", "kWh", 1),
        ("consumption.fuel.natural_gas", "m3", 0),
        ("consumption.fuel.natural_gas.intensity.revenue.product", "m3", 2),
        ("consumption.fuel.diesel.intensity.product.output", "L", 3),
        ("consumption.fuel.coal.bituminous.intensity.product.output", "t", 1),
        ("water.total", "m3", 0),
        ("water.intensity.revenue.product", "m3", 2),
        ("water.intensity.product.output", "m3", 1),
        ("waste.hazardous", "t", 1),
        ("packaging.total", "t", 0),
        ("energy.renewable_share", "%", 0),
    ],
)
def test_units_and_decimals_are_those_of_the_printed_tables(key: str, unit: str, decimals: int) -> None:
    by_key = {spec.metric.key: spec for spec in specs_of(framework_named("hkex-2020"), metric_book(()))}
    assert (by_key[key].unit, by_key[key].decimals) == (unit, decimals)


def test_a_pollutant_that_is_metered_has_a_figure() -> None:
    specs = specs_of(framework_named("hkex-2020"), metric_book({"air.hcl.mass", "electricity.grid"}))
    pollutants = [spec.metric.key for spec in specs if spec.kpi == "A1.1"]
    assert pollutants == ["air.nox", "air.so2", "air.pm", "air.hcl"]


def test_a_table_has_rows_per_what_is_metered_of_what_is_made_housed_and_employed() -> None:
    usual = {spec.key for spec in specs_of(framework_named("gri"), metric_book({"electricity.grid", "water.stored"}))}
    assert {key for key in usual if key.startswith("ghg.intensity.")} == {
        f"ghg.intensity.{per}" for per in ("product.output", "revenue.product", "revenue.total", "headcount")
    }
    found = specs_of(framework_named("gri"), metric_book({"floor_area", "product.pieces", "workforce.fte"}))
    more = {spec.key: (spec.title, spec.unit, spec.decimals) for spec in found if spec.key not in usual}
    assert more["ghg.intensity.floor_area"] == ("Scope 1 and 2 emissions per m2 of floor area", "kgCO2e", 3)
    assert more["energy.net.intensity.workforce.fte"] == ("Energy intensity per full-time equivalent", "GJ", 2)
    assert all(".intensity." in key for key in more)


def test_an_intensity_per_anything_else_is_known_by_its_key_and_listed_nowhere() -> None:
    book, framework = metric_book(()), framework_named("hkex-2020")
    spec = spec_named(framework, book, "waste.hazardous.intensity.energy.total")
    assert spec is not None
    assert (spec.kpi, spec.title, spec.unit, spec.decimals) == (
        "A1.3",
        "Hazardous waste per MWh of energy.total",
        "t",
        4,
    )
    assert "waste.hazardous.intensity.energy.total" not in list(book.metrics)
    for key in (
        "waste.hazardous.intensity.waste.compliance",
        "waste.hazardous.intensity.moonlight",
        "moonlight.intensity.headcount",
        "ghg.scope1",
        "waste.produced.intensity.headcount",
    ):
        assert spec_named(framework, book, key) is None, key


def test_a_fuel_that_is_metered_has_its_figures_in_its_own_unit_and_no_other_fuel_does() -> None:
    book = metric_book({"fuel.kerosene", "fuel.coke_oven_gas", "water.withdrawal"})
    specs = {spec.metric.key: spec for spec in specs_of(framework_named("hkex-2020"), book)}
    assert (specs["consumption.fuel.kerosene"].unit, specs["consumption.fuel.coke_oven_gas"].unit) == ("L", "m3")
    assert specs["consumption.fuel.kerosene"].title == "Kerosene (burning oil)"
    assert specs["consumption.fuel.coke_oven_gas.intensity.product.output"].unit == "m3"
    assert "energy.fuel.kerosene" in specs
    assert "consumption.fuel.naphtha" not in specs
    assert "consumption.water.withdrawal" not in specs


def test_an_unknown_framework_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownFramework, match=r"no framework 'gri-1999'; there are .*hkex-2020"):
        framework_named("gri-1999")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{kpi: A, key: no.such, title: X, unit: t, decimals: 0, status: verified}", "no metric has this key"),
        ("{kpi: A, key: water.total, title: X, unit: m3, decimals: 0, status: guessed}", "not a valid CodeStatus"),
        ("{kpi: A, key: water.total, title: X, unit: m3, decimals: -1, status: verified}", "decimals -1"),
        ("{kpi: A, key: water.total, title: X, decimals: 0, status: verified}", "unit is missing"),
        ("{kpi: A, key: water.total, title: X, unit: m3, decimals: 0, status: verified, x: 1}", "unknown field x"),
        ("{kpi: A, key: water.total, title: X, unit: kWh, decimals: 0, status: verified}", "cannot be printed in kWh"),
    ],
)
def test_a_bad_row_is_refused_with_file_and_row(row: str, words: str) -> None:
    with pytest.raises(BadDataFile, match=rf"t\.yaml: .*{words}"):
        _read(row)


def test_a_figure_appears_once() -> None:
    row = "{kpi: A, key: water.total, title: X, unit: m3, decimals: 0, status: verified}"
    with pytest.raises(BadDataFile, match=r"water\.total appears twice"):
        _read(f"{row}\n  - {row}")


def test_an_unknown_gwp_set_is_refused() -> None:
    row = "{kpi: A, key: water.total, title: X, unit: m3, decimals: 0, status: verified}"
    with pytest.raises(BadDataFile, match="unknown GWP set AR9"):
        _read(row, _HEAD.replace("AR5", "AR9"))


@pytest.mark.parametrize(
    ("exact", "decimals", "down", "half_up"),
    [
        ("2562.079142658123", 0, "2562", "2562"),
        ("71793.90274", 0, "71793", "71794"),
        ("0.06067205973864343497", 2, "0.06", "0.06"),
        ("0.35878718108276291226", 2, "0.35", "0.36"),
        ("1395.5396", 1, "1395.5", "1395.5"),
        ("0.0209631442", 3, "0.020", "0.021"),
    ],
)
def test_the_rounding_rule_decides_what_is_printed(exact: str, decimals: int, down: str, half_up: str) -> None:
    shown = [display(Decimal(exact), decimals=decimals, rounding=rule) for rule in (Rounding.DOWN, Rounding.HALF_UP)]
    assert shown == [down, half_up]
