"""What a person changes of themselves: the password by which they sign in."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import Access
from app.core.acting import acting_as
from app.http.admission import WHOLE_ACCESS
from app.http.deps import Db, Keys, NowMs
from app.http.page_route import PageRoute, sign_in_for
from app.http.sessions import session_access, set_cookie
from app.pages.forms import Form, FormFields
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.pages.signing_in import signing_in_as
from app.store.engine.database import Database
from app.store.operations.page_sessions import SessionOver
from app.store.operations.passwords import SHORTEST, PasswordRefused, check_password, hash_password
from app.store.operations.sign_ins import (
    SignedIn,
    SignInRefused,
    TooManyGuesses,
    change_own_password,
    count_guess,
    network_of,
    user_by_password,
)
from app.store.operations.users import OwnUser, own_user

router = APIRouter(include_in_schema=False, route_class=PageRoute)

ACCOUNT = "/account"


@router.get(ACCOUNT)
async def account_page(
    request: Request, database: Db, now_ms: NowMs, done: Annotated[str | None, Query(max_length=10)] = None
) -> Response:
    """Show who is signed in, and the form for another password."""
    access = await _signed_in(request, now_ms)
    if access is None:
        return RedirectResponse(sign_in_for(request), status_code=303)
    return _page(await _own(database, access), access, done=done)


@router.post(ACCOUNT)
async def change_password(request: Request, database: Db, keys: Keys, now_ms: NowMs, form: Form) -> Response:
    """Give the signed-in user another password; every other session of theirs ends, this browser has a new one."""
    access = await _signed_in(request, now_ms)
    user = None if access is None else await _own(database, access)
    if access is None or user is None:
        return RedirectResponse(ACCOUNT, status_code=303)
    address = network_of(request.client.host if request.client else None)
    limiter = request.app.state.threads.passwords
    wrong = _wrong(user, form)
    if wrong:
        return _page(user, access, wrong=wrong)
    try:
        await run_in_threadpool(count_guess, database, user.email, address)
        known: SignedIn = await to_thread.run_sync(
            user_by_password, database, user.email, form.raw("current"), limiter=limiter
        )
    except SignInRefused:
        return _page(user, access, wrong={"current": _("This is not the password that you sign in by now.")})
    except TooManyGuesses as error:
        answer = _page(user, access, wrong={"current": f"{refusal(error)}{_('.')}"}, status=429)
        answer.headers.update(dict(error.headers))
        return answer
    kept = await to_thread.run_sync(hash_password, form.raw("password"), limiter=limiter)
    life = request.app.state.settings.session_life
    with acting_as(signing_in_as(request, user.code, user.name, "change_own_password")):
        token = await run_in_threadpool(
            lambda: change_own_password(database, known, kept, address=address, now_ms=now_ms, life=life)
        )
    keys.forget_everybody()
    done = RedirectResponse(f"{ACCOUNT}?done=changed", status_code=303)
    set_cookie(request, done, token)
    return done


async def _signed_in(request: Request, now_ms: int) -> Access | None:
    """Return who is signed in, for the frame too; None for nobody. Raises CrossSiteRequest."""
    try:
        access = await session_access(request, now_ms=now_ms)
    except SessionOver:
        return None
    if access is not None:
        request.scope[WHOLE_ACCESS] = access
    return access


async def _own(database: Database, access: Access) -> OwnUser | None:
    return await run_in_threadpool(own_user, database, access.key_code or "")


def _wrong(user: OwnUser, form: FormFields) -> dict[str, str]:
    password = form.raw("password")
    try:
        check_password(password, email=user.email, name=user.name)
    except PasswordRefused as error:
        return {"password": f"{refusal(error)}{_('.')}"}
    if password != form.raw("again"):
        return {"again": _("The two are not the same.")}
    return {}


def _page(
    user: OwnUser | None,
    access: Access,
    *,
    wrong: dict[str, str] | None = None,
    done: str | None = None,
    status: int | None = None,
) -> Response:
    return html(
        "account.html",
        status=status or (422 if wrong else 200),
        user=user,
        name=access.key_name,
        shortest=SHORTEST,
        wrong=wrong or {},
        done=done,
    )
