"""Aspects: the chapters of a framework, told by the leading part of a KPI's code."""

import re
from functools import lru_cache

from app.core.datafile import documents
from app.core.language import gettext as _
from app.core.sentences import N_

_LEADING = re.compile(r"[A-Za-z]+(?=\.)|[A-Za-z]*[0-9]+")
_WORDS = (N_("Profile"),)
_CODE = re.compile(r"([A-Z]{0,3})([0-9]*)")


def aspect_of(kpi: str) -> str:
    """Return the leading part of a KPI's code: A1 of A1.2, D of D.29, 302 of 302-1; all of a code without one."""
    found = _LEADING.match(kpi)
    return found[0] if found else kpi


def aspect_place(aspect: str) -> tuple[bool, str, int]:
    """Return what aspects are put in order by: letters, then numbers as numbers; words that are no code come last."""
    found = _CODE.fullmatch(aspect)
    return (True, aspect, 0) if found is None else (False, found[1], int(found[2] or 0))


def kpi_in_words(kpi: str) -> str:
    """Return a KPI's code; one that is a word, such as Profile, in the reader's language."""
    return _(kpi) if kpi in _WORDS else kpi


def aspect_title(framework: str, aspect: str) -> str:
    """Return an aspect's code with its title in the reader's language, or the code alone where it has no title here."""
    title = _titles().get(framework.partition("-")[0], {}).get(aspect)
    return f"{aspect} {_(title)}" if title else kpi_in_words(aspect)


@lru_cache(maxsize=1)
def _titles() -> dict[str, dict[str, str]]:
    (data,) = documents("aspects.yaml")
    return {family: {str(code): title for code, title in titles.items()} for family, titles in data.items()}
