"""Contracts and the origin of energy: whatever is covered, the parts are the whole, and no kWh counts twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.accounting.factors.calorific_choice import CalorificBook
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.gwp import gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.ledger.instruments import Carrier, EnergySource, Instrument, InstrumentKind
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import metric_book
from app.core.inventory.resources import Origin
from app.core.units.quantities import EXACT
from tests.support.calorific_values import value
from tests.support.factors import bucket, ledger, meter, site

_RESOURCES = (
    ("electricity.grid", "kWh", InstrumentKind.CERTIFICATE),
    ("electricity.green", "kWh", InstrumentKind.GREEN_POWER_CONTRACT),
    ("fuel.natural_gas", "m3", InstrumentKind.BIOMETHANE_CERTIFICATE),
    ("heat.purchased", "GJ", InstrumentKind.HEAT_CONTRACT),
)

_NET = {"region": "CN", "per": "m3", "energy_unit": "MJ", "factor_set": None}


def _claim(code: str, kind: InstrumentKind, amount: str, unit: str, **fields: object) -> Instrument:
    known: dict[str, object] = {
        "region": "CN",
        "valid_from": date(2021, 1, 1),
        "valid_to": date(2022, 1, 1),
        "kg_co2e_per_kwh": Decimal(0),
        "source": "a registry",
        "basis": HeatingValueBasis.LHV if kind.carrier is Carrier.GAS else None,
    }
    return Instrument(code=code, kind=kind, amount=Decimal(amount), unit=unit, **{**known, **fields})  # type: ignore[arg-type]


def _ledger(months: Sequence[Sequence[int]], instruments: Sequence[Instrument]) -> Ledger:
    """Two plants with every resource, each meter with these quantities by month."""
    meters = [
        meter(1 + place * 4 + each, resource, unit, plant=f"p{place}")
        for place in (0, 1)
        for each, (resource, unit, _) in enumerate(_RESOURCES)
    ]
    yearly = [bucket(each.id, str(sum(of))) for each, of in zip(meters, months, strict=True)]
    finer = [
        bucket(each.id, str(units), start=date(2021, month, 1), count=1, covered_s=0)
        for each, of in zip(meters, months, strict=True)
        for month, units in enumerate(of, start=1)
    ]
    sites = [site("p0"), site("p1", share="0.37")]
    return ledger(sites, meters, yearly, finer=finer, instruments=instruments, factors=())


def _amount(found: Ledger, key: str) -> Amount:
    return Evaluation(found, metric_book(()), gwp_set_named("AR5")).amount(key, {})


_quantities = st.lists(st.lists(st.integers(0, 9_999), min_size=12, max_size=12), min_size=8, max_size=8)


@st.composite
def _instruments(draw: st.DrawFn) -> Instrument:
    _, _, kind = draw(st.sampled_from(_RESOURCES))
    first, last = sorted(draw(st.lists(st.integers(1, 12), min_size=2, max_size=2)))
    unit = draw(st.sampled_from(("kWh", "MWh") if kind.carrier is Carrier.ELECTRICITY else ("kWh", "GJ", "MMBtu")))
    return _claim(
        f"i{draw(st.integers(0, 10**9))}",
        kind,
        str(draw(st.decimals("0.001", "99999", places=3))),
        unit,
        region=draw(st.sampled_from(("CN", "p0", "p1", "CN-JX", "GLOBAL", "US"))),
        valid_from=date(2021, first, 1),
        valid_to=date(2022, 1, 1) if last == 12 else date(2021, last + 1, 1),
        energy_source=draw(st.sampled_from((None, *EnergySource))),
        issuing_area=draw(st.sampled_from((None, "CN", "CN-NM", "AIB"))),
    )


_claims = st.lists(_instruments(), max_size=6, unique_by=lambda each: each.code)


@settings(deadline=None, max_examples=60)
@given(_quantities, _claims)
def test_fossil_nuclear_and_renewable_are_all_of_it_whatever_is_covered(
    months: list[list[int]], instruments: list[Instrument]
) -> None:
    found = _ledger(months, instruments)
    with localcontext(EXACT):
        for total, part in (("energy.total", "energy.source.{}"), ("energy.total", "energy.source.{}.metered")):
            parts = [_amount(found, part.format(origin)).value for origin in Origin]
            assert sum((value or Decimal(0) for value in parts), Decimal(0)) == (_amount(found, total).value or 0)


@settings(deadline=None, max_examples=60)
@given(_quantities, _claims)
def test_no_instrument_covers_more_than_it_holds_or_than_there_is(
    months: list[list[int]], instruments: list[Instrument]
) -> None:
    found = _ledger(months, instruments)
    used: dict[str, Decimal] = {}
    with localcontext(EXACT):
        for entry in found.entries:
            covered = [each for each in entry.by_contract if each.instrument is not None]
            assert all(each.quantity is None or each.quantity >= 0 for each in entry.by_contract)
            assert all(each.quantity for each in covered)
            assert sum((each.quantity or Decimal(0) for each in covered), Decimal(0)) <= (entry.activity.quantity or 0)
            whole = sum((each.quantity or Decimal(0) for each in entry.by_contract), Decimal(0))
            assert whole == (entry.activity.quantity if covered else 0)
            for each in covered:
                if each.instrument is not None and entry.activity.unit == "kWh":
                    per = {"kWh": 1, "MWh": 1000}[each.instrument.unit]
                    code = each.instrument.code
                    used[code] = used.get(code, Decimal(0)) + (each.quantity or Decimal(0)) / per
    assert all(used[each.code] <= each.amount for each in instruments if each.code in used)


@pytest.mark.parametrize(
    ("kinds", "source", "renewable"),
    [
        (("electricity.grid", "electricity.green"), EnergySource.WIND, "1000"),  # green first, then grid
        (("electricity.grid", "electricity.green"), EnergySource.NUCLEAR, "600"),  # green stays what it is
        (("electricity.grid", "electricity.green"), EnergySource.UNSPECIFIED, "600"),
        (("electricity.grid", "electricity.green"), None, "600"),
    ],
)
def test_green_power_is_renewable_by_its_meter_and_by_no_other_guarantee(
    kinds: tuple[str, str], source: EnergySource | None, renewable: str
) -> None:
    meters = [meter(number, resource, "kWh") for number, resource in enumerate(kinds)]
    claim = _claim("c", InstrumentKind.CERTIFICATE, "1", "MWh", energy_source=source)
    found = ledger([site()], meters, [bucket(0, "900"), bucket(1, "600")], instruments=[claim])
    assert _amount(found, "energy.source.renewable").value == Decimal(renewable)
    assert _amount(found, "energy.source.renewable.metered").value == 600


def test_a_stated_origin_gives_way_to_what_an_instrument_says_and_holds_for_the_rest() -> None:
    meters = [meter(1, "electricity.grid", "kWh", attributes={"origin": "nuclear"})]
    claim = _claim("c", InstrumentKind.CERTIFICATE, "400", "kWh", energy_source=EnergySource.HYDRO)
    found = ledger([site()], meters, [bucket(1, "1000")], instruments=[claim])
    values = {origin: _amount(found, f"energy.source.{origin}").value for origin in Origin}
    assert values == {Origin.FOSSIL: 0, Origin.NUCLEAR: 600, Origin.RENEWABLE: 400}
    assert [each.code for each in _amount(found, "energy.source.nuclear").findings] == ["origin_by_contract"]


def test_an_instrument_of_no_source_says_nothing_of_origin_and_is_named() -> None:
    claim = _claim("old", InstrumentKind.CERTIFICATE, "400", "kWh")
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "1000")], instruments=[claim])
    amount = _amount(found, "energy.source.fossil")
    assert amount.value == 1000
    assert [(each.code, each.detail.partition(":")[0]) for each in amount.findings] == [
        ("origin_by_contract", "the origin of energy is market-based"),
        ("energy_source_not_stated", "the instrument old states no energy source"),
        (
            "origin_not_stated",
            "no instrument covers 600 kWh of electricity.grid of ganzhou, and their origin is not stated",
        ),
    ]


def test_the_metered_view_says_nothing_of_instruments() -> None:
    claim = _claim("c", InstrumentKind.CERTIFICATE, "4000", "kWh", energy_source=EnergySource.WIND)
    found = ledger([site()], [meter(1, "electricity.grid", "kWh")], [bucket(1, "1000")], instruments=[claim])
    amount = _amount(found, "energy.source.fossil.metered")
    assert (amount.value, [each.code for each in amount.findings]) == (Decimal(1000), ["origin_not_stated"])
    assert [each.code for each in _amount(found, "energy.source.renewable").findings] == [
        "origin_by_contract",
        "instrument_unused",
    ]


def test_gas_that_is_metered_in_gross_energy_is_covered_on_its_own_basis() -> None:
    """1,000 kWh gross are 900 net by the ratio of 0.9; 300 net by certificates are a third of them."""
    meters = [replace(meter(1, "fuel.natural_gas", "kWh"), basis=HeatingValueBasis.HHV)]
    for basis, renewable in ((HeatingValueBasis.LHV, "300"), (HeatingValueBasis.HHV, "270")):
        claim = _claim("b", InstrumentKind.BIOMETHANE_CERTIFICATE, "300", "kWh", basis=basis,
                       energy_source=EnergySource.BIOGAS)  # fmt: skip
        found = ledger([site()], meters, [bucket(1, "1000")], instruments=[claim])
        covered = _amount(found, "energy.source.renewable").value
        assert covered is not None
        assert round(covered, 18) == Decimal(renewable)
        assert _amount(found, "energy.total").value == 900


def test_scope_1_names_what_contracts_leave_alone_and_scope_2_says_nothing_of_gas() -> None:
    claim = _claim("b", InstrumentKind.BIOMETHANE_CERTIFICATE, "38931", "GJ", energy_source=EnergySource.BIOGAS)
    found = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "100000")], instruments=[claim])
    plain = ledger([site()], [meter(1, "fuel.natural_gas", "m3")], [bucket(1, "100000")])
    amount = _amount(found, "ghg.scope1")
    assert amount.value == _amount(plain, "ghg.scope1").value
    (finding,) = [each for each in amount.findings if each.code == "contract_not_in_scope_1"]
    assert finding.detail.startswith("fuel.natural_gas of ganzhou is covered by b: its energy counts by contract")
    unused = {
        key: [each.detail for each in _amount(found, key).findings if each.code == "instrument_unused"]
        for key in ("energy.source.renewable", "ghg.scope2.market")
    }
    assert unused == {
        "energy.source.renewable": ["35037.9 of 38931 GJ of the instrument b cover no consumption"],
        "ghg.scope2.market": [],
    }


def test_an_instrument_reaches_as_far_as_the_gas_of_each_day_holds_heat() -> None:
    """100 m3 a month, of 36 MJ until June and 40 after it; 25 GJ for March to October, and 6 GJ from November on.

    Four months of 3.6 GJ take 14.4 GJ, and 265 of the 400 m3 after them the other 10.6 GJ; 150 m3 are 6 GJ.
    """
    claim = _claim("b", InstrumentKind.BIOMETHANE_CERTIFICATE, "25", "GJ", energy_source=EnergySource.BIOGAS,
                   valid_from=date(2021, 3, 1), valid_to=date(2021, 11, 1))  # fmt: skip
    later = replace(claim, code="c", amount=Decimal(6), valid_from=date(2021, 11, 1), valid_to=date(2022, 1, 1))
    found = ledger(
        [site()],
        [meter(1, "fuel.natural_gas", "m3")],
        [bucket(1, "1200")],
        finer=[bucket(1, "100", start=date(2021, month, 1), count=1) for month in range(1, 13)],
        instruments=[claim, later],
        factors=(),
        values=CalorificBook(
            (
                value("old", "fuel.natural_gas", **_NET, lhv=Decimal(36), valid_to=date(2021, 7, 1)),
                value("new", "fuel.natural_gas", **_NET, lhv=Decimal(40), valid_from=date(2021, 7, 1)),
            )
        ),
    )
    renewable, fossil = _amount(found, "energy.source.renewable"), _amount(found, "energy.source.fossil")
    assert [term.quantity for term in renewable.terms] == [Decimal(400), Decimal(265), Decimal(150)]
    with localcontext(EXACT):
        assert _gj(renewable) == 31
        assert (_gj(fossil), _gj(_amount(found, "energy.total"))) == (Decimal("14.6"), Decimal("45.6"))
        assert (renewable.value or 0) + (fossil.value or 0) == _amount(found, "energy.total").value


def _gj(amount: Amount) -> Decimal:
    assert amount.value is not None
    return round(amount.value * Decimal("0.0036"), 15)
