"""Reading datapoints as they stand or stood, and adding versions of them; no version is changed or deleted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import and_, false, func, or_, text
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from app.core.calendar.fiscal_years import PeriodName, is_transition, period_name, year_of
from app.models import Datapoint, Plant
from app.store.reporting.publications import storing_ms
from app.store.sql.conflicts import NotThere, flush_new
from app.store.sql.keyset import Page, decode_cursor, in_code_order, page_of


class DatapointRow(NamedTuple):
    """A version of a datapoint with its plant's code, null for the whole organization."""

    datapoint: Datapoint
    plant: str | None


@dataclass(frozen=True, slots=True)
class DatapointFilter:
    """Which datapoints are asked for; no indicators and plants mean all, as does None for years.

    as_of_ms is an instant in UTC milliseconds.
    """

    indicators: Collection[str] = ()
    years: Collection[PeriodName] | None = None
    plants: Collection[str] = ()
    as_of_ms: int | None = None


def period_of(version: Datapoint) -> PeriodName:
    """Return the reporting period a datapoint is stated of."""
    return period_name(version.year, transition=version.transition)


def datapoint_page(
    session: Session, organization_id: int, asked: DatapointFilter, *, cursor: str | None, limit: int
) -> Page[DatapointRow]:
    """Return datapoints as they stand, by indicator, year and code; withdrawn ones are left out. Raises BadCursor."""
    indicator, code = in_code_order(session, Datapoint.indicator), in_code_order(session, Datapoint.code)
    year = col(Datapoint.year)
    query = _standing(organization_id, asked).order_by(indicator, year, code).limit(limit + 1)
    if asked.plants:
        query = query.where(col(Plant.code).in_(asked.plants))
    if cursor:
        after = decode_cursor(cursor, str, int, str)
        later = or_(year > after[1], and_(year == after[1], code > after[2]))
        query = query.where(or_(indicator > after[0], and_(indicator == after[0], later)))
    rows = [DatapointRow(*row) for row in session.exec(query)]
    return page_of(rows, limit, lambda row: (row.datapoint.indicator, row.datapoint.year, row.datapoint.code))


def periods_stated(session: Session, organization_id: int) -> dict[PeriodName, str]:
    """Return each reporting period of which something stands stated, with an indicator of it."""
    query = _standing(organization_id, DatapointFilter())
    return {period_of(version): version.indicator for version, _ in session.exec(query)}


def standing_datapoints(session: Session, organization_id: int, asked: DatapointFilter) -> list[DatapointRow]:
    """Return every datapoint as it stands, of one plant, or else those of the whole organization alone."""
    query = _standing(organization_id, asked).where(
        col(Plant.code).in_(asked.plants) if asked.plants else col(Plant.code).is_(None)
    )
    return sorted((DatapointRow(*row) for row in session.exec(query)), key=lambda row: row.datapoint.code)


def revisions_of(session: Session, organization_id: int, code: str) -> list[DatapointRow]:
    """Return every version of a datapoint, oldest first; raises NotThere."""
    query = _versions(organization_id).where(Datapoint.code == code).order_by(col(Datapoint.revision))
    rows = [DatapointRow(*row) for row in session.exec(query)]
    if not rows:
        raise NotThere(f"There is no datapoint {code!r} in this organization")
    return rows


def lock_datapoints(session: Session, organization_id: int) -> None:
    """Let one version of an organization's datapoints be added at a time; on SQLite the transaction itself does."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(1702061360, :id)"), {"id": organization_id})


def latest_version(session: Session, organization_id: int, code: str) -> Datapoint | None:
    """Return the newest version of a datapoint, None where nothing was ever stated."""
    query = (
        select(Datapoint)
        .where(Datapoint.organization_id == organization_id, Datapoint.code == code)
        .order_by(col(Datapoint.revision).desc())
        .limit(1)
    )
    return session.exec(query).first()


def add_version(session: Session, organization_id: int, values: Mapping[str, Any], *, now_ms: int) -> Datapoint:
    """Store the next version of a datapoint under lock_datapoints; its instant never lies before the one before."""
    before = latest_version(session, organization_id, values["code"])
    stored_ms = storing_ms(session, organization_id, now_ms)
    version = Datapoint(
        **values,
        organization_id=organization_id,
        revision=1 if before is None else before.revision + 1,
        stored_at=stored_ms if before is None else max(stored_ms, before.stored_at),
    )
    session.add(version)
    flush_new(session, "datapoint", version.code)
    return version


def _versions(organization_id: int) -> "Select[Datapoint, str]":
    return (
        select(Datapoint, Plant.code)
        .outerjoin(
            Plant,
            (col(Plant.organization_id) == col(Datapoint.organization_id)) & (col(Plant.id) == col(Datapoint.plant_id)),
        )
        .where(Datapoint.organization_id == organization_id)
    )


def _standing(organization_id: int, asked: DatapointFilter) -> "Select[Datapoint, str]":
    """Return the query of the newest versions that were stored by the instant asked for, without those withdrawn."""
    newest = select(Datapoint.code, func.max(Datapoint.revision).label("revision")).where(
        Datapoint.organization_id == organization_id, *_narrowed(asked)
    )
    if asked.as_of_ms is not None:
        newest = newest.where(col(Datapoint.stored_at) <= asked.as_of_ms)
    latest = newest.group_by(col(Datapoint.code)).subquery()
    return (
        _versions(organization_id)
        .join(latest, and_(latest.c.code == col(Datapoint.code), latest.c.revision == col(Datapoint.revision)))
        .where(or_(col(Datapoint.value).is_not(None), col(Datapoint.text).is_not(None)))
    )


def _narrowed(asked: DatapointFilter) -> Sequence[Any]:
    """Return conditions that hold for every version of a datapoint or for none."""
    found: list[Any] = []
    if asked.indicators:
        found.append(col(Datapoint.indicator).in_(asked.indicators))
    if asked.years is not None:
        of_years = [
            and_(col(Datapoint.year) == year_of(each), col(Datapoint.transition).is_(is_transition(each)))
            for each in asked.years
        ]
        found.append(or_(false(), *of_years))
    return found
