"""What the metrics of energy, water, waste and materials look like from outside."""

from app.accounting.breakdowns import energy_lines, materials, waste, water
from app.accounting.breakdowns.reporting_years import YearBooks
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.metrics.standard_coal import TCE_WORDS
from app.core.calendar.periods import date_of
from app.schemas.disclosures.disclosures import Check
from app.schemas.metrics.metric_lines import MetricLine, MetricsHead, head_of, line_from, lines_from
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber


class EnergyMonth(Shape):
    """A line's energy in the month that begins on `month`."""

    month: Day
    kwh: ExactNumber | None
    mwh: ExactNumber | None
    gj: ExactNumber | None
    tce: ExactNumber | None
    coverage: ExactNumber | None


class EnergyLine(Shape):
    """Energy in four units and what it is of; in each of them the months add up to the year exactly."""

    dimensions: dict[str, str]
    kwh: ExactNumber | None
    mwh: ExactNumber | None
    gj: ExactNumber | None
    tce: ExactNumber | None
    coverage: ExactNumber | None
    measured_share: ExactNumber | None
    estimated_share: ExactNumber | None
    months: list[EnergyMonth]
    flags: list[str]
    checks: list[Check]


class EnergyMetrics(MetricsHead):
    """Energy used, fuels on the stated heating value alone: one on another basis is never added.

    `renewable_share` is that of electricity, `renewable_energy_share` that of all energy; 0 to 1. What an instrument
    covers is of its energy source (market-based); `renewable_share_metered` goes by what meters state alone: green and
    solar of all used. `by_instrument` is what each instrument covers, in kWh.
    """

    heating_value: HeatingValueBasis
    tce_rule: str
    total: EnergyLine
    by_resource: list[EnergyLine]
    by_plant: list[EnergyLine]
    by_origin: list[EnergyLine]
    by_instrument: list[MetricLine]
    electricity: MetricLine
    renewable_electricity: MetricLine
    renewable_share: ExactNumber | None
    renewable_share_metered: ExactNumber | None
    renewable_energy_kwh: ExactNumber | None
    renewable_energy_share: ExactNumber | None


class WaterPart(Shape):
    """The part of withdrawal that an attribute of its meters marks; what none speaks of is unclassified, in m3."""

    quantity: ExactNumber | None
    share: ExactNumber | None
    unclassified: ExactNumber | None


class WaterMetrics(MetricsHead):
    """Water in m3; rates and shares are 0 to 1. Consumption is null where withdrawal or discharge is."""

    withdrawal: MetricLine
    withdrawal_by_source: list[MetricLine]
    withdrawal_by_plant: list[MetricLine]
    recycled: MetricLine
    recycled_by_plant: list[MetricLine]
    discharge: MetricLine
    discharge_by_destination: list[MetricLine]
    discharge_by_plant: list[MetricLine]
    consumption: MetricLine
    consumption_rule: str
    recycling_rate: ExactNumber | None
    recycling_rule: str
    freshwater: WaterPart
    stressed: WaterPart


class WasteMetrics(MetricsHead):
    """Waste in t: what was reused, recycled or recovered is diverted from disposal, what was burnt or dumped directed.

    `unclassified` names no treatment and is neither. Shares are 0 to 1 of the total; compliance is a status.
    """

    total: MetricLine
    by_class: list[MetricLine]
    by_stream: list[MetricLine]
    by_treatment: list[MetricLine]
    by_plant: list[MetricLine]
    diverted: MetricLine
    directed: MetricLine
    unclassified: MetricLine
    onsite: list[MetricLine]
    treated_compliant: MetricLine
    diverted_share: ExactNumber | None
    compliant_share: ExactNumber | None


class MaterialsMetrics(MetricsHead):
    """Materials: packaging in t, refrigerants in kg, raw materials in t and own ones each in its unit."""

    packaging: MetricLine
    packaging_by_material: list[MetricLine]
    packaging_by_plant: list[MetricLine]
    raw_materials: list[MetricLine]
    refrigerants: list[MetricLine]


