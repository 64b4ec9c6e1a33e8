"""Where the time of a call goes: named functions timed from outside, each without what others inside it take."""

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from app.store.engine.database import Database

Stages = Mapping[str, Sequence[str]]
"""What a stage is called, and the functions that make it up, each as the module that calls it, a colon and its name."""


class Stopwatch:
    """Adds up milliseconds by stage; what no stage claims is not in it."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time, less that of timed functions it calls, added to the stage."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            started = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                elapsed = (time.perf_counter() - started) * 1_000
                self.ms[stage] += elapsed - self._inside.pop()
                if self._inside:
                    self._inside[-1] += elapsed

        return run


@contextmanager
def watched(stages: Stages, database: Database) -> Iterator[Stopwatch]:
    """Time the functions of each stage where they are called, and the database's commits.

    A function that is no longer there is left out, and its time shows as unclaimed.
    """
    watch = Stopwatch()
    with ExitStack() as stack:
        for stage, places in stages.items():
            for place in places:
                module, _, name = place.partition(":")
                target = importlib.import_module(module)
                if hasattr(target, name):
                    stack.enter_context(patch.object(target, name, watch.timed(stage, getattr(target, name))))
        dialect = database.engine.dialect
        stack.enter_context(patch.object(dialect, "do_commit", watch.timed("commit", dialect.do_commit)))
        yield watch
