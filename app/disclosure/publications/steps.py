"""The steps of a publication after it was prepared: approved by another one, published; each told as it is taken."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName
from app.core.events import EventKind
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import DisclosureStatus, period_moved, status_of
from app.disclosure.history.still import stand_still
from app.disclosure.targets.target_due import freeze_due
from app.models import Organization, id_of
from app.store.directory.directory import lock_inventory_alone
from app.store.directory.people import shared_hands
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.outbox.events import append_event
from app.store.reporting.publications import Listed, insert_step, numbered_with, publication_by_id, publications_of
from app.store.sql.conflicts import NotThere


class OwnPublication(PermissionError):
    """Whoever prepared a publication cannot approve it."""


class WrongStatus(ValueError):
    """The publication does not stand where this step begins."""


class PeriodMoved(ValueError):
    """The reporting period has other days now than when the publication was prepared."""


class PublicationOvertaken(ValueError):
    """Another publication of the year was published since this one was prepared."""


@dataclass(frozen=True, slots=True)
class PublicationYear:
    """Which publications are meant: an organization's of a framework and reporting period."""

    organization: str
    framework: str
    year: PeriodName


def approve(database: Database, target: PublicationYear, number: int, *, key_code: str) -> Listed:
    """Approve a draft, by the code of a key or a user.

    Raises NotThere, WrongStatus, PeriodMoved, and OwnPublication for who prepared it, by whatever key of theirs.
    """

    def check(session: Session, publication: Listed, _every: list[Listed]) -> None:
        if publication.prepared_by == key_code:
            raise OwnPublication(f"{key_code!r} prepared publication {number}; another one approves it")
        if why := shared_hands(session, publication.prepared_by, key_code):
            by = publication.prepared_by
            raise OwnPublication(f"{by!r} prepared publication {number}, and {why}: somebody else approves it")

    return _step(database, target, number, key_code, DisclosureStatus.DRAFT, DisclosureStatus.APPROVED, check)


def publish(database: Database, target: PublicationYear, number: int, *, key_code: str) -> Listed:
    """Publish what is approved, and freeze the bases of targets that are not yet.

    Raises NotThere, WrongStatus, PeriodMoved, PublicationOvertaken.
    """

    def check(_session: Session, publication: Listed, every: list[Listed]) -> None:
        latest = last_published(every)
        standing = None if latest is None else latest.number
        if publication.replaces != standing:
            words = f"Publication {standing} was published since {number} was prepared; prepare it anew"
            raise PublicationOvertaken(words)

    def freeze(session: Session, organization: Organization) -> None:
        reason = f"publication {number} of {target.framework} {target.year} was published"
        freeze_due(stand_still(database, session, organization), key_code=key_code, reason=reason)

    steps = DisclosureStatus.APPROVED, DisclosureStatus.PUBLISHED
    return _step(database, target, number, key_code, *steps, check, also=freeze)


_KINDS = {
    DisclosureStatus.APPROVED: EventKind.PUBLICATION_APPROVED,
    DisclosureStatus.PUBLISHED: EventKind.PUBLICATION_PUBLISHED,
}


def _step(
    database: Database,
    target: PublicationYear,
    number: int,
    key_code: str,
    begins: DisclosureStatus,
    ends: DisclosureStatus,
    check: Callable[[Session, Listed, list[Listed]], None],
    also: Callable[[Session, Organization], None] = lambda _session, _organization: None,
) -> Listed:
    with database.write() as session:
        organization = organization_of(session, target.organization)
        organization_id = id_of(organization)
        lock_inventory_alone(session, organization_id)
        publication = listed_publication(session, organization, target, number)
        status = status_of(publication)
        if status is not begins:
            raise WrongStatus(f"Publication {number} is {status}; only one that is {begins} can be {ends}")
        _require_same_days(session, organization, publication)
        check(session, publication, publications_of(session, organization_id, target.framework, publication.period))
        at_ms = now_ms()
        insert_step(session, organization_id, publication.id, step=ends, key_code=key_code, at_ms=at_ms)
        taken = listed_publication(session, organization, target, number)
        tell(session, organization, _KINDS[ends], taken, at_ms=at_ms)
        also(session, organization)
    return taken


def _require_same_days(session: Session, organization: Organization, publication: Listed) -> None:
    """Raise PeriodMoved when what was prepared is of other days than the reporting period is made up of now."""
    words = period_moved(
        organization, document_from(publication_by_id(session, id_of(organization), publication.id).document)
    )
    if words is not None:
        raise PeriodMoved(f"{words}: prepare the publication anew")


def listed_publication(session: Session, organization: Organization, target: PublicationYear, number: int) -> Listed:
    """Return a publication, of the year or of its transition period, with its steps; raises NotThere."""
    every = numbered_with(session, id_of(organization), target.framework, target.year)
    found = next((each for each in every if each.number == number), None)
    if found is None:
        raise NotThere(f"There is no publication {number} of {target.framework} {target.year}")
    return found


def last_published(publications: list[Listed]) -> Listed | None:
    """Return the published one with the highest number; None when none is.

    Interim ones are left out: what is of a part of the period neither restates nor is restated.
    """
    whole = [each for each in publications if not each.interim]
    published = [each for each in whole if each.step(DisclosureStatus.PUBLISHED) is not None]
    return max(published, key=lambda each: each.number, default=None)


def tell(session: Session, organization: Organization, kind: EventKind, publication: Listed, *, at_ms: int) -> None:
    """Append the event of a step to the transaction that takes it."""
    append_event(
        session,
        organization_id=id_of(organization),
        kind=kind,
        payload={
            "framework": publication.framework,
            "year": publication.year,
            "period": str(publication.period),
            "number": publication.number,
            "status": str(status_of(publication)),
            "interim": publication.interim,
            "hash": publication.digest,
            "replaces": publication.replaces,
        },
        at_ms=at_ms,
    )


def now_ms() -> int:
    """Return the instant in UTC ms."""
    return time.time_ns() // 1_000_000
