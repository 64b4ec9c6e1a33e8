"""The language in which somebody is spoken to: of a context, so that whatever makes words asks for it here.

The catalogue is `app/locale/zh/LC_MESSAGES/messages.po`, read as it is when the first reader of the language comes:
there is no step between editing and serving it. English is in the program, and needs neither catalogue nor Babel.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from app.core.sentences import Sentence

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


def gettext(message: str) -> str:
    """Return a message in the reader's language, and a sentence with its values; in English where it has no words."""
    if isinstance(message, Sentence):
        return message.said(gettext)
    return _catalogue(language()).gettext(message) if message else ""  # of nothing a catalogue tells its own head


def ngettext(one: str, many: str, number: int) -> str:
    """Return the message for so many of something."""
    return _catalogue(language()).ngettext(one, many, number)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> NullTranslations:
    """Return the words of a language. The messages themselves are English, which therefore needs none."""
    if code == _DEFAULT:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    path = files("app").joinpath("locale", code, "LC_MESSAGES", "messages.po")
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)


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
