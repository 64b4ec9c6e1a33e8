"""The files that pages load: our own styles and scripts, and the two libraries that come with us."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.entity_tags import entity_tag, named_by
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False)

_TYPES = {"txt": "text/plain", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    media_type: str
    tag: str

    @property
    def version(self) -> str:
        return self.tag[1:13]


@router.get("/static/{name}")
def static_file(request: Request, name: str) -> Response:
    """Give a file; by an address that names its version a browser keeps it for good, by another it asks again."""
    found = _files().get(name)
    if found is None:
        raise NotThere(f"There is nothing at {request.url.path}")
    is_named = request.query_params.get("v") == found.version
    headers = {"ETag": found.tag, "Cache-Control": _FOREVER if is_named else _ASK_AGAIN}
    if known := named_by(request.headers.get("if-none-match"), found.tag):
        return Response(status_code=304, headers=headers | {"ETag": known})
    return Response(found.content, media_type=found.media_type, headers=headers)


def static_address(name: str) -> str:
    """Return the address of a file with its version: `/static/page.css?v=0f3a…`; raises KeyError without the file."""
    return f"/static/{name}?v={_files()[name].version}"


@lru_cache(maxsize=1)
def _files() -> dict[str, _File]:
    found = {}
    for path in files("app").joinpath("static", "frame").iterdir():
        content = path.read_bytes()
        found[path.name] = _File(content, _TYPES[path.name.rpartition(".")[2]], entity_tag(content))
    return found
