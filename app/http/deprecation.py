"""Operations that go: declared at their route, told in the headers of every answer (RFC 9745, RFC 8594).

The policy: what is deprecated works on, unchanged, for a year at least; `Sunset` says until when at least. An example,
of a list that has moved:

    @router.get("/old", **deprecated(since=date(2027, 1, 1), sunset=date(2028, 1, 1), guide="/docs#new"))

What it answers then has `Deprecation: @1798761600`, `Sunset: Sat, 01 Jan 2028 00:00:00 GMT` and a link to the guide; in
the OpenAPI document the operation is `deprecated`.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders

from app.schemas.wire.links import add_link

LEAST = timedelta(days=365)
"""How long what is deprecated works on at least."""

_DECLARED = "x-deprecation"


def deprecated(*, since: date, sunset: date, guide: str) -> dict[str, Any]:
    """Return what a route is declared with that is deprecated since a day and may be gone from another one on (UTC).

    `guide` is the address of what to use instead. Raises ValueError for less than a year between the two.
    """
    if sunset - since < LEAST:
        raise ValueError(f"what is deprecated works for {LEAST.days} days at least: {since} to {sunset}")
    declared = {"since": since.isoformat(), "sunset": sunset.isoformat(), "guide": guide}
    return {"deprecated": True, "openapi_extra": {_DECLARED: declared}}


def tell_deprecation(headers: MutableHeaders, declared: Mapping[str, Any] | None) -> None:
    """Add to an answer what its route declares beside OpenAPI, if it is deprecated."""
    found = (declared or {}).get(_DECLARED)
    if found is None:
        return
    headers["Deprecation"] = f"@{int(_midnight(found['since']).timestamp())}"
    headers["Sunset"] = format_datetime(_midnight(found["sunset"]), usegmt=True)
    add_link(headers, found["guide"], "deprecation")


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)
