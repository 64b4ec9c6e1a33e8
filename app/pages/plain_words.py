"""What is wrong with what somebody wrote, in plain words: no pattern, and no name of a type, reaches a reader."""

from collections.abc import Mapping
from typing import Any

from app.core.sentences import N_
from app.pages.frame.words import gettext as _

_NUMBERS = ("int_", "decimal_", "float_")
_DATES = ("date_", "datetime_")
_BOUNDS = {
    "greater_than": N_("A number above %(bound)s."),
    "greater_than_equal": N_("A number that is at least %(bound)s."),
    "less_than": N_("A number below %(bound)s."),
    "less_than_equal": N_("A number that is at most %(bound)s."),
}
_WRITTEN = {
    "year": N_("A reporting year from 1973 on, such as 2024, or a transition period such as 2024T."),
    "factor": N_("A number above 0 such as 1000 or 0.001, or a quotient such as 1/3.6."),
    "email": N_("An address such as uma@acme.example."),
    "currency": N_("Three capital letters, such as CNY or EUR."),
    "code": N_(
        "Letters without accents, digits, dot, hyphen and underscore, 64 at most, beginning with a letter or digit."
    ),
}
_WRITTEN["plant"] = _WRITTEN["meter"] = _WRITTEN["organization"] = _WRITTEN["code"]
_CALLED = {
    "year": N_("Year"),
    "factor": N_("Numbers are multiplied by"),
    "reason": N_("Reason"),
    "plant": N_("Plant"),
    "meter": N_("Meter"),
}


def plain_words(field: str, kind: str, bounds: Mapping[str, Any] | None = None) -> str | None:
    """Return the words for a fault of a field, by the validator's name for its kind.

    None of what the program itself says of a field, which is plain already.
    """
    bounds = bounds or {}
    if field == "factor":
        return _(_WRITTEN[field])
    if field in _WRITTEN and (kind == "string_pattern_mismatch" or kind.startswith(_NUMBERS) or kind in _BOUNDS):
        return _(_WRITTEN[field])
    if kind in _BOUNDS:
        bound = next((each for name, each in bounds.items() if name in ("gt", "ge", "lt", "le")), None)
        return _("The number is out of range.") if bound is None else _(_BOUNDS[kind]) % {"bound": bound}
    if kind == "string_too_long":
        most = bounds.get("max_length")
        return _("Write less.") if most is None else _("At most %(num)s characters.") % {"num": most}
    if kind in ("missing", "string_too_short"):
        return _("Fill this in.")
    if kind == "string_pattern_mismatch":
        return _("This is not written as it has to be.")
    if kind in ("enum", "literal_error"):
        return _("Choose one of those that are offered.")
    if kind.startswith(_NUMBERS):
        return _("Write a number such as 1234.5")
    return _("Write a date such as 2024-12-31.") if kind.startswith(_DATES) else None


def told(field: str, words: str) -> str:
    """Return words with the field that they are about, as pages call it."""
    return f"{_(_CALLED[field]) if field in _CALLED else field}: {words}" if field else words
