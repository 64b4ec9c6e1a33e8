"""Instruments: which kWh they cover, once and never beyond, and what is left unused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.accounting.factors.factor import Method
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.instruments import Instrument, InstrumentKind, cover
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.calendar.periods import day_of
from tests.support.factors import bucket, factor, ledger, meter, site

_FIRST, _END = day_of(date(2021, 1, 1)), day_of(date(2022, 1, 1))


def _claim(code: str, kwh: str, *, region: str = "CN", kg: str = "0", first: date | None = None) -> Instrument:
    return Instrument(
        code=code,
        kind=InstrumentKind.CERTIFICATE,
        region=region,
        valid_from=first or date(2021, 1, 1),
        valid_to=date(2022, 1, 1),
        amount=Decimal(kwh),
        unit="kWh",
        kg_co2e_per_kwh=Decimal(kg),
        source="a registry",
    )


def _covered(found: Ledger, *claims: Instrument) -> Ledger:
    entries, findings = cover(found.entries, claims, first_day=_FIRST, end_day=_END)
    return replace(found, entries=tuple(entries), findings=tuple(findings))


def _market(found: Ledger) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount("ghg.scope2.market", {})


def _grid(*kwh: str, shares: Sequence[str] = ("1", "1", "1")) -> Ledger:
    """Plants p1, p2 ... on a grid of 1 kg per kWh, with that many kWh each."""
    plants = [site(f"p{n}", share=share) for n, share in zip(range(1, len(kwh) + 1), shares, strict=False)]
    meters = [meter(n, "electricity.grid", "kWh", plant=f"p{n}") for n in range(1, len(kwh) + 1)]
    mix = factor("mix", method=Method.MARKET, region="CN")
    return ledger(plants, meters, [bucket(n, units) for n, units in enumerate(kwh, start=1)], factors=[mix])


def test_a_certificate_covers_what_it_can_and_the_rest_takes_the_residual_mix() -> None:
    amount = _market(_covered(_grid("1000"), _claim("gec", "400")))
    assert amount.value == Decimal(600)
    parts = [(term.quantity, term.choice.factor.code, term.choice.why) for term in amount.terms if term.choice]
    assert parts == [(Decimal(400), "gec", "instrument"), (Decimal(600), "mix", "country")]
    assert amount.findings == ()


def test_a_certificate_larger_than_consumption_covers_no_more_than_there_is_and_says_so() -> None:
    amount = _market(_covered(_grid("1000"), _claim("gec", "2500")))
    assert amount.value == 0
    assert [term.quantity for term in amount.terms] == [Decimal(1000)]
    assert [finding.detail for finding in amount.findings] == [
        "1500 of 2500 kWh of the instrument gec cover no consumption"
    ]


def test_two_instruments_cover_one_kwh_once() -> None:
    amount = _market(_covered(_grid("1000"), _claim("a", "700"), _claim("b", "700")))
    assert sum(term.quantity for term in amount.terms) == 1000
    assert [finding.detail for finding in amount.findings] == [
        "400 of 700 kWh of the instrument b cover no consumption"
    ]


def test_an_instrument_counts_only_in_its_region() -> None:
    found = _covered(
        _grid("1000", "1000"), _claim("elsewhere", "500", region="US"), _claim("p2-only", "500", region="p2")
    )
    amount = _market(found)
    assert amount.value == Decimal(1500)
    covered = [term for term in amount.terms if term.choice and term.choice.factor.code == "p2-only"]
    assert [(term.activity.site.place.plant, term.quantity) for term in covered] == [("p2", Decimal(500))]
    assert [finding.code for finding in amount.findings] == ["instrument_unused"]


def test_the_narrower_instrument_goes_first_so_that_the_wider_one_serves_the_rest() -> None:
    amount = _market(_covered(_grid("1000", "1000"), _claim("a-wide", "1000"), _claim("b-narrow", "1000", region="p1")))
    assert amount.value == 0
    assert amount.findings == ()


def test_green_power_is_covered_before_other_grid_power() -> None:
    meters = [meter(1, "electricity.grid", "kWh"), meter(2, "electricity.green", "kWh")]
    mix = factor("mix", method=Method.MARKET, region="CN")
    found = ledger([site()], meters, [bucket(1, "900"), bucket(2, "100")], factors=[mix])
    amount = _market(_covered(found, _claim("contract", "100")))
    assert amount.value == Decimal(900)
    assert {term.activity.resource: term.value for term in amount.terms} == {
        "electricity.green": Decimal(0),
        "electricity.grid": Decimal(900),
    }


def test_an_instrument_may_have_emissions_of_its_own() -> None:
    assert _market(_covered(_grid("1000"), _claim("biogas", "1000", kg="0.05"))).value == Decimal("50.00")


def test_an_equity_share_holds_its_part_of_what_is_covered() -> None:
    amount = _market(_covered(_grid("1000", shares=["0.6"]), _claim("gec", "400")))
    assert amount.value == Decimal("360.0")  # 0.6 x (1000 - 400)


def test_an_instrument_that_begins_in_the_year_covers_only_days_that_were_cut_for_it() -> None:
    amount = _market(_covered(_grid("1000"), _claim("late", "400", first=date(2021, 7, 1))))
    assert amount.value == Decimal(1000)
    assert [finding.code for finding in amount.findings] == ["instrument_unused"]


def test_a_period_over_new_year_is_divided_by_days_and_adds_up() -> None:
    claim = replace(_claim("gec", "1000"), valid_from=date(2021, 7, 1), valid_to=date(2022, 7, 1))
    first, second = claim.within(_FIRST, _END), claim.within(_END, _END + 365)
    assert (first, second) == (Decimal("504.109589"), Decimal("495.890411"))  # 184 and 181 of 365 days
    assert first + second == 1000


def test_location_based_scope_2_knows_no_instruments() -> None:
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "1000")])
    location = Evaluation(_covered(found, _claim("gec", "1000")), metric_book(()), gwp_set_named("AR5"))
    assert location.amount("ghg.scope2", {}).value == Decimal("583.5000")
