"""Sending a request again while the service is away or busy, as soon as it says and not sooner."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from esg_metrics_client.problems import Unreachable

_AGAIN = frozenset({408, 429, 502, 503, 504})
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
_jitter = random.SystemRandom()


class Retrying:
    """Tries for `patience_s` seconds in all.

    `Retry-After` says how long to wait; without it the wait is random below a time that doubles, half a minute at most.
    """

    def __init__(
        self,
        patience_s: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience_s = patience_s
        self._sleep = sleep
        self._clock = clock

    def send(self, once: Callable[[], httpx.Response]) -> httpx.Response:
        """Return the first answer that stands: neither 408, 429, 502, 503, 504 nor a 409 that says when to come back.

        Raises Unreachable when the next try would begin later than patience allows.
        """
        end = self._clock() + self._patience_s
        attempt = 0
        while True:
            answer: httpx.Response | None = None
            cause: Exception | None = None
            try:
                answer = once()
            except httpx.TransportError as error:
                cause = error
            if answer is not None and not _is_passing(answer):
                return answer
            wait = _wait_s(answer, attempt)
            if self._clock() + wait > end:
                told = str(cause) or type(cause).__name__ if answer is None else f"it answers {answer.status_code}"
                raise Unreachable(f"The service could not be asked: {told}") from cause
            self._sleep(wait)
            attempt += 1


def _is_passing(answer: httpx.Response) -> bool:
    return answer.status_code in _AGAIN or (answer.status_code == 409 and "Retry-After" in answer.headers)


def _wait_s(answer: httpx.Response | None, attempt: int) -> float:
    told = None if answer is None else retry_after_s(answer.headers.get("Retry-After"))
    if told is not None:
        return told
    return _jitter.uniform(0, min(_FIRST_WAIT_S * 2 ** min(attempt, 20), _LONGEST_WAIT_S))


def retry_after_s(header: str | None) -> float | None:
    """Return how many seconds a Retry-After header asks to wait, by a number or a date; None where it has neither."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo else None
