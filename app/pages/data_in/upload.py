"""The pages where a file of readings is uploaded, looked at, stored as it was looked at, and taken back."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.periods import instant_from_ms
from app.core.readings.batches import batch_code
from app.http.admission import now_ms as clock_ms
from app.http.deps import Db, Entrance, MayIngest, MayRead, NowMs, Waking
from app.http.page_route import PageRoute
from app.ingest.door.door import Door
from app.ingest.door.file_of_readings import Stored, store_file
from app.ingest.judging.seen import ChangedSinceSeen
from app.ingest.sources.records import SourceUnreadable
from app.ingest.writing.amend import Amendment
from app.ingest.writing.gathering import PLAIN, Post
from app.ingest.writing.take_back import take_back
from app.models import Upload
from app.pages.data_in.upload_dates import hours_twice, reasons_of, untold_hours
from app.pages.data_in.upload_form import columns_said
from app.pages.data_in.upload_kept import (
    KeptFile,
    file_of,
    forget_waiting,
    keep_mapping,
    keep_sent,
    keep_stored,
    kept_file,
    waiting_upload,
)
from app.pages.data_in.upload_preview import MOST_SHOWN, Preview, preview_of
from app.pages.data_in.upload_start import sender_of, start_page
from app.pages.data_in.upload_units import column_units, said_units
from app.pages.forms import Form, FormFields, sent_file
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.store.directory.metered import metered
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.operations.evidence import evidence_about
from app.store.operations.uploads import MOST_WAITING, TooManyWaiting
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/upload")
UploadCode = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_LONGEST_NAME = 60
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "gb18030", "big5", "shift_jis", "euc_kr")


@router.get("")
def upload_page(
    access: MayRead, database: Db, now_ms: NowMs, done: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    """Show where a file is dropped, the files that wait, and those that were stored."""
    return start_page(access, database, now_ms, done=done)


@router.post("")
async def upload_file(access: MayIngest, database: Db, now_ms: NowMs, request: Request) -> Response:
    """Keep a file for a day, for its sender to look at."""
    file, _fields = await sent_file(request, "file", limit_bytes=request.app.state.settings.max_file_bytes)
    if file is None or not file.content:
        words = _("Choose a file first") if file is None else _("The file is empty")
        return await run_in_threadpool(start_page, access, database, now_ms, wrong=words)

    try:
        code = await run_in_threadpool(keep_sent, access, database, file, now_ms=now_ms)
    except TooManyWaiting:
        words = _("%(count)s files wait already: store one of them or throw one away, then send this one again")
        words %= {"count": MOST_WAITING}
        return await run_in_threadpool(start_page, access, database, now_ms, wrong=words)
    return RedirectResponse(_address(access, code), status_code=303)


@router.post("/waiting")
def discard(access: MayIngest, database: Db, now_ms: NowMs, form: Form) -> Response:
    """Throw away a file that waits; that of somebody else takes the scope admin. Raises NotThere."""
    forget_waiting(access, database, form.text("upload"), now_ms)
    return RedirectResponse(f"/organizations/{access.organization}/upload?done=forgotten", status_code=303)


@router.get("/{upload}")
async def preview_page(
    access: MayIngest,
    database: Db,
    door: Entrance,
    now_ms: NowMs,
    upload: UploadCode,
    mapping: Annotated[str | None, Query(max_length=_LONGEST_NAME)] = None,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show how a file is read and what it would change, or what came of it."""
    found = await run_in_threadpool(waiting_upload, access, database, upload, now_ms)
    if found.outcome is not None:
        return await run_in_threadpool(_result, access, database, found, done=done)
    try:
        kept = await run_in_threadpool(kept_file, access, database, found, mapping)
    except SourceUnreadable as error:
        return await run_in_threadpool(start_page, access, database, now_ms, wrong=_unreadable(found.name, error))
    if kept.reading.stored not in (None, found.mapping):
        await run_in_threadpool(keep_mapping, access, database, upload, kept.reading)
    return await _shown(access, database, door, kept, now_ms)


@router.post("/{upload}")
async def act(
    access: MayIngest, database: Db, door: Entrance, now_ms: NowMs, wake: Waking, upload: UploadCode, form: Form
) -> Response:
    """Read a file otherwise, store it as it was looked at, give its mapping a name, forget it, or take it back."""
    found = await run_in_threadpool(waiting_upload, access, database, upload, now_ms)
    here = _address(access, upload)
    if form.text("act") == "undo":
        return await run_in_threadpool(_undone, access, database, found, form, now_ms, wake)
    if found.outcome is not None:
        return RedirectResponse(here, status_code=303)
    if form.text("act") == "forget":
        await run_in_threadpool(forget_waiting, access, database, upload, now_ms)
        return RedirectResponse(f"/organizations/{access.organization}/upload?done=forgotten", status_code=303)
    try:
        kept = await run_in_threadpool(kept_file, access, database, found, None, form)
    except SourceUnreadable as error:
        return await run_in_threadpool(start_page, access, database, now_ms, wrong=_unreadable(found.name, error))
    if kept.reading.mapping is None:
        return await _shown(access, database, door, kept, now_ms, status=422)
    moved = kept.reading.stored != found.mapping
    name = form.text("name")[:_LONGEST_NAME] if form.text("act") == "name" else ""
    await run_in_threadpool(keep_mapping, access, database, upload, kept.reading, name)
    if form.text("act") != "store":
        return RedirectResponse(here, status_code=303)
    return await _store(access, database, door, kept, form, now_ms, moved=moved)


