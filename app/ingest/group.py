"""Group commit: small posts that come while a transaction runs go together into the next one."""

import asyncio
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.ingest.decode import TextColumns
from app.ingest.gathering import Post
from app.ingest.places import Overloaded
from app.ingest.service import ingest_together
from app.ingest.tally import IngestOutcome
from app.store.engine import Database
from app.store.outages import DatabaseAway, DatabaseUnavailable

_MOST_ROWS_TOGETHER = 20_000
_MOST_WAITING = 5_000
_MOST_WAITING_OF_ONE = 2_500
"""Of one key, so that another's posts still find a place in the queue."""
_LOOK_AGAIN_S = 0.002
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    post: Post
    texts: TextColumns
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[IngestOutcome]"


class GroupCommit:
    """One writing thread and its queue. Nobody waits for company: an idle writer takes a lone post at once.

    `committed` is called after each transaction.
    """

    def __init__(self, database: Database, committed: Callable[[], None]) -> None:
        self._database = database
        self._committed = committed
        self._queue: deque[_Waiting] = deque()
        self._of_key: Counter[str | None] = Counter()
        """How many of the queue are of each key."""
        self._arrived = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="group-commit", daemon=True)

    def start(self) -> None:
        """Start the writing thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits, then end the thread."""
        with self._arrived:
            self._stopping = True
            self._arrived.notify()
        self._thread.join()

    async def take(self, post: Post, texts: TextColumns) -> IngestOutcome:
        """Return what became of a plain post once it is committed; raises Overloaded without taking it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[IngestOutcome] = loop.create_future()
        with self._arrived:
            if (
                len(self._queue) >= _MOST_WAITING
                or self._of_key[post.key_code] >= _MOST_WAITING_OF_ONE
                or self._stopping
            ):
                raise Overloaded("Too many posts are waiting to be stored; send this one again")
            self._of_key[post.key_code] += 1
            self._queue.append(_Waiting(post, texts, loop, answer))
            self._arrived.notify()
        return await answer

    def _work(self) -> None:
        while True:
            with self._arrived:
                while not self._queue and not self._stopping:
                    self._arrived.wait()
                if not self._queue:
                    return
                together = self._together()
                if not together:
                    self._arrived.wait(_LOOK_AGAIN_S)
            self._commit_all(list(together.values()))

    def _together(self) -> dict[int, list[_Waiting]]:
        """Take what waits, up to a bound on rows, by organization.

        Passed over are organizations of which a large body is being written: they would hold up the others.
        """
        groups: dict[int, list[_Waiting]] = defaultdict(list)
        busy = {each for each in {waiting.post.organization_id for waiting in self._queue} if self._is_busy(each)}
        left: list[_Waiting] = []
        rows = 0
        while self._queue and rows < _MOST_ROWS_TOGETHER:
            waiting = self._queue.popleft()
            if waiting.post.organization_id in busy:
                left.append(waiting)
                continue
            rows += waiting.post.received
            self._of_key[waiting.post.key_code] -= 1
            groups[waiting.post.organization_id].append(waiting)
        self._queue.extendleft(reversed(left))
        self._of_key += Counter()  # which forgets whoever has none
        return groups

    def _is_busy(self, organization_id: int) -> bool:
        return self._database.recent.of(organization_id).turn.locked()

    def _commit_all(self, groups: list[list[_Waiting]]) -> None:
        """Commit group by group; where the database is away, nobody waits for that to be found out once more."""
        for number, group in enumerate(groups):
            try:
                self._commit(group)
            except DatabaseAway as away:
                for rest in groups[number:]:
                    _fail(rest, away)
                return
            except Exception:  # this thread must outlive whatever it is; what was answered is answered
                _log.exception("a group was committed, and then something failed")

    def _commit(self, group: list[_Waiting]) -> None:
        """Commit the posts of an organization and answer them; raises DatabaseAway without having answered."""
        try:
            outcomes = ingest_together(self._database, [each.post for each in group], [each.texts for each in group])
        except DatabaseAway:
            raise
        except Exception as error:  # whatever it is, it belongs to those who posted
            self._failed(group, error)
            return
        _resolve(group, lambda waiting, number: waiting.answer.set_result(outcomes[number]))
        self._committed()

    def _failed(self, group: list[_Waiting], error: Exception) -> None:
        """Try the posts one by one, since one post's trouble is not its neighbours'; a lone one gets its error.

        A database that is full or busy is so for all of them.
        """
        if len(group) > 1 and not isinstance(error, DatabaseUnavailable):
            for each in group:
                self._commit([each])
        else:
            _fail(group, error)


def _fail(group: list[_Waiting], error: Exception) -> None:
    _resolve(group, lambda waiting, _: waiting.answer.set_exception(error))


def _resolve(group: list[_Waiting], settle: Callable[[_Waiting, int], None]) -> None:
    """Settle the answers in their event loops, one call a loop; who has gone away is passed over."""

    def settle_all(members: list[tuple[int, _Waiting]]) -> None:
        for number, waiting in members:
            if not waiting.answer.done():
                settle(waiting, number)

    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[int, _Waiting]]] = defaultdict(list)
    for number, waiting in enumerate(group):
        by_loop[waiting.loop].append((number, waiting))
    for loop, members in by_loop.items():
        loop.call_soon_threadsafe(settle_all, members)
