"""What a reader has chosen: in the address of the page, else remembered by their browser from the page before."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from app.core.language import LANGUAGES, language_preferred

COOKIE = "esg_choice"
THEMES = ("light", "dark")
_FIELDS = ("organization", "plant", "framework", "year", "language", "theme")
_OF_PAGES = _FIELDS[:4]
_WITHIN_ORGANIZATION = ("plant", "framework", "year")
_REMEMBERED_S = 365 * 24 * 3600
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Choice:
    """Codes as they were chosen, empty for what was not; `named` are the fields that the address itself names.

    No plant is all of them, no framework the one by which the year is reported, no theme that of the device.
    """

    organization: str = ""
    plant: str = ""
    framework: str = ""
    year: str = ""
    language: str = ""
    theme: str = ""
    named: frozenset[str] = frozenset()

    def address(self, path: str) -> str:
        """Return the address of a page with what is chosen here: its path may have `{organization}` and the like."""
        within = [name for name in _OF_PAGES if f"{{{name}}}" in path]
        for name in within:
            path = path.replace(f"{{{name}}}", quote(getattr(self, name), safe=""))
        query = {name: getattr(self, name) for name in _OF_PAGES if getattr(self, name) and name not in within}
        return f"{path}?{urlencode(query)}" if query else path


def choice_of(request: Request) -> Choice:
    """Return what is chosen.

    Of the address `?organization=acme&year=2024` and the remembered `organization=bolt&plant=north&language=zh` it is
    acme, 2024 and Chinese: a plant of another organization says nothing.
    """
    named = _known(request.query_params) | _known(request.path_params)
    remembered = _known(dict(parse_qsl(request.cookies.get(COOKIE, ""))))
    if named.get("organization", remembered.get("organization")) != remembered.get("organization"):
        remembered = {name: value for name, value in remembered.items() if name not in _WITHIN_ORGANIZATION}
    if request.query_params.get("transition") == "true" and named.get("year", "").isdigit():
        named["year"] += "T"
    values = remembered | named
    if values.get("language") not in LANGUAGES:
        values["language"] = language_preferred(request.headers.get("accept-language", ""))
    if values.get("theme") not in THEMES:
        values.pop("theme", None)
    return Choice(**values, named=frozenset(named))


def with_changed(request: Request, **changes: str) -> str:
    """Return the address of this very page with some of what is chosen changed, as a link to it needs it.

    A form may be answered with a page at an address that no link leads to: then it is that of the page it came from.
    """
    url = request.url if request.method == "GET" else URL(request.headers.get("referer", "/"))
    query = [(name, value) for name, value in parse_qsl(url.query) if name not in changes]
    return f"/{url.path.lstrip('/')}?{urlencode([*query, *changes.items()])}"


def moved_to(request: Request) -> str | None:
    """Return where a page is whose address names another choice than its path does; None where it is right here.

    `/organizations/acme/issues?organization=bolt&year=2024` is `/organizations/bolt/issues?year=2024`.
    """
    path, named = request.url.path, request.path_params
    other = {name: request.query_params[name] for name in _OF_PAGES if name in named and request.query_params.get(name)}
    if not other:
        return None
    for name, value in other.items():
        path = path.replace(f"/{quote(str(named[name]), safe='')}", f"/{quote(value, safe='')}", 1)
    query = [(name, value) for name, value in request.query_params.multi_items() if name not in other]
    return f"{path}?{urlencode(query)}" if query else path


def remember(request: Request, answer: Response) -> None:
    """Have the browser keep what the address of a page names."""
    choice = choice_of(request)
    if not choice.named or request.query_params.get("language", choice.language) != choice.language:
        return
    kept = {name: getattr(choice, name) for name in _FIELDS if getattr(choice, name)}
    if "language" not in choice.named and "language" not in request.cookies.get(COOKIE, ""):
        del kept["language"]  # the browser says it each time
    is_tls = request.url.scheme == "https"
    answer.set_cookie(COOKIE, urlencode(kept), _REMEMBERED_S, httponly=True, samesite="lax", secure=is_tls)


def _known(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(values[name]) for name in _FIELDS if name in values and len(str(values[name])) <= _LONGEST}
