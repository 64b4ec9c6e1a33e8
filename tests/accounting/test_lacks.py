"""A finding tells what somebody can state to mend it, so that a form can ask for just that."""

import pytest

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.findings import Lack, Statement
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.inventory.resources import QUANTITY_KINDS, Catalogue, FuelGroup, Origin, Resource
from tests.support.factors import bucket, factor, ledger, meter, site

_KINDS = QUANTITY_KINDS
_CATALOGUE = Catalogue(
    own=(
        Resource("fuel.syngas", "Syngas", "m3", _KINDS, {}, origin=Origin.FOSSIL, fuel_group=FuelGroup.GAS),
        Resource("process.mystery", "A process", "t", _KINDS, {}, scope=1),
    )
)
_PER_GJ = factor("syngas", resource="fuel.syngas", region="CN", method=None, per="GJ", basis="LHV")
_GAS_HEAT = Lack(Statement.CALORIFIC_VALUE, "fuel.syngas", "ganzhou", "m3")


@pytest.mark.parametrize(
    ("resource", "unit", "key", "code", "lack"),
    [
        ("fuel.syngas", "m3", "energy.total", "no_calorific_value", _GAS_HEAT),
        ("fuel.syngas", "m3", "ghg.scope1", "not_convertible", _GAS_HEAT),
        ("process.mystery", "t", "ghg.scope1", "no_factor", Lack(Statement.FACTOR, "process.mystery", "ganzhou", "t")),
    ],
)
def test_what_is_in_no_figure_lacks_a_statement_about_it(
    resource: str, unit: str, key: str, code: str, lack: Lack
) -> None:
    books = ledger([site()], [meter(1, resource, unit)], [bucket(1, "5")], factors=[_PER_GJ], catalogue=_CATALOGUE)
    amount = Evaluation(books, metric_book({resource}, _CATALOGUE), gwp_set_named("AR5")).amount(key, {})

    assert [(each.code, each.lack) for each in amount.findings] == [(code, lack)]


def test_energy_on_no_heating_value_lacks_nothing_that_a_form_could_ask_for() -> None:
    books = ledger(
        [site()], [meter(1, "fuel.syngas", "kWh")], [bucket(1, "5")], factors=[_PER_GJ], catalogue=_CATALOGUE
    )
    amount = Evaluation(books, metric_book({"fuel.syngas"}, _CATALOGUE), gwp_set_named("AR5")).amount(
        "energy.total", {}
    )

    assert [(each.mend, each.lack) for each in amount.findings] == [("state the basis", None)]
