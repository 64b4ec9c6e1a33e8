"""The page at `/live`: the annual figures of an organization, moving as readings arrive."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.core.events import EventKind
from app.disclosure.figures.figures import Figure
from app.disclosure.figures.titles import part_in_words, titled
from app.disclosure.figures.typesetting import spaced, typeset_unit
from app.http.admission import WHOLE_ACCESS
from app.http.deps import Db, Keys, NowMs
from app.http.page_route import PageRoute, sign_in_for
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.readers import ReaderOrNone, reader_of
from app.pages.rendering import html
from app.pages.shown import disclosure_shown
from app.routers.operations.stream import Source
from app.schemas.operations.stream import position_after
from app.schemas.wire.periods import PeriodOnPage
from app.store.engine.database import Database
from app.store.sql.conflicts import NotThere
from app.stream.reader import Reader
from app.stream.wire import Wanted

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WANTED = Wanted(frozenset({EventKind.READINGS_ACCEPTED, EventKind.ROLLUPS_CHANGED, EventKind.FIGURES_CHANGED}))


@dataclass(frozen=True, slots=True)
class _Row:
    """A figure as the page shows it; `name` is what an event calls it."""

    name: str
    kpi: str
    title: str
    dimensions: str
    unit: str
    display: str | None


@router.get("/live")
def live_page(
    request: Request,
    database: Db,
    reader: ReaderOrNone,
    now_ms: NowMs,
    _year: PeriodOnPage,
    organization: str | None = None,
) -> Response:
    """Show the figures of an organization and year as they are, and keep them so."""
    if reader is None:
        return RedirectResponse(sign_in_for(request), status_code=303)
    frame = frame_of(request)
    if frame.organization is None or organization not in (None, frame.organization.code):
        raise NotThere("There is no such organization")
    plant = next((each for each in frame.plants if each.code == frame.choice.plant), None)
    disclosure = disclosure_shown(request, database, frame, now_ms)
    name = frame.organization.name if plant is None else f"{frame.organization.name}, {plant.name}"
    return html(
        "live.html",
        organization=frame.organization,
        name=name,
        year=frame.year,
        framework=frame.framework.code,
        figures="" if plant is None else frame.address("/live/figures"),
        # Words have no unit, and nothing that moves.
        rows=[_row(each) for each in disclosure.figures if each.unit],
        words=json.dumps(_words()),
    )


@router.get("/live/figures")
async def live_figures(request: Request, database: Db, now_ms: NowMs, _year: PeriodOnPage) -> Response:
    """Answer a plant's figures to its page, which asks when the stream tells that days were rolled up.

    Events tell of the organization's figures alone. That the page asks by itself keeps no session alive.
    """
    reader = await reader_of(request, uses=False)
    if reader is None:
        raise NotThere("There is no such organization")
    request.scope[WHOLE_ACCESS] = reader.whole
    rows = await run_in_threadpool(_figures, request, database, now_ms)
    return JSONResponse({"figures": rows}, headers={"Cache-Control": "no-store"})


def _figures(request: Request, database: Database, now_ms: int) -> dict[str, str | None]:
    frame = frame_of(request)
    if frame.organization is None:
        raise NotThere("There is no such organization")
    rows = (_row(each) for each in disclosure_shown(request, database, frame, now_ms).figures if each.unit)
    return {row.name: row.display for row in rows}


@router.get("/live/stream")
async def live_stream(
    request: Request,
    reader: ReaderOrNone,
    keys: Keys,
    source: Source,
    organization: str,
    last_event_id: Annotated[str | None, Header(max_length=80)] = None,
) -> Response:
    """Stream to the page, which a browser lets in by its cookie."""
    organization_id = await run_in_threadpool(keys.look_up_organization, organization)
    if reader is None or organization_id is None or not reader.access.reaches(organization):
        raise NotThere("There is no such organization")
    source.admit()
    after = position_after(last_event_id)
    position = source.feed.position if after is None else after
    follower = Reader(organization_id, _WANTED, position, resumes=after is not None)
    return source.stream(follower, partial(_still_allowed, request, organization))


async def _still_allowed(request: Request, organization: str) -> bool:
    reader = await reader_of(request, uses=False)
    return reader is not None and reader.access.reaches(organization)


def _row(figure: Figure) -> _Row:
    dimensions = part_in_words(figure.dimensions)
    name = " ".join([figure.kpi, figure.key, *(f"{key}={value}" for key, value in sorted(figure.dimensions.items()))])
    return _Row(name, figure.kpi, titled(figure.title), dimensions, typeset_unit(figure.unit), spaced(figure.display))


def _words() -> dict[str, str]:
    """Return what the script tells, with the parts of an event in braces."""
    return {
        "live": _("Live"),
        "again": _("Connecting again"),
        "accepted": _("{inserted} readings inserted, {replaced} replaced, {rejected} rejected"),
        "rolled": _("{meters} meters rolled up from {start_day}"),
        "moved": _("{figures} figures of {period} moved"),
    }
