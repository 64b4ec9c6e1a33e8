"""The first page: the annual table of an organization with its charts."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.access import Scope
from app.http.deps import Db, NowMs
from app.http.page_route import PageRoute
from app.pages.annual_page import annual_page, charts_of
from app.pages.findings import findings_of
from app.pages.frame.frame import Frame, frame_of
from app.pages.readers import ReaderOrNone
from app.pages.rendering import fragment, html
from app.pages.shown import disclosure_shown
from app.pages.signing_in import sign_in_page
from app.pages.targets_shown import targets_shown
from app.schemas.wire.periods import PeriodOnPage
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
def first_page(
    request: Request,
    database: Db,
    reader: ReaderOrNone,
    now_ms: NowMs,
    _year: PeriodOnPage,
    organization: str | None = None,
) -> Response:
    """Show the annual table of an organization and year; without either, of the first one and its newest year."""
    if reader is None:
        return sign_in_page(request, status=401)
    frame = frame_of(request)
    if frame.inventory is None or (organization and organization != frame.inventory.organization.code):
        return html("empty.html", status=404 if organization else 200, wanted=organization)
    disclosure = disclosure_shown(request, database, frame, now_ms)
    targets = targets_shown(request, database, frame, now_ms)
    may_state = frame.may(Scope.PREPARE) or frame.name is None  # who has not signed in is asked to
    page = annual_page(frame.inventory, disclosure, frame.choice.plant or None, targets, may_state=may_state)
    return html("page.html", page=page, counted=page.findings)


@router.get("/charts")
def charts_page(request: Request, database: Db, reader: ReaderOrNone) -> Response:
    """Show the charts of the annual table, which follow it."""
    frame = _reached(request, reader)
    assert frame.inventory is not None  # noqa: S101 - `_reached` raises without one
    with database.read() as session:
        charts = charts_of(session, frame.inventory, frame.year, frame.choice.plant or None)
    return fragment("charts.html", charts=charts)


@router.get("/findings")
def findings_count(request: Request, database: Db, reader: ReaderOrNone, now_ms: NowMs) -> Response:
    """Show how many findings there are of the year that is shown, for the frame of a page that has not counted them."""
    frame = _reached(request, reader)
    return fragment(
        "frame/count.html", frame=frame, counted=findings_of(disclosure_shown(request, database, frame, now_ms).checks)
    )


def _reached(request: Request, reader: ReaderOrNone) -> Frame:
    frame = frame_of(request)
    wanted = request.query_params.get("organization")
    if reader is None or frame.organization is None or (wanted and wanted != frame.organization.code):
        raise NotThere("There is no such organization")
    return frame
