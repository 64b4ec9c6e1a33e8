"""The pages people read: the annual table with its charts at `/`, and the form that asks for a key."""

import hashlib
import time
from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, TypeAlias
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.core.access import Access, Scope
from app.deps import Db, Keys, NowMs
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.reporting import framework_for
from app.pages.annual_page import annual_page, inventory_of, reachable_organizations, year_shown
from app.schemas.wire.periods import PeriodOnPage
from app.store.operations.keyring import Keyring, UnknownKey

router = APIRouter(include_in_schema=False)

_COOKIE = "esg_key"
_LONGEST_FORM_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at a page, and whether a key in their cookie let them in."""

    access: Access
    signed_in: bool


def reader_of(request: Request, keys: Keys) -> Reader | None:
    """Return who reads, by the key in the cookie or else anonymously where that is allowed; None when nobody may."""
    secret = request.cookies.get(_COOKIE)
    access = _access_of(keys, secret, time.time_ns() // 1_000_000) if secret else None
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
async def start_session(request: Request, keys: Keys, now_ms: NowMs) -> Response:
    """Keep the key of the form in a cookie that no script can read and no other site can send, if it may read."""
    form = parse_qs((await _bounded(request)).decode("utf-8", "replace"))
    secret = form.get("key", [""])[0].strip()
    if await run_in_threadpool(_access_of, keys, secret, now_ms) is None:
        return _html("key.html", status=403, refused=True)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(_COOKIE, secret, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


@router.post("/session/end")
def end_session() -> Response:
    """Forget the key."""
    answer = RedirectResponse("/", status_code=303)
    answer.delete_cookie(_COOKIE, httponly=True, samesite="strict")
    return answer


def _access_of(keys: Keyring, secret: str, now_ms: int) -> Access | None:
    try:
        access = keys.remembered(secret, now_ms) or keys.look_up(secret, now_ms)
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
def _templates() -> Environment:
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
