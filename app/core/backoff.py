"""How long to wait before trying again: exponential, with full jitter."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """A wait between nothing and `first_s` doubled with each failure, never more than `longest_s`."""

    first_s: float
    longest_s: float

    def wait_ms(self, failures: int, random: Callable[[], float]) -> int:
        """Return the milliseconds to wait after this many failures (from 1); `random` gives numbers in [0, 1)."""
        longest = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 60))
        return int(1_000 * longest * random())
