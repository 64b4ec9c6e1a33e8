"""What the metrics of emissions look like from outside."""

from app.accounting.breakdowns.emission_lines import EmissionsMetrics as Found
from app.accounting.breakdowns.metric_lines import AirMetrics
from app.accounting.breakdowns.reporting_years import YearBooks
from app.schemas.disclosures.disclosures import Check, checks_from
from app.schemas.metrics.metric_lines import MetricLine, MetricsHead, head_of, line_from, lines_from
from app.schemas.wire.base import Shape


class GasLine(Shape):
    """One gas of one scope in t CO2e and in t of itself; `CO2e` is what a factor states without naming gases."""

    co2e: MetricLine
    mass: MetricLine | None


class EmissionsMetrics(MetricsHead):
    """Greenhouse gases in t CO2e by the stated GWP set, biogenic CO2 apart in t, and pollutants of the air in kg.

    A pollutant without a meter of its mass is concentration x flow of its stack, hour by hour.
    """

    gwp_set: str
    gwp_source: str
    total_location: MetricLine
    total_market: MetricLine
    by_scope: list[MetricLine]
    by_resource: list[MetricLine]
    by_plant: list[MetricLine]
    by_gas: list[GasLine]
    biogenic_co2: MetricLine
    biogenic_by_resource: list[MetricLine]
    air: list[MetricLine]
    air_by_stack: list[MetricLine]
    air_checks: list[Check]


def emissions_from(books: YearBooks, found: Found, *, air: AirMetrics) -> EmissionsMetrics:
    """Return the outside view of emissions metrics and of the pollutants of the air."""
    return EmissionsMetrics(
        **vars(head_of(books)),
        gwp_set=found.gwp_set.name,
        gwp_source=found.gwp_set.source,
        total_location=line_from(found.total_location),
        total_market=line_from(found.total_market),
        by_scope=lines_from(found.by_scope),
        by_resource=lines_from(found.by_resource),
        by_plant=lines_from(found.by_plant),
        by_gas=[
            GasLine(co2e=line_from(each.co2e), mass=None if each.mass is None else line_from(each.mass))
            for each in found.by_gas
        ],
        biogenic_co2=line_from(found.biogenic_co2),
        biogenic_by_resource=lines_from(found.biogenic_by_resource),
        air=lines_from(air.by_pollutant),
        air_by_stack=lines_from(air.by_stack),
        air_checks=checks_from(air.findings),
    )
