"""Comments on a publication that is not published yet: on the whole of it, or on one thing that it tells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.disclosure.checks.kpis import KPI_MISSING
from app.disclosure.history.canonical import document_from
from app.disclosure.history.standing import DisclosureStatus, FigureName, figure_name, status_of
from app.disclosure.publications.steps import PublicationYear, WrongStatus, listed_publication, now_ms
from app.models import PublicationComment, id_of
from app.store.directory.directory import lock_inventory_alone
from app.store.inventory.organizations import organization_of
from app.store.reporting.comments import insert_comment
from app.store.reporting.publications import publication_by_id


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said, and of what: a figure by key and dimensions, a KPI without one, or the whole (None)."""

    text: str
    key: str | None
    dimensions: Mapping[str, str]


def comment_on(
    session: Session, target: PublicationYear, number: int, remark: Remark, *, author: str
) -> PublicationComment:
    """Append a comment in the caller's transaction, by the code of a key or a user.

    Raises NotThere, WrongStatus for what is published, and InvalidFields for what the publication does not tell.
    """
    organization = organization_of(session, target.organization)
    organization_id = id_of(organization)
    # Nobody publishes meanwhile, and two comments have two numbers.
    lock_inventory_alone(session, organization_id)
    publication = listed_publication(session, organization, target, number)
    if status_of(publication) is DisclosureStatus.PUBLISHED:
        raise WrongStatus(f"Publication {number} is published; only one that is not can be commented on")
    document = document_from(publication_by_id(session, organization_id, publication.id).document)
    _require_told(document, remark)
    values = {"key": remark.key, "dimensions": dict(remark.dimensions), "text": remark.text, "author": author}
    return insert_comment(session, organization_id, publication.id, {**values, "at": now_ms()})


def subjects_of(document: Mapping[str, Any]) -> dict[FigureName, str]:
    """Return the title of everything of a publication that can be commented on: figures, then KPIs without one."""
    return dict(_subjects(document))


def _subjects(document: Mapping[str, Any]) -> Iterator[tuple[FigureName, str]]:
    for each in document["figures"]:
        title = ", ".join([each["title"], *each["dimensions"].values()])
        yield figure_name(each["key"], each["dimensions"]), f"{each['kpi']} {title}"
    silent = (each["key"] for each in document["checks"] if each["code"] == KPI_MISSING)
    for kpi in sorted({*silent, *(each["kpi"] for each in document["explanations"])}):
        yield figure_name(kpi, {}), kpi


def _require_told(document: Mapping[str, Any], remark: Remark) -> None:
    if remark.key is None:
        if remark.dimensions:
            words = "Say which figure has these dimensions, or leave them out to comment on the whole"
            raise InvalidFields([FieldProblem("key", "missing", words)])
        return
    if figure_name(remark.key, remark.dimensions) not in subjects_of(document):
        words = "The publication has no such figure: take key and dimensions from its document, or the KPI it explains"
        raise InvalidFields([FieldProblem("key", "unknown_figure", words)])
