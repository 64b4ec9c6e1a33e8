"""Every error as a problem: one table from a class of error to its status and stable code, one shape for all."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import NoResultFound
from starlette.exceptions import HTTPException
from starlette.types import Scope

from app.core.calendar.fiscal_years import UnknownPeriod
from app.core.codings import CODINGS, CodingFault, CodingUnsupported
from app.core.inventory.inventory import InvalidFields
from app.core.readings.added_days import UnreadableAdditions
from app.core.readings.reading_pages import DamagedPage
from app.disclosure.frameworks.frameworks import UnknownFramework
from app.disclosure.history.fiscal_years import PeriodInUse
from app.disclosure.history.still import AmendmentUnderWay
from app.disclosure.live.lineage import UnknownFigure
from app.disclosure.publications.steps import OwnPublication, PeriodMoved, PublicationOvertaken, WrongStatus
from app.disclosure.targets.target_bases import BaseNotRecalculated
from app.http.admission import REQUEST_ID, ScopeMissing
from app.http.astray import shown_or_told
from app.http.exact_route import NotAcceptable
from app.http.idempotency import IdempotencyKeyReused, SecretShownOnce
from app.http.key_limits import KeyOverLimit, TooManyAtOnce
from app.http.preconditions import PreconditionFailed
from app.http.sessions import CrossSiteRequest
from app.ingest.door.places import Overloaded
from app.ingest.problems import (
    BodyInvalid,
    BodyTooLarge,
    BodyTooSlow,
    BodyUnreadable,
    MediaTypeUnsupported,
    TooManyRows,
)
from app.ingest.writing.amend import AmendmentContended, RevisionsExhausted
from app.ingest.writing.bulk_amend import AlreadyUndone, AmendmentUnfinished
from app.ingest.writing.intake import BatchContended
from app.schemas.readings.readings import ReadingProblem, unjudged
from app.schemas.wire.json import ExactJSON, NotJson
from app.schemas.wire.problems import PROBLEM_MEDIA_TYPE, TITLES, Problem, ProblemError
from app.store.arrivals.packed import UnreadableArrival
from app.store.engine.outages import DatabaseAway, DatabaseBusy, DatabaseUnavailable, StatementTooLong, StorageFull
from app.store.engine.secret_box import SecretsLocked
from app.store.inventory.meters import MeterHasReadings
from app.store.operations.connectors import ConnectorDisabled
from app.store.operations.keyring import UnknownKey
from app.store.operations.users import EmailTaken, LastAdministrator
from app.store.pages.archived_pages import ArchiveUnavailable
from app.store.reporting.instruments import AlreadyWithdrawn, CertificateUsed
from app.store.sql.conflicts import DuplicateCode, NotThere, StillInUse
from app.store.sql.keyset import BadCursor
from app.store.upkeep.health import ServiceNotReady
from app.stream.reader import StreamFull

_log = structlog.get_logger("esg.errors")


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and stable code of a class of error. An error with a `code` of its own gives that instead.

    `words` stand in for messages that were written for operators, not callers.
    """

    status: int
    code: str
    words: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


