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
_PLAIN_WORD = re.compile(r"(?<!\S)[^\W\d_]{2,}[,;:.]?(?!\S)")
_COUNTED, _NUMBER = "num", r"[\d,.]+"
_FEWEST_LETTERS = 4
_FEWEST_WORDS_OF_A_SENTENCE = 3
_FEWEST_WORDS_IN_A_LIST = 2
_OF_THE_CATALOGUE = frozenset(
    [
        *("assumed", "change", "chosen", "denominator", "detail", "error", "found", "gap", "given", "heat", "here"),
        *("instead", "key", "measured", "method", "of", "pollutant", "potentials", "reason", "resource", "rests_on"),
        *("rule", "said", "span", "state", "status", "title", "told", "unit", "view", "wanted", "what", "what_then"),
        *("where", "why", "words"),
    ]
)
"""Places that hold words of ours: what stands in others may be what a company calls something, and is left alone."""

_OF_A_COMPANY = frozenset({"evidence", "own", "text"})
"""Places that hold a company's own words, be they a sentence."""


def translated(text: str) -> str:
    """Return a text in the reader's language, its values as they are; the text itself where it is not recognized."""
    if not text or (isinstance(text, Sentence) and text.values):
        return gettext(text)
    return _translated(str.__str__(text), language())


@lru_cache(maxsize=4096)
def _translated(text: str, code: str) -> str:
    """Return the words of a text as a whole, or of each of those that stand one behind the other."""
    if (words := gettext(text)) != text:
        return words
    return _each(text, "; ") or _by_template(text, code) or _each(text, ", ") or _each(text, ": ") or text


def _by_template(text: str, code: str) -> str | None:
    for template in _templates(code):
        if template.anchor in text and (found := template.pattern.fullmatch(text)):
            values = {name: _value(name, value) for name, value in found.groupdict().items()}
            if None not in values.values():
                return template.words % values
    return None


def _each(text: str, separator: str) -> str | None:
    """Return each text of a list in other words; None where one of them is a sentence that nobody knows."""
    texts = text.split(separator)
    said = [] if len(texts) < 2 else [_value("words", each, _FEWEST_WORDS_IN_A_LIST) for each in texts]
    return gettext(separator).join(each or "" for each in said) if said and None not in said and said != texts else None


def _value(name: str, value: str, fewest: int = _FEWEST_WORDS_OF_A_SENTENCE) -> str | None:
    """Return a value in other words; None of a sentence that nobody knows: it is more than what stood in the place.

    Else "grid lacks 3 days; so it is" would be "%(meter)s lacks %(reason)s" with half a sentence of English in it.
    """
    if name in _OF_A_COMPANY:
        return value
    is_sentence = len(_PLAIN_WORD.findall(value)) >= fewest
    words = translated(value) if name in _OF_THE_CATALOGUE else value
    return None if is_sentence and words == value else words


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
