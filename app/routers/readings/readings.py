"""Readings: the door they come in by."""

from typing import Annotated, Any, cast

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool

from app.core.codings import Coding
from app.deps import Entrance, MayIngest, NowMs, api_router
from app.errors import problem_members
from app.ingest.bodies.body_columns import MediaType, media_type
from app.ingest.writing.gathering import IngestOptions, OnConflict, Post
from app.ingest.writing.tally import IngestOutcome
from app.schemas.readings.readings import ReadingReceipt, receipt_from
from app.schemas.wire.json import ExactJSON, ExactRequest
from app.schemas.wire.problems import PROBLEM_MEDIA_TYPE
from app.schemas.wire.texts import Sentence

_MANY_PROBLEMS = 1_000
"""To write more of them takes long enough for others to notice."""

router = api_router("readings", "/v1/organizations/{organization}/readings")

_TEXT = {"schema": {"type": "string"}}
_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": "Content-Encoding",
            "in": "header",
            "required": False,
            "description": "How the body is packed; omitted when it is not.",
            "schema": {"type": "string", "enum": [coding.value for coding in Coding]},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            MediaType.JSON.value: {"schema": {"$ref": "#/components/schemas/ReadingBatch"}},
            MediaType.NDJSON.value: _TEXT,
            MediaType.CSV.value: _TEXT,
        },
    },
    "responses": {
        "422": {"content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ReadingProblem"}}}},
        "429": {},
    },
}


@router.post("", response_model=ReadingReceipt, openapi_extra=_BODY)
async def post_readings(
    access: MayIngest,
    request: Request,
    door: Entrance,
    now_ms: NowMs,
    atomic: Annotated[bool, Query(description="Take all rows or none.")] = False,
    dry_run: Annotated[bool, Query(description="Judge the rows and store nothing.")] = False,
    on_conflict: Annotated[OnConflict, Query(description="What a different value means.")] = OnConflict.CORRECT,
    restore: Annotated[bool, Query(description="Let a superseded value come back.")] = False,
    reason: Annotated[Sentence | None, Query(description="Kept with each correction.")] = None,
) -> ExactJSON:
    """Take readings as JSON, NDJSON (one reading a line) or CSV with a header.

    The header of CSV is meter,timestamp,value and any of quality, start and reference.
    Bodies come plain or with Content-Encoding gzip, zstd or br.
    Rows are judged one by one. An answer of 200 means that the good rows are stored for good.
    """
    options = IngestOptions(atomic, dry_run, on_conflict, restore, reason)
    sender = Post(access.organization_id, access.key_code, options, now_ms, access.binding)
    received = cast(ExactRequest, request)
    media, coding = media_type(request.headers.get("content-type")), received.coding
    outcome = await door.take(received.bounded_stream(), sender, media, coding)
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
