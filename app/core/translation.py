"""English texts in the reader's language that are known as texts alone: stored long ago, or told by an error.

A sentence that still has its template needs none of this: see `app.core.sentences`. Others are recognized by the
templates of the catalogue: "grid lacks 3 days" is of "%(meter)s lacks %(days)s days", with these values. What nobody
has translated stays English, whole and exact.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.core.language import catalogue_messages, gettext, language
from app.core.sentences import Sentence

_PLACE = re.compile(r"%\((\w+)\)[sd]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_COUNTED, _NUMBER = "num", r"[\d,.]+"
_FEWEST_LETTERS = 4
_FEWEST_WORDS_OF_A_VALUE = 3
_OF_THE_CATALOGUE = frozenset(
    {"resource", "title", "unit", "what", "of", "detail", "reason", "denominator", "words", "chosen", "why", "key"}
)
"""Places that hold words of ours: what stands in others may be what a company calls something, and is left alone."""


def translated(text: str) -> str:
    """Return a text in the reader's language, its values as they are; the text itself where it is not recognized."""
    if isinstance(text, Sentence) or not text:
        return gettext(text)
    return _translated(text, language())


@lru_cache(maxsize=4096)
def _translated(text: str, code: str) -> str:
    if (words := gettext(text)) != text:
        return words
    for template in _templates(code):
        if template.anchor in text and (found := template.pattern.fullmatch(text)):
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            return template.words % values
    return text


def _value(name: str, value: str) -> str:
    is_ours = name in _OF_THE_CATALOGUE or len(_WORD.findall(value)) >= _FEWEST_WORDS_OF_A_VALUE
    return translated(value) if is_ours else value


@dataclass(frozen=True, slots=True)
class _Template:
    """A message with places for values: what it matches, the longest stretch between two places, and its words."""

    pattern: re.Pattern[str]
    anchor: str
    letters: int
    words: str


@lru_cache(maxsize=4)
def _templates(code: str) -> tuple[_Template, ...]:
    """Return the templates of a language, those that say the most first: of two that match, it is the closer one."""
    return tuple(sorted(_made(code), key=lambda each: -each.letters))


def _made(code: str) -> Iterator[_Template]:
    for message, words in catalogue_messages(code):
        if _PLACE.search(message) is None or set(_PLACE.findall(message)) != set(_PLACE.findall(words)):
            continue
        parts = _PLACE.split(message)
        literals = [each.replace("%%", "%") for each in parts[::2]]
        letters = sum(len(run) for each in literals for run in _WORD.findall(each))
        if letters < _FEWEST_LETTERS:
            continue
        names: list[str] = []
        pattern = re.escape(literals[0])
        for name, literal in zip(parts[1::2], literals[1:], strict=True):
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>{_NUMBER if name == _COUNTED else '.+?'})"
            pattern += re.escape(literal)
            names.append(name)
        anywhere = _PLACE.sub(r"%(\1)s", words)
        yield _Template(re.compile(pattern, re.DOTALL), max(literals, key=len), letters, anywhere)
