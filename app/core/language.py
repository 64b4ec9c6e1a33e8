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
from typing import TYPE_CHECKING

from app.core.sentences import Sentence

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LANGUAGES = {"en": "English", "zh": "中文"}
"""Every language there are words in, by its own name; the first is the one the words in the program are of."""

SOURCE = next(iter(LANGUAGES))
TAGS = {"en": "en", "zh": "zh-Hans"}
"""What documents say they are in (BCP 47)."""

BABEL_NAMES = {"zh": "zh_Hans_CN"}
"""Where Babel finds how dates are written; English needs it for none."""

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


def language() -> str:
    """Return the code of the language that words are asked for in."""
    return _language.get()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Have words in this language within; one that there are none in is English."""
    token = _language.set(code if code in LANGUAGES else SOURCE)
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


def catalogue_messages(code: str) -> Iterator[tuple[str, str]]:
    """Yield every message of a language with its words; of something that is counted, the one for many, too."""
    if code == SOURCE:
        return
    for message in _read(code):
        ids, words = ((each,) if isinstance(each, str) else each or () for each in (message.id, message.string))
        yield from ((each, words[0]) for each in ids if each and words and words[0])


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(code: str) -> NullTranslations:
    """Return the words of a language. The messages themselves are English, which therefore needs none."""
    if code == SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    compiled = BytesIO()
    write_mo(compiled, _read(code))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _read(code: str) -> "Catalog":
    from babel.messages.pofile import read_po

    with files("app").joinpath("locale", code, "LC_MESSAGES", "messages.po").open("rb") as source:
        return read_po(source, locale=code)


def language_preferred(header: str) -> str:
    """Return what a reader prefers by their Accept-Language of the languages there are.

    Of `fr, zh-CN;q=0.9, en;q=0.8` it is `zh`: the first that there are words in, the highest q first.
    """
    ranked = sorted(map(_weighed, header.split(",")), key=lambda each: -each[1])
    return next((code for code, weight in ranked if code in LANGUAGES and weight > 0), SOURCE)


def _weighed(part: str) -> tuple[str, float]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.strip().lower().split("-")[0], float(weight or 1)
    except ValueError:
        return "", 0.0
