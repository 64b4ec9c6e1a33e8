"""Links in the headers of answers: the page that follows, and the guide of an operation that goes (RFC 8288)."""

from urllib.parse import quote

from starlette.datastructures import URL, MutableHeaders


def add_link(headers: MutableHeaders, target: str, relation: str) -> None:
    """Add a link to those an answer has."""
    link = f'<{target}>; rel="{relation}"'
    before = headers.get("link")
    headers["Link"] = link if before is None else f"{before}, {link}"


def next_page(url: URL, cursor: str) -> str:
    """Return the address of the page behind that at `url`, less the host, which a proxy may know by another name."""
    following = url.include_query_params(cursor=cursor)
    return f"{quote(following.path)}?{following.query}"
