"""Answers that the caller may have already: their tags, and 304 in place of what has not changed.

Every JSON answer to GET has a strong tag, that of its bytes, the same in every process and after every restart. To know
that it still holds, the answer has to be made anew, unless it depends on nothing but what is stored, the day and the
hour: then it is enough that nothing was committed since. So 304 is never said of what would be other bytes.

An example of a disclosure, 175 ms long: a dashboard asks for it and gets tag A. It asks again with `If-None-Match: A`:
it is computed, has the tag A, and it is remembered that it had in state 812 of the database; 304. The third time the
database is still in state 812: 304 at once. A reading is posted, state 815: it is computed, and has the tag B; 200.
"""

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from app.core.entity_tags import entity_tag, named_by
from app.http.admission import access_of, now_ms
from app.schemas.wire.problems import Responses
from app.store.engine.commits import Commits

_MOST_TAGS = 5_000
_QUARTER_MS = 15 * 60_000
"""Days and hours of every time zone begin on a quarter of an hour."""

IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of what the caller has: 304 while that is what would be answered.",
    "schema": {"type": "string"},
}
NOT_MODIFIED: Responses = {304: {"description": "The answer is the one whose ETag was sent.", "x-headers": ["ETag"]}}
"""What an operation declares that is worth asking on condition."""

_FROM_DATA = "esg_from_data"
_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])


def from_data(endpoint: _Endpoint) -> _Endpoint:
    """Declare that what a handler answers depends on nothing but the request, what is stored, the day and the hour."""
    setattr(endpoint, _FROM_DATA, True)
    return endpoint


def is_from_data(endpoint: Callable[..., Any]) -> bool:
    """Tell whether a handler was declared so."""
    return getattr(endpoint, _FROM_DATA, False)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A state of the database and a quarter of an hour, in which the same request has the same answer."""

    state: str
    quarter: int


class KnownTags:
    """The tags of answers by what was asked, each with the moment in which it was made; the latest asked for stay."""

    def __init__(self, commits: Commits) -> None:
        self.commits = commits
        self._known: OrderedDict[Hashable, tuple[_Moment, str]] = OrderedDict()
        self._lock = threading.Lock()
        self.told_at_once = 0

    def moment(self) -> _Moment | None:
        """Return the moment it is; None where the database does not tell its state."""
        state = self.commits.state()
        return None if state is None else _Moment(state, now_ms() // _QUARTER_MS)

    def tag_at(self, asked: Hashable, moment: _Moment) -> str | None:
        """Return the tag of the answer in this moment, None when it is not known."""
        with self._lock:
            found = self._known.get(asked)
            if found is None or found[0] != moment:
                return None
            self._known.move_to_end(asked)
            self.told_at_once += 1
            return found[1]

    def keep(self, asked: Hashable, moment: _Moment, tag: str) -> None:
        """Remember the tag of an answer that was made within one moment."""
        with self._lock:
            self._known[asked] = moment, tag
            self._known.move_to_end(asked)
            if len(self._known) > _MOST_TAGS:
                self._known.popitem(last=False)


async def answer_unless_known(
    request: Request, respond: Callable[[], Awaitable[Response]], *, depends_on_data_alone: bool
) -> Response:
    """Return what `respond` answers, with its tag, or 304 where the request names that tag."""
    condition = ",".join(request.headers.getlist("if-none-match")) or None
    known: KnownTags = request.app.state.known_tags
    limiter = request.app.state.threads.admission
    before = None
    if condition is not None and depends_on_data_alone:
        before = await to_thread.run_sync(known.moment, limiter=limiter)
        tag = None if before is None else known.tag_at(_asked(request), before)
        if tag is not None and (named := named_by(condition, tag)) is not None:
            return _not_modified(named)
    answer = await respond()
    if answer.status_code != 200 or isinstance(answer, StreamingResponse) or not answer.body:
        return answer
    if "etag" not in answer.headers:
        answer.headers["ETag"] = entity_tag(bytes(answer.body))
        answer.headers["Cache-Control"] = "private, no-cache"
    tag = answer.headers["ETag"]
    if before is not None and before == await to_thread.run_sync(known.moment, limiter=limiter):
        known.keep(_asked(request), before, tag)
    named = named_by(condition, tag)
    return answer if named is None else _not_modified(named)


def _asked(request: Request) -> Hashable:
    """Return all of a request that its answer depends on."""
    accept = ",".join(request.headers.getlist("accept"))
    return request.url.path, request.url.query, accept, access_of(request)


def _not_modified(tag: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    return Response(status_code=304, headers=headers)
