"""Reading and inserting publications and their steps; neither is ever changed or deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from app.core.calendar.fiscal_years import PeriodName, is_transition, period_name, year_of
from app.models import Organization, Publication, PublicationStep, id_of
from app.store.directory.directory import lock_inventory
from app.store.sql.conflicts import NotThere
from app.store.sql.keyset import Page, decode_cursor, page_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A publication without its document, and its steps in the order they were taken."""

    id: int
    framework: str
    year: int
    transition: bool
    number: int
    digest: str
    interim: bool
    reason: str | None
    replaces: int | None
    prepared_by: str
    prepared_at: int
    as_of: int
    steps: tuple[PublicationStep, ...]

    @property
    def period(self) -> PeriodName:
        """Return the name of the reporting period it is of."""
        return period_name(self.year, transition=self.transition)

    @property
    def actors(self) -> list[str]:
        """Return the codes of who took its steps, the preparer's first."""
        return [self.prepared_by, *(each.key_code for each in self.steps)]

    def step(self, name: str) -> PublicationStep | None:
        """Return the step `name`; None when it was not taken."""
        return next((each for each in self.steps if each.step == name), None)


_COLUMNS = tuple(name for name in Listed.__dataclass_fields__ if name != "steps")
_PUBLISHED = exists().where(
    col(PublicationStep.organization_id) == col(Publication.organization_id),
    col(PublicationStep.publication_id) == col(Publication.id),
    col(PublicationStep.step) == "published",
)


def publication_of(session: Session, organization_id: int, framework: str, year: int, number: int) -> Publication:
    """Return a publication with its document, of a year or of the transition period with its number; raises NotThere.

    Their publications are numbered together.
    """
    statement = select(Publication).where(
        Publication.organization_id == organization_id,
        Publication.framework == framework,
        Publication.year == year,
        Publication.number == number,
    )
    found = session.exec(statement).one_or_none()
    if found is None:
        raise NotThere(f"There is no publication {number} of {framework} {year}")
    return found


def listed_of(session: Session, row: Publication) -> Listed:
    """Return a publication as lists show it."""
    steps = steps_of(session, row.organization_id, [id_of(row)]).get(id_of(row), ())
    return Listed(*[*(getattr(row, name) for name in _COLUMNS), steps])


def publications_of(session: Session, organization_id: int, framework: str, year: PeriodName) -> list[Listed]:
    """Return every publication of a framework and reporting period with its steps, by number."""
    return [each for each in numbered_with(session, organization_id, framework, year) if each.period == year]


def numbered_with(session: Session, organization_id: int, framework: str, year: PeriodName) -> list[Listed]:
    """Return what is numbered in one row with the period's publications: all of its number, transition or not."""
    return _listed(session, organization_id, *_of(framework, year_of(year)))


def published_of(
    session: Session, organization_id: int, framework: str, years: Iterable[PeriodName]
) -> dict[PeriodName, Listed]:
    """Return the latest published publication of each of these periods that has one; interim ones are left out."""
    wanted = set(years)
    found = _listed(
        session,
        organization_id,
        Publication.framework == framework,
        col(Publication.year).in_({year_of(each) for each in wanted}),
        col(Publication.interim).is_(False),
        _PUBLISHED,
    )
    return {each.period: each for each in found if each.period in wanted}


def published_periods(session: Session, organization_id: int) -> set[PeriodName]:
    """Return the reporting periods of which the organization has published anything, interim or not."""
    statement = select(Publication.year, Publication.transition).where(
        Publication.organization_id == organization_id, _PUBLISHED
    )
    return {period_name(year, transition=transition) for year, transition in session.exec(statement.distinct())}


def published_documents(session: Session, organization_id: int, year: PeriodName) -> list[str]:
    """Return the document of every publication of a period, of any framework, that was published."""
    statement = select(Publication.document).where(
        Publication.organization_id == organization_id,
        Publication.year == year_of(year),
        col(Publication.transition).is_(is_transition(year)),
        _PUBLISHED,
    )
    return list(session.exec(statement))