def energy_from(books: YearBooks, found: energy_lines.EnergyMetrics) -> EnergyMetrics:
    """Return the outside view of energy metrics."""
    return EnergyMetrics(
        **vars(head_of(books)),
        heating_value=found.basis,
        tce_rule=TCE_WORDS,
        total=_energy_line(found.total),
        by_resource=[_energy_line(each) for each in found.by_resource],
        by_plant=[_energy_line(each) for each in found.by_plant],
        by_origin=[_energy_line(each) for each in found.by_origin],
        by_instrument=lines_from(found.by_instrument),
        electricity=line_from(found.electricity),
        renewable_electricity=line_from(found.renewable_electricity),
        renewable_share=found.renewable_share,
        renewable_share_metered=found.renewable_share_metered,
        renewable_energy_kwh=found.renewable_energy_kwh,
        renewable_energy_share=found.renewable_energy_share,
    )


def _energy_line(found: energy_lines.EnergyLine) -> EnergyLine:
    kwh, gj, tce = found.kwh, found.gj, found.tce
    return EnergyLine(
        dimensions=dict(kwh.labels),
        kwh=kwh.value,
        mwh=energy_lines.mwh(kwh.value),
        gj=gj.value,
        tce=tce.value,
        coverage=kwh.coverage,
        measured_share=kwh.measured_share,
        estimated_share=kwh.estimated_share,
        months=[
            EnergyMonth(
                month=date_of(one.first_day),
                kwh=one.value,
                mwh=energy_lines.mwh(one.value),
                gj=two.value,
                tce=three.value,
                coverage=one.coverage,
            )
            for one, two, three in zip(kwh.months, gj.months, tce.months, strict=True)
        ],
        flags=list(dict.fromkeys((*kwh.flags, *tce.flags))),
        checks=line_from(kwh).checks,
    )


def water_from(books: YearBooks, found: water.WaterMetrics) -> WaterMetrics:
    """Return the outside view of water metrics."""
    return WaterMetrics(
        **vars(head_of(books)),
        withdrawal=line_from(found.withdrawal),
        withdrawal_by_source=lines_from(found.withdrawal_by_source),
        withdrawal_by_plant=lines_from(found.withdrawal_by_plant),
        recycled=line_from(found.recycled),
        recycled_by_plant=lines_from(found.recycled_by_plant),
        discharge=line_from(found.discharge),
        discharge_by_destination=lines_from(found.discharge_by_destination),
        discharge_by_plant=lines_from(found.discharge_by_plant),
        consumption=line_from(found.consumption),
        consumption_rule=water.CONSUMPTION_WORDS,
        recycling_rate=found.recycling_rate,
        recycling_rule=water.RECYCLING_WORDS,
        freshwater=_water_part(found.freshwater),
        stressed=_water_part(found.stressed),
    )


def _water_part(found: water.Classified) -> WaterPart:
    return WaterPart(quantity=found.quantity, share=found.share, unclassified=found.unclassified)


def waste_from(books: YearBooks, found: waste.WasteMetrics) -> WasteMetrics:
    """Return the outside view of waste metrics."""
    return WasteMetrics(
        **vars(head_of(books)),
        total=line_from(found.total),
        by_class=lines_from(found.by_class),
        by_stream=lines_from(found.by_stream),
        by_treatment=lines_from(found.by_treatment),
        by_plant=lines_from(found.by_plant),
        diverted=line_from(found.diverted),
        directed=line_from(found.directed),
        unclassified=line_from(found.unclassified),
        onsite=lines_from(found.onsite),
        treated_compliant=line_from(found.treated_compliant),
        diverted_share=found.diverted_share,
        compliant_share=found.compliant_share,
    )


def materials_from(books: YearBooks, found: materials.MaterialsMetrics) -> MaterialsMetrics:
    """Return the outside view of materials metrics."""
    return MaterialsMetrics(
        **vars(head_of(books)),
        packaging=line_from(found.packaging),
        packaging_by_material=lines_from(found.packaging_by_material),
        packaging_by_plant=lines_from(found.packaging_by_plant),
        raw_materials=lines_from(found.raw_materials),
        refrigerants=lines_from(found.refrigerants),
    )
