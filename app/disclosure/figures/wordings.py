"""Findings that say the same of several figures, told once with the names of all."""

import re
from collections.abc import Hashable
from typing import TypeAlias

from app.core.language import gettext as _

Wording: TypeAlias = Hashable
_OWN = "\0"


def wording_of(detail: str, key: str | None) -> Wording:
    """Return what a finding says, whichever figure it says it of.

    Of ghg.scope2, "ghg.scope2 of 2021 rests on a factor of 2012" is the same as "ghg.scope2.market of 2021 rests on a
    factor of 2012" of ghg.scope2.market.
    """
    return detail if key is None else _named(key).sub(_OWN, detail)


def told_of(detail: str, key: str | None, keys: list[str]) -> str:
    """Return the words of a finding of `key` with all of `keys`, of which the same is said, in its place."""
    if key is None or len(keys) < 2:
        return detail
    named = _("%(first)s and %(last)s") % {"first": _(", ").join(keys[:-1]), "last": keys[-1]}
    return _named(key).sub(lambda _found: named, detail, count=1)


def _named(key: str) -> re.Pattern[str]:
    """Return what finds a key in words, also between Chinese ones."""
    return re.compile(rf"(?<![\w.]){re.escape(key)}(?![\w]|\.\w)", re.ASCII)
