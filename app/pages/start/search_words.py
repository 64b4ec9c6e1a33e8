"""The words by which people look for resources and regions: in English, German and Chinese, whatever they read."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from app.core.datafile import Row, documents
from app.core.inventory.resources import Resource
from app.core.language import gettext, speaking

_GERMAN, _CHINESE = "de", "zh_Hans_CN"


def folded(text: str) -> str:
    """Return a text in small letters without accents, as words are compared: Fernwärme and FERNWARME are one."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


def words_of(resource: Resource) -> tuple[str, ...]:
    """Return what a resource may be called, folded: its titles in both languages, its key, and other words for it."""
    return _words(resource.key, resource.title)


def called_so(words: Iterable[str], asked: str) -> bool:
    """Tell whether one of some words is just what was asked for."""
    return folded(asked) in words


@lru_cache(maxsize=4_096)
def _words(key: str, title: str) -> tuple[str, ...]:
    with speaking("zh"):
        chinese = gettext(title)
    return tuple(dict.fromkeys(map(folded, (title, chinese, key, *_others().get(key, ())))))


@lru_cache(maxsize=1)
def _others() -> Mapping[str, tuple[str, ...]]:
    """Return the other words of each resource as they ship; raises BadDataFile."""
    file = Row(documents("search_words.yaml")[0], where="search_words.yaml")
    words = file.mapping("words")
    file.close()
    return {key: tuple(map(str, each)) for key, each in words.items()}


@lru_cache(maxsize=1)
def country_words() -> Mapping[str, tuple[str, ...]]:
    """Return what each country is called in German and in Chinese, folded, by its code."""
    from babel import Locale

    named = [Locale.parse(each).territories for each in (_GERMAN, _CHINESE)]
    return {str(code): tuple(folded(each[code]) for each in named if code in each) for code in named[0]}
