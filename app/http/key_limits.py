"""What one key may ask for: so many requests a second, over all processes, and so many at once in each."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from anyio import CapacityLimiter, to_thread
from starlette.types import Scope

from app.store.engine.database import Database
from app.store.operations.key_budgets import Lease, Rate, take

HEADERS = "esg.rate_limit"
"""Where a request's scope keeps the headers that tell its key what is left."""

_AT_WORK, _COUNTED = "esg.key_at_work", "esg.key_counted"
_LEASES_A_SECOND = 4
_GOOD_FOR_S = 1.0
_HELD_S = 0.25
_MOST_HELD = 16
"""Refusals of one key that are held at once; others are told at once, and hold no connection."""


class KeyOverLimit(RuntimeError):
    """A key has sent more requests than it may; `headers` say when to go on."""

    def __init__(self, words: str, wait_s: float) -> None:
        super().__init__(words)
        self.headers = (("Retry-After", str(max(1, math.ceil(wait_s)))),)


class TooManyAtOnce(KeyOverLimit):
    """A key has as many requests at work as it may."""


@dataclass(slots=True)
class _Leased:
    tokens: int = 0
    left: int = 0
    until: float = 0.0
    closed_until: float = 0.0


class KeyLimits:
    """The limits on keys of a process; used on one event loop. None of either is no limit.

    Requests are let in out of a lease: a quarter of a second's at a time, taken from the key's bucket in the database,
    so that a request costs a number in memory and four a second a transaction. What is not used of a lease within a
    second is forgotten, and a bucket that was found or left empty is not asked again before it has a lease's. So all
    processes together let in no more than the bucket has, and each keeps a quarter of a second's from others at most.

    A refusal is told a quarter of a second late: eight connections without a pause, each of which is refused 90 times a
    second, would keep others from the processor for what is refused, and are refused four times a second each.
    """

    def __init__(
        self,
        database: Database,
        *,
        rate: Rate | None,
        at_once: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._rate = rate
        self._at_once = at_once
        self._clock = clock
        self._leased: dict[str, _Leased] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._working: Counter[str] = Counter()
        self._held: Counter[str] = Counter()

    async def admit(self, scope: Scope, key_code: str | None, limiter: CapacityLimiter) -> None:
        """Count a request that its key may send, once; raises KeyOverLimit, and DatabaseUnavailable."""
        if key_code is None or _COUNTED in scope:
            return
        if self._rate is not None:
            async with self._locks.setdefault(key_code, asyncio.Lock()):
                taken = self._taken(scope, key_code, self._rate)
                if not taken:
                    await self._lease(key_code, self._rate, limiter)
                    taken = self._taken(scope, key_code, self._rate)
            if not taken:
                wait_s = max(0.0, self._leased[key_code].closed_until - self._clock())
                await self._hold(key_code, wait_s)
                words = f"This key may send {self._rate.per_s:g} requests a second; go on after Retry-After"
                raise KeyOverLimit(words, wait_s)
        self._begin(scope, key_code)

    def admit_at_once(self, scope: Scope, key_code: str | None) -> bool:
        """Count a request if that needs neither a lease nor a refusal, and tell whether it did."""
        if key_code is None:
            return True
        if self._at_once is not None and self._working[key_code] >= self._at_once:
            return False
        if self._rate is not None and not self._taken(scope, key_code, self._rate):
            return False
        self._begin(scope, key_code)
        return True

    def leave(self, scope: Scope) -> None:
        """Note that a request was answered."""
        key_code = scope.pop(_AT_WORK, None)
        if key_code is not None and self._at_once is not None:
            self._working[key_code] -= 1
            if not self._working[key_code]:
                del self._working[key_code]

    async def _hold(self, key_code: str, wait_s: float) -> None:
        """Wait before a refusal, so that who sends again at once has fewer refusals made for it."""
        if self._held[key_code] < _MOST_HELD:
            self._held[key_code] += 1
            try:
                await asyncio.sleep(min(wait_s, _HELD_S))
            finally:
                self._held[key_code] -= 1
                self._held = +self._held  # which leaves out whoever has none

    def _begin(self, scope: Scope, key_code: str) -> None:
        scope[_COUNTED] = True
        if self._at_once is not None and not scope["path"].endswith("/stream"):
            if self._working[key_code] >= self._at_once:
                words = f"This key may have {self._at_once} requests at work at once; wait for one of them"
                raise TooManyAtOnce(words, 1)
            self._working[key_code] += 1
            scope[_AT_WORK] = key_code

    def _taken(self, scope: Scope, key_code: str, rate: Rate) -> bool:
        leased = self._leased.setdefault(key_code, _Leased())
        had = leased.tokens > 0 and self._clock() < leased.until
        if had:
            leased.tokens -= 1
        left = leased.left + leased.tokens if had else 0
        full_s = math.ceil(max(0.0, (rate.burst - left) / rate.per_s))
        scope[HEADERS] = (
            (b"ratelimit-policy", b'"key";q=%d;w=%d' % (rate.burst, math.ceil(rate.burst / rate.per_s))),
            (b"ratelimit", b'"key";r=%d;t=%d' % (left, full_s)),
        )
        return had

    async def _lease(self, key_code: str, rate: Rate, limiter: CapacityLimiter) -> None:
        leased = self._leased[key_code]
        if self._clock() < leased.closed_until:
            return
        wanted = max(1, min(math.ceil(rate.per_s / _LEASES_A_SECOND), rate.burst))
        found = await to_thread.run_sync(self._take, key_code, rate, wanted, limiter=limiter)
        now = self._clock()
        leased.tokens, leased.left, leased.until = found.granted, found.left, now + _GOOD_FOR_S
        leased.closed_until = now + found.wait_s

    def _take(self, key_code: str, rate: Rate, wanted: int) -> Lease:
        with self._database.write() as session:
            return take(session, key_code, rate, wanted)
