"""Previews: what other factors, pins, GWP sets or another boundary would change, without storing them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.accounting.findings import Finding
from app.accounting.metrics.bridge import Bridge, Steps
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.years.ledgers import Boundary, boundary_of, ledgers, reported_years
from app.accounting.years.proposal import Proposal
from app.core.calendar.fiscal_years import PeriodName, ReportingPeriod
from app.core.units.quantities import EXACT, Rounding
from app.disclosure.figures.books import Books, dimensions_of, gwp_set_in, gwp_sets_of, open_books
from app.disclosure.figures.figures import amount_of, figure, shown
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.live.bridges import figure_bridge
from app.disclosure.live.reporting import framework_for
from app.models import Organization
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of


@dataclass(frozen=True, slots=True)
class Change:
    """A figure as it is and as it would be; the bridge is None when one of the two has no value."""

    kpi: str
    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    title: str
    unit: str
    current: Decimal | None
    current_display: str | None
    proposed: Decimal | None
    proposed_display: str | None
    difference: Decimal | None
    bridge: Bridge | None
    flags: tuple[str, ...]
    checks: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class PreviewYear:
    """The figures of a reporting period that would change, by a framework."""

    period: ReportingPeriod
    framework: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Choices:
    """The boundaries on the way from what is stored to what is proposed, and the metrics they all have."""

    current: Books
    bounded: Boundary
    proposed: Boundary


def preview(
    database: Database,
    *,
    organization: str,
    framework: str | None,
    years: Sequence[int] | None,
    proposed: Callable[[str | None], Proposal],
) -> list[PreviewYear]:
    """Compute what a proposal would change in the given years and their transition periods, or in each with data.

    Without a framework each period is stated by the edition by which it is reported; `proposed` gives the proposal with
    the GWP sets of a framework. Raises NotThere, UnknownFramework and UnknownGwpSet.
    """
    chosen = None if framework is None else framework_named(framework)
    with database.read() as session:
        row = organization_of(session, organization)
        asked = _reported(session, row, proposed(framework)) if years is None else calendar_of(row).of_years(years)
        editions = {each.name: chosen or framework_for(row, each.name) for each in asked}
        found: list[PreviewYear] = []
        for edition in dict.fromkeys(editions.values()):
            of_edition = [each for each in asked if editions[each.name] is edition]
            found += _by(session, organization, edition.code, of_edition, proposed(edition.code))
        return sorted(found, key=lambda each: each.period.first_day)


def _reported(session: Session, organization: Organization, proposal: Proposal) -> list[ReportingPeriod]:
    """Return the periods that have data within the boundary as it is or as it would be."""
    moved = boundary_of(session, organization, proposal=proposal)
    names = reported_years(session, moved, boundary_of(session, organization))
    return [calendar_of(organization).named(name) for name in names]


def _by(
    session: Session, organization: str, framework: str, periods: Sequence[ReportingPeriod], proposal: Proposal
) -> Iterator[PreviewYear]:
    books = open_books(
        session,
        organization=organization,
        framework=framework,
        year=periods[0].name,
        plant=None,
        earlier=0,
        proposal=proposal,
    )
    current = boundary_of(session, books.organization)
    bounded = current
    if proposal.consolidation is not None or proposal.holdings:
        moved = Proposal(consolidation=proposal.consolidation, holdings=proposal.holdings)
        bounded = boundary_of(session, books.organization, proposal=moved)
    metrics = metrics_of(current, books.boundary)
    choices = _Choices(replace(books, boundary=current, metrics=metrics), bounded, books.boundary)
    for each in periods:
        yield PreviewYear(each, framework, tuple(_changes(session, choices, each.name, proposal)))


def _changes(session: Session, choices: _Choices, year: PeriodName, proposal: Proposal) -> Iterator[Change]:
    steps = _steps(session, choices, year, proposal)
    books = choices.current
    rounding = Rounding(books.organization.rounding)
    for spec in books.specs:
        unit = books.unit(spec)
        for where in dimensions_of(spec, choices.proposed):
            now, then = amount_of(spec, where, steps.start), amount_of(spec, where, steps.end)
            if now.value == then.value:
                continue
            proposed = figure(spec, where, then, unit=unit, comparatives=(), rounding=rounding)
            yield Change(
                kpi=spec.kpi,
                key=spec.metric.key,
                dimensions=dict(where),
                title=spec.title,
                unit=unit,
                current=now.value,
                current_display=shown(now.value, spec, rounding),
                proposed=then.value,
                proposed_display=proposed.display,
                difference=_difference(now.value, then.value),
                bridge=figure_bridge(spec, books.metrics, steps, where),
                flags=proposed.flags,
                checks=proposed.checks,
            )


def _steps(session: Session, choices: _Choices, year: PeriodName, proposal: Proposal) -> Steps:
    books = choices.current
    sets = gwp_sets_of(session, books.organization, books.framework)
    before = gwp_set_in(books.framework, sets, year)
    after = gwp_set_in(books.framework, sets | dict(proposal.gwp_sets), year)

    def evaluation(boundary: Boundary) -> Evaluation:
        ledger = with_air(session, boundary, ledgers(session, boundary, [year])[year])
        return Evaluation(ledger, books.metrics, before)

    start = evaluation(books.boundary)
    bounded = start if choices.bounded is books.boundary else evaluation(choices.bounded)
    factored = evaluation(choices.proposed)
    return Steps(start, bounded, factored, factored.under(after))


def _difference(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    if before is None or after is None:
        return None
    with localcontext(EXACT):
        return after - before
