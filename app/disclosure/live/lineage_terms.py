"""The terms of a lineage: each with its meters, its conversion, its factor and where they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.accounting.factors.calorific_choice import Candidate
from app.accounting.ledger.amounts import Term
from app.accounting.ledger.instrument import Instrument
from app.core.calendar.periods import day_start_ms, instant_from_ms


class MeteredAs(StrEnum):
    """How the readings of a term's meters become its quantity.

    A stack's mass is the mean concentration of each hour, by its first meter, times the flow of it, by its second.
    """

    SUM = "sum"
    MEAN = "mean"
    PERIOD_END = "period_end"
    HOURLY_MASS = "hourly_mass"


@dataclass(frozen=True, slots=True)
class FactorUsed:
    """The factor of a term: kg CO2e per unit, where it comes from, why it was chosen and what could not be used."""

    code: str
    edition: str | None
    source: str
    why: str
    kg_co2e: Decimal
    per: str
    derivation: str | None
    carried_forward_years: int | None
    passed_over: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstrumentUsed:
    """The certificate or contract that covers a term, with the serial numbers under which its registry knows it."""

    code: str
    kind: str
    energy_source: str | None
    issuing_area: str | None
    registry: str | None
    first_serial: str | None
    last_serial: str | None
    source: str


@dataclass(frozen=True, slots=True)
class CalorificValueUsed:
    """A calorific value or density that a conversion rests on: what it states, its source, and why it was chosen."""

    code: str
    states: str
    source: str
    why: str
    assumption: bool
    carried_forward_years: int | None


@dataclass(frozen=True, slots=True)
class LineageTerm:
    """One addend: quantity x conversion x share x factor, in the figure's unit; the period is the plant's local days.

    An intensity's term is its part of the quotient. `metered` is what the meters give as a whole, of which `quantity`
    may be a part, and `metered_as` how their readings become that; None of what somebody states.
    `conversion_ratio` is the conversion as an exact fraction.
    """

    plant: str
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    start: datetime
    end: datetime
    metered: Decimal | None
    metered_as: MeteredAs | None
    quantity: Decimal
    unit: str
    conversion: Decimal
    conversion_ratio: str
    converted_unit: str
    share: Decimal
    calorific_values: tuple[CalorificValueUsed, ...]
    factor: FactorUsed | None
    instrument: InstrumentUsed | None
    value: Decimal
    meters: tuple[str, ...]
    readings: int
    notes: tuple[str, ...]


def lineage_term(term: Term) -> LineageTerm:
    """Return the outside view of a term."""
    activity = term.activity
    return LineageTerm(
        plant=activity.site.place.plant,
        resource=activity.resource,
        attributes=dict(activity.attributes),
        start=instant_from_ms(day_start_ms(activity.site.zone, activity.first_day)),
        end=instant_from_ms(day_start_ms(activity.site.zone, activity.end_day)),
        metered=term.metered,
        metered_as=_metered_as(term),
        quantity=term.quantity,
        unit=activity.unit,
        conversion=term.multiplier,
        conversion_ratio=str(term.exact_multiplier),
        converted_unit=term.converted_to,
        share=activity.site.share,
        calorific_values=tuple(map(_calorific_value, term.values)),
        factor=_factor(term),
        instrument=None if term.instrument is None else _instrument(term.instrument),
        value=term.value,
        meters=activity.meters,
        readings=activity.readings,
        notes=term.notes,
    )


def _metered_as(term: Term) -> MeteredAs | None:
    if not term.activity.meters:
        return None
    if term.activity.by_hours:
        return MeteredAs.HOURLY_MASS
    return MeteredAs.SUM if term.statistic is None else MeteredAs(term.statistic)


def _calorific_value(found: Candidate) -> CalorificValueUsed:
    value = found.value
    return CalorificValueUsed(
        code=value.code,
        states=value.words,
        source=value.source,
        why=found.why,
        assumption=value.assumption,
        carried_forward_years=found.carried_forward_years,
    )


def _instrument(found: Instrument) -> InstrumentUsed:
    return InstrumentUsed(
        code=found.code,
        kind=found.kind,
        energy_source=found.energy_source,
        issuing_area=found.issuing_area,
        registry=found.registry,
        first_serial=found.first_serial,
        last_serial=found.last_serial,
        source=found.source,
    )


def _factor(term: Term) -> FactorUsed | None:
    if term.choice is None:
        return None
    factor = term.choice.factor
    return FactorUsed(
        code=factor.code,
        edition=factor.edition,
        source=factor.source,
        why=term.choice.why,
        kg_co2e=term.per_unit,
        per=factor.per,
        derivation=factor.derivation,
        carried_forward_years=term.choice.carried_forward_years,
        passed_over=term.choice.passed_over,
    )
