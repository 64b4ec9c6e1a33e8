"""Every answer of every operation declared: the problems that can happen to it, no others, and the headers it has."""

from http import HTTPStatus
from typing import Any

from app.schemas.wire.problems import PROBLEM_MEDIA_TYPE

_PROBLEM = "#/components/schemas/Problem"
_WORDS = {
    200: "What was asked for.",
    201: "It was made, and stands at `Location`.",
    202: "It goes on after this answer; `Location` is where to follow it.",
    204: "It was done, and there is nothing to say of it.",
    400: "The body is empty, is not what `Content-Type` or `Content-Encoding` say, or is damaged: see `code`.",
    401: "The key is missing, unknown or expired (`unauthenticated`).",
    403: "The key is good and lacks the scope, or is limited to other organizations (`forbidden`).",
    404: "There is no such thing, or the key may not know of it: see `code`.",
    406: "`Accept` names nothing that this operation answers by (`not_acceptable`): nothing was done.",
    408: "The body stopped or trickled for too long (`body_too_slow`): nothing was stored, send it again.",
    409: "What is asked for contradicts what is there: see `code`.",
    412: "It was changed since it was read (`precondition_failed`): nothing was done.",
    413: "The body is larger than the service takes, as sent or unpacked (`body_too_large`).",
    415: "The media type or the content encoding is not one that is taken here: see `code`.",
    422: "Fields or parameters are not what this document says, or make no sense together: see `code` and `errors`.",
    429: "Too much is waiting (`overloaded`): nothing of this was taken, send it again after `Retry-After` seconds.",
    500: "The service failed; its log has the reason under `request_id`.",
    503: "The service cannot answer now: see `code`, and ask again after `Retry-After` seconds.",
}
_FRAMEWORK_WORDS = {"Successful Response", "Validation Error", *(status.phrase for status in HTTPStatus)}
_MALFORMED = {
    "description": "What arrived is no request of HTTP/1.1: the server says so in words before an operation is chosen.",
    "content": {"text/plain": {"schema": {"type": "string"}, "example": "Invalid HTTP request received."}},
}
"""The only thing that can be wrong with a request that carries nothing."""

_JSON = "application/json"
_TAGGED = ("get", "patch", "put")
"""Methods whose answers in JSON have a tag: what the thing is now."""

_HEADERS: dict[str, tuple[str, dict[str, Any], Any]] = {
    "RequestId": (
        "The id of the request, in the service's log as well: what the caller sent in `X-Request-ID`, or a new one.",
        {"type": "string"},
        "b0d6d4b51f9d4ac2a9a2b5f6f9c1f1c7",
    ),
    "Location": ("The path of what was made, or of where to follow what goes on.", {"type": "string"}, "/v1/keys/k7"),
    "RetryAfter": ("After how many seconds to send the request again.", {"type": "integer", "minimum": 0}, 1),
    "WwwAuthenticate": ("How to authenticate: `ApiKey`, by the header `X-API-Key`.", {"type": "string"}, "ApiKey"),
    "AcceptEncoding": ("How bodies may be packed, where that was wrong.", {"type": "string"}, "gzip, zstd, br"),
    "ETag": (
        "Names these very bytes: sent back in `If-None-Match`, the answer is 304 while nothing has changed; sent in "
        "`If-Match`, a change is made only while nobody else has made one.",
        {"type": "string"},
        '"5f2b1c"',
    ),
    "ContentDisposition": (
        "The name the file is to be saved by.",
        {"type": "string"},
        'attachment; filename="magnets-2021.csv"',
    ),
}
"""The headers of answers, by the name of their component: words, schema and an example."""

_OF_STATUS = {
    "201": ("Location",),
    "202": ("Location",),
    "401": ("WwwAuthenticate",),
    "415": ("AcceptEncoding",),
    "429": ("RetryAfter",),
    "503": ("RetryAfter",),
}
_NAMES = {
    "RequestId": "X-Request-ID",
    "RetryAfter": "Retry-After",
    "WwwAuthenticate": "WWW-Authenticate",
    "AcceptEncoding": "Accept-Encoding",
    "ContentDisposition": "Content-Disposition",
}


def declare_answers(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
    """Declare the problems an operation can answer with, and the headers of everything it answers.

    A route itself names what only it can answer: a conflict, an overload, a header beside those of every answer.
    """
    headers = document["components"].setdefault("headers", {})
    for name, (words, schema, example) in _HEADERS.items():
        headers[name] = {"description": words, "schema": dict(schema), "example": example}
    responses = operation["responses"]
    if "422" in responses and path.startswith("/health"):
        del responses["422"]
    for status in _statuses(path, operation):
        _declare_problem(responses.setdefault(str(status), {}), status)
    if not path.startswith("/v1"):
        responses["400"] = dict(_MALFORMED)
    for status, answer in responses.items():
        if not answer.get("description") or answer["description"] in _FRAMEWORK_WORDS:
            answer["description"] = _WORDS[int(status)]
        if answer.get("content", {}).keys() != {"text/plain"}:
            if status == "200" and path.startswith("/v1") and method in _TAGGED and _JSON in answer.get("content", {}):
                answer["x-headers"] = [*answer.get("x-headers", ()), "ETag"]
            answer["headers"] = _headers_of(status, answer)
    operation["responses"] = dict(sorted(responses.items()))


def _statuses(path: str, operation: dict[str, Any]) -> set[int]:
    """Return the statuses of the problems that can happen: those of its kind, and those its route names."""
    statuses = {500} | {int(status) for status in operation["responses"] if status >= "400"}
    if path.startswith("/v1"):
        statuses |= {401, 403, 422, 503}
    if "{" in path:
        statuses.add(404)
    if path.startswith("/v1") and "204" not in operation["responses"] and "{format}" not in path:
        statuses.add(406)
    if any(each["name"].lower() == "if-match" for each in operation.get("parameters", ())):
        statuses.add(412)
    if "requestBody" in operation:
        statuses |= {400, 408, 413, 415}
    return statuses


def _declare_problem(answer: dict[str, Any], status: int) -> None:
    """Complete the answer of a status; a schema that a route has declared stays, and so do its words."""
    own = answer.get("content", {}).get(PROBLEM_MEDIA_TYPE)
    answer["content"] = {PROBLEM_MEDIA_TYPE: own or {"schema": {"$ref": _PROBLEM}}}


def _headers_of(status: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the headers of an answer: what its route names, what its status has, and the request's id."""
    named = dict.fromkeys(answer.pop("x-headers", ()))
    return {
        _NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"}
        for name in (*named, *_OF_STATUS.get(status, ()), "RequestId")
    }
