"""Preparing a publication: the organization stands still while its figures are frozen in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core.events import EventKind
from app.core.inventory import FieldProblem, InvalidFields
from app.disclosure.basis import basis_members
from app.disclosure.canonical import canonical, digest_of
from app.disclosure.frameworks import framework_named
from app.disclosure.publication import Heading, publication_document
from app.disclosure.publication_service import PublicationYear, last_published, listed_publication, now_ms, tell
from app.disclosure.service import disclosed, open_books
from app.disclosure.still import Still, standing_still
from app.models import Organization
from app.store.engine import Database
from app.store.inventory import change_inventory
from app.store.publications import Listed, insert_publication, publications_of


def prepare_next(database: Database, target: PublicationYear, *, reason: str | None, key_code: str) -> Listed:
    """Freeze what is stored now as the next publication of the year.

    Raises NotThere, UnknownFramework, and InvalidFields for a restatement without a reason.
    """
    with _standing_still(database, target) as still:
        return _freeze(still, target, reason=reason, key_code=key_code)


def prepare_first(database: Database, target: PublicationYear, *, key_code: str) -> Listed | None:
    """Freeze what is stored now if nothing was prepared of the year yet; None when something was.

    Raises NotThere and UnknownFramework.
    """
    with _standing_still(database, target) as still:
        return None if still.earlier else _freeze(still, target, reason=None, key_code=key_code)


@dataclass(frozen=True, slots=True)
class _Still(Still):
    """An organization standing still, and what was published of the year before."""

    earlier: list[Listed]


@contextmanager
def _standing_still(database: Database, target: PublicationYear) -> Iterator[_Still]:
    """Yield the organization standing still, in a transaction that is committed when the block ends."""
    framework_named(target.framework)
    with standing_still(database, target.organization) as still:
        earlier = publications_of(still.session, still.organization.id or 0, target.framework, target.year)
        yield _Still(still.session, still.organization, still.as_of_ms, earlier)


def _freeze(still: _Still, target: PublicationYear, *, reason: str | None, key_code: str) -> Listed:
    session, organization = still.session, still.organization
    replaced = last_published(still.earlier)
    if replaced is not None and not reason:
        words = f"Publication {replaced.number} is published: say why it is restated"
        raise InvalidFields([FieldProblem("reason", "missing", words)])
    heading = Heading(
        number=max((each.number for each in still.earlier), default=0) + 1,
        reason=reason,
        replaces=None if replaced is None else replaced.number,
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
            "year": target.year,
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
    change_inventory(session, organization.id or 0)
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
        document = publication_document(session, books, disclosed(session, books, year=target.year), heading)
        if canonical(document["basis"]) == basis:
            return document
