"""A lock that threads get in the order in which they asked for it."""

import threading
from collections import deque


class QueueLock:
    """A lock for `with`: who gives it back and asks again comes after everybody who waits.

    Python's own goes to whoever is fastest, which is the thread that has just given it back: one that works in many
    short transactions would keep the others out as one long transaction does.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        self.acquire(None)

    def __exit__(self, *_error: object) -> None:
        self.release()

    def acquire(self, patience_s: float | None) -> bool:
        """Take the lock and tell whether it was had within so many seconds; None waits as long as it takes."""
        with self._guard:
            if not self._is_held:
                self._is_held = True
                return True
            # An event each: whoever gives the lock back wakes one thread, the first in the queue, and no other.
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(patience_s):
            return True
        with self._guard:
            if called.is_set():  # it was given to this thread between the end of its patience and here
                return True
            self._waiting.remove(called)
            return False

    def release(self) -> None:
        """Give the lock back, to whoever has waited the longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # it stays held: the first who waits has it now
            else:
                self._is_held = False
