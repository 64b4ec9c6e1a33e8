"""Readings: the doors they come in by, as JSON and as files."""

from enum import StrEnum
from typing import Annotated, Any, TypeAlias, cast

from fastapi import Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from app.core.codings import Coding
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.http.deps import Entrance, MayIngest, NowMs, api_router
from app.http.errors import problem_members
from app.http.idempotency import RepeatsBySelf
from app.ingest.bodies.body_columns import MediaType, media_type
from app.ingest.door.door import Door
from app.ingest.writing.gathering import IngestOptions, OnConflict, Post
from app.ingest.writing.tally import IngestOutcome
from app.schemas.readings.readings import ReadingReceipt, receipt_from
from app.schemas.wire.json import ExactJSON, ExactRequest
from app.schemas.wire.problems import PROBLEM_MEDIA_TYPE
from app.schemas.wire.texts import Sentence

_MANY_PROBLEMS = 1_000
"""To write more of them takes long enough for others to notice."""

router = api_router("readings", "/v1/organizations/{organization}/readings")


class UploadFormat(StrEnum):
    """The formats of files of readings: CSV with a header, or NDJSON, a reading a line."""

    CSV = "csv"
    NDJSON = "ndjson"


_MEDIA = {UploadFormat.CSV: MediaType.CSV, UploadFormat.NDJSON: MediaType.NDJSON}


def _taking(content: dict[str, Any]) -> dict[str, Any]:
    """Return what the document says of an operation that takes readings in a body of this content."""
    return {
        "parameters": [
            {
                "name": "Content-Encoding",
                "in": "header",
                "required": False,
                "description": "How the body is packed; omitted when it is not.",
                "schema": {"type": "string", "enum": [coding.value for coding in Coding]},
            }
        ],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "422": {"content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ReadingProblem"}}}},
            "429": {},
        },
    }


_BATCH = _taking({MediaType.JSON.value: {"schema": {"$ref": "#/components/schemas/ReadingBatch"}}})
_FILE = _taking(
    {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary"},
            "example": "meter,timestamp,value\ngrid-1,2021-06-01T08:15:00+08:00,12.5\n",
        }
    }
)


async def _options(
    atomic: Annotated[bool, Query(description="Take all rows or none.")] = False,
    dry_run: Annotated[bool, Query(description="Judge the rows and store nothing.")] = False,
    on_conflict: Annotated[OnConflict, Query(description="What a different value means.")] = OnConflict.CORRECT,
    restore: Annotated[bool, Query(description="Let a superseded value come back.")] = False,
    reason: Annotated[Sentence | None, Query(description="Kept with each correction.")] = None,
) -> IngestOptions:
    return IngestOptions(atomic, dry_run, on_conflict, restore, reason)


Options: TypeAlias = Annotated[IngestOptions, Depends(_options)]


@router.post("", response_model=ReadingReceipt, openapi_extra=_BATCH)
async def post_readings(
    access: MayIngest, request: Request, door: Entrance, now_ms: NowMs, options: Options, _once: RepeatsBySelf
) -> ExactJSON:
    """Take readings as JSON.

    Bodies come plain or with Content-Encoding gzip, zstd or br.
    Rows are judged one by one. An answer of 200 means that the good rows are stored for good.
    """
    media = media_type(request.headers.get("content-type"))
    return await _taken(
        request, door, Post(access.organization_id, access.key_code, options, now_ms, access.binding), media
    )


@router.post("/files", response_model=ReadingReceipt, openapi_extra=_FILE)
async def upload_readings(
    access: MayIngest,
    request: Request,
    door: Entrance,
    now_ms: NowMs,
    options: Options,
    _once: RepeatsBySelf,
    stated: Annotated[
        UploadFormat | None,
        Query(alias="format", description="The format of the file; it may be left out where `Content-Type` says it."),
    ] = None,
) -> ExactJSON:
    """Take a file of readings: CSV with a header, or NDJSON, one reading a line.

    The header of CSV is meter,timestamp,value and any of quality, start and reference.
    The file is taken while it arrives, plain or with Content-Encoding gzip, zstd or br.
    Rows are judged one by one. An answer of 200 means that the good rows are stored for good.
    """
    media = _media_of(stated, request.headers.get("content-type", ""))
    return await _taken(
        request, door, Post(access.organization_id, access.key_code, options, now_ms, access.binding), media
    )


def _media_of(stated: UploadFormat | None, content_type: str) -> MediaType:
    """Return the format of a file; raises InvalidFields when neither the parameter nor the Content-Type tells it."""
    declared = content_type.partition(";")[0].strip().lower()
    found = _MEDIA.get(stated) if stated else next((each for each in _MEDIA.values() if each == declared), None)
    if found is None:
        words = "Say what the file is: format=csv or format=ndjson, or Content-Type text/csv or application/x-ndjson"
        raise InvalidFields([FieldProblem("format", "missing", words)])
    return found


async def _taken(request: Request, door: Door, post: Post, media: MediaType) -> ExactJSON:
    received = cast(ExactRequest, request)
    outcome = await door.take(received.bounded_stream(), post, media, received.coding)
    if len(outcome.problems) > _MANY_PROBLEMS:
        return await run_in_threadpool(answer_to, request, outcome)
    return answer_to(request, outcome)


def answer_to(request: Request, outcome: IngestOutcome) -> ExactJSON:
    """Return the receipt of a batch, or the problem when nothing of it was taken."""
    receipt = receipt_from(outcome)
    if not outcome.refused:
        return ExactJSON(receipt)
    words = f"None of the {outcome.received} rows was taken"
    members = problem_members(request, status=422, code="readings_rejected", detail=words)
    return ExactJSON({**members.model_dump(), **receipt}, status_code=422, media_type=PROBLEM_MEDIA_TYPE)
