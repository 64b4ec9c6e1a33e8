"""The route of a page: its caller is admitted as an operation's is, by session or key, and acts in their own name."""

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qsl, quote

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import RedirectResponse, Response

from app.core.acting import acting_as
from app.core.language import speaking
from app.http.admission import actor_of, requirement_of
from app.http.choice import choice_of, moved_to, remember
from app.store.operations.keyring import UnknownKey

SIGN_IN = "/sign-in"
_LONGEST_UNSENT = 2**20
_asked: ContextVar[Request | None] = ContextVar("asked", default=None)


class PageRoute(APIRoute):
    """A route whose handler may ask for `MayRead`, `MayPrepare` and their like, and answers with a page.

    Who has to sign in first is sent to do so and comes back; other refusals are told as everywhere. The page is in its
    reader's language, and what its address chooses is remembered.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        requirement = requirement_of(self.dependant)

        async def admitted(request: Request) -> Response:
            try:
                if requirement is not None:
                    await requirement.admit(request)
            except UnknownKey:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                if request.method != "GET":
                    await _keep_unsent(request)
                    raise
                return RedirectResponse(sign_in_for(request), status_code=303)
            with acting_as(actor_of(request, self.name)):
                return await handle(request)

        async def page(request: Request) -> Response:
            if request.method == "GET" and (elsewhere := moved_to(request)):
                return RedirectResponse(elsewhere, status_code=303)
            token = _asked.set(request)
            try:
                with speaking(choice_of(request).language):
                    answer = await admitted(request)
            finally:
                _asked.reset(token)
            if request.method == "GET" and answer.status_code == 200:
                remember(request, answer)
            return answer

        return page


def page_asked_for() -> Request | None:
    """Return the request that a page is being made for; None outside of such a one."""
    return _asked.get()


async def _keep_unsent(request: Request) -> None:
    """Keep the fields of a form whose session is over for the page that tells so, from which it is sent again."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_UNSENT:
            return
    request.state.unsent = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20_000)


def sign_in_for(request: Request) -> str:
    """Return the address of the sign-in page that goes on to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"{SIGN_IN}?next={quote(asked, safe='')}"
