"""Signing in at the operator's OpenID provider: sent there, and back with a code that is good once, in one browser."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.core.access import Grant
from app.core.acting import acting_as
from app.http.deps import Db, NowMs
from app.http.sessions import set_cookie
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import html
from app.pages.signing_in import own_path, sign_in_page, signing_in_as
from app.settings import Settings
from app.store.engine.database import Database
from app.store.operations.provider_sign_ins import LASTS_MS, Identity, come_back, send_away, user_by_identity
from app.store.operations.sign_ins import SignInRefused, TooManyGuesses, begin_user_session, count_guess, network_of
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False)

_COOKIE = "esg_sign_in"
_START, _BACK = "/sign-in/openid", "/sign-in/openid/answer"
_IN_ADDRESSES = "/?#[]@!$&'()*+,;=%:~-._"
_log = structlog.get_logger(__name__)


@router.get(_START)
def go_to_provider(request: Request, database: Db, now_ms: NowMs) -> Response:
    """Send a browser to the provider; what it comes back with is good in this browser alone, which keeps the state."""
    from app.clients.openid import ProviderAway, address_to_sign_in

    settings: Settings = request.app.state.settings
    provider = settings.provider
    if provider is None:
        raise NotThere("There is no OpenID provider")
    path = own_path(request.query_params.get("next", "/"))
    try:
        count_guess(database, None, network_of(request.client.host if request.client else None))
        with database.write() as session:
            state, sent = send_away(session, path, now_ms=now_ms)
        address = address_to_sign_in(
            provider, redirect_uri=_back_to(request), state=state, nonce=sent.nonce, verifier=sent.verifier
        )
    except TooManyGuesses as error:
        answer = sign_in_page(request, status=429, path=path, wrong=f"{refusal(error)}{_('.')}")
        answer.headers.update(dict(error.headers))
        return answer
    except ProviderAway as error:
        return _away(request, error)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        _COOKIE,
        state,
        max_age=LASTS_MS // 1_000,
        path=_START,
        httponly=True,
        samesite="lax",  # the provider's page sends the browser back, which leaves stricter ones out
        secure=request.url.scheme == "https",
    )
    return answer


@router.get(_BACK)
def come_from_provider(request: Request, database: Db, now_ms: NowMs) -> Response:
    """Begin a session for who the provider vouches for.

    The answer is a page and no redirect: the browser would not send the strict cookie of the session along a way that
    began at another site.
    """
    from app.clients.openid import IdentityRefused, ProviderAway

    settings: Settings = request.app.state.settings
    if settings.provider is None:
        raise NotThere("There is no OpenID provider")
    try:
        path, token = _signed_in(request, settings, database, now_ms)
    except (SignInRefused, IdentityRefused) as error:
        _log.warning("a sign-in at the provider was refused", error=str(error))
        return sign_in_page(request, status=403, wrong=f"{refusal(error)}{_('.')}")
    except ProviderAway as error:
        return _away(request, error)
    answer = html("signed_in.html", path=path)
    answer.headers["Refresh"] = f"0;url={quote(path, safe=_IN_ADDRESSES)}"
    set_cookie(request, answer, token)
    answer.delete_cookie(_COOKIE, path=_START, httponly=True, samesite="lax")
    return answer


def _signed_in(request: Request, settings: Settings, database: Database, now_ms: int) -> tuple[str, str]:
    """Return the page to go on to and the token of the session; raises what its caller tells."""
    from app.clients.openid import identity

    state, kept = request.query_params.get("state", ""), request.cookies.get(_COOKIE, "")
    if not state or not compare_digest(state.encode(), kept.encode()):
        raise SignInRefused("This sign-in was not begun in this browser: begin it here")
    with database.write() as session:
        sent = come_back(session, state, now_ms=now_ms)
    if sent is None:
        raise SignInRefused("This sign-in took too long, or was done already: begin it anew")
    code = request.query_params.get("code")
    if code is None:
        raise SignInRefused("The provider did not let you in")
    provider = settings.provider
    assert provider is not None  # noqa: S101 - the caller has looked
    claims = identity(provider, code, redirect_uri=_back_to(request), nonce=sent.nonce, verifier=sent.verifier)
    user = user_by_identity(database, _identity(settings, claims), now_ms=now_ms)
    address = network_of(request.client.host if request.client else None)
    with acting_as(signing_in_as(request, user.code, user.name)):
        token = begin_user_session(
            database, user, by=provider.issuer, address=address, now_ms=now_ms, life=settings.session_life
        )
    return sent.path, token


def _identity(settings: Settings, claims: Mapping[str, Any]) -> Identity:
    """Return who the claims are of, and what their groups may do; raises SignInRefused for who is in none of ours."""
    named = claims.get(settings.oidc_groups_claim)
    groups = {named} if isinstance(named, str) else {each for each in named or () if isinstance(each, str)}
    grants: list[Grant] = [settings.oidc_groups[each].grant for each in sorted(groups & settings.oidc_groups.keys())]
    if not grants:
        raise SignInRefused("None of your groups may do anything here: ask who administers this service")
    subject = str(claims["sub"])
    email = _text(claims, "email") or subject
    name = _text(claims, "name") or _text(claims, "preferred_username") or email
    return Identity(str(claims["iss"]), subject, name, email, grants)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value[:200] if isinstance(value, str) and value.isprintable() and value.strip() else None


def _back_to(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{_BACK}"


def _away(request: Request, error: Exception) -> Response:
    _log.warning("the OpenID provider is away", error=str(error))
    answer = sign_in_page(
        request, status=503, wrong=_("The sign-in of your organization does not answer. Try again soon.")
    )
    answer.headers["Retry-After"] = "30"
    return answer
