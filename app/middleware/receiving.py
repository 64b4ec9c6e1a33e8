"""Receiving a request's body no slower than the service bears."""

import asyncio
import time
from dataclasses import dataclass

from starlette.types import Message, Receive

from app.ingest.problems import BodyTooSlow


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a body may come: waited for `patience_s` seconds, and as much longer as `bytes_per_s` earns it."""

    patience_s: float
    bytes_per_s: float


class PacedReceive:
    """What an application receives a request by; raises BodyTooSlow when its body does not get on.

    A request begins with `patience_s` seconds of credit. Waiting spends it, each byte earns 1/`bytes_per_s` seconds,
    and there is never more of it than in the beginning. So no silence is longer than the patience, however much came
    before it, and whoever trickles is stopped too, which a limit on silence alone does not do. By 30 s and 1,000
    bytes a second: 80 kB at once and then nothing is given up 30 s later; 50 bytes each second lose 0.95 s a second
    and are given up after 31 s; a link of 2 kB/s that fails for 25 s and comes back goes on. Time in which the service
    itself does not read, since it is busy with what came, costs nothing.
    """

    def __init__(self, receive: Receive, pace: Pace) -> None:
        self._receive = receive
        self._pace = pace
        self._credit_s = pace.patience_s
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:  # whoever receives on waits for the end of the connection, which may be long
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._credit_s):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow(self._pace.patience_s, self._pace.bytes_per_s) from None
        earned_s = len(message.get("body", b"")) / self._pace.bytes_per_s
        self._credit_s = min(self._pace.patience_s, self._credit_s - (time.monotonic() - began) + earned_s)
        self._whole = not message.get("more_body", False)
        return message
