"""Evidence: files that prove figures and batches, attached, listed, read back and removed."""

from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

from fastapi import Path, Query, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.core.access import OrganizationAccess
from app.core.evidence_types import TYPE_OF, FileUnsuited, evidence_type
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.deps import DEFAULT_LIMIT, Cursor, Db, Limit, MayAmend, MayIngest, MayRead, NowMs, Reads, api_router
from app.http.idempotency import RepeatsBySelf
from app.ingest.problems import BodyTooLarge
from app.models import Batch
from app.schemas.readings.evidence import Evidence, EvidencePage, evidence_from
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.texts import Code, Name, Sentence
from app.store.arrivals.entered import enter_arrived
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.inventory.meters import codes_of
from app.store.operations.evidence import (
    EvidenceFile,
    Proved,
    attach,
    evidence_content,
    evidence_of,
    evidence_page,
    proved_batch,
    proved_figure,
    remove,
)
from app.store.sql.conflicts import NotThere

router = api_router("evidence", "/v1/organizations/{organization}/evidence")

_MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
_BATCH = r"^b[0-7][0-9a-f]{15}$"
EvidenceCode: TypeAlias = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$", description="The code of the evidence.")]
OfMeter: TypeAlias = Annotated[Code | None, Query(description="The meter whose month it is of.")]
OfMonth: TypeAlias = Annotated[str | None, Query(pattern=_MONTH, description="The month (2024-03) that it is of.")]
OfBatch: TypeAlias = Annotated[str | None, Query(pattern=_BATCH, description="The batch that it is of.")]
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {**_BYTES, "example": "%PDF-1.7"}}},
    "responses": {"200": {}, "429": {}},
}
_CONTENT: dict[int | str, dict[str, Any]] = {200: {"content": dict.fromkeys(TYPE_OF.values(), _BYTES)}}


@router.get("")
def list_evidence(
    access: MayRead,
    database: Reads,
    meter: OfMeter = None,
    month: OfMonth = None,
    batch: OfBatch = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> EvidencePage:
    """List evidence, newest first: of a meter, a month or a batch, or all there is."""
    with database.read() as session:
        own = access.organization_id
        page = evidence_page(
            session,
            own,
            meter_ids=[each.spec.id for each in metered(session, own, meters=[meter])] if meter else (),
            months=[month] if month else (),
            batches=[batch_number(batch)] if batch else (),
            cursor=cursor,
            limit=limit,
        )
        codes = codes_of(session, own)
    return EvidencePage(items=[evidence_from(row, codes) for row in page.items], next=page.next)


@router.post("", status_code=201, response_model=Evidence, openapi_extra=_FILE)
async def attach_evidence(
    access: MayIngest,
    request: Request,
    database: Db,
    now_ms: NowMs,
    _once: RepeatsBySelf,
    name: Annotated[Name, Query(description="What the file is called: its ending says what it is.")],
    meter: OfMeter = None,
    month: OfMonth = None,
    batch: OfBatch = None,
) -> ExactJSON:
    """Attach a file to a meter's month, or to a batch: PDF, PNG, JPEG, CSV, XLSX or EML, as the body.

    The same bytes are attached to one thing once: again, the answer is 200 with what there is.
    """
    content = await _body(request, request.app.state.settings.max_file_bytes)
    return await run_in_threadpool(attached, access, database, name, content, now_ms, meter, month, batch)


@router.get("/{evidence}")
def get_evidence(access: MayRead, evidence: EvidenceCode, database: Reads) -> Evidence:
    """Read what is known of a piece of evidence."""
    with database.read() as session:
        row = evidence_of(session, access.organization_id, evidence)
        return evidence_from(row, codes_of(session, access.organization_id))


@router.get("/{evidence}/content", response_class=Response, responses=_CONTENT)
def download_evidence(access: MayRead, evidence: EvidenceCode, database: Reads) -> Response:
    """Read the bytes of a piece of evidence, as they were attached."""
    with database.read() as session:
        row, content = evidence_content(session, access.organization_id, evidence)
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "._- ") else "_" for each in row.name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(row.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type=row.media_type, headers=headers)


@router.delete("/{evidence}", status_code=204)
def delete_evidence(
    access: MayAmend,
    evidence: EvidenceCode,
    database: Db,
    reason: Annotated[Sentence, Query(description="Why; it is kept in the audit log.")],
) -> None:
    """Remove a piece of evidence; its name and its hash stay in the audit log."""
    with database.write() as session:
        remove(session, access.organization_id, evidence, reason=reason)


def attached(
    access: OrganizationAccess,
    database: Database,
    name: str,
    content: bytes,
    now_ms: int,
    meter: str | None,
    month: str | None,
    batch: str | None,
) -> ExactJSON:
    """Attach a file and answer with it; raises InvalidFields and NotThere."""
    if (batch is None) == (meter is None) or (meter is None) != (month is None):
        words = "Say what it is of: meter and month, or batch"
        raise InvalidFields([FieldProblem("meter" if batch is None else "batch", "missing", words)])
    try:
        file = EvidenceFile(name, evidence_type(name, content), content)
    except FileUnsuited as error:
        raise InvalidFields([FieldProblem("name", "unsuited_file", str(error))]) from None
    if batch is not None:
        enter_arrived(database, access.organization_id)
    with database.write() as session:
        own = access.organization_id
        proved = proved_figure(session, own, meter, month or "") if meter else proved_batch(session, own, batch or "")
        _require_bound(session, access, proved)
        row, new = attach(session, own, proved, file, key_code=access.key_code, now_ms=now_ms)
        shown = evidence_from(row, codes_of(session, own))
    location = f"/v1/organizations/{access.organization}/evidence/{shown.code}"
    return ExactJSON(shown, status_code=201 if new else 200, headers={"Location": location} if new else None)


def batch_number(code: str) -> int:
    """Return the number of a batch's code, whose form is known to be right."""
    return int(code[1:], 16)


def _require_bound(session: Session, access: OrganizationAccess, proved: Proved) -> None:
    """Hold a key that is bound to plants or meters to these, and to what it brought itself; raises NotThere."""
    if access.binding is None:
        return
    if proved.batch is not None:
        found = session.get(Batch, (access.organization_id, proved.batch))
        bound = found is not None and found.key_code == access.key_code
    else:
        own = next(each for each in metered(session, access.organization_id) if each.spec.id == proved.meter_id)
        bound = access.binding.has(own.spec.code, own.plant)
    if not bound:
        raise NotThere("This key may not post readings of this meter, nor attach evidence to them")


async def _body(request: Request, limit_bytes: int) -> bytes:
    """Return a body of bytes; raises BodyTooLarge."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit_bytes:
            raise BodyTooLarge(f"A file may have {limit_bytes:,} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
