"""Places for what can be done, or kept in memory, only so much at once: shared out so that nobody has them all."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import TypeAlias

Holders: TypeAlias = tuple[Hashable, ...]
"""For whom a place is taken, such as a key and an organization; the share of each is kept."""


class Overloaded(RuntimeError):
    """More is waiting than can be kept in memory; send the body again a little later."""


class Places:
    """`count` places, of which no holder has more than `of_one`; used on one event loop.

    A place that comes free goes to those who wait in turn, not to who has asked most. With four places and three of
    one: a key sends ten bodies, three are taken and seven wait; another key's body takes the fourth place at once; the
    next body of a third key waits for one body to end, not for the seven that came before it.
    """

    def __init__(self, count: int, *, of_one: int, most_waiting: int, patience_s: float) -> None:
        self._free = count
        self._of_one = of_one
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._held: Counter[Hashable] = Counter()
        self._waiting: dict[Holders, deque[asyncio.Future[None]]] = {}
        """By who waits, the next in turn first."""

    @asynccontextmanager
    async def taken(self, holders: Holders) -> AsyncIterator[None]:
        """Hold a place; raises Overloaded as `take` does."""
        await self.take(holders)
        try:
            yield
        finally:
            self.give_back(holders)

    async def take(self, holders: Holders) -> None:
        """Take a place, once there is one: it is to be given back.

        Raises Overloaded when `most_waiting` of these holders wait already, or after `patience_s` seconds.
        """
        if holders not in self._waiting and self._may_have(holders):
            self._grant(holders)
            return
        queue = self._waiting.setdefault(holders, deque())
        if len(queue) >= self._most_waiting:
            raise Overloaded("Too many large bodies are being taken; send this one again")
        grant: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(grant)
        try:
            async with asyncio.timeout(self._patience_s):
                await grant
        # Whatever ends the wait, a cancelled request (its client hung up) and the end of the process included: who was
        # granted a place and never held it would keep it from everybody for good. It is raised on.
        except BaseException as error:
            if grant.done() and not grant.cancelled():  # it was granted in the moment in which it was given up
                self.give_back(holders)
            else:
                self._leave(holders, grant)
            if isinstance(error, TimeoutError):
                raise Overloaded("Too many large bodies are being taken; send this one again") from None
            raise

    def give_back(self, holders: Holders, count: int = 1) -> None:
        """Let others have `count` places that these holders had."""
        self._free += count
        self._held.subtract(dict.fromkeys(holders, count))
        for holder in holders:
            if not self._held[holder]:
                del self._held[holder]
        while self._serve_next():
            pass

    def _may_have(self, holders: Holders) -> bool:
        return self._free > 0 and all(self._held[holder] < self._of_one for holder in holders)

    def _grant(self, holders: Holders) -> None:
        self._free -= 1
        self._held.update(holders)

    def _serve_next(self) -> bool:
        """Give a place to the first in turn who may have one, and put them last; tell whether there was one."""
        holders = next((each for each in self._waiting if self._may_have(each)), None)
        if holders is None:
            return False
        queue = self._waiting.pop(holders)
        grant = queue.popleft()
        if queue:
            self._waiting[holders] = queue
        self._grant(holders)
        grant.set_result(None)
        return True

    def _leave(self, holders: Holders, grant: "asyncio.Future[None]") -> None:
        queue = self._waiting[holders]
        queue.remove(grant)
        if not queue:
            del self._waiting[holders]