async def _store(
    access: OrganizationAccess,
    database: Database,
    door: Door,
    kept: KeptFile,
    form: FormFields,
    now_ms: int,
    *,
    moved: bool,
) -> Response:
    """Store a file if it would do what its seal says that somebody has looked at."""
    if moved:
        words = _("You read the file otherwise now. Look at what it would change, then store it")
        return await _shown(access, database, door, kept, now_ms, status=422, words=words)
    file = file_of(access, kept)

    def carry_out() -> Preview | Stored:
        preview = preview_of(database, file, kept.reading, now_ms=now_ms)
        if preview.trial.seal != form.text("seal") or preview.clashes:
            return preview
        atomic = form.text("which") != "right"
        reason = form.text("reason")[:2_000] or f"upload of {kept.upload.name}"
        try:
            return store_file(database, file, preview.trial, atomic=atomic, reason=reason, clock_ms=clock_ms)
        except ChangedSinceSeen:
            return preview_of(database, file, kept.reading, now_ms=now_ms)

    try:
        came = await door.carry_out(_post(access, now_ms), carry_out)
    except SourceUnreadable as error:
        return await _shown(access, database, door, kept, now_ms, status=422, words=refusal(error))
    if isinstance(came, Preview):
        words = _("What is stored has changed since you looked. This is what the file would change now")
        return await run_in_threadpool(_preview, access, kept, came, status=422, words=words)
    if came.batch is None:
        words = _("Nothing was stored: some rows are rejected. Mend them, or store those that are right")
        return await _shown(access, database, door, kept, now_ms, status=422, words=words)
    await run_in_threadpool(keep_stored, access, database, kept, came, now_ms)
    return RedirectResponse(f"{_address(access, kept.upload.code)}?done=stored", status_code=303)


async def _shown(
    access: OrganizationAccess,
    database: Database,
    door: Door,
    kept: KeptFile,
    now_ms: int,
    *,
    status: int = 200,
    words: str = "",
) -> Response:
    preview: Preview | None = None
    if kept.reading.mapping is not None:
        file = file_of(access, kept)
        try:
            preview = await door.carry_out(
                _post(access, now_ms), lambda: preview_of(database, file, kept.reading, now_ms=now_ms)
            )
        except SourceUnreadable as error:
            words = words or refusal(error)
    return await run_in_threadpool(_preview, access, kept, preview, status=status, words=words)


def _preview(
    access: OrganizationAccess, kept: KeptFile, preview: Preview | None, *, status: int = 200, words: str = ""
) -> Response:
    return html(
        "data_in/upload_preview.html",
        status=status,
        organization=access.organization,
        upload=kept.upload,
        reading=kept.reading,
        columns_said=columns_said(kept.reading.layout, kept.reading.recognized.names),
        column_units=column_units(kept.reading),
        said_units=said_units(kept.reading),
        reasons=reasons_of(kept.reading),
        hours_twice=hours_twice(kept.reading, preview),
        untold=untold_hours(preview),
        preview=preview,
        words=words or kept.reading.wrong,
        named=list(kept.named),
        by_name=kept.by_name,
        zones=sorted({each.timezone for each in kept.reading.meters} | {kept.organization.timezone, "UTC"}),
        encodings=_ENCODINGS,
        pairs=lambda names: [(each, each) for each in names],
        most_shown=MOST_SHOWN,
    )


def _result(
    access: OrganizationAccess, database: Database, upload: Upload, *, wrong: str = "", done: str | None = None
) -> Response:
    with database.read() as session:
        names = names_of(session, [upload.key_code])
        proofs = evidence_about(session, access.organization_id, (), "", "", [upload.batch or 0])
    return html(
        "data_in/upload_result.html",
        status=422 if wrong else 200,
        organization=access.organization,
        upload=upload,
        batch=None if upload.batch is None else batch_code(upload.batch),
        outcome=upload.outcome,
        evidence=len(proofs),
        by=sender_of(upload, names),
        at=instant_from_ms(upload.created_at),
        wrong=wrong,
        done=done,
        may_amend=access.allows(Scope.AMEND),
    )


def _undone(
    access: OrganizationAccess,
    database: Database,
    upload: Upload,
    form: FormFields,
    now_ms: int,
    wake: Callable[[], None],
) -> Response:
    """Have what still stands of an upload stand as it stood before."""
    if upload.batch is None:
        raise NotThere("Of this file nothing is stored")
    if not access.allows(Scope.AMEND) or not form.text("reason"):
        return _result(access, database, upload, wrong=_("To take a file back needs the scope amend, and a reason"))
    with database.read() as session:
        meters = [each.spec.id for each in metered(session, access.organization_id)]
    amendment = Amendment(access.organization_id, access.key_code, form.text("reason")[:2_000], now_ms)
    taken = take_back(database, amendment, batch=upload.batch, meter_ids=meters)
    wake()
    return RedirectResponse(f"{_address(access, upload.code)}?done={taken}", status_code=303)


def _unreadable(name: str, error: SourceUnreadable) -> str:
    return _("%(name)s cannot be read") % {"name": name} + f": {refusal(error)}"


def _post(access: OrganizationAccess, now_ms: int) -> Post:
    return Post(access.organization_id, access.key_code, PLAIN, now_ms, access.binding)


def _address(access: OrganizationAccess, code: str) -> str:
    return f"/organizations/{access.organization}/upload/{code}"
