"""The reference of the API: every operation with its bodies, types and examples, to be tried from the page.

It is Swagger UI, served from here: nothing is loaded from elsewhere, and what is tried goes to this service alone.
"""

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import HTMLResponse, Response

from app.core.entity_tags import named_by
from app.store.sql.conflicts import NotThere

if TYPE_CHECKING:
    from jinja2 import Environment

router = APIRouter()

_FILES = {
    "swagger-ui-bundle.js": ("swagger-ui", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("swagger-ui", "text/css; charset=utf-8"),
    "reference.js": ("reference", "text/javascript; charset=utf-8"),
    "reference.css": ("reference", "text/css; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Swagger UI sets the width of some cells in their own style; its icons are in its style sheet."""

_YEAR_S = 365 * 24 * 3_600


@router.get("/docs", include_in_schema=False)
def get_docs(request: Request) -> HTMLResponse:
    """Show the reference."""
    named = {name: f"/docs/{name}?v={_digest(name)[:16]}" for name in _FILES}
    page = _templates().get_template("operations.html").render(info=request.app.openapi()["info"], files=named)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/{name}", include_in_schema=False)
def get_docs_file(name: str, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Read a file of the reference; its address changes with what is in it."""
    if name not in _FILES:
        raise NotThere("The reference has no such file")
    tag = f'"{_digest(name)}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={_YEAR_S}, immutable", "Vary": "Accept-Encoding"}
    if (known := named_by(if_none_match, tag)) is not None:
        return Response(status_code=304, headers={**headers, "ETag": known})
    return Response(_content(name), media_type=_FILES[name][1], headers=headers)


@lru_cache(maxsize=len(_FILES))
def _digest(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()


def _content(name: str) -> bytes:
    return files("app").joinpath("static", _FILES[name][0], name).read_bytes()


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader

    return Environment(loader=PackageLoader("app"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
