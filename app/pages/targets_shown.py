"""What targets allow, and how a year stands to them, as the annual table and the page of years show it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fastapi import Request
from sqlmodel import Session

from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.targets.target_rules import in_unit
from app.accounting.targets.target_standing import YEAR_PARTIAL, TargetStanding, TargetYear, standings
from app.accounting.targets.targets import TargetStatus
from app.core.calendar.fiscal_years import PeriodName, is_transition, year_of
from app.core.sentences import N_
from app.core.units.quantities import Rounding
from app.core.units.units import DimensionMismatch, UnknownUnit
from app.disclosure.figures.figures import shown
from app.disclosure.figures.target_print import TargetPrinting, measurable
from app.disclosure.figures.typesetting import spaced
from app.disclosure.frameworks.figure_settings import figures_as_set, setting_from
from app.disclosure.frameworks.frameworks import FigureSpec
from app.disclosure.live.reporting import gwp_sets_by
from app.http.conditional import KnownAnswers
from app.models import Organization, id_of
from app.store.engine.database import Database
from app.store.reporting.figure_settings import figure_settings
from app.store.reporting.targets import targets_of

if TYPE_CHECKING:
    from app.pages.frame.frame import Frame


@dataclass(frozen=True, slots=True)
class TargetLine:
    """What a target allows in a year and how the year stands; `level` is what is allowed, in the figure's unit."""

    code: str
    name: PeriodName
    level: Decimal | None
    allowed: str | None
    status: str
    heading: str | None


Targets = Mapping[str, Sequence[TargetLine]]
"""The targets of a year by the key of their figure."""


def targets_shown(request: Request, database: Database, frame: "Frame", now_ms: int) -> Targets:
    """Return what the targets of the shown organization or plant allow in the shown year; empty where there is none."""
    assert frame.organization is not None  # noqa: S101 - asked for only where one is shown
    if is_transition(frame.year):
        return {}
    known: KnownAnswers = request.app.state.known_answers
    asked = "targets", frame.organization.code, frame.framework.code, frame.year, frame.choice.plant or None
    return known.made(asked, partial(_targets, database, frame, now_ms))


def _targets(database: Database, frame: "Frame", now_ms: int) -> Targets:
    organization = frame.organization
    assert organization is not None  # noqa: S101 - asked for only where one is shown
    with database.read() as session:
        if not targets_of(session, id_of(organization)):
            return {}
        book = measurable(session, id_of(organization))
        settings = [setting_from(each) for each in figure_settings(session, id_of(organization))]
        known = standings_of(session, frame, book, year_of(frame.year), now_ms)
    specs = figures_as_set(frame.framework, book, settings)
    lines = {each.key: list(target_lines(organization, each, known, {frame.year})) for each in specs}
    return {key: found for key, found in lines.items() if found}


def standings_of(session: Session, frame: "Frame", book: MetricBook, year: int, now_ms: int) -> list[TargetStanding]:
    """Return how the targets of the place that is shown stand, those of parts and of quotients left out."""
    organization = frame.organization
    assert organization is not None  # noqa: S101 - asked for only where one is shown
    plant = frame.choice.plant or None
    found = standings(
        session,
        organization=organization.code,
        year=year,
        plants=() if plant is None else (plant,),
        gwp_set_of=gwp_sets_by(session, organization, frame.framework),
        now_ms=now_ms,
        printed_of=TargetPrinting.of(session, organization, book, [frame.framework]).printed,
    )
    return [
        each
        for each in found
        if each.row.plant == plant and each.row.target.dimensions == "{}" and each.row.target.denominator is None
    ]


def target_lines(
    organization: Organization, spec: FigureSpec, known: Sequence[TargetStanding], periods: Collection[PeriodName]
) -> Iterator[TargetLine]:
    """Yield what each target of a figure allows in each of some years."""
    rounding = Rounding(organization.rounding)
    for standing in known:
        target = standing.row.target
        if target.metric != spec.key:
            continue
        for year in standing.years:
            if year.year not in periods:
                continue
            level = _printed_in(year.allowed, target.unit, spec, organization)
            heading = _printed_in(year.projection.value, target.unit, spec, organization)
            yield TargetLine(
                target.code,
                year.year,
                level,
                spaced(shown(level, spec, rounding)),
                _judged(year),
                spaced(shown(heading, spec, rounding)),
            )


def _judged(year: TargetYear) -> str:
    """Return how a year stands in words; why nobody judges one that has a value."""
    if year.status is not TargetStatus.NO_DATA or year.value is None:
        return year.status.value.replace("_", " ")
    if any(each.code == YEAR_PARTIAL for each in year.checks):
        return N_("not judged, readings are missing")
    return N_("not judged, the figure is in error")


def _printed_in(value: Decimal | None, unit: str, spec: FigureSpec, organization: Organization) -> Decimal | None:
    if value is None:
        return None
    try:
        return in_unit(value, unit, spec.unit, currency=organization.currency)
    except (UnknownUnit, DimensionMismatch):
        return None
