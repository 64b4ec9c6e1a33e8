"""Which figures of a reporting year would move, in each framework by which it is reported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sqlmodel import Session

from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.years.ledgers import Boundary
from app.core.calendar.fiscal_years import PeriodName
from app.core.units.quantities import Rounding
from app.disclosure.figures.books import dimensions_of, gwp_set_in, gwp_sets_of
from app.disclosure.figures.figures import amount_of, shown, unit_of
from app.disclosure.frameworks.figure_settings import as_set, setting_from
from app.disclosure.frameworks.frameworks import Framework, specs_of
from app.disclosure.live.reporting import frameworks_for
from app.models import id_of
from app.store.reporting.figure_settings import figure_settings


@dataclass(frozen=True, slots=True)
class Move:
    """A figure of a period as it is and as it would be, exact and as it is printed; None where there is no value."""

    year: PeriodName
    framework: str
    kpi: str
    key: str
    dimensions: Mapping[str, str] = field(hash=False)
    title: str
    unit: str
    current: Decimal | None
    current_display: str | None
    proposed: Decimal | None
    proposed_display: str | None


def moves_between(
    session: Session, boundary: Boundary, book: MetricBook, before: Ledger, after: Ledger
) -> Iterator[Move]:
    """Yield the figures that differ between two ledgers of one period, by framework and place in its file."""
    for framework in frameworks_for(boundary.organization, before.year):
        yield from _in_framework(session, boundary, framework, book, before, after)


def _in_framework(
    session: Session, boundary: Boundary, framework: Framework, book: MetricBook, before: Ledger, after: Ledger
) -> Iterator[Move]:
    organization = boundary.organization
    gwp_set = gwp_set_in(framework, gwp_sets_of(session, organization, framework), before.year)
    now, then = Evaluation(before, book, gwp_set), Evaluation(after, book, gwp_set)
    rounding = Rounding(organization.rounding)
    settings = [setting_from(each) for each in figure_settings(session, id_of(organization))]
    for spec in as_set(specs_of(framework, book), settings, framework=framework.code):
        for where in dimensions_of(spec, boundary):
            was, would = amount_of(spec, where, now), amount_of(spec, where, then)
            if was.value != would.value:
                yield Move(
                    year=before.year,
                    framework=framework.code,
                    kpi=spec.kpi,
                    key=spec.key,
                    dimensions=dict(where),
                    title=spec.title,
                    unit=unit_of(spec, book, currency=organization.currency),
                    current=was.value,
                    current_display=shown(was.value, spec, rounding),
                    proposed=would.value,
                    proposed_display=shown(would.value, spec, rounding),
                )
