"""The pages people read: the annual table with its charts at `/`, and the form that asks for a key."""

import hashlib
import time
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, TypeAlias
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.access import Access, Scope
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.reporting import framework_for
from app.http.deps import Db, Keys, NowMs
from app.pages.annual_page import annual_page, inventory_of, reachable_organizations, year_shown
from app.schemas.wire.periods import PeriodOnPage
from app.store.engine.database import Database
from app.store.operations import page_sessions
from app.store.operations.keyring import Keyring, UnknownKey

if TYPE_CHECKING:
    from jinja2 import Environment

router = APIRouter(include_in_schema=False)

_COOKIE = "esg_session"
_LONGEST_FORM_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at a page, and whether a key in their cookie let them in."""

    access: Access
    signed_in: bool


def reader_of(request: Request, keys: Keys, database: Db) -> Reader | None:
    """Return who reads, by their session or else anonymously where that is allowed; None when nobody may."""
    token = request.cookies.get(_COOKIE)
    access = _access_in_session(database, keys, token, time.time_ns() // 1_000_000) if token else None
    if access is not None:
        return Reader(access, signed_in=True)
    if request.app.state.settings.anonymous_read:
        return Reader(Access(None, frozenset({Scope.READ}), None), signed_in=False)
    return None


ReaderOrNone: TypeAlias = Annotated[Reader | None, Depends(reader_of)]


@router.get("/")
def first_page(
    database: Db, reader: ReaderOrNone, now_ms: NowMs, year: PeriodOnPage, organization: str | None = None
) -> Response:
    """Show the annual table of an organization and year; without either, of the first one and its newest year."""
    if reader is None:
        return _html("key.html", status=401, refused=False)
    with database.read() as session:
        choices = reachable_organizations(session, reader.access)
        chosen = next((each for each in choices if organization in (None, each.code)), None)
        if chosen is None:
            return _html("empty.html", status=404 if organization else 200, wanted=organization)
        inventory = inventory_of(session, chosen)
        shown = year_shown(inventory, year, now_ms=now_ms)
    framework = framework_for(chosen, shown).code
    disclosure = live_disclosure(database, organization=chosen.code, framework=framework, year=shown, now_ms=now_ms)
    with database.read() as session:
        page = annual_page(session, inventory, disclosure, choices=choices, has_json=not reader.signed_in)
    return _html("page.html", page=page, signed_in=reader.signed_in)


@router.post("/session")
async def start_session(request: Request, keys: Keys, database: Db, now_ms: NowMs) -> Response:
    """Begin a session for the key of the form, if it may read; its cookie no script reads and no other site sends.

    A form of another site is refused: it would sign its visitor in by a key of its own.
    """
    if _is_foreign(request):
        return _html("key.html", status=403, refused=True)
    form = parse_qs((await _bounded(request)).decode("utf-8", "replace"))
    secret = form.get("key", [""])[0].strip()
    hours = request.app.state.settings.session_hours
    token = await run_in_threadpool(_begun, database, keys, secret, now_ms, hours)
    if token is None:
        return _html("key.html", status=403, refused=True)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(_COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


@router.post("/session/end")
def end_session(request: Request, database: Db) -> Response:
    """Forget the session, here and in the browser."""
    answer = RedirectResponse("/", status_code=303)
    token = request.cookies.get(_COOKIE)
    if token and not _is_foreign(request):
        with database.write() as session:
            page_sessions.end_session(session, token)
        answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")
    return answer


def _is_foreign(request: Request) -> bool:
    """Tell whether a page of another site sent this, which a browser says; who is no browser says nothing."""
    if site := request.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _begun(database: Database, keys: Keyring, secret: str, now_ms: int, hours: float) -> str | None:
    """Return the token of a new session; None for a key that is not known or may not read."""
    try:
        access = keys.remembered(secret, now_ms) or keys.look_up(secret, now_ms)
    except UnknownKey:
        return None
    if not access.allows(Scope.READ):
        return None
    with database.write() as session:
        return page_sessions.begin_session(session, secret, now_ms=now_ms, hours=hours)


def _access_in_session(database: Database, keys: Keyring, token: str, now_ms: int) -> Access | None:
    """Return what the key allows that a session was begun with; None when either of them has ended."""
    with database.read() as session:
        digest = page_sessions.digest_in_session(session, token, now_ms=now_ms)
    if digest is None:
        return None
    try:
        access = keys.remembered_digest(digest, now_ms) or keys.look_up_digest(digest, now_ms)
    except UnknownKey:
        return None
    return access if access.allows(Scope.READ) else None


async def _bounded(request: Request) -> bytes:
    """Return the body of a small form; what is longer than any key is cut off and so refused as a key."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM_BYTES:
            return b""
    return body


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader

    return Environment(loader=PackageLoader("app", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


@lru_cache(maxsize=1)
def _style() -> tuple[str, str]:
    """Return the style sheet and the content security policy that allows it and nothing else."""
    css = files("app").joinpath("templates", "page.css").read_text("utf-8")
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'"
    return css, f"{policy}; frame-ancestors 'none'"


def _html(template: str, *, status: int = 200, **values: object) -> Response:
    css, policy = _style()
    text = _templates().get_template(template).render(css=Markup(css), **values)  # noqa: S704 - our own style sheet
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, status_code=status, headers=headers)
