"""Preparing a publication: the organization stands still while its figures are frozen in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName, is_transition, year_of
from app.core.calendar.periods import ms_from_instant, zone_named
from app.core.events import EventKind
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.disclosure.figures.books import open_books
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.history.canonical import canonical, digest_of
from app.disclosure.history.still import Still, standing_still
from app.disclosure.live.disclosure import disclosed
from app.disclosure.publications.basis import basis_members
from app.disclosure.publications.publication import Heading, publication_document
from app.disclosure.publications.steps import PublicationYear, last_published, listed_publication, now_ms, tell
from app.models import Organization, id_of
from app.store.directory.fiscal_years import calendar_of
from app.store.engine.database import Database
from app.store.inventory.inventory import change_inventory
from app.store.reporting.publications import Listed, insert_publication, numbered_with


def prepare_next(
    database: Database,
    target: PublicationYear,
    *,
    reason: str | None,
    interim: bool = False,
    key_code: str,
    keep: Callable[[Session, Listed], None] | None = None,
) -> Listed:
    """Freeze what is stored now as the next publication of the period, an interim one while that is not over.

    What `keep` stores with it is stored in the same transaction.

    Raises NotThere, UnknownFramework, UnknownPeriod, and InvalidFields for a restatement without a reason, a period
    that has not begun, and one that is interim or over without having been said to be.
    """
    with _standing_still(database, target) as still:
        if problems := list(_untimely(still, interim=interim)):
            raise InvalidFields(problems)
        prepared = _freeze(still, target, reason=reason, interim=interim, key_code=key_code)
        if keep is not None:
            keep(still.session, prepared)
        return prepared


def prepare_first(database: Database, target: PublicationYear, *, key_code: str) -> Listed | None:
    """Freeze what is stored now if nothing but interim publications was prepared of the period yet; else None.

    The period is over. Raises NotThere and UnknownFramework.
    """
    with _standing_still(database, target) as still:
        if any(not each.interim for each in still.earlier):
            return None
        return _freeze(still, target, reason=None, interim=False, key_code=key_code)


@dataclass(frozen=True, slots=True)
class _Still(Still):
    """An organization standing still, and what was published of the year before."""

    year: PeriodName
    numbered: list[Listed]
    """What was prepared of the period, and of the year or transition period with the same number."""

    @property
    def earlier(self) -> list[Listed]:
        """Return what was prepared of the period."""
        return [each for each in self.numbered if each.period == self.year]


@contextmanager
def _standing_still(database: Database, target: PublicationYear) -> Iterator[_Still]:
    """Yield the organization standing still, in a transaction that is committed when the block ends."""
    framework_named(target.framework)
    with standing_still(database, target.organization) as still:
        numbered = numbered_with(still.session, id_of(still.organization), target.framework, target.year)
        yield _Still(still.session, still.organization, still.as_of_ms, target.year, numbered)


def _untimely(still: _Still, *, interim: bool) -> Iterator[FieldProblem]:
    """Yield why a publication of the period cannot be prepared at this instant, in the organization's time zone."""
    period = calendar_of(still.organization).named(still.year)
    begins, ends = map(ms_from_instant, period.instants(zone_named(still.organization.timezone)))
    if still.as_of_ms < begins:
        words = f"the reporting period {period} has not begun; prepare it once it has"
        yield FieldProblem("year", "period_not_begun", words)
    elif still.as_of_ms < ends and not interim:
        words = f"the reporting period {period} is not over: prepare an interim publication with `interim` true"
        yield FieldProblem("interim", "period_not_over", words)
    elif still.as_of_ms >= ends and interim:
        words = f"the reporting period {period} is over: leave `interim` out, its publication is of the whole of it"
        yield FieldProblem("interim", "period_over", words)


def _freeze(still: _Still, target: PublicationYear, *, reason: str | None, interim: bool, key_code: str) -> Listed:
    session, organization = still.session, still.organization
    replaced = last_published(still.earlier)
    if replaced is not None and not reason:
        words = f"Publication {replaced.number} is published: say why it is restated"
        raise InvalidFields([FieldProblem("reason", "missing", words)])
    heading = Heading(
        number=max((each.number for each in still.numbered), default=0) + 1,
        reason=reason,
        replaces=None if replaced is None else replaced.number,
        interim=interim,
        prepared_by=key_code,
        prepared_ms=now_ms(),
        as_of_ms=still.as_of_ms,
    )
    document = canonical(_document(session, organization, target, heading))
    insert_publication(
        session,
        {
            "organization_id": organization.id,
            "framework": target.framework,
            "year": year_of(target.year),
            "transition": is_transition(target.year),
            "interim": heading.interim,
            "number": heading.number,
            "document": document,
            "digest": digest_of(document),
            "reason": reason,
            "replaces": heading.replaces,
            "prepared_by": key_code,
            "prepared_at": heading.prepared_ms,
            "as_of": heading.as_of_ms,
        },
    )
    # Posts that were numbered before the instant and wait for it to pass are judged, and numbered, again.
    change_inventory(session, id_of(organization))
    prepared = listed_publication(session, organization, target, heading.number)
    tell(session, organization, EventKind.PUBLICATION_PREPARED, prepared, at_ms=heading.prepared_ms)
    return prepared


def _document(
    session: Session, organization: Organization, target: PublicationYear, heading: Heading
) -> dict[str, Any]:
    """Return the document, made anew where pins, GWP sets or settings were changed while it was made."""
    while True:
        basis = canonical(basis_members(session, organization, target.framework, target.year))
        books = open_books(
            session, organization=target.organization, framework=target.framework, year=target.year, plant=None
        )
        now_ms = heading.as_of_ms if heading.interim else None
        disclosure = disclosed(session, books, year=target.year, now_ms=now_ms)
        document = publication_document(session, books, disclosure, heading)
        if canonical(document["basis"]) == basis:
            return document
