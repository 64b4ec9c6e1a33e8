"""Parts of a whole: by what meters state, by where energy comes from, by gas; and what is said where nothing tells."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from app.accounting.factors.gwp import gwp_set_named, gwp_sets
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.ledger.origin import part_from, states_origin
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.formula_rows import formula_of
from app.accounting.metrics.vocabulary import metric_book
from app.core.datafile import BadDataFile, Row, parse
from app.core.inventory.resources import SHIPPED, Origin, shipped_resources
from tests.support.factors import bucket, factor, ledger, meter, site


def _evaluation(found: Ledger) -> Evaluation:
    return Evaluation(found, metric_book(()), gwp_set_named("AR5"))


def _metered(*meters: tuple[str, str, Mapping[str, str], str]) -> Evaluation:
    """A plant with meters of (resource, unit, attributes, quantity of 2021)."""
    return _evaluation(
        ledger(
            [site()],
            [meter(number, resource, unit, attributes=said) for number, (resource, unit, said, _) in enumerate(meters)],
            [bucket(number, quantity) for number, (_, _, _, quantity) in enumerate(meters)],
        )
    )


def _waste(*streams: tuple[str | None, str]) -> Evaluation:
    return _metered(*(("waste.hazardous", "t", {"treatment": how} if how else {}, t) for how, t in streams))


def _codes(amount: Amount) -> list[str]:
    return [finding.code for finding in amount.findings]


def test_waste_is_diverted_or_directed_by_its_treatment() -> None:
    found = _waste(("recycling", "3"), ("landfill", "5"), ("reuse", "0.5"))
    assert found.amount("waste.diverted", {}).value == Decimal("3.5")
    assert found.amount("waste.hazardous.directed", {}).value == Decimal(5)
    assert found.amount("waste.hazardous.diverted", {"treatment": "reuse"}).value == Decimal("0.5")
    assert found.amount("waste.unrecycled_share", {}).value == Decimal("58.82352941176470588235")  # 5 / 8.5
    assert found.amount("waste.nonhazardous.diverted", {}).value is None  # no meter at all


def test_a_part_is_divided_by_the_whole_denominator() -> None:
    found = _metered(
        ("waste.hazardous", "t", {"treatment": "landfill"}, "6"),
        ("waste.hazardous", "t", {"treatment": "recycling"}, "2"),
        ("product.output", "t", {}, "40"),
    )
    assert found.ratio("waste.hazardous", "product.output", {"treatment": "landfill"}).value == Decimal("0.15")
    assert found.ratio("waste.hazardous", "product.output").value == Decimal("0.2")


def test_nothing_is_diverted_where_all_is_stated_to_go_elsewhere() -> None:
    amount = _waste(("landfill", "5")).amount("waste.diverted", {})
    assert (amount.value, _codes(amount)) == (Decimal(0), [])


def test_what_states_no_treatment_is_in_no_part_and_is_named() -> None:
    found = _waste(("landfill", "5"), (None, "2"))
    diverted, directed = found.amount("waste.diverted", {}), found.amount("waste.directed", {})
    assert (diverted.value, _codes(diverted)) == (None, ["unclassified"])
    assert (directed.value, _codes(directed)) == (Decimal(5), ["unclassified"])
    assert [(each.detail, each.mend) for each in directed.findings] == [
        ("waste.hazardous of ganzhou states no treatment: it is in no part", "state treatment on meter-1")
    ]


def test_energy_is_fossil_nuclear_or_renewable_and_the_three_are_all_of_it() -> None:
    # Diesel: 1,000 L x 0.84 kg/L x 42.652 GJ/t = 35.82768 GJ = 9,952.133... kWh, of which 0.3 renewable.
    found = _metered(
        ("electricity.grid", "kWh", {"origin": "nuclear"}, "50"),
        ("electricity.grid", "kWh", {}, "700"),
        ("electricity.green", "kWh", {}, "200"),
        ("electricity.solar", "kWh", {}, "40"),
        ("heat.purchased", "GJ", {"origin": "renewable"}, "3.6"),
        ("fuel.diesel", "L", {"renewable_share": "0.3"}, "1000"),
    )
    parts = {origin: found.amount(f"energy.source.{origin}", {}) for origin in ("fossil", "nuclear", "renewable")}
    assert parts["nuclear"].value == Decimal(50)
    assert parts["fossil"].value == Decimal("7666.493333333333333333331")  # 700 + 0.7 x 9,952.1333
    assert parts["renewable"].value == Decimal("4225.639999999999999999999")  # 200 + 40 + 1,000 + 0.3 x 9,952.1333
    assert sum(part.value or 0 for part in parts.values()) == found.amount("energy.total", {}).value
    assert found.amount("energy.renewable.purchased", {}).value == Decimal(1200)
    assert found.amount("energy.renewable.own", {}).value == Decimal(40)
    assert _codes(parts["fossil"]) == ["origin_not_stated"]


def test_the_terms_of_a_part_multiply_out_and_add_up() -> None:
    found = _metered(("fuel.natural_gas", "m3", {"renewable_share": "0.25"}, "10000"))
    amount = found.amount("energy.fossil.gas", {})
    (term,) = amount.terms
    # 389.31 GJ / 0.0036 = 108,141.66666666666666666667 kWh to twenty places, and three quarters of that.
    assert amount.value == term.value == Decimal("81106.2500000000000000000025")
    assert term.multiplier * term.quantity == pytest.approx(term.value)


def test_nuclear_power_is_unknown_where_no_origin_is_stated_and_none_where_all_is() -> None:
    silent = _metered(("electricity.grid", "kWh", {}, "700")).amount("energy.source.nuclear", {})
    assert (silent.value, _codes(silent)) == (None, ["origin_not_stated"])
    stated = _metered(("electricity.grid", "kWh", {"origin": "fossil"}, "700")).amount("energy.source.nuclear", {})
    assert (stated.value, _codes(stated)) == (Decimal(0), [])


def test_what_is_sold_is_taken_off_once_a_meter_could_measure_it() -> None:
    grid: tuple[str, str, dict[str, str], str] = ("electricity.grid", "kWh", {}, "700")
    alone = _metered(grid).amount("energy.net", {})
    assert (alone.value, _codes(alone)) == (Decimal(700), ["not_metered"])
    assert _metered(grid, ("electricity.exported", "kWh", {}, "200")).amount("energy.net", {}).value == Decimal(500)


def test_a_seller_whose_meter_is_silent_has_no_net_energy() -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.exported", "kWh")]
    amount = _evaluation(ledger([site()], meters, [bucket(1, "700")])).amount("energy.net", {})
    assert amount.value is None
    assert "missing_part" in _codes(amount)


def test_scope_1_by_gas_adds_up_to_scope_1() -> None:
    # Anthracite by a factor of 2 kg CO2, 0.01 kg CH4 and 0.001 kg N2O per t, SF6 as it is, LPG stated as CO2e.
    factors = [
        factor("c", resource="fuel.coal.anthracite", method=None, per="t", kg_co2=Decimal(2), kg_ch4=Decimal("0.01"),
               kg_n2o=Decimal("0.001"), region="CN"),
        factor("s", resource="refrigerant.SF6", method=None, per="kg", kg_co2=None, other_gases={"SF6": Decimal(1)},
               region="CN"),
        factor("l", resource="fuel.lpg", method=None, per="t", kg_co2=None, kg_co2e=Decimal(3), region="CN"),
    ]  # fmt: skip
    world = ledger(
        [site()],
        [meter(1, "fuel.coal.anthracite", "t"), meter(2, "refrigerant.SF6", "kg"), meter(3, "fuel.lpg", "t")],
        [bucket(1, "100"), bucket(2, "0.1"), bucket(3, "7")],
        factors=factors,
    )
    found = _evaluation(world)
    gases = {gas: found.amount(f"ghg.scope1.{gas}", {}) for gas in ("co2", "ch4", "n2o", "sf6", "unsplit", "hfcs")}
    assert {gas: amount.value for gas, amount in gases.items()} == {
        "co2": Decimal(200),
        "ch4": Decimal(28),  # 100 x 0.01 x 28
        "n2o": Decimal("26.5"),  # 100 x 0.001 x 265
        "sf6": Decimal(2350),  # 0.1 x 23,500
        "unsplit": Decimal(21),
        "hfcs": None,
    }
    assert found.amount("ghg.scope1", {}).value == Decimal("2625.5")
    assert _codes(gases["hfcs"]) == ["gas_not_stated"]
    (methane,) = gases["ch4"].terms
    assert (methane.quantity, methane.multiplier, methane.per_unit) == (Decimal(100), Decimal(1), Decimal("0.28"))


def test_a_missing_factor_is_a_gap_of_every_gas() -> None:
    world = ledger([site()], [meter(1, "fuel.lpg", "t")], [bucket(1, "7")], factors=[])
    amount = _evaluation(world).amount("ghg.scope1.ch4", {})
    assert amount.value is None
    assert "no_factor" in _codes(amount)


def test_every_gas_with_a_potential_belongs_to_one_figure_of_scope_1() -> None:
    formulas = [metric.formula for metric in metric_book(()).metrics.values()]
    named = [gas for formula in formulas for gas in getattr(formula, "gases", ())]
    potentials = {gas for gwp_set in gwp_sets().values() for gas in gwp_set.gases}
    assert sorted(named) == sorted(potentials - {"CH4_fossil", "CH4_nonfossil"} | {"CO2e"})


def test_every_fuel_of_the_catalogue_is_renewable_or_in_one_group_of_fossil_fuels() -> None:
    fuels = [resource for resource in shipped_resources() if resource.key.startswith("fuel.")]
    found = _metered(*((resource.key, resource.unit, {}, "1") for resource in fuels))
    groups = [found.amount(f"energy.fossil.{group}", {}) for group in ("coal", "oil", "gas", "other")]
    grouped = [each.resource for group in groups for each in group.activities]
    renewable = [each.key for each in fuels if each.origin == "renewable"]
    assert sorted([*grouped, *renewable]) == sorted(each.key for each in fuels)


@pytest.mark.parametrize(
    ("resource", "group"),
    [
        ("fuel.lng", "gas"),
        ("fuel.city_gas", "gas"),
        ("fuel.fuel_oil.residual", "oil"),
        ("fuel.petroleum_coke", "oil"),
        ("fuel.lpg", "oil"),
        ("fuel.coke", "coal"),
        ("fuel.coal.sub_bituminous", "coal"),
        ("fuel.blast_furnace_gas", "coal"),
        ("fuel.peat", "other"),
        ("fuel.hydrogen", "other"),
        ("fuel.waste.plastics", "other"),
    ],
)
def test_a_fuel_belongs_to_the_group_of_energy_statistics(resource: str, group: str) -> None:
    assert SHIPPED.named(resource).fuel_group == group


@pytest.mark.parametrize(
    "resource", ["fuel.biomass", "fuel.wood", "fuel.biodiesel", "fuel.bioethanol", "fuel.biogas", "fuel.landfill_gas"]
)
def test_a_fuel_of_biomass_is_renewable_whatever_its_meter_states(resource: str) -> None:
    found = SHIPPED.named(resource)
    assert (found.origin, found.fuel_group) == ("renewable", None)


@pytest.mark.parametrize(
    ("attributes", "fossil", "states"),
    [
        ({}, 1, False),
        ({"origin": "renewable"}, 0, True),
        ({"origin": "nuclear"}, 0, True),
        ({"renewable_share": "0.25"}, Decimal("0.75"), True),
    ],
)
@pytest.mark.parametrize("resource", ["fuel.hydrogen", "fuel.waste.municipal"])
def test_a_mixed_fuel_is_what_its_meter_states_and_fossil_where_it_is_silent(
    resource: str, attributes: Mapping[str, str], fossil: Decimal, states: bool
) -> None:
    found = ledger([site()], [meter(1, resource, "t", attributes=attributes)], [bucket(1, "1")])
    (entry,) = found.entries
    assert (part_from(entry.activity, Origin.FOSSIL), states_origin(entry.activity)) == (fossil, states)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{key: a, energy: [fuel.*], origin: lunar}", "'lunar' is not a valid Origin"),
        ("{key: a, energy: [fuel.*], fuel_group: lunar}", "'lunar' is not a valid FuelGroup"),
        ("{key: a, quantity: [water.withdrawal, fuel.diesel]}", "adds different units"),
        (
            "{key: a, quantity: [water.recycled], having: {attribute: stressed, values: ['true']}}",
            "water.recycled has no attribute 'stressed'",
        ),
        (
            "{key: a, quantity: [waste.hazardous], having: {attribute: treatment, values: [magic]}}",
            "treatment of waste.hazardous is one of .*, not 'magic'",
        ),
        ("{key: a, emissions: {scope: 1, gases: [helium]}}", "no potential of helium"),
        ("{key: a, ratio: {of: ghg.total, per: moonlight}}", "is per moonlight, which is no denominator"),
        ("{key: a}", "no formula"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused_with_its_row(row: str, words: str) -> None:
    (data,) = parse(row, where="m.yaml")
    with pytest.raises(BadDataFile, match=rf"m\.yaml: row a.*{words}"):
        formula_of(Row(data, where="m.yaml: row a"), {}, {"revenue.total": Decimal(1000)}, SHIPPED)


def test_a_ratio_may_have_a_step_of_its_own() -> None:
    found = _metered(("electricity.grid", "kWh", {}, "700"), ("revenue.total", "CNY", {}, "2000000"))
    assert found.amount("energy.intensity.revenue.total", {}).value == Decimal("0.35")
    assert found.amount("energy.intensity.net_revenue", {}).value == Decimal(350)
