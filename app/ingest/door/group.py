"""Group commit: small posts that come while a transaction runs go together into the next one."""

import asyncio
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from app.core import spans
from app.ingest.bodies.body_columns import TextColumns
from app.ingest.door.places import Overloaded
from app.ingest.writing.gathering import Post
from app.ingest.writing.intake import ingest_together
from app.ingest.writing.tally import IngestOutcome
from app.store.engine.database import Database
from app.store.engine.outages import DatabaseAway, DatabaseUnavailable
from app.store.engine.time_limits import Purpose, working_for
from app.store.readings.recent import recent_readings

_MOST_ROWS_TOGETHER = 20_000
_MOST_WAITING = 5_000
_MOST_WAITING_OF_ONE = 2_500
"""Of one key, so that another's posts still find a place in the queue."""
_LOOK_AGAIN_S = 0.002
_WRITERS = 8
"""Organizations whose posts may be on their way into the database at once."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Waiting:
    post: Post
    texts: TextColumns
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[IngestOutcome]"
    cause: object
    """The span of the request, while traces are on."""


class GroupCommit:
    """Writing threads and what waits for them, by organization; `committed` is called after each transaction.

    Nobody waits for company: an idle writer takes a lone post at once, and what comes for its organization meanwhile
    goes together into its next transaction. An organization has one writer at a time. So one that is held up, by a
    large body in another process or while a publication is sealed, holds up its own posts: A's writer waits in the
    database, the next post of A joins A's queue, and a post of B wakes the second writer and is stored.
    """

    def __init__(self, database: Database, committed: Callable[[], None]) -> None:
        self._database = database
        self._committed = committed
        self._queues: dict[int, deque[_Waiting]] = {}
        """Posts by organization, the one whose turn it is first; none is empty."""
        self._waiting = 0
        self._of_key: Counter[str | None] = Counter()
        """How many of those that wait are of each key."""
        self._committing: set[int] = set()
        """The organizations that have a writer."""
        self._looking = False
        """Whether a writer looks again and again at those that a large body of this process holds up."""
        self._arrived = threading.Condition()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"group-commit-{number}", daemon=True) for number in range(_WRITERS)
        ]

    def start(self) -> None:
        """Start the writing threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Commit what waits, then end the threads."""
        with self._arrived:
            self._stopping = True
            self._arrived.notify_all()
        for thread in self._threads:
            thread.join()

    async def take(self, post: Post, texts: TextColumns) -> IngestOutcome:
        """Return what became of a plain post once it is committed; raises Overloaded without taking it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[IngestOutcome] = loop.create_future()
        with self._arrived:
            if self._waiting >= _MOST_WAITING or self._of_key[post.key_code] >= _MOST_WAITING_OF_ONE or self._stopping:
                raise Overloaded("Too many posts are waiting to be stored; send this one again")
            self._waiting += 1
            self._of_key[post.key_code] += 1
            self._queues.setdefault(post.organization_id, deque()).append(
                _Waiting(post, texts, loop, answer, spans.here())
            )
            if post.organization_id not in self._committing:  # its writer comes back for it
                self._arrived.notify()
        return await answer

    def _run(self) -> None:
        with working_for(Purpose.REQUEST):
            self._work()

    def _work(self) -> None:
        while (group := self._next()) is not None:
            organization_id = group[0].post.organization_id
            try:
                self._commit(group)
            except DatabaseAway as away:
                _fail(group + self._all_that_wait(), away)
            except Exception:  # this thread must outlive whatever it is; what was answered is answered
                _log.exception("a group was committed, and then something failed")
            finally:
                with self._arrived:
                    self._committing.discard(organization_id)

    def _next(self) -> list[_Waiting] | None:
        """Wait for posts of an organization that has no writer and take them; None when it is time to end.

        Passed over are organizations of which a large body is being written here.
        """
        with self._arrived:
            while True:
                idle = [each for each in self._queues if each not in self._committing]
                ready = next((each for each in idle if not self._is_busy(each)), None)
                if ready is not None:
                    if len(idle) > 1:
                        self._arrived.notify()
                    return self._taken(ready)
                if self._stopping and not idle:
                    self._arrived.notify_all()  # others may wait for what was to be taken, and it is
                    return None
                look_again = bool(idle) and not self._looking
                self._looking |= look_again
                self._arrived.wait(_LOOK_AGAIN_S if look_again else None)
                self._looking &= not look_again

    def _taken(self, organization_id: int) -> list[_Waiting]:
        """Take what waits of an organization, up to a bound on rows; the rest has its turn after the others."""
        queue = self._queues.pop(organization_id)
        group: list[_Waiting] = []
        rows = 0
        while queue and rows < _MOST_ROWS_TOGETHER:
            group.append(queue.popleft())
            rows += group[-1].post.received
        if queue:
            self._queues[organization_id] = queue
        self._committing.add(organization_id)
        self._forget(group)
        return group

    def _all_that_wait(self) -> list[_Waiting]:
        """Take whatever waits: where the database is away, nobody need wait for that to be found out once more."""
        with self._arrived:
            waiting = [each for queue in self._queues.values() for each in queue]
            self._queues.clear()
            self._forget(waiting)
        return waiting

    def _forget(self, group: list[_Waiting]) -> None:
        self._waiting -= len(group)
        self._of_key.subtract(each.post.key_code for each in group)
        self._of_key = +self._of_key  # which leaves out whoever has none

    def _is_busy(self, organization_id: int) -> bool:
        return recent_readings(self._database).of(organization_id).lock.locked()

    def _commit(self, group: list[_Waiting]) -> None:
        """Commit the posts of an organization and answer them; raises DatabaseAway without having answered."""
        try:
            with spans.span("ingest.group", [each.cause for each in group]):
                outcomes = ingest_together(
                    self._database, [each.post for each in group], [each.texts for each in group]
                )
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


def _resolve(group: list[_Waiting], resolve: Callable[[_Waiting, int], None]) -> None:
    """Resolve the answers in their event loops, one call a loop; who has gone away is passed over."""

    def resolve_all(members: list[tuple[int, _Waiting]]) -> None:
        for number, waiting in members:
            if not waiting.answer.done():
                resolve(waiting, number)

    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[int, _Waiting]]] = defaultdict(list)
    for number, waiting in enumerate(group):
        by_loop[waiting.loop].append((number, waiting))
    for loop, members in by_loop.items():
        loop.call_soon_threadsafe(resolve_all, members)
