"""The page where files that prove a month's figure or a batch are attached, listed and removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.periods import instant_from_ms
from app.core.evidence_types import SUFFIXES
from app.core.inventory.inventory import InvalidFields
from app.core.readings.batches import batch_code
from app.http.deps import Cursor, Db, MayAmend, MayIngest, MayRead, NowMs
from app.http.page_route import PageRoute
from app.models import Evidence
from app.pages.forms import Form, sent_file
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.routers.readings.evidence import OfBatch, OfMeter, OfMonth, attached, batch_number
from app.store.directory.metered import metered
from app.store.directory.people import names_of
from app.store.engine.database import Database
from app.store.inventory.meters import codes_of
from app.store.operations.evidence import evidence_page, remove

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/evidence")

_MOST = 200


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A piece of evidence as pages list it."""

    code: str
    name: str
    size: str
    digest: str
    meter: str
    month: str
    batch: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the evidence is to be of."""

    meter: str | None
    month: str | None
    batch: str | None

    def address(self, organization: str, **more: str) -> str:
        """Return the page's own address."""
        said = {"meter": self.meter, "month": self.month, "batch": self.batch, **more}
        query = urlencode({name: each for name, each in said.items() if each})
        return f"/organizations/{organization}/evidence?{query}".rstrip("?")


@router.get("")
def evidence_list(
    access: MayRead,
    database: Db,
    meter: OfMeter = None,
    month: OfMonth = None,
    batch: OfBatch = None,
    cursor: Cursor = None,
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """List what proves a month of a meter, a batch, or anything, newest first."""
    return _page(access, database, _Asked(meter, month, batch), cursor=cursor, done=done)


@router.post("")
async def attach_file(
    access: MayIngest,
    database: Db,
    now_ms: NowMs,
    request: Request,
    meter: OfMeter = None,
    month: OfMonth = None,
    batch: OfBatch = None,
) -> Response:
    """Attach a file to what the page is about."""
    asked = _Asked(meter, month, batch)
    file, _fields = await sent_file(request, "file", limit_bytes=request.app.state.settings.max_file_bytes)
    if file is None:
        return await run_in_threadpool(_page, access, database, asked, wrong=_("Choose a file first"))

    def attach() -> Response:
        try:
            attached(access, database, file.name, file.content, now_ms, meter, month, batch)
        except InvalidFields as error:
            return _page(access, database, asked, wrong=refusal(error))
        return RedirectResponse(asked.address(access.organization, done="attached"), status_code=303)

    return await run_in_threadpool(attach)


@router.post("/remove")
def remove_file(access: MayAmend, database: Db, form: Form) -> Response:
    """Remove a piece of evidence, for a reason."""
    asked = _Asked(*(form.text(name) or None for name in ("meter", "month", "batch")))
    if not form.text("reason"):
        return _page(access, database, asked, wrong=_("Give a reason, which is kept"))
    with database.write() as session:
        remove(session, access.organization_id, form.text("code"), reason=form.text("reason")[:2_000])
    return RedirectResponse(asked.address(access.organization, done="removed"), status_code=303)


def evidence_lines(session: Session, organization_id: int, rows: Sequence[Evidence]) -> list[EvidenceLine]:
    """Return evidence as pages list it."""
    codes = codes_of(session, organization_id)
    names = names_of(session, [each.key_code for each in rows])
    return [
        EvidenceLine(
            code=each.code,
            name=each.name,
            size=f"{max(1, round(each.size / 1_024)):,} KiB",
            digest=each.digest,
            meter=codes.get(each.meter_id or 0, ""),
            month=each.month or "",
            batch="" if each.batch is None else batch_code(each.batch),
            by=names.get(each.key_code or "", each.key_code) or _("the operator"),
            at=instant_from_ms(each.attached_at),
        )
        for each in rows
    ]


def _page(
    access: OrganizationAccess,
    database: Database,
    asked: _Asked,
    *,
    cursor: str | None = None,
    wrong: str = "",
    done: str | None = None,
) -> Response:
    own = access.organization_id
    with database.read() as session:
        page = evidence_page(
            session,
            own,
            meter_ids=[each.spec.id for each in metered(session, own, meters=[asked.meter])] if asked.meter else (),
            months=[asked.month] if asked.month else (),
            batches=[batch_number(asked.batch)] if asked.batch else (),
            cursor=cursor,
            limit=_MOST,
        )
        lines = evidence_lines(session, own, page.items)
    return html(
        "data_in/evidence.html",
        status=422 if wrong else 200,
        organization=access.organization,
        asked=asked,
        here=asked.address(access.organization),
        lines=lines,
        following=page.next,
        accepted=",".join(f".{each}" for each in SUFFIXES),
        wrong=wrong,
        done=done,
        may_attach=access.allows(Scope.INGEST) and bool(asked.batch or (asked.meter and asked.month)),
        may_amend=access.allows(Scope.AMEND),
    )
