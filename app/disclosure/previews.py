"""Previews: what other factors, pins, GWP sets or another boundary would change, without storing them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from sqlmodel import Session

from app.accounting.bridge import Bridge, Steps
from app.accounting.evaluate import Evaluation
from app.accounting.findings import Finding
from app.accounting.proposal import Proposal
from app.accounting.service import Boundary, boundary_of, ledgers, reported_years
from app.accounting.stack_mass_service import metrics_of, with_air
from app.core.fiscal_years import PeriodName, ReportingPeriod
from app.core.quantities import EXACT, Rounding
from app.disclosure.bridges import figure_bridge
from app.disclosure.figures import amount_of, figure, shown
from app.disclosure.service import Books, dimensions_of, gwp_set_in, gwp_sets_of, open_books
from app.store.engine import Database
from app.store.fiscal_years import calendar_of
from app.store.organizations import organization_of


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
    """The figures of a reporting period that would change."""

    period: ReportingPeriod
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Choices:
    """The boundaries on the way from what is stored to what is proposed, and the metrics they all have."""

    current: Books
    bounded: Boundary
    proposed: Boundary


def preview(
    database: Database, *, organization: str, framework: str, years: Sequence[int] | None, proposal: Proposal
) -> list[PreviewYear]:
    """Compute what a proposal would change in the given years and their transition periods, or in each with data.

    Raises NotThere, UnknownFramework and UnknownGwpSet.
    """
    with database.read() as session:
        calendar = calendar_of(organization_of(session, organization))
        asked = [] if years is None else calendar.of_years(years)
        first = asked[0].name if asked else calendar.period_of(0).name
        books = open_books(
            session,
            organization=organization,
            framework=framework,
            year=first,
            plant=None,
            earlier=0,
            proposal=proposal,
        )
        current = boundary_of(session, books.organization, plant=None)
        bounded = current
        if proposal.consolidation is not None or proposal.holdings:
            moved = Proposal(consolidation=proposal.consolidation, holdings=proposal.holdings)
            bounded = boundary_of(session, books.organization, plant=None, proposal=moved)
        metrics = metrics_of(current, books.boundary)
        choices = _Choices(replace(books, boundary=current, metrics=metrics), bounded, books.boundary)
        if years is None:
            asked = [calendar.named(name) for name in reported_years(session, books.boundary, current)]
        return [PreviewYear(each, tuple(_changes(session, choices, each.name, proposal))) for each in asked]


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
