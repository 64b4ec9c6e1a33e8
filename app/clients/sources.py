"""Fetching a page of a connector's source."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from app.clients.replies import Bounds, CallFailed, Reply

if TYPE_CHECKING:
    from app.clients.calls import Caller

PAGE_BYTES = 64 * 1024 * 1024
_TIMEOUT_S = 60.0
_PARTIAL = 206


class PageElsewhere(CallFailed):
    """The next page is said to be on another server, which has not been trusted with the connector's headers."""

    def __init__(self, url: str) -> None:
        super().__init__("page_elsewhere", f"the next page is on another server: {url[:200]}")


def fetch_page(
    caller: "Caller",
    url: str,
    headers: Mapping[str, str],
    *,
    limit_bytes: int = PAGE_BYTES,
    timeout_s: float = _TIMEOUT_S,
) -> Reply:
    """Return a whole answer of 2xx; raises CallFailed for every other, for a part (206) and for one past the limit."""
    reply = caller.call("GET", url, headers, None, Bounds(timeout_s, limit_bytes))
    if not 200 <= reply.status < 300 or reply.status == _PARTIAL:
        code = "redirected" if 300 <= reply.status < 400 else "refused"
        raise CallFailed(code, f"the source answered {reply.status}")
    return reply


def with_parameters(url: str, parameters: Mapping[str, str]) -> str:
    """Return `url` with these query parameters, in the place of its own of the same names."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()])))


def next_url(url: str, following: str) -> str:
    """Return the address that `following`, maybe relative, names on the server of `url`; raises PageElsewhere."""
    joined = urljoin(url, following)
    if urlsplit(joined)[:2] != urlsplit(url)[:2]:
        raise PageElsewhere(joined)
    return joined