_BUSY = Answer(503, "busy", "The service is too busy; send the request again", (("Retry-After", "1"),))
_RETRY = (("Retry-After", "5"),)
_NO_ROOM = "The service has no room to store more, as its log says"
_TOO_LONG = "This would take the database longer than a request may; ask for less at a time"
_AGAIN = "send the request again after Retry-After seconds: readings that were stored all the same count as duplicates"
ANSWERS: dict[type[Exception], Answer] = {
    BodyUnreadable: Answer(400, "unreadable_body"),
    CodingFault: Answer(400, "unreadable_body"),
    UnknownKey: Answer(401, "unauthenticated", headers=(("WWW-Authenticate", "ApiKey"),)),
    ScopeMissing: Answer(403, "forbidden"),
    CrossSiteRequest: Answer(403, "cross_site_request"),
    NotThere: Answer(404, "not_found"),
    NoResultFound: Answer(404, "not_found", "It no longer exists"),
    NotAcceptable: Answer(406, "not_acceptable"),
    DuplicateCode: Answer(409, "duplicate_code"),
    MeterHasReadings: Answer(409, "meter_has_readings"),
    StillInUse: Answer(409, "still_in_use"),
    EmailTaken: Answer(409, "email_taken"),
    LastAdministrator: Answer(409, "last_administrator"),
    CertificateUsed: Answer(409, "certificate_used"),
    AlreadyWithdrawn: Answer(409, "already_withdrawn"),
    ConnectorDisabled: Answer(409, "connector_disabled"),
    OwnPublication: Answer(409, "own_publication"),
    WrongStatus: Answer(409, "wrong_status"),
    PeriodMoved: Answer(409, "period_moved"),
    PublicationOvertaken: Answer(409, "publication_overtaken"),
    BaseNotRecalculated: Answer(409, "base_not_recalculated"),
    AlreadyUndone: Answer(409, "already_undone"),
    AmendmentUnfinished: Answer(409, "amendment_unfinished"),
    AmendmentUnderWay: Answer(409, "amendment_under_way", headers=_RETRY),
    RevisionsExhausted: Answer(409, "too_many_revisions"),
    SecretShownOnce: Answer(409, "secret_shown_once"),
    PreconditionFailed: Answer(412, "precondition_failed"),
    BodyTooSlow: Answer(408, "body_too_slow", headers=(("Connection", "close"),)),
    BodyTooLarge: Answer(413, "body_too_large"),
    TooManyRows: Answer(413, "too_many_rows"),
    NotJson: Answer(415, "unsupported_media_type"),
    MediaTypeUnsupported: Answer(
        415, "unsupported_media_type", "Readings come as application/json, application/x-ndjson or text/csv"
    ),
    CodingUnsupported: Answer(415, "unsupported_encoding", headers=(("Accept-Encoding", CODINGS),)),
    UnknownFramework: Answer(404, "unknown_framework"),
    UnknownFigure: Answer(404, "unknown_figure"),
    UnknownPeriod: Answer(404, "unknown_period"),
    PeriodInUse: Answer(409, "period_in_use"),
    BadCursor: Answer(422, "invalid_cursor"),
    IdempotencyKeyReused: Answer(422, "idempotency_key_reused"),
    InvalidFields: Answer(422, "invalid_fields"),
    ServiceNotReady: Answer(503, "not_ready", headers=_RETRY),
    AmendmentContended: _BUSY,
    BatchContended: _BUSY,
    KeyOverLimit: Answer(429, "rate_limited"),
    TooManyAtOnce: Answer(429, "too_many_at_once"),
    Overloaded: Answer(429, "overloaded", headers=(("Retry-After", "1"),)),
    StreamFull: _BUSY,
    DatabaseBusy: _BUSY,
    StatementTooLong: Answer(503, "timed_out", f"{_TOO_LONG}, or {_AGAIN}", _RETRY),
    DatabaseAway: Answer(503, "database_unavailable", f"The database does not answer; {_AGAIN}", _RETRY),
    ArchiveUnavailable: Answer(503, "archive_unavailable", headers=(("Retry-After", "60"),)),
    DamagedPage: Answer(500, "reading_page_damaged"),
    UnreadableArrival: Answer(500, "arrival_damaged"),
    UnreadableAdditions: Answer(500, "rollup_additions_damaged"),
    SecretsLocked: Answer(503, "secrets_locked", headers=(("Retry-After", "60"),)),
    StorageFull: Answer(503, "storage_full", f"{_NO_ROOM}; {_AGAIN}", (("Retry-After", "30"),)),
}


def problem(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    errors: Sequence[ProblemError] = (),
    headers: Iterable[tuple[str, str]] = (),
) -> ExactJSON:
    """Return a problem as an answer to `request`; where readings are taken, a 422 has the counts of a receipt."""
    content = problem_members(request, status=status, code=code, detail=detail, errors=errors)
    if status == 422 and _answers_with_counts(request):
        content = unjudged(content)
    return ExactJSON(content, status_code=status, media_type=PROBLEM_MEDIA_TYPE, headers=dict(headers))


def problem_members(
    request: Request, *, status: int, code: str, detail: str, errors: Sequence[ProblemError] = ()
) -> Problem:
    """Return a problem that befell `request`."""
    return Problem(
        type=f"urn:esg-metrics:problem:{code}",
        title=TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request.scope.get(REQUEST_ID, ""),
        errors=list(errors),
    )


