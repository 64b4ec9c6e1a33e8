"""Publications as files: JSON, CSV, XLSX, HTML, PDF, and the assurance pack."""

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header, Path, Query
from sqlmodel import Session
from starlette.responses import Response, StreamingResponse

from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.core.entity_tags import named_by
from app.core.language import TAGS, speaking
from app.disclosure.exports.formats import MEDIA_TYPES, ExportFormat, ExportLanguage, export_of
from app.disclosure.exports.published import Published, Signature, published
from app.http.deps import MayRead, Reads, api_router
from app.models import Publication
from app.routers.disclosures.editions import Edition
from app.routers.disclosures.publications import Number
from app.schemas.wire.periods import YearInPath
from app.store.audit.subjects import publication_name
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.operations.audit_log import entries_until
from app.store.reporting.publications import listed_of, publication_of

if TYPE_CHECKING:
    from app.disclosure.exports.proofs import Proofs

router = api_router("publications", "/v1/organizations/{organization}/disclosures/{framework}/{year}/publications")

_SIGNED = (ExportFormat.HTML, ExportFormat.PDF, ExportFormat.XLSX)
"""What people read and sign: it names who approved and published. The rest holds what was prepared alone."""
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_OBJECT: dict[str, Any] = {"schema": {"type": "object", "additionalProperties": True}}
# JSON is behind the others: generators make what a method returns of the first, and of most formats it is a file.
_CONTENT = {media.partition(";")[0]: _BYTES for wanted, media in MEDIA_TYPES.items() if wanted is not ExportFormat.JSON}
_CONTENT |= {MEDIA_TYPES[ExportFormat.JSON]: _OBJECT}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, the same bytes each time; one that tells the steps has other bytes after a step.",
        "content": _CONTENT,
        "x-headers": ["ETag", "ContentDisposition"],
    },
    304: {"description": "The file is the one whose ETag was sent.", "x-headers": ["ETag"]},
}


@router.get("/{number}/exports/{format}", response_class=Response, responses=_FILES)
def get_export(
    access: MayRead,
    framework: Edition,
    year: YearInPath,
    number: Number,
    wanted: Annotated[ExportFormat, Path(alias="format", description="`zip` is the assurance pack.")],
    database: Reads,
    language: Annotated[
        ExportLanguage, Query(description="Of what people read: every format but `json`, and no data file of the pack.")
    ] = ExportLanguage.EN,
    if_none_match: Annotated[str | None, Header(description="The ETag of a file that was read before.")] = None,
) -> Response:
    """Read a publication as a file, the same bytes each time; a report and a workbook tell its steps, too.

    What an organization says in its own words is in these in any language; the publication itself is one for all.

    The pack has the files of evidence that are attached by now, too, and is another file when there are others.
    To a key with the scope `audit` the pack has the audit log, too, up to the publication's preparation.
    """
    audit: list[dict[str, Any]] = []
    with database.read() as session:
        row = publication_of(session, access.organization_id, framework, year, number)
        text, digest = row.document, row.digest
        signatures = _signatures(session, row) if wanted in _SIGNED else None
        if wanted is ExportFormat.ZIP and access.allows(Scope.AUDIT):
            audit = entries_until(session, access.organization_id, publication_name(framework, year, number))
    # The pack has had readings since, and is another file.
    with_readings = "-readings" if wanted is ExportFormat.ZIP else ""
    of = published(text, digest, signatures)
    proofs = _proofs(database, access.organization_id, of) if wanted is ExportFormat.ZIP else None
    signed, attached = _mark_of(signatures or ()), f"-{proofs.tag}" if proofs else ""
    said = "" if language is ExportLanguage.EN or wanted is ExportFormat.JSON else f"-{language}"
    tag = f'"{digest}-{wanted}{with_readings}{"-audit" if audit else ""}{signed}{attached}{said}"'
    if (named := named_by(if_none_match, tag)) is not None:
        return Response(status_code=304, headers={"ETag": named, "Vary": "Accept-Encoding"})
    headers = _headers(of, wanted, tag, said)
    if wanted is ExportFormat.ZIP:
        from app.disclosure.exports.evidence import evidence_of
        from app.disclosure.exports.pack import pack_of

        with speaking(language):
            pieces = pack_of(of, audit, evidence_of(database, access.organization_id, of), proofs)
        return StreamingResponse(pieces, media_type=MEDIA_TYPES[wanted], headers=headers)
    with speaking(language):
        content = export_of(of, wanted)
    return Response(content, media_type=MEDIA_TYPES[wanted], headers=headers)


def _signatures(session: Session, row: Publication) -> tuple[Signature, ...]:
    """Return who approved and who published it, by name."""
    steps = listed_of(session, row).steps
    names = names_of(session, [each.key_code for each in steps])
    return tuple(
        Signature(each.step, names.get(each.key_code, each.key_code), instant_from_ms(each.at)) for each in steps
    )


def _mark_of(signatures: tuple[Signature, ...]) -> str:
    """Return what tells a file with these signatures from one with others."""
    told = "|".join(f"{each.step} {each.name} {each.at.isoformat()}" for each in signatures)
    return f"-{sha256(told.encode()).hexdigest()[:12]}" if told else ""


def _proofs(database: Database, organization_id: int, of: Published) -> "Proofs | None":
    """Return the files that prove a publication; None where there are none, or it is of before it told its terms."""
    from app.disclosure.exports.proofs import proofs_of

    if any(figure["lineage"] is None for figure in of.figures):
        return None
    found = proofs_of(database, organization_id, of)
    return found if found.tag else None


def _headers(of: Published, wanted: ExportFormat, tag: str, said: str) -> dict[str, str]:
    """Return what goes with a file: its name, its tag, its language if it is not English, and what a page may load."""
    shown = "inline" if wanted in (ExportFormat.HTML, ExportFormat.PDF) else "attachment"
    headers = {
        "Content-Disposition": f'{shown}; filename="{of.name}{said}.{wanted}"',
        "ETag": tag,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if said:
        headers["Content-Language"] = TAGS[said.removeprefix("-")]
    if wanted is ExportFormat.HTML:
        from app.disclosure.exports.page import content_policy

        headers["Content-Security-Policy"] = f"{content_policy()}; frame-ancestors 'none'"
    return headers
