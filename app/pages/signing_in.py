"""Signing in and out: by a password or a key, for a session whose cookie is neither."""

from contextlib import suppress
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import Access, Scope
from app.core.acting import Actor, acting_as
from app.http.admission import REQUEST_ID
from app.http.deps import Db, Keys, NowMs
from app.http.page_route import SIGN_IN, PageRoute
from app.http.sessions import COOKIE, delete_cookie, is_foreign, set_cookie
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.keyring import Keyring, UnknownKey
from app.store.operations.keys import digest_of
from app.store.operations.page_sessions import SessionOver, access_in_session
from app.store.operations.sign_ins import (
    SignInRefused,
    TooManyGuesses,
    begin_key_session,
    begin_user_session,
    count_guess,
    network_of,
    sign_out,
    user_by_password,
)

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_LONGEST_FORM_BYTES = 4_096


@router.get(SIGN_IN)
def sign_in(request: Request) -> Response:
    """Show the form to sign in by; `next` is the page to go on to."""
    return sign_in_page(request, path=request.query_params.get("next", "/"))


def sign_in_page(request: Request, *, status: int = 200, path: str = "/", wrong: str | None = None) -> Response:
    """Return the sign-in page; `wrong` says why the attempt before was refused."""
    settings: Settings = request.app.state.settings
    provider = settings.oidc_label if settings.provider is not None else None
    return html("sign_in.html", status=status, path=own_path(path), wrong=wrong, provider=provider)


@router.post("/session")
async def start_session(request: Request, keys: Keys, database: Db, now_ms: NowMs) -> Response:
    """Begin a session for the user or the key of the form; its cookie no script reads and no other site sends.

    A form of another site is refused: it would sign its visitor in as somebody else.
    """
    if is_foreign(request):
        return sign_in_page(request, status=403, wrong=_("A page of another site cannot sign you in."))
    form = parse_qs((await _bounded(request)).decode("utf-8", "replace"))
    path = own_path(form.get("next", ["/"])[0])
    address = network_of(request.client.host if request.client else None)
    email = form.get("email", [""])[0].strip()
    try:
        await run_in_threadpool(count_guess, database, email or None, address)
        if email:
            password = form.get("password", [""])[0]
            token = await _begun_by_password(request, email, password, address=address, now_ms=now_ms)
        else:
            secret = form.get("key", [""])[0].strip()
            token = await run_in_threadpool(_begun_by_key, request, keys, secret, now_ms=now_ms)
    except (SignInRefused, UnknownKey) as error:
        return sign_in_page(request, status=403, path=path, wrong=f"{refusal(error)}{_('.')}")
    except TooManyGuesses as error:
        answer = sign_in_page(request, status=429, path=path, wrong=f"{refusal(error)}{_('.')}")
        answer.headers.update(dict(error.headers))
        return answer
    answer = RedirectResponse(path, status_code=303)
    set_cookie(request, answer, token)
    return answer


@router.post("/session/end")
def end_session(request: Request, keys: Keys, database: Db, now_ms: NowMs) -> Response:
    """Forget the session, here and in the browser; who signs out of one that is over leaves no trace."""
    answer = RedirectResponse("/", status_code=303)
    token = request.cookies.get(COOKIE)
    if token and not is_foreign(request):
        life = request.app.state.settings.session_life
        with suppress(SessionOver):
            access = access_in_session(database, keys, token, now_ms=now_ms, life=life, uses=False)
            with acting_as(signing_in_as(request, access.key_code or "", access.key_name, "sign_out")):
                sign_out(database, token, access.key_code or "")
        delete_cookie(answer)
    return answer


def own_path(path: str) -> str:
    """Return a path of this service; the first page for an address that would lead elsewhere."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else "/"


def signing_in_as(request: Request, code: str, name: str | None, operation: str = "sign_in") -> Actor:
    """Return who has shown who they are, and acts from here on."""
    address = request.client.host if request.client else None
    return Actor(code, name, operation, request.scope.get(REQUEST_ID), address)


async def _begun_by_password(request: Request, email: str, password: str, *, address: str, now_ms: int) -> str:
    database: Database = request.app.state.database
    life = request.app.state.settings.session_life
    limiter = request.app.state.threads.passwords
    user = await to_thread.run_sync(user_by_password, database, email, password, limiter=limiter)

    def begin() -> str:
        return begin_user_session(database, user, by="password", address=address, now_ms=now_ms, life=life)

    with acting_as(signing_in_as(request, user.code, user.name)):
        return await run_in_threadpool(begin)


def _begun_by_key(request: Request, keys: Keyring, secret: str, *, now_ms: int) -> str:
    """Return the token of a new session; raises UnknownKey, and SignInRefused for a key that may not read."""
    access: Access = keys.remembered(secret, now_ms) or keys.look_up(secret, now_ms)
    if not access.allows(Scope.READ):
        raise SignInRefused("This key may not read")
    database: Database = request.app.state.database
    life = request.app.state.settings.session_life
    with acting_as(signing_in_as(request, access.key_code or "", access.key_name)):
        return begin_key_session(database, access, digest_of(secret), now_ms=now_ms, life=life)


async def _bounded(request: Request) -> bytes:
    """Return the body of a small form; what is longer than any key is cut off and so refused as a key."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM_BYTES:
            return b""
    return body
