"""What a browser shows where the service has nothing to show: a page that says so, in place of a problem in JSON."""

from fastapi import Request
from starlette.responses import Response

from app.core.language import SOURCE, language, speaking
from app.http.choice import choice_of
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal_of, refusals_of
from app.pages.refusal_codes import CODES
from app.pages.rendering import html
from app.schemas.wire.problems import Problem


def problem_page(request: Request, problem: Problem) -> Response:
    """Return the page of a problem that somebody met who went to a page's address or sent a form from one.

    A form that was sent after the session had ended is in it, to be sent again once who sent it has signed in.
    """
    with speaking(choice_of(request).language):
        code = CODES.get(problem.code)
        titles = {404: _("Not found"), 403: _("Not allowed"), 401: _("Sign in first")}
        title = titles.get(problem.status) or (_(code) if code and language() != SOURCE else _("This cannot be shown"))
        unsent = getattr(request.state, "unsent", None)
        return html(
            "frame/problem.html",
            status=problem.status,
            title=title,
            detail=_detail(problem),
            unsent=unsent,
            address=f"{request.url.path}?{request.url.query}",
        )


def _detail(problem: Problem) -> str:
    """Return what a problem says: what is said of each field, or its detail, which in English tells of them itself."""
    if problem.errors and (language() != SOURCE or problem.code == "invalid_request"):
        return refusals_of([each.model_dump() for each in problem.errors])
    return refusal_of(problem.code, problem.detail)
