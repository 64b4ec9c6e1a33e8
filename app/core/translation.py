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
_FEWEST_LETTERS, _FEWEST_LETTERS_WITHIN, _FEWEST_WORDS_WITHIN = 4, 10, 3
_BETWEEN_SENTENCES = (": ", "; ", ", ")
_OF_THE_CATALOGUE = frozenset(
    [
        *("assumed", "change", "chosen", "denominator", "detail", "error", "found", "gap", "given", "heat", "here"),
        *("instead", "key", "measured", "method", "of", "pollutant", "potentials", "reason", "resource", "rests_on"),
        *("rule", "said", "span", "state", "status", "title", "told", "unit", "view", "wanted", "what", "what_then"),
        *("where", "why", "words"),
    ]
)
"""Places that hold words of ours, however short: others may hold what a company calls something."""

_OF_THE_ORGANIZATION = frozenset(
    ["code", "entity", "evidence", "line", "meter", "meters", "name", "organization", "own", "plant", "text"]
)
"""Places that hold an organization's own words, which are never translated."""


def translated(text: str) -> str:
    """Return a text in the reader's language, its values as they are; the text itself where it is not recognized."""
    if isinstance(text, Sentence) or not text:
        return gettext(text)
    return _translated(text, language())


@lru_cache(maxsize=4096)
def _translated(text: str, code: str) -> str:
    if (words := gettext(text)) != text:
        return words
    return _recognized(text, code, whole=True) or _of_several(text, code) or _recognized(text, code) or text


def _of_several(text: str, code: str) -> str:
    """Return the words of sentences that stand one behind the other, each of which is recognized; else nothing."""
    for between in _BETWEEN_SENTENCES:
        first, found, rest = text.partition(between)
        if found and (before := _sentence(first, code)) and (after := _sentence(rest, code)):
            return before + gettext(between) + after
    return ""


def _sentence(text: str, code: str) -> str:
    """Return the words of what is surely a sentence of ours: not of a word or two that anybody may write."""
    if (words := gettext(text)) != text:
        return words if len(_WORD.findall(text)) >= _FEWEST_WORDS_WITHIN else ""
    return (
        _recognized(text, code, _FEWEST_LETTERS_WITHIN, whole=True)
        or _of_several(text, code)
        or _recognized(text, code, _FEWEST_LETTERS_WITHIN)
    )


def _recognized(text: str, code: str, fewest_letters: int = _FEWEST_LETTERS, *, whole: bool = False) -> str:
    """Return the words of the template that says the most; with `whole` none whose values may be sentences besides."""
    for template in _templates(code):
        if template.letters < fewest_letters:
            break
        if template.anchor in text and (found := template.pattern.fullmatch(text)):
            values = {name: _value(name, value, code) for name, value in found.groupdict().items()}
            if not whole or not any(_may_be_several(name, value, code) for name, value in found.groupdict().items()):
                return template.words % values
    return ""


def _may_be_several(name: str, value: str, code: str) -> bool:
    """Tell whether a value has swallowed what stands between two sentences, and is no sentence itself."""
    is_parted = name not in _OF_THE_ORGANIZATION and any(each in value for each in _BETWEEN_SENTENCES)
    is_ours = name in _OF_THE_CATALOGUE and bool(_recognized(value, code, _FEWEST_LETTERS_WITHIN, whole=True))
    return is_parted and not is_ours


def _value(name: str, value: str, code: str) -> str:
    if name in _OF_THE_ORGANIZATION:
        return value
    return translated(value) if name in _OF_THE_CATALOGUE else _sentence(value, code) or value


@dataclass(frozen=True, slots=True)
class _Template:
    """A message with places for values: what it matches, the wordiest stretch between two places, and its words."""

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
        anchor = max(literals, key=_letters)
        if _letters(anchor) < _FEWEST_LETTERS:
            continue
        names: list[str] = []
        pattern = re.escape(literals[0])
        for name, literal in zip(parts[1::2], literals[1:], strict=True):
            pattern += f"(?P={name})" if name in names else f"(?P<{name}>{_shape(name, literal)})"
            pattern += re.escape(literal)
            names.append(name)
        anywhere = _PLACE.sub(r"%(\1)s", words)
        yield _Template(re.compile(pattern, re.DOTALL), anchor, sum(map(_letters, literals)), anywhere)


def _shape(name: str, literal: str) -> str:
    """Return what a place holds: of two that only a blank parts, the first has the blanks that there are."""
    return _NUMBER if name == _COUNTED else ".+" if literal == " " else ".+?"


def _letters(text: str) -> int:
    return sum(map(len, _WORD.findall(text)))
