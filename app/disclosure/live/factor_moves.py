"""Which figures of which years new factors would move, in each framework by which the year is reported."""

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from app.accounting.factors.factor import Factor
from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.years.ledgers import Boundary, boundary_of, bounds_of, ledgers, reported_years
from app.accounting.years.proposal import Proposal
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import day_of
from app.disclosure.live.figure_moves import Move, moves_between
from app.models import Organization


def moves_of(session: Session, organization: Organization, factors: Sequence[Factor]) -> list[Move]:
    """Return what factors would move, by year, framework and place in its file; years before all of them stay."""
    if not factors:
        return []
    current = boundary_of(session, organization)
    proposed = boundary_of(session, organization, proposal=Proposal(factors=tuple(factors)))
    first = min(day_of(factor.valid_from) for factor in factors)
    years = [year for year in reported_years(session, current) if first < bounds_of(organization, year)[1]]
    return [move for year in years for move in _moves(session, current, proposed, year)]


def _moves(session: Session, current: Boundary, proposed: Boundary, year: PeriodName) -> Iterator[Move]:
    book = metrics_of(current)
    before, after = (
        with_air(session, boundary, ledgers(session, boundary, [year])[year]) for boundary in (current, proposed)
    )
    yield from moves_between(session, current, book, before, after)