def publication_page(
    session: Session, organization_id: int, framework: str, year: int, *, cursor: str | None, limit: int
) -> Page[Listed]:
    """Return publications of a framework and year, or its transition period, by number; raises BadCursor."""
    conditions = [*_of(framework, year)]
    if cursor:
        conditions.append(Publication.number > decode_cursor(cursor, int)[0])
    return page_of(_listed(session, organization_id, *conditions, limit=limit + 1), limit, lambda each: (each.number,))


def every_publication(
    session: Session, *, organization: str | None, framework: str | None, year: int | None
) -> list[tuple[int, str]]:
    """Return the database key of each publication and its organization's code, oldest first, those asked for."""
    statement = select(Publication.id, Organization.code).join(
        Organization,
        col(Publication.organization_id) == col(Organization.id),
    )
    if organization is not None:
        statement = statement.where(Organization.code == organization)
    if framework is not None:
        statement = statement.where(Publication.framework == framework)
    if year is not None:
        statement = statement.where(Publication.year == year)
    return [(key or 0, code) for key, code in session.exec(statement.order_by(col(Publication.id)))]


def publication_by_id(session: Session, organization_id: int, publication_id: int) -> Publication:
    """Return a publication by its database key."""
    return session.get_one(Publication, (organization_id, publication_id))


def steps_of(
    session: Session, organization_id: int, publication_ids: Sequence[int]
) -> dict[int, tuple[PublicationStep, ...]]:
    """Return the steps of each publication in the order they were taken."""
    statement = select(PublicationStep).where(
        PublicationStep.organization_id == organization_id, col(PublicationStep.publication_id).in_(publication_ids)
    )
    found: dict[int, tuple[PublicationStep, ...]] = {}
    for step in session.exec(statement.order_by(col(PublicationStep.id))):
        found[step.publication_id] = (*found.get(step.publication_id, ()), step)
    return found


def insert_publication(session: Session, values: Mapping[str, Any]) -> Publication:
    """Insert a publication under the next number of its framework and year; the caller holds the organization alone."""
    row = Publication(**values)
    session.add(row)
    session.flush()
    return row


def insert_step(
    session: Session, organization_id: int, publication_id: int, *, step: str, key_code: str, at_ms: int
) -> None:
    """Insert a step; the caller holds the organization alone."""
    of = {"organization_id": organization_id, "publication_id": publication_id}
    session.add(PublicationStep(**of, step=step, key_code=key_code, at=at_ms))
    session.flush()


def frameworks_published(session: Session, organization_id: int) -> set[str]:
    """Return the frameworks of which the organization has publications."""
    statement = select(Publication.framework).where(Publication.organization_id == organization_id).distinct()
    return set(session.exec(statement))


def has_publications(session: Session, organization_id: int) -> bool:
    """Tell whether the organization has any publication."""
    statement = select(Publication.id).where(Publication.organization_id == organization_id).limit(1)
    return session.exec(statement).first() is not None


def sealed_ms(session: Session, organization_id: int) -> int:
    """Return the instant as of which the organization's newest publication was prepared (UTC ms), 0 without any.

    What is stored from then on is stored later than that.
    """
    statement = select(func.max(Publication.as_of)).where(Publication.organization_id == organization_id)
    return session.exec(statement).one() or 0


def storing_ms(session: Session, organization_id: int, now_ms: int) -> int:
    """Return the instant (UTC ms) at which what figures are made from is stored in this transaction.

    It is now, but later than that of every publication: none is prepared until the transaction ends.
    """
    lock_inventory(session, organization_id)
    return max(now_ms, sealed_ms(session, organization_id) + 1)


def _of(framework: str, year: int) -> tuple[Any, ...]:
    return Publication.framework == framework, Publication.year == year


def _listed(session: Session, organization_id: int, *conditions: Any, limit: int | None = None) -> list[Listed]:
    columns = [getattr(Publication, name) for name in _COLUMNS]
    ours = Publication.organization_id == organization_id
    statement = select(*columns).where(ours, *conditions).order_by(col(Publication.year), col(Publication.number))
    rows = list(session.exec(statement if limit is None else statement.limit(limit)))
    steps = steps_of(session, organization_id, [row[0] for row in rows]) if rows else {}
    return [Listed(*[*row, steps.get(row[0], ())]) for row in rows]
