"""Requests that may be sent again: the same key and the same request have the same answer, and are done once.

The answer is stored in the transaction that does what is asked, so there is never the one without the other: whoever
lost the connection, or the server, sends the request again. Two at once: both begin, and the second to store its answer
waits for the first to commit, has everything it did undone, and answers with what the first did.
"""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias, cast

from anyio import to_thread
from fastapi import Depends, Header, Request
from sqlmodel import Session
from starlette.responses import Response

from app.core.access import OrganizationAccess
from app.http.admission import access_of, now_ms
from app.schemas.wire.json import ExactJSON, ExactRequest
from app.store.engine.database import Database
from app.store.operations.kept_answers import Asked, KeptAnswer, keep_answer, kept_answer

_ASKED = "esg.idempotency"
REPLAYED = "Idempotency-Replayed"
_PATTERN = r"^[\x21-\x7e]{1,255}$"


class IdempotencyKeyReused(ValueError):
    """The idempotency key was given to another request within the last day."""


class SecretShownOnce(ValueError):
    """The request was done before, and its answer held a secret, which is kept nowhere."""


class Once:
    """What a handler that creates something has its answer kept by; without an idempotency key nothing is kept."""

    def __init__(self, asked: Asked | None) -> None:
        self._asked = asked

    def keep(self, session: Session, answer: Response, *, has_secret: bool = False) -> None:
        """Keep the answer in the transaction that has done what was asked."""
        if self._asked is not None:
            kept = KeptAnswer(
                status=answer.status_code,
                location=answer.headers.get("location"),
                media_type=answer.headers["content-type"],
                body=None if has_secret else bytes(answer.body),
            )
            keep_answer(session, self._asked, kept, now_ms=now_ms())

    def keep_after(self, database: Database, answer: ExactJSON) -> ExactJSON:
        """Keep the answer to what was done before and does no harm when it is done twice; return it."""
        if self._asked is not None:
            with database.write() as session:
                self.keep(session, answer)
        return answer


NOT_KEPT = Once(None)
_KeyHeader: TypeAlias = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=_PATTERN,
        description="Any text of the caller's own: the same request with the same key is done once within a day, and "
        "has the same answer each time.",
    ),
]


async def _once(request: Request, idempotency_key: _KeyHeader = None) -> Once:
    if idempotency_key is None:
        return Once(None)
    access = access_of(request)
    organization_id = access.organization_id if isinstance(access, OrganizationAccess) else 0
    key_code = access.key_code if access is not None and access.key_code is not None else ""
    digest = await _digest_of(cast(ExactRequest, request))
    asked = Asked(organization_id, key_code, idempotency_key, digest)
    request.scope[_ASKED] = asked
    if (answer := await _kept(request, asked)) is not None:
        raise Replayed(answer)
    return Once(asked)


DoneOnce: TypeAlias = Annotated[Once, Depends(_once)]
"""What an operation takes that may be sent again."""


async def _accepted(_idempotency_key: _KeyHeader = None) -> None:
    pass


RepeatsBySelf: TypeAlias = Annotated[None, Depends(_accepted)]
"""What an operation takes that may be sent again as it is: readings that are stored already count as duplicates."""


class Replayed(Exception):
    """The request was done before; this is what was answered."""

    def __init__(self, answer: Response) -> None:
        super().__init__("the request was done before")
        self.answer = answer


async def answer_once(request: Request, respond: Callable[[], Awaitable[Response]]) -> Response:
    """Return what `respond` answers, or what was answered before to the same request with the same key.

    A request may fail because another one with its key was done meanwhile: its code is taken by then. So one that fails
    looks for that one's answer first.
    """
    try:
        return await respond()
    except Replayed as replayed:
        return replayed.answer
    except (IdempotencyKeyReused, SecretShownOnce):
        raise
    except Exception:  # whatever it was: the other request may have caused it; raised again if there is no answer
        asked: Asked | None = request.scope.get(_ASKED)
        answer = None if asked is None else await _kept(request, asked)
        if answer is None:
            raise
        return answer


async def _kept(request: Request, asked: Asked) -> Response | None:
    """Return the answer that is kept for a request; raises IdempotencyKeyReused and SecretShownOnce."""

    def look_up() -> tuple[str, KeptAnswer] | None:
        database: Database = request.app.state.database
        with database.read() as session:
            return kept_answer(session, asked, now_ms=now_ms())

    found = await to_thread.run_sync(look_up, limiter=request.app.state.threads.admission)
    if found is None:
        return None
    digest, kept = found
    if digest != asked.digest:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was sent with another request within the last day: give each request its own"
        )
    if kept.body is None:
        raise SecretShownOnce(
            f"This was done before, and stands at {kept.location}; its secret was in the first answer and is not kept: "
            "delete it and make another one, with another Idempotency-Key"
        )
    answer = Response(kept.body, status_code=kept.status, media_type=None)
    answer.headers["Content-Type"] = kept.media_type
    answer.headers[REPLAYED] = "true"
    if kept.location is not None:
        answer.headers["Location"] = kept.location
    return answer


async def _digest_of(request: ExactRequest) -> str:
    """Return what tells a request from others: its path, its parameters and its unpacked body."""
    digest = hashlib.sha256()
    for part in (request.url.path.encode(), request.url.query.encode(), await request.body()):
        digest.update(b"%d:" % len(part))
        digest.update(part)
    return digest.hexdigest()
