"""Who is shown a page in place of a problem: a browser that goes somewhere or sends a form, and no program."""

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from app.schemas.wire.problems import Problem

_OF_PROGRAMS = ("/v1/", "/health/")
_OF_A_BODY = ("content-type", "content-length")


def shown_or_told(request: Request, told: Response) -> Response:
    """Return the page of a problem that is told, with its headers, or the problem itself for programs."""
    page: Callable[[Request, Problem], Response] | None = getattr(request.app.state, "problem_page", None)
    is_browser = request.method in ("GET", "POST") and "text/html" in request.headers.get("accept", "")
    if page is None or not is_browser or request.url.path.startswith(_OF_PROGRAMS):
        return told
    shown = page(request, Problem.model_validate_json(bytes(told.body)))
    shown.headers.update({name: value for name, value in told.headers.items() if name not in _OF_A_BODY})
    return shown
