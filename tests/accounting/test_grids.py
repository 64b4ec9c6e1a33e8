"""Plants on different grids, each with the factor of its own place."""

from datetime import date
from decimal import Decimal

from app.accounting.factors.gwp import gwp_set_named
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from tests.support.factors import bucket, ledger, meter, site


def test_plants_on_different_grids_each_take_their_own_factor() -> None:
    hong_kong = site("tsuen-wan", country="HK", region=None, grid_region="HK-CLP")
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.grid", "kWh", plant="tsuen-wan")]
    buckets = [bucket(1, "1000", start=date(2023, 1, 1)), bucket(2, "1000", start=date(2023, 1, 1))]
    found = ledger([site(), hong_kong], meters, buckets, year=2023)
    amount = Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount("ghg.scope2", {})
    chosen = {
        term.activity.site.place.plant: (term.choice.factor.code, term.value) for term in amount.terms if term.choice
    }
    assert chosen == {
        "ganzhou": ("cn_grid_mee_prov_2023_jx", Decimal("583.6")),
        "tsuen-wan": ("grid_hk_clp_2023", Decimal("390.00")),
    }
