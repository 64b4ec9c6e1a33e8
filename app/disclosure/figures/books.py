"""A framework's books of a year: boundary, metrics and each year's evaluation that its figures are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounting.factors.gwp import GwpSet, gwp_set_named
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.consumption import Where
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.formulas import Energy, Level, Quantity
from app.accounting.metrics.metric_lookup import Metric
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.stated.stating import stated_books
from app.accounting.years.ledgers import Boundary, boundary_of, ledgers
from app.accounting.years.proposal import NOTHING, Proposal
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod, year_of
from app.core.inventory.resources import matches
from app.core.units.quantities import Rounding
from app.disclosure.figures.figures import unit_of
from app.disclosure.figures.stated import StatedYears
from app.disclosure.frameworks.figure_settings import Setting, as_set, figures_as_set, setting_from
from app.disclosure.frameworks.frameworks import FigureSpec, Framework, framework_named
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.inventory.organizations import organization_of
from app.store.reporting.figure_settings import figure_settings
from app.store.reporting.gwp_sets import gwp_choices

COMPARATIVE_YEARS = 2


@dataclass(frozen=True, slots=True)
class Rules:
    """An organization with the rules that hold for it, and how it prints single figures."""

    organization: Organization
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """What figures are made from: the boundary, the metrics, the figures asked for, and each year's evaluation.

    `specs` are the framework's figures as the organization prints them; evaluations and `periods` come newest first.
    `stated` are the figures that no meter gives.
    """

    organization: Organization
    boundary: Boundary
    framework: Framework
    metrics: MetricBook
    specs: tuple[FigureSpec, ...]
    evaluations: Mapping[PeriodName, Evaluation]
    periods: Mapping[PeriodName, ReportingPeriod]
    stated: StatedYears

    @property
    def period(self) -> ReportingPeriod:
        """Return the reporting period that was asked for."""
        return next(iter(self.periods.values()))

    def amount(self, key: str, where: Where, year: PeriodName) -> Amount | None:
        """Return what a figure of one of the periods is computed as, None where it is stated."""
        return self.evaluations[year].amount(key, where) if key in self.metrics.metrics else None

    def unit(self, spec: FigureSpec) -> str:
        """Return the unit a figure is printed in, an intensity's with what it is per."""
        return unit_of(spec, self.metrics, currency=self.organization.currency)


def open_books(
    session: Session,
    *,
    organization: str,
    framework: str,
    year: PeriodName,
    plant: str | None,
    earlier: int = COMPARATIVE_YEARS,
    as_of_ms: int | None = None,
    proposal: Proposal = NOTHING,
    rules: Rules | None = None,
) -> Books:
    """Return what the figures of a period and of `earlier` years before it are computed from, as of now or an instant.

    The choices of `proposal` take the place of stored ones, and so do `rules`.

    Raises NotThere for an unknown organization or plant, UnknownFramework, UnknownPeriod.
    """
    chosen = framework_named(framework)
    row = organization_of(session, organization) if rules is None else rules.organization
    boundary = boundary_of(session, row, plants=() if plant is None else (plant,), as_of_ms=as_of_ms, proposal=proposal)
    metrics = metrics_of(boundary)
    periods = {each.name: each for each in calendar_of(row).back_from(year, earlier)}
    years = list(periods)
    by_year = {each: with_air(session, boundary, found) for each, found in ledgers(session, boundary, years).items()}
    sets = gwp_sets_of(session, row, chosen) | dict(proposal.gwp_sets)
    evaluations = {each: Evaluation(by_year[each], metrics, gwp_set_in(chosen, sets, each)) for each in years}
    settings: Sequence[Setting] = (
        [setting_from(each) for each in figure_settings(session, id_of(row))] if rules is None else rules.settings
    )
    specs = figures_as_set(chosen, metrics, settings)
    stated = StatedYears(
        as_set(chosen.stated, settings, framework=chosen.code),
        stated_books(session, row, years, plants=boundary.plants, as_of_ms=as_of_ms),
        periods,
        row.currency,
        Rounding(row.rounding),
    )
    return Books(row, boundary, chosen, metrics, specs, evaluations, periods, stated)


def gwp_sets_of(session: Session, organization: Organization, framework: Framework) -> dict[int | None, str]:
    """Return the names of the GWP sets chosen for a framework by year, None meaning any other year."""
    choices = gwp_choices(session, id_of(organization))
    return {choice.year: choice.gwp_set for choice in choices if choice.framework == framework.code}


def gwp_set_in(framework: Framework, chosen: Mapping[int | None, str], year: PeriodName) -> GwpSet:
    """Return the GWP set of a period: the one chosen for its number, or else the framework's own."""
    name = chosen.get(year_of(year)) or chosen.get(None) or framework.gwp_set
    return gwp_set_named(name, splits_methane=framework.splits_methane)


def dimensions_of(spec: FigureSpec, boundary: Boundary) -> Sequence[Where]:
    """Return the total and one breakdown for each value its dimensions take on the organization's meters."""
    found: list[Where] = [{}]
    for name in spec.dimensions:
        values = {
            meter.attributes[name]
            for meter in boundary.meters
            if name in meter.attributes and _uses(spec.metric, meter.resource, meter.attributes)
        }
        found += [{name: value} for value in sorted(values)]
    return found


def _uses(metric: Metric, resource: str, attributes: Where) -> bool:
    match metric.formula:
        case Quantity(resources, having) if having and attributes.get(having.attribute) not in having.values:
            return False
        case Quantity(resources) | Level(resources) | Energy(resources):
            return any(matches(each, resource) for each in resources)
    return False
