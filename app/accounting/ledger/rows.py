"""Stored rows as the rules of accounting see them: sites, meters, own factors, pins, instruments."""

from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.factor import Factor, HeatingValueBasis, Method
from app.accounting.factors.measure import BASES, Measure
from app.accounting.factors.need import Pin, Place
from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.instrument import EnergySource, Instrument, InstrumentKind
from app.accounting.ledger.sites import Site
from app.accounting.selection.shipped import shipped_factors
from app.core.calendar.periods import interval_from_iso, zone_named
from app.core.inventory.meters import HeatingValue
from app.core.inventory.resources import MeterKind
from app.core.units.gas_volumes import ReferenceConditions
from app.models import FactorPin, Meter, OwnCalorificValue, OwnFactor, Plant, id_of
from app.models import Instrument as InstrumentRow


def places_of(rows: Iterable[Plant]) -> list[Place]:
    """Return where plants stand."""
    return [Place(plant=row.code, region=row.region, grid_region=row.grid_region, country=row.country) for row in rows]


def site_from(row: Plant, share: Decimal, later: tuple[tuple[int, Decimal], ...] = ()) -> Site:
    """Return a plant of which the figures hold `share`, and from the days of `later` on another."""
    (place,) = places_of([row])
    return Site(place=place, name=row.name, zone=zone_named(row.timezone), share=share, later=later)


def measure_in(row: Meter) -> Measure:
    """Return what a meter's readings are in, before its multiplier."""
    basis = BASES[HeatingValue(row.basis)] if row.basis else None
    return Measure(row.unit, basis, ReferenceConditions(row.reference_conditions) if row.reference_conditions else None)


def meter_from(row: Meter, plant: str, whole: tuple[int, str] | None) -> CountedMeter:
    """Return a counted meter of the plant with this code, and the whole it is part of."""
    return CountedMeter(
        id=id_of(row),
        code=row.code,
        plant=plant,
        resource=row.resource,
        attributes=row.attributes,
        kind=MeterKind(row.kind),
        unit=row.unit,
        multiplier=row.multiplier,
        interval=interval_from_iso(row.interval) if row.interval else None,
        in_service_from=row.in_service_from,
        in_service_to=row.in_service_to,
        whole=whole,
        basis=measure_in(row).basis,
        conditions=measure_in(row).conditions,
    )


def factor_from(row: OwnFactor) -> Factor:
    """Return a factor the organization has added."""
    return Factor(
        code=row.code,
        resource=row.resource,
        attributes=row.attributes,
        region=row.region,
        method=Method(row.method) if row.method else None,
        per=row.per,
        kg_co2=row.kg_co2,
        kg_co2_biogenic=row.kg_co2_biogenic,
        kg_ch4=row.kg_ch4,
        kg_ch4_nonfossil=row.kg_ch4_nonfossil,
        kg_n2o=row.kg_n2o,
        kg_co2e=row.kg_co2e,
        gwp_set=row.gwp_set,
        basis=HeatingValueBasis(row.basis) if row.basis else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        published_on=row.published_on,
        edition=row.edition,
        source=row.source,
        supersedes=row.supersedes,
        factor_set=row.factor_set,
        own=True,
        derivation=row.derivation,
        other_gases={gas: Decimal(kg) for gas, kg in (row.other_gases or {}).items()},
        calorific_value=row.calorific_value,
    )


def factor_columns(factor: Factor) -> dict[str, Any]:
    """Return a new factor of an organization's own as its row has it."""
    return {each.name: getattr(factor, each.name) for each in fields(factor) if each.name in OwnFactor.model_fields}


def calorific_value_from(row: OwnCalorificValue) -> CalorificValue:
    """Return a calorific value the organization has stated."""
    state = row.reference_conditions
    return CalorificValue(
        code=row.code,
        resource=row.resource,
        attributes=row.attributes,
        region=row.region,
        per=row.per,
        lhv=row.lhv,
        hhv=row.hhv,
        energy_unit=row.energy_unit,
        density=row.density,
        density_unit=row.density_unit,
        conditions=ReferenceConditions(state) if state else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        published_on=row.published_on,
        source=row.source,
        supersedes=row.supersedes,
        factor_set=None,
        own=True,
    )


def calorific_columns(value: CalorificValue) -> dict[str, Any]:
    """Return a new calorific value of an organization's own as its row has it."""
    names = [each.name for each in fields(value) if each.name in OwnCalorificValue.model_fields]
    return {name: getattr(value, name) for name in names} | {"reference_conditions": value.conditions}


def known_calorific_values(own: Iterable[OwnCalorificValue]) -> dict[str, CalorificValue]:
    """Return shipped and own calorific values by code."""
    return {value.code: value for value in calorific_values()} | {row.code: calorific_value_from(row) for row in own}


def pin_from(row: FactorPin) -> Pin:
    """Return a stored pin."""
    method = Method(row.method) if row.method else None
    return Pin(year=row.year, resource=row.resource, method=method, plant=row.plant, factor=row.factor)


def instrument_from(row: InstrumentRow) -> Instrument:
    """Return a stored instrument."""
    return Instrument(
        code=row.code,
        kind=InstrumentKind(row.kind),
        region=row.region,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        amount=row.amount,
        unit=row.unit,
        kg_co2e_per_kwh=row.kg_co2e_per_kwh,
        source=row.source,
        energy_source=EnergySource(row.energy_source) if row.energy_source else None,
        issuing_area=row.issuing_area,
        basis=BASES[HeatingValue(row.basis)] if row.basis else None,
        registry=row.registry_name,
        first_serial=row.first_serial,
        last_serial=row.last_serial,
    )


def known_factors(own: Iterable[OwnFactor]) -> dict[str, Factor]:
    """Return shipped and own factors by code."""
    return {factor.code: factor for factor in shipped_factors()} | {row.code: factor_from(row) for row in own}
