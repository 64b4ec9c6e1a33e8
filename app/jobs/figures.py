"""Telling which annual figures moved: old and new display value of each, soon after the rollups below them changed."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName, year_of
from app.core.calendar.periods import local_day, zone_named
from app.core.events import EventKind
from app.disclosure.live.displays import ShownFigure, shown_now
from app.disclosure.live.reporting import frameworks_for
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization, organization_by_id
from app.store.outbox.events import append_event
from app.store.rollups.shown import (
    FigureMark,
    figure_marks,
    keep_shown_figures,
    mark_figures,
    shown_figures,
    take_figure_marks,
)

_MARKS_A_STEP = 10_000


@dataclass(frozen=True, slots=True)
class _Moved:
    """A year of an organization, by one framework, whose figures show something else than was told last."""

    organization_id: int
    framework: str
    year: PeriodName
    displays: Mapping[str, str]
    changes: Sequence[Mapping[str, object]]


def tell_figures(database: Database) -> int:
    """Append `figures.changed` for each reporting year that shows other figures than before; return how many figures.

    There is one event for each framework by which the organization reports the year, in the edition in force. Marks of
    one year are worked off together, newest year first. Figures are computed outside the writing transaction; it is
    given up when another process has taken a mark meanwhile, and the years are computed again.
    """
    told = 0
    while True:
        with database.read() as session:
            marks = figure_marks(session, limit=_MARKS_A_STEP)
        if not marks:
            return told
        years = {(mark.year_start_day, mark.organization_id) for mark in marks}
        for day, organization_id in sorted(years, reverse=True):
            own = [mark for mark in marks if (mark.year_start_day, mark.organization_id) == (day, organization_id)]
            told += _tell_moved(database, own)


def mark_current_years(database: Database) -> int:
    """Have every organization's current figures looked at: factors, boundaries and the calendar move them too."""
    now_ms = time.time_ns() // 1_000_000
    with database.write() as session:
        organizations = every_organization(session)
        for each in organizations:
            today = local_day(zone_named(each.timezone), now_ms)
            mark_figures(session, id_of(each), [calendar_of(each).period_of(today).first_day])
    return len(organizations)


def _tell_moved(database: Database, marks: Sequence[FigureMark]) -> int:
    """Work off the marks of one year of one organization; return how many of its figures moved."""
    every = _moved(database, marks[0])
    with database.write() as session:
        if not take_figure_marks(session, marks[0].organization_id, marks):
            session.rollback()
            return 0
        for moved in every:
            _tell(session, moved)
    return sum(len(moved.changes) for moved in every)


def _tell(session: Session, moved: _Moved) -> None:
    keep_shown_figures(
        session,
        organization_id=moved.organization_id,
        framework=moved.framework,
        year=moved.year,
        displays=moved.displays,
    )
    append_event(
        session,
        organization_id=moved.organization_id,
        kind=EventKind.FIGURES_CHANGED,
        payload={
            "framework": moved.framework,
            "year": year_of(moved.year),
            "period": str(moved.year),
            "figures": moved.changes,
        },
        at_ms=time.time_ns() // 1_000_000,
    )


def _moved(database: Database, mark: FigureMark) -> list[_Moved]:
    with database.read() as session:
        organization = organization_by_id(session, mark.organization_id)
        if organization is None:
            return []
        year = calendar_of(organization).period_of(mark.year_start_day).name
        found = [_by(session, organization, each.code, year) for each in frameworks_for(organization, year)]
    return [each for each in found if each.changes]


def _by(session: Session, organization: Organization, framework: str, year: PeriodName) -> _Moved:
    """Return what moved of a year's figures by one framework."""
    organization_id = id_of(organization)
    before = shown_figures(session, organization_id=organization_id, framework=framework, year=year) or {}
    shown = shown_now(session, organization=organization.code, framework=framework, year=year)
    figures = {_name(each): each for each in shown}
    gone = [_change(None, name, before[name]) for name in before if name not in figures]
    changes = [_change(each, name, before.get(name)) for name, each in figures.items()]
    displays = {name: each.display for name, each in figures.items()}
    return _Moved(
        organization_id=organization_id,
        framework=framework,
        year=year,
        displays=displays,
        changes=[change for change in (*changes, *gone) if change["old"] != change["new"]],
    )


def _name(figure: ShownFigure) -> str:
    """Return what identifies a figure within a framework and year, as one text."""
    return json.dumps([figure.key, dict(figure.dimensions), figure.kpi, figure.unit], sort_keys=True)


def _change(figure: ShownFigure | None, name: str, old: str | None) -> Mapping[str, object]:
    key, dimensions, kpi, unit = json.loads(name)
    new = None if figure is None else figure.display
    return {"kpi": kpi, "key": key, "dimensions": dimensions, "unit": unit, "old": old, "new": new}
