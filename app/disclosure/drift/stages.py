"""From a publication to now in stages: readings meter by meter, then boundary, factors, pins and GWP set."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlmodel import Session

from app.accounting.factors.gwp import GwpSet
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stacks.stack_masses import metrics_of, with_air
from app.accounting.stated.datapoints import StatedYear
from app.accounting.years.believed import Believed
from app.accounting.years.ledgers import Boundary, boundary_of, bounds_of, ledgers, stated_years
from app.core.calendar.fiscal_years import PeriodName, year_of
from app.disclosure.figures.books import gwp_set_in, gwp_sets_of
from app.disclosure.figures.reading_changes import NOTHING_TOUCHED, Touched, touched_since
from app.disclosure.frameworks.figure_settings import figures_as_set
from app.disclosure.frameworks.frameworks import FigureSpec, framework_named
from app.disclosure.publications.basis import PublicationBasis
from app.models import Organization, id_of

_MOST_APART = 40
"""So many meters are told apart by amount; the readings of any others make one stage together."""


class StageKind(StrEnum):
    """What the step into a stage changes."""

    RECOMPUTED = "recomputed"
    READINGS = "readings"
    METERS = "meter_inventory"
    BOUNDARY = "boundary"
    FACTORS = "factor_editions"
    INSTRUMENTS = "instruments"
    PINS = "factor_pins"
    DATAPOINTS = "datapoint_revision"
    GWP_SET = "gwp_set"


@dataclass(frozen=True)
class Stage:
    """A year evaluated with everything up to this step as it is now; meter_ids are those whose readings it changes."""

    kind: StageKind
    evaluation: Evaluation
    meter_ids: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Way:
    """The stages from a publication's own basis to now, and the figures it printed, as it printed them.

    When the reporting year has other bounds now, `same_year` is false and there is no stage but now.
    """

    stages: tuple[Stage, ...]
    specs: tuple[FigureSpec, ...]
    metrics: MetricBook
    touched: Touched
    then: Boundary
    now: Boundary
    gwp_now: str
    same_year: bool


@dataclass(frozen=True)
class _Maker:
    session: Session
    year: PeriodName
    metrics: MetricBook
    stated: StatedYear

    def evaluation(self, boundary: Boundary, gwp_set: GwpSet, believed: Believed | None = None) -> Evaluation:
        """Return the year by a boundary, with what stood stated when the publication was prepared."""
        ledger = replace(ledgers(self.session, boundary, [self.year], believed)[self.year], stated=self.stated)
        return Evaluation(with_air(self.session, boundary, ledger), self.metrics, gwp_set)


def way_from(
    session: Session, organization: Organization, basis: PublicationBasis, *, framework: str, as_of_ms: int
) -> Way:
    """Return the way of a publication's year from what was believed as of its instant to what is stored now."""
    chosen = framework_named(framework)
    before = basis.rules_of(organization).organization
    then = boundary_of(session, before, as_of_ms=as_of_ms, proposal=basis.proposal)
    now = boundary_of(session, organization)
    metrics = metrics_of(then, now)
    bounds = bounds_of(before, basis.year)
    same_year = bounds == bounds_of(organization, basis.year)
    gwp_then = gwp_set_in(chosen, {year_of(basis.year): basis.gwp_set}, basis.year)
    gwp_now = gwp_set_in(chosen, gwp_sets_of(session, organization, chosen), basis.year)
    maker = _Maker(session, basis.year, metrics, stated_years(session, then, [basis.year])[basis.year])
    touched, stages = NOTHING_TOUCHED, [Stage(StageKind.PINS, maker.evaluation(now, gwp_then))]
    if same_year:
        ids = [meter.id for meter in then.meters]
        touched = touched_since(session, id_of(organization), ids, days=bounds, as_of_ms=as_of_ms)
        stages = [*_readings(maker, then, gwp_then, touched), *_inventory(maker, basis, before, then, now, gwp_then)]
    said = replace(maker, stated=stated_years(session, now, [basis.year])[basis.year])
    stages.append(Stage(StageKind.DATAPOINTS, said.evaluation(now, gwp_then)))
    stages.append(Stage(StageKind.GWP_SET, stages[-1].evaluation.under(gwp_now)))
    specs = figures_as_set(chosen, metrics, basis.settings)
    return Way(tuple(stages), specs, metrics, touched, then, now, gwp_now.name, same_year)


def _readings(maker: _Maker, then: Boundary, gwp_set: GwpSet, touched: Touched) -> Iterator[Stage]:
    """Yield the year as it was believed, then with the readings of one changed meter after another as they are now."""
    order = [meter.id for meter in sorted(then.meters, key=lambda meter: meter.code) if meter.id in touched.days]
    believed = Believed(maker.session, id_of(then.organization), then.as_of_ms, changed=touched.days)
    yield Stage(StageKind.RECOMPUTED, maker.evaluation(then, gwp_set, believed))
    apart = [frozenset({each}) for each in order[:_MOST_APART]]
    rest = [frozenset(order[_MOST_APART:])] if order[_MOST_APART:] else []
    for number, ids in enumerate((*apart, *rest), start=1):
        believed = believed.but_now(ids)
        last = number == len(apart) + len(rest)
        boundary = replace(then, as_of_ms=None) if last else then
        yield Stage(StageKind.READINGS, maker.evaluation(boundary, gwp_set, None if last else believed), ids)


def _inventory(
    maker: _Maker, basis: PublicationBasis, before: Organization, then: Boundary, now: Boundary, gwp_set: GwpSet
) -> Iterator[Stage]:
    """Yield the year with meters, plants, factors, instruments and pins as they are now, one after the other."""
    session = maker.session
    metered = boundary_of(session, before, proposal=basis.proposal)
    metered = replace(metered, book=then.book, instruments=then.instruments)
    yield Stage(StageKind.METERS, maker.evaluation(metered, gwp_set))
    bounded = replace(now, book=then.book, instruments=then.instruments)
    yield Stage(StageKind.BOUNDARY, maker.evaluation(bounded, gwp_set))
    book = replace(now.book, pins=then.book.pins, factor_set=then.book.factor_set)
    yield Stage(StageKind.FACTORS, maker.evaluation(replace(bounded, book=book), gwp_set))
    yield Stage(StageKind.INSTRUMENTS, maker.evaluation(replace(now, book=book), gwp_set))
    yield Stage(StageKind.PINS, maker.evaluation(now, gwp_set))
