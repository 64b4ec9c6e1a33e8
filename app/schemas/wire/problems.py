"""The one shape of every error: RFC 9457 problem details with row and field errors."""

from typing import Any, TypeAlias

from app.schemas.wire.base import Shape

PROBLEM_MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""The name of each status an error may have, the same under every version of Python."""


Responses: TypeAlias = dict[int | str, dict[str, Any]]
"""What a route declares of its answers, in FastAPI's shape."""


def conflicts(*codes: str) -> Responses:
    """Return the declaration of a route that can answer 409, by the codes it may then have."""
    headers = {"x-headers": ["RetryAfter"]} if "amendment_under_way" in codes else {}
    return {409: {"description": f"What is asked for contradicts what is there: {_listed(codes)}.", **headers}}


def _listed(codes: tuple[str, ...]) -> str:
    *before, last = (f"`{code}`" for code in codes)
    return f"{', '.join(before)} or {last}" if before else last


class ProblemError(Shape):
    """What is wrong with one row or field; members that do not apply are null."""

    index: int | None
    field: str | None
    meter: str | None
    timestamp: str | None
    code: str
    detail: str


class Problem(Shape):
    """Why a request was not done. `code` is stable, `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemError]
