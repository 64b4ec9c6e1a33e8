"""Pages from templates, each with the policy that lets it load what comes with us and nothing else."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from app.core.calendar.periods import zone_named
from app.core.language import LANGUAGES, TAGS, language
from app.http.page_route import page_asked_for
from app.pages.frame import words
from app.pages.frame.frame import Frame, frame_of
from app.pages.frame.static import static_address

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def html(template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page: a template that extends `layout.html`, which has the frame around it.

    The frame is of the request that the page is made for, which its `PageRoute` knows.
    """
    request = page_asked_for()
    frame = None if request is None else frame_of(request)
    return _answer(template, status, frame=frame, **values)


def fragment(template: str, **values: object) -> Response:
    """Return a part of a page, which htmx puts into it."""
    return _answer(template, 200, **values)


@lru_cache(maxsize=1)
def templates() -> "Environment":
    """Return the templates; what is put into one is escaped, and `_` gives a message in the reader's language.

    `word` does so for a text that is only known then, such as the state of a job or what a company calls a part: `_`
    would take the percent sign of "5 % NaOH" for a place to put a value in.
    """
    from jinja2 import Environment, PackageLoader, pass_context

    made = Environment(
        loader=PackageLoader("app", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"static": static_address, "languages": LANGUAGES, "word": words.gettext}
    made.filters |= {"day": words.day, "number": words.number, "instant": pass_context(_instant_here)}
    return made


def _instant_here(context: "Context", value: datetime) -> str:
    """Return an instant by the clock of the organization that is shown; by UTC, saying so, where none is."""
    frame: Frame | None = context.get("frame")
    if frame is None or frame.organization is None:
        return f"{words.instant(value)} UTC"
    return words.instant(value, zone_named(frame.organization.timezone))


def _answer(template: str, status: int, **values: object) -> Response:
    text = templates().get_template(template).render(language=TAGS[language()], **values)
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, status_code=status, headers=headers)
