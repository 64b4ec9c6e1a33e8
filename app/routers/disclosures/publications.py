"""Publications of a disclosure: list, prepare, read, approve, publish, and what has moved since."""

from decimal import Decimal
from typing import Annotated, Any, TypeAlias

import msgspec
from fastapi import Path, Query
from pydantic import WithJsonSchema
from sqlmodel import Session

from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName
from app.disclosure.drift.drift import DEFAULT_THRESHOLD_PERCENT, publication_drift
from app.disclosure.history.canonical import document_from
from app.disclosure.publications.preparing import prepare_next
from app.disclosure.publications.steps import PublicationYear, approve, publish
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayApprove, MayPrepare, MayRead, Reads, api_router
from app.http.idempotency import DoneOnce
from app.routers.disclosures.editions import Edition
from app.schemas.disclosures.drift import Drift, drift_from
from app.schemas.disclosures.publications import (
    Publication,
    PublicationAction,
    PublicationCreate,
    PublicationDocument,
    PublicationPage,
    PublicationWithDocument,
    publication_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.number_forms import in_strings, with_strings
from app.schemas.wire.periods import PeriodInPath, YearInPath
from app.schemas.wire.problems import conflicts
from app.store.directory.people import names_of
from app.store.reporting.publications import Listed, listed_of, publication_of, publication_page

router = api_router("publications", "/v1/organizations/{organization}/disclosures/{framework}/{year}/publications")

Number: TypeAlias = Annotated[int, Path(ge=1, le=2**31 - 1, description="1, 2, 3 within framework and year.")]

Threshold: TypeAlias = Annotated[
    Decimal,
    Query(
        ge=0,
        max_digits=20,
        decimal_places=10,
        allow_inf_nan=False,
        description="From how many percent on a change is material.",
    ),
    WithJsonSchema({"type": "number", "format": "decimal", "minimum": 0}),
]


@router.get("")
def list_publications(
    access: MayRead,
    framework: Edition,
    year: YearInPath,
    database: Reads,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PublicationPage:
    """List the publications of a framework and reporting year by number, without their documents."""
    with database.read() as session:
        page = publication_page(session, access.organization_id, framework, year, cursor=cursor, limit=limit)
        return PublicationPage(items=[_told(session, access, each) for each in page.items], next=page.next)


@router.post("", status_code=201, response_model=Publication, responses=conflicts("amendment_under_way"))
def prepare_publication(
    access: MayPrepare,
    framework: Edition,
    year: PeriodInPath,
    body: PublicationCreate,
    database: Db,
    once: DoneOnce,
) -> ExactJSON:
    """Freeze the figures of now, with the lineage of each, as a numbered draft."""
    target = _target(access, framework, year)

    def answer_to(session: Session, prepared: Listed) -> ExactJSON:
        place = f"/v1/organizations/{access.organization}/disclosures/{framework}/{prepared.year}/publications"
        location = f"{place}/{prepared.number}"
        content = _told(session, access, prepared)
        return ExactJSON(content, status_code=201, headers={"Location": location})

    prepared = prepare_next(
        database,
        target,
        reason=body.reason,
        interim=body.interim,
        key_code=access.key_code or "",
        keep=lambda session, prepared: once.keep(session, answer_to(session, prepared)),
    )
    with database.read() as session:
        return answer_to(session, prepared)


@router.get("/{number}", response_model=PublicationWithDocument)
def get_publication(
    access: MayRead, framework: Edition, year: YearInPath, number: Number, database: Reads
) -> ExactJSON:
    """Read a publication, its document as it was frozen."""
    with database.read() as session:
        row = publication_of(session, access.organization_id, framework, year, number)
        standing = _told(session, access, listed_of(session, row))
        document: Any = msgspec.Raw(row.document.encode())
        if in_strings():
            document = with_strings(document_from(row.document), PublicationDocument)
        return ExactJSON({**standing.model_dump(), "document": document})


@router.post("/{number}/approve", responses=conflicts("own_publication", "wrong_status", "period_moved"))
def approve_publication(
    access: MayApprove, framework: Edition, year: YearInPath, number: Number, body: PublicationAction, database: Db
) -> Publication:
    """Approve a draft that somebody else prepared: another person, or another key where no person is known."""
    target = _target(access, framework, year)
    approved = approve(database, target, number, key_code=access.key_code or "")
    with database.read() as session:
        return _told(session, access, approved)


@router.post(
    "/{number}/publish",
    responses=conflicts("wrong_status", "period_moved", "publication_overtaken", "amendment_under_way"),
)
def publish_publication(
    access: MayApprove, framework: Edition, year: YearInPath, number: Number, body: PublicationAction, database: Db
) -> Publication:
    """Publish what is approved; what it restates stays readable."""
    target = _target(access, framework, year)
    published = publish(database, target, number, key_code=access.key_code or "")
    with database.read() as session:
        return _told(session, access, published)


@router.get("/{number}/drift")
def get_drift(
    access: MayRead,
    framework: Edition,
    year: YearInPath,
    number: Number,
    database: Reads,
    threshold: Threshold = DEFAULT_THRESHOLD_PERCENT,
) -> Drift:
    """Say which figures are no longer what was published, by how much and why."""
    found = publication_drift(
        database,
        organization=access.organization,
        framework=framework,
        year=year,
        number=number,
        threshold=threshold,
    )
    with database.read() as session:
        return drift_from(access.organization, found, names_of(session, found.publication.actors))


def _told(session: Session, access: OrganizationAccess, found: Listed) -> Publication:
    """Return the outside view of a publication, with the names of who took its steps."""
    return publication_from(access.organization, found, names_of(session, found.actors))


def _target(access: OrganizationAccess, framework: str, year: PeriodName) -> PublicationYear:
    return PublicationYear(access.organization, framework, year)
