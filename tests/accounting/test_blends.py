"""The renewable share of a fuel acts on its energy, on its fossil emissions and on biogenic CO2."""

from decimal import Decimal

import pytest

from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from tests.support.factors import bucket, factor, ledger, meter, site

_GASES = {"kg_co2": Decimal("2.7"), "kg_ch4": Decimal("0.0001"), "kg_n2o": Decimal("0.0001")}


def _diesel(share: str | None, **fields: object) -> Ledger:
    stated = factor("f", **{"resource": "fuel.diesel", "region": "CN", "method": None, "per": "L", **_GASES, **fields})
    attributes = {} if share is None else {"renewable_share": share}
    return ledger(
        [site()], [meter(1, "fuel.diesel", "L", attributes=attributes)], [bucket(1, "1000")], factors=[stated]
    )


def _amount(found: Ledger, key: str, *, splits: bool = False) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named("AR6", splits_methane=splits)).amount(key, {})


def test_the_shares_carbon_dioxide_is_biogenic_and_its_other_gases_stay() -> None:
    found = _diesel("0.07")
    scope1 = _amount(found, "ghg.scope1")
    # 1,000 L x (0.93 x 2.7 + 0.0001 x 27.9 + 0.0001 x 273) kg
    assert scope1.value == Decimal("2541.09")
    assert _amount(found, "ghg.biogenic").value == Decimal("189.0")
    assert _amount(found, "ghg.scope1.co2").value == Decimal("2511.0")
    assert _amount(found, "ghg.scope1.ch4").value == Decimal("2.79")
    assert scope1.terms[0].notes[1] == (
        "assumption: renewable share 0.07 of fuel.diesel emits as much CO2 as the rest;"
        " it is biogenic and reported apart, CH4 and N2O stay"
    )
    assert [each.detail for each in scope1.findings] == [
        "189 kg of biogenic CO2 are reported apart (ghg.biogenic) and are not part of it"
    ]


def test_methane_of_the_share_is_not_fossil() -> None:
    # 0.093 kg at 29.8 and 0.007 kg at 27.0
    assert _amount(_diesel("0.07"), "ghg.scope1.ch4", splits=True).value == Decimal("2.9604")


@pytest.mark.parametrize(
    ("share", "kg", "biogenic"), [(None, "2730.09", None), ("0", "2730.09", None), ("1", "30.09", "2700.0")]
)
def test_none_and_all_of_it(share: str | None, kg: str, biogenic: str | None) -> None:
    found = _diesel(share)
    assert _amount(found, "ghg.scope1").value == Decimal(kg)
    assert _amount(found, "ghg.biogenic").value == (None if biogenic is None else Decimal(biogenic))


def test_a_factor_of_the_blend_is_not_split_again() -> None:
    of_blend = {"kg_co2": Decimal("2.511"), "kg_co2_biogenic": Decimal("0.16")}
    found = _diesel("0.07", **of_blend)
    assert _amount(found, "ghg.scope1").value == Decimal("2541.09")
    assert _amount(found, "ghg.biogenic").value == Decimal(160)
    assert "factor f is of the blend" in _amount(found, "ghg.scope1").terms[0].notes[1]
    for_share = _diesel("0.07", attributes={"renewable_share": "0.07"})
    assert _amount(for_share, "ghg.scope1").value == Decimal("2730.09")


def test_what_is_stated_as_co2e_alone_counts_whole_and_leaves_biogenic_co2_unknown() -> None:
    nothing = dict.fromkeys(_GASES)
    found = _diesel("0.07", **{**nothing, "kg_co2e": Decimal("2.5"), "gwp_set": "AR6"})
    scope1, biogenic = _amount(found, "ghg.scope1"), _amount(found, "ghg.biogenic")
    assert scope1.value == Decimal(2500)
    assert (
        "renewable share 0.07 of fuel.diesel cannot be taken out of factor f: it states CO2e alone"
        in scope1.terms[0].notes
    )
    assert biogenic.value is None
    assert [each.code for each in biogenic.findings] == ["biogenic_not_stated"]


def test_the_energy_of_the_share_is_renewable() -> None:
    gas = meter(1, "fuel.natural_gas", "m3", attributes={"renewable_share": "0.2"})
    found = ledger([site()], [gas], [bucket(1, "1000")])
    assert _amount(found, "energy.renewable.fuels").value is not None
    # 2.162188809 kg per m3 x 0.8 and x 0.2
    assert _amount(found, "ghg.scope1").value == Decimal("1729.7510472")
    assert _amount(found, "ghg.biogenic").value == Decimal("432.4377618")


def test_an_origin_that_a_meter_states_makes_carbon_dioxide_biogenic() -> None:
    waste = meter(1, "fuel.waste.municipal", "t", attributes={"origin": "renewable"})
    burnt: Factor = factor(
        "w",
        resource="fuel.waste.municipal",
        region="CN",
        method=None,
        per="t",
        kg_co2=Decimal(900),
        kg_n2o=Decimal("0.04"),
    )
    found = ledger([site()], [waste], [bucket(1, "10")], factors=[burnt])
    assert _amount(found, "ghg.scope1").value == Decimal("109.2")
    assert _amount(found, "ghg.biogenic").value == Decimal(9000)
