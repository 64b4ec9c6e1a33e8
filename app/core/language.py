"""The language in which somebody is spoken to: of a context, so that whatever makes words asks for it here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LANGUAGES = {"en": "English", "zh": "中文"}
"""Every language there are words in, by its own name; the first is the one the words in the program are of."""

_DEFAULT = next(iter(LANGUAGES))
_language: ContextVar[str] = ContextVar("language", default=_DEFAULT)


def language() -> str:
    """Return the code of the language that words are asked for in."""
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Have words in this language within; one that there are none in is English."""
    token = _language.set(code if code in LANGUAGES else _DEFAULT)
    try:
        yield
    finally:
        _language.reset(token)


def language_preferred(header: str) -> str:
    """Return what a reader prefers by their Accept-Language of the languages there are.

    Of `fr, zh-CN;q=0.9, en;q=0.8` it is `zh`: the first that there are words in, the highest q first.
    """
    ranked = sorted(map(_weighed, header.split(",")), key=lambda each: -each[1])
    return next((code for code, weight in ranked if code in LANGUAGES and weight > 0), _DEFAULT)


def _weighed(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.strip().lower().split("-")[0], float(weight or 1)
    except ValueError:
        return "", 0.0
