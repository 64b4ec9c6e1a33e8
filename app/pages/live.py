"""The page at `/live`: the annual figures of an organization, moving as readings arrive."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.events import EventKind
from app.disclosure.figures.figures import Figure
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.reporting import framework_for
from app.http.deps import Db, Keys, NowMs
from app.pages.annual_page import inventory_of, reachable_organizations, year_shown
from app.pages.readers import ReaderOrNone, reader_of
from app.routers.operations.stream import Source
from app.schemas.operations.stream import position_after
from app.schemas.wire.periods import PeriodOnPage
from app.store.sql.conflicts import NotThere
from app.stream.reader import Reader
from app.stream.wire import Wanted

if TYPE_CHECKING:
    from jinja2 import Environment

router = APIRouter(include_in_schema=False)

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
    database: Db, reader: ReaderOrNone, now_ms: NowMs, year: PeriodOnPage, organization: str | None = None
) -> Response:
    """Show the figures of an organization and year as they are, and keep them so."""
    if reader is None:
        return RedirectResponse("/", status_code=303)
    with database.read() as session:
        choices = reachable_organizations(session, reader.access)
        chosen = next((each for each in choices if organization in (None, each.code)), None)
        if chosen is None:
            raise NotThere("There is no such organization")
        inventory = inventory_of(session, chosen)
        shown = year_shown(inventory, year, now_ms=now_ms)
    framework = framework_for(chosen, shown).code
    disclosure = live_disclosure(database, organization=chosen.code, framework=framework, year=shown, now_ms=now_ms)
    return _html(
        choices=choices,
        organization=chosen,
        years=inventory.years_with(shown),
        year=shown,
        framework=framework,
        # Words have no unit, and nothing that moves.
        rows=[_row(each) for each in disclosure.figures if each.unit],
    )


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
    dimensions = ", ".join(f"{name}: {value}" for name, value in figure.dimensions.items())
    name = " ".join([figure.kpi, figure.key, *(f"{key}={value}" for key, value in sorted(figure.dimensions.items()))])
    return _Row(name, figure.kpi, figure.title, dimensions, figure.unit, figure.display)


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader

    return Environment(loader=PackageLoader("app", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=1)
def _parts() -> tuple[str, str, str]:
    """Return style, script, and the content security policy that allows them, our own stream, and nothing else."""
    folder = files("app").joinpath("templates")
    css = folder.joinpath("page.css").read_text("utf-8") + folder.joinpath("live.css").read_text("utf-8")
    script = folder.joinpath("live.js").read_text("utf-8")
    style_hash, script_hash = (b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (css, script))
    policy = (
        f"default-src 'none'; style-src 'sha256-{style_hash}'; script-src 'sha256-{script_hash}'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return css, script, policy


def _html(**values: object) -> Response:
    css, script, policy = _parts()
    own = {"css": Markup(css), "script": Markup(script)}  # noqa: S704 - our own files
    text = _templates().get_template("live.html").render(**own, **values)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, headers=headers)
