"""Answers that the caller may have already: their tags, and 304 in place of what has not changed.

Every JSON answer to GET has a strong tag, that of its bytes, the same in every process and after every restart. To know
that it still holds, the answer has to be made anew, unless it depends on nothing but what is stored, the day and the
hour: then it is enough that nothing was committed since. So 304 is never said of what would be other bytes.

An example of a disclosure, 175 ms long: a dashboard asks for it and gets tag A. It asks again with `If-None-Match: A`:
it is computed, has the tag A, and it is remembered that it had in state 812 of the database; 304. The third time the
database is still in state 812: 304 at once. A reading is posted, state 815: it is computed, and has the tag B; 200.

Pages have no tags, since what is around them is the reader's own. The disclosures that they show are kept instead.
"""

import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from app.core.entity_tags import entity_tag, named_by
from app.disclosure.live.disclosure import Disclosure
from app.http.admission import access_of, now_ms
from app.schemas.wire.problems import Responses
from app.store.engine.commits import Commits

_MOST_TAGS = 5_000
_MOST_DISCLOSURES = 32
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
_Value = TypeVar("_Value")
_Made = TypeVar("_Made")


def from_data(endpoint: _Endpoint) -> _Endpoint:
    """Declare that what a handler answers depends on nothing but the request, what is stored, the day and the hour."""
    setattr(endpoint, _FROM_DATA, True)
    return endpoint


def is_from_data(endpoint: Callable[..., Any]) -> bool:
    """Tell whether a handler was declared so."""
    return getattr(endpoint, _FROM_DATA, False)


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the database and a quarter of an hour, in which the same request has the same answer."""

    state: str
    quarter: int


class Known(Generic[_Value]):
    """What was made of stored data, by what was asked, each with the moment it holds in.

    The `most` latest asked for stay. A lock guards it. Nobody clears it: what was kept of another moment is not given
    out, and is written over.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Moment, _Value]] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, asked: Hashable, moment: Moment) -> _Value | None:
        """Return what was made in this moment, None where nothing was."""
        with self._lock:
            found = self._kept.get(asked)
            if found is None or found[0] != moment:
                return None
            self._kept.move_to_end(asked)
            return found[1]

    def keep(self, asked: Hashable, moment: Moment, value: _Value) -> None:
        """Keep what was made within one moment."""
        with self._lock:
            self._kept[asked] = moment, value
            self._kept.move_to_end(asked)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


class KnownAnswers:
    """What this process has made of stored data: tags of answers, and the disclosures that its pages show."""

    def __init__(self, commits: Commits) -> None:
        self.commits = commits
        self.tags: Known[str] = Known(_MOST_TAGS)
        self.disclosures: Known[Disclosure] = Known(_MOST_DISCLOSURES)
        self.shown: Known[object] = Known(_MOST_DISCLOSURES)
        self.told_at_once = 0

    def moment(self) -> Moment | None:
        """Return the moment it is; None where the database does not tell its state."""
        state = self.commits.state()
        return None if state is None else Moment(state, now_ms() // _QUARTER_MS)

    def disclosure(self, asked: Hashable, compute: Callable[[], Disclosure]) -> Disclosure:
        """Return the disclosure that was asked for: the one that is known, where nothing was committed since."""
        return self._made(self.disclosures, asked, compute)

    def made(self, asked: Hashable, compute: Callable[[], _Made]) -> _Made:
        """Return what else pages show of stored data; `asked` names its kind and all that it depends on besides."""
        return self._made(cast("Known[_Made]", self.shown), asked, compute)

    def _made(self, known: Known[_Made], asked: Hashable, compute: Callable[[], _Made]) -> _Made:
        before = self.moment()
        if before is not None and (found := known.at(asked, before)) is not None:
            self.told_at_once += known is self.disclosures
            return found
        made = compute()
        if before is not None:  # made of what was committed since as well, it is never asked for: no state comes again
            known.keep(asked, before, made)
        return made


async def answer_unless_known(
    request: Request, respond: Callable[[], Awaitable[Response]], *, depends_on_data_alone: bool
) -> Response:
    """Return what `respond` answers, with its tag, or 304 where the request names that tag."""
    condition = ",".join(request.headers.getlist("if-none-match")) or None
    known: KnownAnswers = request.app.state.known_answers
    limiter = request.app.state.threads.admission
    before = None
    if condition is not None and depends_on_data_alone:
        before = await to_thread.run_sync(known.moment, limiter=limiter)
        tag = None if before is None else known.tags.at(_asked(request), before)
        if tag is not None and (named := named_by(condition, tag)) is not None:
            known.told_at_once += 1
            return _not_modified(named)
    answer = await respond()
    if answer.status_code != 200 or isinstance(answer, StreamingResponse) or not answer.body:
        return answer
    if "etag" not in answer.headers:
        answer.headers["ETag"] = entity_tag(bytes(answer.body))
        answer.headers["Cache-Control"] = "private, no-cache"
    tag = answer.headers["ETag"]
    if before is not None and before == await to_thread.run_sync(known.moment, limiter=limiter):
        known.tags.keep(_asked(request), before, tag)
    named = named_by(condition, tag)
    return answer if named is None else _not_modified(named)


def _asked(request: Request) -> Hashable:
    """Return all of a request that its answer depends on."""
    accept = ",".join(request.headers.getlist("accept"))
    return request.url.path, request.url.query, accept, access_of(request)


def _not_modified(tag: str) -> Response:
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    return Response(status_code=304, headers=headers)