def install(app: FastAPI) -> None:
    """Have every error of `app` that callers are told of answered as a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        return shown_or_told(request, _HANDLERS[_handled_as(error)](request, error))

    for kind in _HANDLERS:
        app.add_exception_handler(kind, answer)


def answer_to_error(request: Request, error: Exception) -> ExactJSON:
    """Return the answer to any error; one that no caller can cause is logged and is a 500 without its words."""
    kind = _handled_as(error)
    if kind is not Exception:
        return _HANDLERS[kind](request, error)
    request_id = request.scope.get(REQUEST_ID, "")
    _log.error("request failed", request_id=request_id, method=request.method, path=request.url.path, exc_info=error)
    words = f"The service failed; its log has the reason under request {request_id}"
    return problem(request, status=500, code="internal_error", detail=words)


def _handled_as(error: Exception) -> type[Exception]:
    """Return the nearest class of an error that has an answer; Exception when none has."""
    return next((kind for kind in type(error).__mro__ if kind in _HANDLERS), Exception)


def _answer_domain_error(request: Request, error: Exception) -> ExactJSON:
    answer = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    if answer is _BUSY or isinstance(error, DatabaseUnavailable):
        _log.warning(answer.code, request_id=request.scope.get(REQUEST_ID), error=str(error))
    if isinstance(error, DamagedPage | UnreadableArrival | UnreadableAdditions):
        _log.error(answer.code, request_id=request.scope.get(REQUEST_ID), error=str(error))
    return problem(
        request,
        status=answer.status,
        code=getattr(error, "code", None) or answer.code if answer.words is None else answer.code,
        detail=answer.words or str(error),
        errors=_details(error),
        headers=(*answer.headers, *getattr(error, "headers", ())),
    )


def _details(error: Exception) -> list[ProblemError]:
    if isinstance(error, InvalidFields):
        return [_field_error(p.field, p.code, p.detail, index=p.index) for p in error.problems]
    if isinstance(error, BadCursor):
        return [_field_error("cursor", "invalid_cursor", str(error))]
    if isinstance(error, ServiceNotReady):
        return [_field_error(None, error.reason, str(error))]
    return []


def _answer_unjudged_batch(request: Request, error: Exception) -> ExactJSON:
    """Answer a body of readings of which no row was judged, with the counts such an answer always has."""
    assert isinstance(error, BodyInvalid)  # noqa: S101 - registered for this class alone
    errors = [_field_error(error.field, error.code, error.detail)]
    content = problem_members(request, status=422, code=error.code, detail=error.detail, errors=errors)
    return ExactJSON(unjudged(content), status_code=422, media_type=PROBLEM_MEDIA_TYPE)


def _answers_with_counts(request: Request) -> bool:
    """Tell whether the document declares for this operation that a 422 is a ReadingProblem.

    Clients that were generated read the counts of every 422 there, of a misspelt parameter too.
    """
    declared = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    content = declared.get("responses", {}).get("422", {}).get("content", {})
    schema: str = content.get(PROBLEM_MEDIA_TYPE, {}).get("schema", {}).get("$ref", "")
    return schema.rpartition("/")[2] == ReadingProblem.__name__


def _field_error(field: str | None, code: str, detail: str, *, index: int | None = None) -> ProblemError:
    return ProblemError(index=index, field=field, meter=None, timestamp=None, code=code, detail=detail)


def _answer_invalid_request(request: Request, error: Exception) -> ExactJSON:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    found = [_validation_error(each) for each in error.errors()]
    errors = [each for at, each in enumerate(found) if each not in found[:at]]  # a path may read a parameter twice
    if any(each["type"] == "missing" and each["loc"] == ("body",) for each in error.errors()):
        return problem(request, status=400, code="empty_body", detail="The body is empty; send a JSON object")
    words = "; ".join(f"{each.field}: {each.detail}" if each.field else each.detail for each in errors[:5])
    return problem(request, status=422, code="invalid_request", detail=words, errors=errors)


def _validation_error(error: dict[str, Any]) -> ProblemError:
    """Return a pydantic error with its place: the number in the list that was sent, and the field within."""
    place = error["loc"][1:]
    index = next((part for part in place if isinstance(part, int)), None)
    inner = place[place.index(index) + 1 :] if index is not None else place
    inner = inner or place[:1]  # of a list of texts, such as a filter that repeats, the field is the list itself
    field = ".".join(str(part) for part in inner if part != "[key]") or None
    return _field_error(field, error["type"], error["msg"], index=index)


def _answer_http_error(request: Request, error: Exception) -> ExactJSON:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    headers = {name.title(): value for name, value in (error.headers or {}).items()}
    detail = f"There is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
    if error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request.scope))
        detail = f"{request.method} is not possible here; possible: {headers['Allow']}"
    code = HTTPStatus(error.status_code).name.lower()
    return problem(request, status=error.status_code, code=code, detail=detail, headers=headers.items())


def allowed_methods(scope: Scope) -> list[str]:
    """Return every method of a request's path, which several routes may share, in order; none where there is nothing.

    HEAD goes with GET, and OPTIONS with any: `app.middleware.methods` answers both.
    """
    contexts = iter_route_contexts(scope["app"].routes)
    found = {method for each in contexts if each.path_regex.match(scope["path"]) for method in each.methods or ()}
    also = ({"HEAD"} if "GET" in found else set()) | ({"OPTIONS"} if found else set())
    return sorted(found | also)


_Handler: TypeAlias = Callable[[Request, Exception], ExactJSON]
_HANDLERS: Mapping[type[Exception], _Handler] = {
    **dict.fromkeys(ANSWERS, _answer_domain_error),
    BodyInvalid: _answer_unjudged_batch,
    RequestValidationError: _answer_invalid_request,
    HTTPException: _answer_http_error,
}
