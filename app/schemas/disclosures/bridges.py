"""What the bridge between two values of a figure looks like from outside."""

from app.accounting.metrics import bridge as accounting
from app.core.calendar.periods import zone_named
from app.disclosure.live import bridges
from app.schemas.disclosures.disclosures import Check, ExactNumber, checks_from
from app.schemas.wire.base import Shape
from app.schemas.wire.reporting_periods import ReportingPeriod, reporting_period_from


class Bridge(Shape):
    """A difference by cause, in the figure's unit: the four add up to it exactly.

    `factors` are emission factors and instruments; for energy, calorific values.
    """

    boundary: ExactNumber
    activity: ExactNumber
    factors: ExactNumber
    gwp_set: ExactNumber


class BridgedFigure(Shape):
    """A figure that has a value in both years, and what moved it; `checks` name what either value lacks."""

    kpi: str
    key: str
    dimensions: dict[str, str]
    title: str
    unit: str
    from_value: ExactNumber
    to_value: ExactNumber
    difference: ExactNumber
    bridge: Bridge
    checks: list[Check]


class YearBridge(Shape):
    """What moved each figure from one reporting period to another; a check says so when they differ in length."""

    organization: str
    framework: str
    from_year: int
    year: int
    from_period: ReportingPeriod
    period: ReportingPeriod
    plant: str | None
    checks: list[Check]
    figures: list[BridgedFigure]


def bridge_from(found: accounting.Bridge) -> Bridge:
    """Return the outside view of a bridge."""
    return Bridge(boundary=found.boundary, activity=found.activity, factors=found.factors, gwp_set=found.gwp_set)


def year_bridge_from(found: bridges.YearBridge) -> YearBridge:
    """Return the outside view of the bridges between two years."""
    zone = zone_named(found.books.organization.timezone)
    return YearBridge(
        organization=found.books.organization.code,
        framework=found.books.framework.code,
        from_year=found.from_period.year,
        year=found.period.year,
        from_period=reporting_period_from(found.from_period, zone),
        period=reporting_period_from(found.period, zone),
        plant=found.plant,
        checks=checks_from(found.checks),
        figures=[_figure(each) for each in found.figures],
    )


def _figure(found: bridges.FigureBridge) -> BridgedFigure:
    return BridgedFigure(
        kpi=found.spec.kpi,
        key=found.spec.metric.key,
        dimensions=dict(found.dimensions),
        title=found.spec.title,
        unit=found.unit,
        from_value=found.bridge.start,
        to_value=found.bridge.end,
        difference=found.bridge.difference,
        bridge=bridge_from(found.bridge),
        checks=checks_from(found.checks),
    )
