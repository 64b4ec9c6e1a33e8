"""Each check beside a table in order: what sets it off, and what lies near that and does not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.checks.tables import GAS, Found, Printer, add, drop, put, rows_of, table

Body = dict[str, Any]
Edit = Callable[[Body], object]


def _plants(body: Body, **fields: Any) -> Body:
    second = {"code": "north", "country": "CN", "region": "CN-NM", "grid_region": "CN-NORTH", **fields}
    body["plants"].append(second)
    return body


def _headcounts(body: Body, persons: int) -> None:
    _plants(body, headcounts=[{"year": year, "persons": persons} for year in (2020, 2021)])


def _uncited(body: Body) -> None:
    for row in body["rows"]:
        row.pop("factors", None)


def _said(body: Body, key: str, direction: str) -> None:
    body["assertions"] = [
        {"text": "It went so", "keys": [key], "direction": direction, "from_year": 2020, "year": 2021}
    ]


def _cite(body: Body, key: str, *factors: Body) -> None:
    for row in rows_of(body, key):
        row["factors"] = [*row.get("factors", []), *factors]


def _waste(body: Body, *, per_tonne: bool) -> None:
    for year in (2020, 2021):
        add(body, "waste.hazardous", "52", "t", year, kpi="A1.3")
        if per_tonne:
            add(body, "waste.hazardous.intensity.product.output", "0.1", "t", year, kpi="A1.3", decimals=1)


def _staff(body: Body, *, hours: tuple[str, str]) -> None:
    for gender, value in zip(("male", "female"), hours, strict=True):
        for row in rows_of(body, "training.hours_average", 2021, gender=gender):
            row["value"] = Decimal(value)


def _own(kg: str, **fields: Any) -> Body:
    named = {"title": "the supplier's word", "resource": "electricity.grid", "region": "CN", "year": 2021}
    return {**named, "kg_co2e": Decimal(kg), "per": "kWh", **fields}


def _tonnes_of_sludge(body: Body, *, in_m3: bool) -> None:
    for year in (2020, 2021):
        add(body, "water.discharge", "1.50", "10kt", year, kpi="A2.2")
        add(body, "water.discharge", "15000" if in_m3 else "1.50", "m3" if in_m3 else "10kt", year, kpi="A2.2")


SETS_OFF: dict[str, tuple[Edit, Found]] = {
    "a value a thousand times last year's": (
        lambda body: (
            add(body, "water.recycled", "1200000", "m3", kpi="A2.2"),
            add(body, "water.recycled", "1000", "m3", 2020, kpi="A2.2"),
        ),
        [("unit_slip", "water.recycled")],
    ),
    "an activity in kWh that is in MWh": (
        lambda body: [row.update(unit="kWh") for row in rows_of(body, "consumption.electricity")],
        [("energy_unit", "consumption.electricity"), ("unit_slip", "consumption.electricity")],
    ),
    "a total that is off by one": (
        lambda body: put(body, "ghg.total", 2021, "939"),
        [("does_not_foot", "ghg.total")],
    ),
    "parts that lack a person": (
        lambda body: [row.update(value=64) for row in rows_of(body, "workforce.total", 2021, gender="male")],
        [("parts_do_not_add_up", "workforce.total")],
    ),
    "an intensity of other terms": (
        lambda body: put(body, "water.intensity.product.output", 2021, "8.1"),
        [("assertion_false", "water.intensity.product.output"), ("ratio_differs", "water.intensity.product.output")],
    ),
    "an intensity per what is nowhere printed": (
        lambda body: [
            add(body, "water.intensity.revenue.total", "0.01", "m3", year, kpi="A2.2") for year in (2020, 2021)
        ],
        [("denominator_undisclosed", "water.intensity.revenue.total")],
    ),
    "waste without an intensity": (
        lambda body: _waste(body, per_tonne=False),
        [("intensity_missing", "waste.hazardous")],
    ),
    "a factor of long ago": (
        lambda body: _cite(body, "ghg.scope2", _own("0.5835", year=2017)),
        [("stale_factor", "ghg.scope2"), ("stated_factor_not_used", "ghg.scope2")],
    ),
    "a plant in another province": (_plants, [("wrong_grid", "ghg.scope2")]),
    "one number for two grids and no factor": (
        lambda body: (
            _plants(body),
            drop(body, "ghg.scope1", "ghg.scope2", "ghg.total", "ghg.intensity.product.output"),
        ),
        [("several_grids", "consumption.electricity")],
    ),
    "a factor that gives something else": (
        lambda body: _cite(body, "ghg.scope2", _own("0.7", year=2020)),
        [("stated_factor_not_used", "ghg.scope2")],
    ),
    "emissions without a factor": (
        _uncited,
        [("factor_not_cited", "ghg.scope1"), ("factor_not_cited", "ghg.scope2")],
    ),
    "digits that were cut off": (
        lambda body: (put(body, "ghg.scope1", 2021, "237"), put(body, "ghg.total", 2021, "937")),
        [("rounding_rule", "ghg.scope1")],
    ),
    "a mean that is not the parts'": (
        lambda body: _staff(body, hours=("10.00", "13.00")),
        [("weighted_average_differs", "training.hours_average")],
    ),
    "leavers that nobody lost": (
        lambda body: (put(body, "workforce.leavers", 2021, "11"), put(body, "workforce.turnover_rate", 2021, "10.00")),
        [("roll_forward", "workforce.leavers")],
    ),
    "a turnover that no head-count gives": (
        lambda body: (drop(body, "workforce.leavers"), put(body, "workforce.turnover_rate", 2021, "9.00")),
        [("roll_forward", "workforce.turnover_rate")],
    ),
    "one quantity in two units": (
        lambda body: _tonnes_of_sludge(body, in_m3=True),
        [("two_units", "water.discharge"), ("two_units", "water.discharge")],
    ),
    "one quantity with two values": (
        lambda body: add(body, "water.total", "4200", "m3", kpi="A2.2"),
        [("two_values", "water.total")],
    ),
    "energy in GJ": (
        lambda body: (
            [row.update(unit="GJ") for row in rows_of(body, "energy.fuel.natural_gas")],
            drop(body, "energy.total", "energy.intensity.product.output"),
        ),
        [("energy_unit", "energy.fuel.natural_gas")],
    ),
    "gas that is not energy": (
        lambda body: drop(body, "energy.fuel.natural_gas", "energy.total", "energy.intensity.product.output"),
        [("energy_not_converted", "consumption.fuel.natural_gas")],
    ),
    "a figure under another code": (
        lambda body: put(body, "water.total", 2021, "4160", kpi="A1.2"),
        [("kpi_misfiled", "water.total")],
    ),
    "a ratio of one plant alone": (
        lambda body: (
            _plants(body, region="CN-JX", grid_region="CN-CENTRAL"),
            put(body, "water.intensity.product.output", 2021, "8.0", boundary=["main"]),
        ),
        [("boundary_differs", "water.intensity.product.output")],
    ),
    "a figure of one year": (
        lambda body: add(body, "injuries.fatalities", "0", "number", kpi="B2.1"),
        [("single_year", "injuries.fatalities")],
    ),
    "a figure whose past is left empty": (
        lambda body: (
            add(body, "injuries.fatalities", "0", "number", kpi="B2.1"),
            body["rows"].append({"year": 2020, "key": "injuries.fatalities", "unit": "number", "kpi": "B2.1"}),
        ),
        [("comparative_missing", "injuries.fatalities")],
    ),
    "a sentence that the figure contradicts": (
        lambda body: _said(body, "ghg.intensity.product.output", "decrease"),
        [("assertion_false", "ghg.intensity.product.output")],
    ),
    "a sentence that holds per one thing only": (
        lambda body: [add(body, "headcount", digits, "person", year) for year, digits in ((2020, "100"), (2021, "90"))],
        [("assertion_contradicted", "water.total")],
    ),
    "a KPI called disclosed": (
        lambda body: body["index"].append({"kpi": "A1.1", "status": "disclosed"}),
        [("disclosed_without_figure", "A1.1")],
    ),
    "a KPI left out for no reason": (
        lambda body: body["index"].append({"kpi": "A2.5", "status": "not_material"}),
        [("explanation_missing", "A2.5")],
    ),
}

STAYS_SILENT: dict[str, Edit] = {
    "a value five hundred times last year's": lambda body: (
        add(body, "water.recycled", "400000", "m3", kpi="A2.2"),
        add(body, "water.recycled", "1000", "m3", 2020, kpi="A2.2"),
    ),
    "a total in another unit": lambda body: [
        row.update(unit="ktCO2e", value=row["value"].scaleb(-3)) for row in rows_of(body, "ghg.total")
    ],
    "parts by another dimension that do not part the whole": lambda body: [
        add(body, "targets.yearly_reduction", digits, "%", year, kpi="A2.3", dimensions={"bound": bound})
        for year in (2020, 2021)
        for bound, digits in (("lower", "5"), ("upper", "10"))
    ],
    "an intensity rounded the other way": lambda body: put(body, "ghg.intensity.product.output", 2020, "1.65"),
    "a denominator that is printed": lambda body: [
        (
            add(body, "revenue.total", millions, "CNY million", year),
            add(body, "water.intensity.revenue.total", "0.10", "m3", year, kpi="A2.2"),
        )
        for year, millions in ((2020, "40"), (2021, "42"))
    ],
    "waste with an intensity": lambda body: _waste(body, per_tonne=True),
    "a factor of three years before": lambda body: _cite(
        body, "ghg.scope1", {**_own("2.162188809", per="m3", year=2018), "resource": "fuel.natural_gas"}
    ),
    "a plant in the same province": lambda body: _plants(body, region="CN-JX", grid_region="CN-CENTRAL"),
    "a plant elsewhere where nobody works": lambda body: _headcounts(body, 0),
    "a factor of the whole country": lambda body: _cite(body, "ghg.scope1", {"code": GAS}),
    "a factor whose number is not told": lambda body: _cite(
        body, "ghg.scope1", {"title": "a handbook", "resource": "fuel.natural_gas"}
    ),
    "digits that were cut off, and the rule told": lambda body: (
        put(body, "ghg.scope1", 2021, "237"),
        put(body, "ghg.total", 2021, "937"),
        body.setdefault("rounding", "down"),
    ),
    "a mean within its last digit": lambda body: put(body, "training.hours_average", 2021, "10.81"),
    "leavers that are not printed": lambda body: drop(body, "workforce.leavers", "workforce.turnover_rate"),
    "a turnover over the opening count": lambda body: (
        drop(body, "workforce.leavers"),
        put(body, "workforce.turnover_rate", 2021, "20.00"),
    ),
    "one quantity twice in its unit": lambda body: _tonnes_of_sludge(body, in_m3=False),
    "one value printed twice": lambda body: add(body, "water.total", "4160", "m3", kpi="A2.2"),
    "a figure under no code": lambda body: put(body, "water.total", 2021, "4160", kpi=None),
    "a figure of one plant by dimension": lambda body: [
        add(body, "environment.plantable_area", "80", "m2", year, dimensions={"plant": "main"}, boundary=["main"])
        for year in (2020, 2021)
    ],
    "a figure of both years": lambda body: [
        add(body, "injuries.fatalities", "0", "number", year, kpi="B2.1") for year in (2020, 2021)
    ],
    "a sentence that holds": lambda body: _said(body, "ghg.intensity.product.output", "increase"),
    "a sentence that holds per everything": lambda body: [
        add(body, "headcount", digits, "person", year) for year, digits in ((2020, "100"), (2021, "110"))
    ],
    "a KPI left out for a reason": lambda body: body["index"].append(
        {"kpi": "A2.5", "status": "not_material", "text": "Nothing is packed"}
    ),
    "a KPI of no framework": lambda body: body["index"].append({"kpi": "Z9", "status": "disclosed"}),
}


@pytest.mark.parametrize("case", SETS_OFF)
def test_a_check_finds(printer: Printer, case: str) -> None:
    edit, expected = SETS_OFF[case]
    body = table()
    edit(body)
    assert printer.found(printer.explained(body)) == expected


@pytest.mark.parametrize("case", STAYS_SILENT)
def test_a_check_stays_silent(printer: Printer, case: str) -> None:
    body = table()
    STAYS_SILENT[case](body)
    assert printer.checks(printer.explained(body)) == []
