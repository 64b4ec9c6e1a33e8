"""The live disclosure: every figure of a framework for a year, with two earlier years beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounting.amounts import Amount
from app.accounting.consumption import Where
from app.accounting.datapoints_service import stated_books
from app.accounting.evaluate import Evaluation
from app.accounting.findings import Finding, Severity
from app.accounting.formulas import Energy, Level, Quantity, Ratio
from app.accounting.gwp import GwpSet, gwp_set_named
from app.accounting.metric_lookup import Metric
from app.accounting.metrics import MetricBook
from app.accounting.proposal import NOTHING, Proposal
from app.accounting.service import Boundary, boundary_of, ledgers
from app.accounting.stack_mass_service import metrics_of, with_air
from app.core.fiscal_years import PeriodName, ReportingPeriod, year_of
from app.core.periods import instant_from_ms, zone_named
from app.core.quantities import Rounding
from app.core.resources import matches
from app.disclosure.checks.service import disclosure_findings
from app.disclosure.comparatives import Computed, Published, published_of, with_published, with_what_must_be_said
from app.disclosure.figures import Comparative, Figure, amount_of, figure, shown, unit_of
from app.disclosure.frameworks import FigureSpec, Framework, framework_named
from app.disclosure.settings import Setting, as_set, figures_as_set, setting_from
from app.disclosure.standing import LIVE, Standing, standing_of
from app.disclosure.stated import StatedYears, stated_figures
from app.models import Organization
from app.store.engine import Database
from app.store.figure_settings import figure_settings
from app.store.fiscal_years import calendar_of
from app.store.gwp_sets import gwp_choices
from app.store.organizations import organization_of

COMPARATIVE_YEARS = 2


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The figures of an organization, or of one plant, for a reporting period in `zone`; as_of is a UTC instant.

    `periods` are that period and those beside it, newest first.
    """

    organization: str
    framework: Framework
    period: ReportingPeriod
    zone: ZoneInfo
    plant: str | None
    periods: tuple[ReportingPeriod, ...]
    figures: tuple[Figure, ...]
    checks: tuple[Finding, ...]
    as_of: datetime | None = None
    standing: Standing = LIVE


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


def live_disclosure(
    database: Database,
    *,
    organization: str,
    framework: str,
    year: PeriodName,
    plant: str | None = None,
    as_of_ms: int | None = None,
    now_ms: int | None = None,
) -> Disclosure:
    """Compute a disclosure from what is stored now, or was stored at an instant; raises NotThere, UnknownFramework.

    Nothing is missing of the days from `now_ms` on (UTC); None means that the year is over.
    """
    with database.read_as_of(as_of_ms, organization) as session:
        books = open_books(
            session, organization=organization, framework=framework, year=year, plant=plant, as_of_ms=as_of_ms
        )
        return disclosed(session, books, year=year, plant=plant, as_of_ms=as_of_ms, now_ms=now_ms)


def disclosed(
    session: Session,
    books: Books,
    *,
    year: PeriodName,
    plant: str | None = None,
    as_of_ms: int | None = None,
    now_ms: int | None = None,
) -> Disclosure:
    """Return the disclosure of a reporting period that these books, opened in the session, hold."""
    figures, standing = figures_of(books, year), LIVE
    published: Published = {}
    if plant is None and as_of_ms is None:
        organization_id = books.organization.id or 0
        published = published_of(session, organization_id, books.framework, figures)
        standing = standing_of(session, organization_id, books.framework.code, year)
    computed = Computed(books.framework, books.amount, books.evaluations)
    figures = with_what_must_be_said(figures, with_published(published, figures, computed), published, computed)
    found = disclosure_findings(session, books, figures, plant=plant, now_ms=now_ms)
    return Disclosure(
        organization=books.organization.code,
        framework=books.framework,
        period=books.periods[year],
        zone=zone_named(books.organization.timezone),
        plant=plant,
        periods=tuple(books.periods.values()),
        figures=tuple(figures),
        checks=(*_effective(books.framework, year_of(year)), *_past(as_of_ms), *found),
        as_of=None if as_of_ms is None else instant_from_ms(as_of_ms),
        standing=standing,
    )


def figures_of(books: Books, year: PeriodName) -> list[Figure]:
    """Return every figure of a period, measured or stated, in the order of the framework; comparatives are live."""
    return _in_file_order(books, [*_figures(books, year), *stated_figures(books.stated, year)])


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
        [setting_from(each) for each in figure_settings(session, row.id or 0)] if rules is None else rules.settings
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
    choices = gwp_choices(session, organization.id or 0)
    return {choice.year: choice.gwp_set for choice in choices if choice.framework == framework.code}


def gwp_set_in(framework: Framework, chosen: Mapping[int | None, str], year: PeriodName) -> GwpSet:
    """Return the GWP set of a period: the one chosen for its number, or else the framework's own."""
    name = chosen.get(year_of(year)) or chosen.get(None) or framework.gwp_set
    return gwp_set_named(name, splits_methane=framework.splits_methane)


def _figures(books: Books, year: PeriodName) -> Iterator[Figure]:
    rounding = Rounding(books.organization.rounding)
    for spec in (spec for spec in books.specs if _has_place(spec, books)):
        unit = books.unit(spec)
        for where in dimensions_of(spec, books.boundary):
            amounts = {each: amount_of(spec, where, found) for each, found in books.evaluations.items()}
            comparatives = [
                Comparative(books.periods[each], amount.value, shown(amount.value, spec, rounding), restated=False)
                for each, amount in amounts.items()
                if each != year
            ]
            yield figure(spec, where, amounts[year], unit=unit, comparatives=comparatives, rounding=rounding)


def _has_place(spec: FigureSpec, books: Books) -> bool:
    """Tell whether a figure stands in the table: an intensity per an optional denominator does where both have data."""
    formula = spec.metric.formula
    if spec.asked or not isinstance(formula, Ratio) or not books.metrics.denominators[formula.per].optional:
        return True
    found = books.evaluations.values()
    return any(all(each.amount(key, {}).has_data for key in (formula.of, formula.per)) for each in found)


def _in_file_order(books: Books, figures: Sequence[Figure]) -> list[Figure]:
    places = {spec.key: spec.place for spec in books.specs} | {spec.key: spec.place for spec in books.stated.specs}
    return sorted(figures, key=lambda figure: places[figure.key])


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


def _effective(framework: Framework, year: int) -> Iterator[Finding]:
    if not framework.holds_in(year):
        years = f"{framework.first_year or 'the first year'} to {framework.last_year or 'today'}"
        words = f"{framework.code} was made for the reporting years {years}; {year} lies outside"
        yield Finding("outside_effective_years", Severity.WARNING, words)


def _past(as_of_ms: int | None) -> Iterator[Finding]:
    if as_of_ms is not None:
        words = "readings, datapoints, own factors, calorific values and instruments are the instant's; "
        words += "pins, GWP sets and shares today's"
        yield Finding("as_of", Severity.INFO, words)
