"""Records that hold no reading by the mapping's own words: totals, comments, and lines with nothing in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SkipRule:
    """Texts that mark a record to be left out, in one field or, where `field` is None, in any.

    Texts are case-folded and without spaces around them, as those of the record are before they are compared.
    """

    field: str | None = None
    equals: frozenset[str] = frozenset()
    starts_with: tuple[str, ...] = ()


def is_left_out(fields: Mapping[str, Any], rules: Sequence[SkipRule]) -> bool:
    """Tell whether a record is left out; one of texts that are all empty always is."""
    if fields and all(_is_empty(value) for value in fields.values()):
        return True
    return bool(rules) and any(
        text in rule.equals or (rule.starts_with and text.startswith(rule.starts_with))
        for name, text in _texts(fields)
        for rule in rules
        if rule.field is None or name == rule.field
    )


def _texts(fields: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of each field of a record, and its text."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", _folded(value)


def _is_empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value is None


def _folded(value: Any) -> str:
    return "" if value is None else str(value).strip().casefold()
