"""In whose name something is done here and now: a caller with a key, a job, a command, or the program itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by what.

    `who` is the code of a key, `anonymous`, `job:` and a job's name, `command` or `program`; `name` is the key's, or
    the user's who gave the command. `operation` is what the API, or the job, calls it.
    """

    who: str
    name: str | None = None
    operation: str | None = None
    request_id: str | None = None
    address: str | None = None


ANONYMOUS = "anonymous"
PROGRAM = Actor("program")
_acting: ContextVar[Actor] = ContextVar("acting", default=PROGRAM)


def job_actor(name: str) -> Actor:
    """Return a job as one who acts."""
    return Actor(f"job:{name}", operation=name)


def actor() -> Actor:
    """Return who acts in this task or thread; the program, unless somebody said otherwise."""
    return _acting.get()


@contextmanager
def acting_as(who: Actor) -> Iterator[None]:
    """Have what is done in the block, and in threads that the framework starts for it, done in this name."""
    before = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(before)
