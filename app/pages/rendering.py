"""Pages from templates, each with the policy that lets it load its own style and nothing else."""

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from jinja2 import Environment


def html(template: str, *, status: int = 200, **values: object) -> Response:
    """Return a page."""
    css, policy = _style()
    text = templates().get_template(template).render(css=Markup(css), **values)  # noqa: S704 - our own style sheet
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
    return HTMLResponse(text, status_code=status, headers=headers)


@lru_cache(maxsize=1)
def templates() -> "Environment":
    """Return the templates; what is put into one is escaped."""
    from jinja2 import Environment, PackageLoader

    made = Environment(loader=PackageLoader("app", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.globals["_"] = lambda text: text
    return made


@lru_cache(maxsize=1)
def _style() -> tuple[str, str]:
    """Return the style sheet and the content security policy that allows it and nothing else."""
    css = files("app").joinpath("templates", "page.css").read_text("utf-8")
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'"
    return css, f"{policy}; frame-ancestors 'none'"
