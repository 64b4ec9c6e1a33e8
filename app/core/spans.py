"""Spans of a trace, at the stages of the pipeline and around outgoing calls; nothing is done unless traces are on.

`record_by` says who makes them, when a process starts with traces on (`app/tracing.py`); the stages know no library.
An example: `ledgers` is `@spanned("accounting.ledgers")`, so that a request for a disclosure shows how long it took.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Recorder(Protocol):
    """Who makes spans."""

    def span(self, name: str, causes: Sequence[object]) -> AbstractContextManager[None]:
        """Be in a span: of what goes on here, or else of the first cause; the other causes are linked to it."""

    def call(self, method: str, url: str) -> AbstractContextManager[Mapping[str, str]]:
        """Be in a span of an outgoing call, and yield the headers by which the one called goes on with the trace."""

    def here(self) -> object:
        """Return the span that goes on here, as a cause of what others do because of it."""


_recorder: Recorder | None = None


def record_by(recorder: Recorder | None) -> None:
    """Have this process's spans made by `recorder` from now on; by nobody when it is None."""
    global _recorder  # one process has one, as it has one log
    _recorder = recorder


def here() -> object:
    """Return what goes on here, for `span` in another thread; None while traces are off."""
    return None if _recorder is None else _recorder.here()


@contextmanager
def span(name: str, causes: Sequence[object] = ()) -> Iterator[None]:
    """Be in a span with this name; see `Recorder.span`."""
    if _recorder is None:
        yield
    else:
        with _recorder.span(name, causes):
            yield


@contextmanager
def outgoing(method: str, url: str) -> Iterator[Mapping[str, str]]:
    """Be in a span of an outgoing call; yields the headers it has to send, none while traces are off."""
    if _recorder is None:
        yield {}
    else:
        with _recorder.call(method, url) as headers:
            yield headers


def spanned(name: str) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Have each call of a function be a span with this name."""

    def around(function: Callable[_P, _T]) -> Callable[_P, _T]:
        @wraps(function)
        def call(*args: _P.args, **named: _P.kwargs) -> _T:
            if _recorder is None:
                return function(*args, **named)
            with _recorder.span(name, ()):
                return function(*args, **named)

        return call

    return around
