"""Verifying a publication: its hash, its steps, and its figures computed once more from the readings of its instant."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from sqlmodel import Session

from app.core.calendar.fiscal_years import PeriodName, is_transition, period_name
from app.core.calendar.periods import instant_from_ms, rfc3339
from app.core.readings.reading_pages import DamagedPage
from app.core.units.quantities import EXACT, plain
from app.disclosure.drift.causes import not_reproduced
from app.disclosure.figures.books import Books, open_books
from app.disclosure.figures.figures import Figure, amount_of
from app.disclosure.frameworks.frameworks import UnknownFramework
from app.disclosure.history.canonical import digest_of, document_from
from app.disclosure.history.standing import DisclosureStatus, figure_name, period_moved, period_of_document
from app.disclosure.live.disclosure import figures_of
from app.disclosure.publications.basis import PublicationBasis, basis_from
from app.models import Organization, Publication, id_of
from app.store.arrivals.entered import entered
from app.store.directory.people import is_same
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.reporting.publications import listed_of, publication_by_id


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a publication found; `unknown` are sentences on what cannot be computed any more."""

    organization: str
    framework: str
    year: PeriodName
    number: int
    figures: int
    differences: tuple[str, ...]
    unknown: tuple[str, ...]


def verify(database: Database, publication_id: int, *, organization: str) -> Verdict:
    """Verify the publication with this database key; raises DamagedPage where its readings cannot be read."""
    with entered(database, organization) as session:
        reporting = organization_of(session, organization)
        row = publication_by_id(session, id_of(reporting), publication_id)
        found = [*_of_text(row), *_of_steps(session, row)]
        unknown: list[str] = []
        figures = 0
        try:
            document = document_from(row.document)
            found += _of_columns(row, document)
            found += _of_lineages(document)
            figures = len(document["figures"])
            different, unknown = _of_figures(session, reporting, row, document)
            found += different
        except DamagedPage:  # the readings cannot be read, and the document may be
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            found.append(f"the document cannot be read: {type(error).__name__}: {error}")
    return Verdict(organization, row.framework, _name_of(row), row.number, figures, tuple(found), tuple(unknown))


def _of_text(row: Publication) -> Iterator[str]:
    digest = digest_of(row.document)
    if digest != row.digest:
        yield f"the document was changed: its hash is {digest}, kept is {row.digest}"


def _of_steps(session: Session, row: Publication) -> Iterator[str]:
    listed = listed_of(session, row)
    approved, published = (listed.step(each) for each in (DisclosureStatus.APPROVED, DisclosureStatus.PUBLISHED))
    if approved is not None and is_same(session, approved.key_code, row.prepared_by):
        yield f"{approved.key_code!r} approved what {row.prepared_by!r} had prepared, who is the same"
    if published is not None and approved is None:
        yield "it was published without having been approved"


def _of_columns(row: Publication, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the row beside the document says something else."""
    stated = {
        "framework": document["framework"]["code"],
        **{name: document[name] for name in ("year", "number", "reason", "replaces", "prepared_by")},
        "transition": is_transition(period_of_document(document)),
        "interim": document.get("interim", row.interim),
        "prepared_at": document["prepared_at"],
        "as_of": document["as_of"],
    }
    for name, value in stated.items():
        kept = getattr(row, name)
        if name in ("prepared_at", "as_of"):
            kept = rfc3339(instant_from_ms(kept))
        if kept != value:
            yield f"its row has {name} {kept!r}, the document {value!r}"


def _of_lineages(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the figures whose frozen terms do not add up to them."""
    for figure in document["figures"]:
        terms = figure["lineage"]["terms"]
        with localcontext(EXACT):
            if terms and sum((each["value"] for each in terms), Decimal(0)) != figure["value"]:
                yield f"{_name(figure)}: its terms do not add up to {figure['value']}"


def _of_figures(
    session: Session, organization: Organization, row: Publication, document: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """Return how the figures differ when they are computed again, and what cannot be."""
    basis = basis_from(document)
    if words := period_moved(organization, document):
        return [], [f"the figures cannot be computed again: {words}"]
    try:
        books = _books_then(session, organization, row, basis)
    except UnknownFramework as error:
        return [], [f"the figures cannot be computed again: {error}"]
    again = {figure_name(each.key, each.dimensions): each for each in figures_of(books, basis.year)}
    keys = {each.key for each in again.values()}
    different: list[str] = []
    unknown: list[str] = []
    for figure in document["figures"]:
        found = again.get(figure_name(figure["key"], figure["dimensions"]))
        if found is not None:
            different += _difference(books, document["basis"], figure, found)
        elif figure["value"] is not None or figure["text"] is not None:
            gone = f"{_name(figure)} is not computed any more"
            (different if figure["key"] in keys else unknown).append(gone)
    return different, unknown


def _name_of(row: Publication) -> PeriodName:
    return period_name(row.year, transition=row.transition)


def _books_then(session: Session, organization: Organization, row: Publication, basis: PublicationBasis) -> Books:
    return open_books(
        session,
        organization=organization.code,
        framework=row.framework,
        year=basis.year,
        plant=None,
        earlier=0,
        as_of_ms=row.as_of,
        proposal=basis.proposal,
        rules=basis.rules_of(organization),
    )


def _difference(books: Books, basis: Mapping[str, Any], published: Mapping[str, Any], again: Figure) -> Iterator[str]:
    name = _name(published)
    if published["value"] != again.value:
        words = f"{name} is {_words(again.value)} by what was stored then, published is {_words(published['value'])}"
        spec = next((each for each in books.specs if each.key == again.key), None)
        if spec is not None:
            amount = amount_of(spec, again.dimensions, next(iter(books.evaluations.values())))
            words += f": {not_reproduced(amount, published, basis, None).detail}"
        yield words
    for member in ("unit", "display", "text"):
        found = getattr(again, member)
        if published[member] != found:
            yield f"{name} has {member} {found!r} when computed again, published is {published[member]!r}"


def _name(figure: Mapping[str, Any]) -> str:
    dimensions = ", ".join(f"{name} {value}" for name, value in sorted(figure["dimensions"].items()))
    return f"{figure['key']} ({dimensions})" if dimensions else str(figure["key"])


def _words(value: int | Decimal | None) -> str:
    return "nothing" if value is None else plain(Decimal(value))
