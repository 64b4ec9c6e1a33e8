"""A page that lists every operation, rendered here from the OpenAPI document; nothing is loaded from elsewhere."""

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from jinja2 import Environment

router = APIRouter()


@router.get("/docs", include_in_schema=False)
def get_docs(request: Request) -> HTMLResponse:
    """Show the operations by tag."""
    document = request.app.openapi()
    page = _templates().get_template("operations.html").render(info=document["info"], tags=_by_tag(document))
    return HTMLResponse(page, headers={"Content-Security-Policy": _policy()})


@lru_cache(maxsize=1)
def _policy() -> str:
    """Return the content security policy that allows the page's own style and nothing else."""
    text = files("app").joinpath("templates", "operations.html").read_text("utf-8")
    style = text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    own = f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'"
    return f"{own}; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader

    return Environment(loader=PackageLoader("app"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    tags: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            row = {"method": method.upper(), "path": path, **operation}
            tags.setdefault(operation["tags"][0], []).append(row)
    return tags
