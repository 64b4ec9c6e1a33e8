"""The texts that enter: codes, names and other words, all free of control characters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _printable(text: str) -> str:
    """Refuse control characters: PostgreSQL cannot store NUL, and none of them belongs in a name.

    Those that turn the direction of writing are among them: what follows a name in a report, its date for one, would
    be shown reversed. Names written from right to left need none.
    """
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in _DIRECTIONS for character in text):
        raise PydanticCustomError("control_character", "Input should have no control characters")
    return text


_NO_CONTROLS = AfterValidator(_printable)

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
"""A caller's own name for a thing, unique within its organization."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), _NO_CONTROLS]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64), _NO_CONTROLS]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True), _NO_CONTROLS]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2.")]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217.")]
ZoneName = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), Field(description="IANA name.")
]

Reference = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$"), _NO_CONTROLS]
"""The number of an event's ticket, manifest or invoice; no space before or after it."""
