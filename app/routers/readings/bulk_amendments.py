"""Amending many readings at once: withdrawn or accepted by meters and range, tried, followed, and undone."""

from typing import Annotated, Any, TypeAlias

from fastapi import Path, Query

from app.core.calendar.periods import ms_from_instant
from app.core.readings.batches import batch_code, batch_from_code
from app.core.readings.beliefs import AmendmentAction
from app.disclosure.live.amendment_preview import effects_of
from app.http.deps import (
    DEFAULT_LIMIT,
    Cursor,
    Db,
    Limit,
    MayAmendOrPrepare,
    MayRead,
    NowMs,
    WakingAmendments,
    api_router,
)
from app.http.idempotency import DoneOnce
from app.ingest.writing.amend import Amendment as Order
from app.ingest.writing.bulk_amend import order, order_undoing, stretch_named, stretch_of, supposed, undoable
from app.schemas.readings.bulk_amendments import (
    Amendment,
    AmendmentCreate,
    AmendmentPage,
    AmendmentPreview,
    UndoCreate,
    amendment_from,
    preview_from,
)
from app.schemas.wire.json import ExactJSON
from app.schemas.wire.problems import conflicts
from app.store.engine.database import Database
from app.store.inventory.meters import codes_of
from app.store.operations.bulk_amendments import amendment_of, amendment_page, undone_by

router = api_router("readings", "/v1/organizations/{organization}/amendments")
BatchCode: TypeAlias = Annotated[str, Path(pattern=r"^b[0-7][0-9a-f]{15}$", description="The batch of the amendment.")]
DryRun: TypeAlias = Annotated[
    bool, Query(description="Say what would change, by reporting year, with 200; nothing is stored.")
]
_TRIED: dict[int | str, dict[str, Any]] = {200: {"model": AmendmentPreview}}


@router.post("", status_code=202, response_model=Amendment, responses=_TRIED)
def create_amendment(
    access: MayAmendOrPrepare,
    body: AmendmentCreate,
    database: Db,
    now_ms: NowMs,
    wake: WakingAmendments,
    once: DoneOnce,
    dry_run: DryRun = False,
) -> ExactJSON:
    """Withdraw the readings of meters in a range, or accept the suspect ones; it goes on after the answer."""
    action = AmendmentAction(body.action)
    first_ms, end_ms = ms_from_instant(body.start), ms_from_instant(body.end)
    with database.read() as session:
        stretch = stretch_named(session, access.organization_id, body.meters, first_ms=first_ms, end_ms=end_ms)
    if dry_run:
        return ExactJSON(preview_from(action, effects_of(database, access.organization, supposed(stretch, action))))
    by = Order(access.organization_id, access.key_code, body.reason, now_ms)
    ordered = order(database, by, stretch, action)
    wake()
    answer = _accepted(database, access.organization_id, access.organization, ordered.batch_id)
    return once.keep_after(database, answer)


@router.get("")
def list_amendments(
    access: MayRead, database: Db, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AmendmentPage:
    """List amendments of many readings, newest first: who ordered what, when and why."""
    with database.read() as session:
        page = amendment_page(session, access.organization_id, cursor=cursor, limit=limit)
        codes = codes_of(session, access.organization_id)
        undone = undone_by(session, access.organization_id, [row.batch_id for row in page.items])
    items = [amendment_from(row, codes, undone.get(row.batch_id)) for row in page.items]
    return AmendmentPage(items=items, next=page.next)


@router.get("/{batch}")
def get_amendment(access: MayRead, batch: BatchCode, database: Db) -> Amendment:
    """Read an amendment, and how far it has been carried out."""
    return _amendment(database, access.organization_id, batch_from_code(batch))


@router.post(
    "/{batch}/undo",
    status_code=202,
    response_model=Amendment,
    responses=_TRIED | conflicts("already_undone", "amendment_unfinished"),
)
def undo_amendment(
    access: MayAmendOrPrepare,
    batch: BatchCode,
    body: UndoCreate,
    database: Db,
    now_ms: NowMs,
    wake: WakingAmendments,
    dry_run: DryRun = False,
) -> ExactJSON:
    """Have every reading that still stands as an amendment left it stand as it stood before."""
    number = batch_from_code(batch)
    if dry_run:
        with database.read() as session:
            stretch = stretch_of(undoable(session, access.organization_id, number))
        imagined = supposed(stretch, AmendmentAction.UNDO, undoes=number)
        return ExactJSON(preview_from(imagined.action, effects_of(database, access.organization, imagined)))
    by = Order(access.organization_id, access.key_code, body.reason, now_ms)
    ordered = order_undoing(database, by, batch=number)
    wake()
    return _accepted(database, access.organization_id, access.organization, ordered.batch_id)


def _accepted(database: Database, organization_id: int, organization: str, batch: int) -> ExactJSON:
    location = f"/v1/organizations/{organization}/amendments/{batch_code(batch)}"
    answer = _amendment(database, organization_id, batch)
    return ExactJSON(answer, status_code=202, headers={"Location": location})


def _amendment(database: Database, organization_id: int, batch: int) -> Amendment:
    with database.read() as session:
        row = amendment_of(session, organization_id, batch)
        codes = codes_of(session, organization_id)
        return amendment_from(row, codes, undone_by(session, organization_id, [batch]).get(batch))
