"""Who acts by the cookie of a session: people on our own pages, and nobody whom another site's page has sent."""

from functools import partial
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.core.access import Access
from app.store.operations.page_sessions import access_in_session

COOKIE = "esg_session"
_SAFE = ("GET", "HEAD", "OPTIONS")


class CrossSiteRequest(PermissionError):
    """A page of another site would have its visitor do something here."""


async def session_access(request: Request, *, now_ms: int, uses: bool = True) -> Access | None:
    """Return the access of the session that a request has the cookie of; None without one.

    Raises SessionOver, and CrossSiteRequest for what would change something unless one of our own pages has sent it.
    `uses` is false where a page asks by itself.
    """
    token = request.cookies.get(COOKIE)
    if token is None:
        return None
    if request.method not in _SAFE and (is_foreign(request) or not _tells_its_site(request)):
        raise CrossSiteRequest("A session changes things from this service's own pages alone: send a key in X-API-Key")
    state = request.app.state
    ask = partial(
        access_in_session,
        state.database,
        state.keyring,
        token,
        now_ms=now_ms,
        life=state.settings.session_life,
        uses=uses,
    )
    return await to_thread.run_sync(ask, limiter=state.threads.admission)


def is_foreign(request: Request) -> bool:
    """Tell whether a page of another site sent this, which a browser says; who is no browser says nothing."""
    if site := request.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def set_cookie(request: Request, answer: Response, token: str) -> None:
    """Give a browser the cookie of a session: no script reads it, no other site sends it, TLS keeps to TLS."""
    answer.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")


def delete_cookie(answer: Response) -> None:
    """Have a browser forget its session."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _tells_its_site(request: Request) -> bool:
    return "sec-fetch-site" in request.headers or "origin" in request.headers
