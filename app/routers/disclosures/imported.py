"""Imported publications: the tables a company printed before, and what the checks find in them."""

from typing import Annotated

from fastapi import Path

from app.disclosure.checks.running import imported_findings
from app.disclosure.history.imports import take_import
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayPrepare, MayRead, NowMs, api_router
from app.http.idempotency import DoneOnce
from app.schemas.disclosures.disclosures import checks_from
from app.schemas.disclosures.imported import (
    ImportedPublication,
    ImportedPublicationChecks,
    ImportedPublicationCreate,
    ImportedPublicationPage,
    head_from,
    imported_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.schemas.wire.texts import Code
from app.store.reporting.imported import imported_of, imported_page

router = api_router("imported-publications", "/v1/organizations/{organization}/imported-publications")
ImportedCode = Annotated[Code, Path(description="The code of the imported publication.")]


@router.get("")
def list_imported_publications(
    access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ImportedPublicationPage:
    """List imported publications without their rows, in order of code."""
    with database.read() as session:
        page = imported_page(session, access.organization_id, cursor=cursor, limit=limit)
    return ImportedPublicationPage(items=[head_from(head) for head in page.items], next=page.next)


@router.post("", status_code=201, response_model=ImportedPublication, responses=conflicts("duplicate_code"))
def create_imported_publication(
    access: MayPrepare, body: ImportedPublicationCreate, database: Db, now_ms: NowMs, once: DoneOnce
) -> ExactJSON:
    """Store a table that was printed before; it never changes, a corrected one is stored beside it."""
    with database.write() as session:
        row = take_import(session, access.organization_id, body.model_dump(), key_code=access.key_code, now_ms=now_ms)
        created = imported_from(row)
        location = f"/v1/organizations/{access.organization}/imported-publications/{created.code}"
        answer = ExactJSON(created, status_code=201, headers={"Location": location})
        once.keep(session, answer)
    return answer


@router.get("/{publication}")
def get_imported_publication(access: MayRead, publication: ImportedCode, database: Db) -> ImportedPublication:
    """Read an imported publication with its rows."""
    with database.read() as session:
        return imported_from(imported_of(session, access.organization_id, publication))


@router.get("/{publication}/checks")
def get_imported_publication_checks(
    access: MayRead, publication: ImportedCode, database: Db
) -> ImportedPublicationChecks:
    """Run the checks over an imported publication, by the factors that are known now."""
    with database.read() as session:
        findings = imported_findings(session, access.organization, publication)
    checks = checks_from(findings)
    return ImportedPublicationChecks(organization=access.organization, publication=publication, checks=checks)
