"""Serial numbers of certificates: what stands before the number at their end, and the number, padded or not."""

import re
from dataclasses import dataclass

_SERIAL = re.compile(r"(.*?)([0-9]*)", re.DOTALL)
_TAIL = 18
"""Digits of a number that fit a 64-bit integer; what stands before them in a longer number belongs to the prefix."""


@dataclass(frozen=True, slots=True)
class Serial:
    """A serial number as it is compared; `number` is None where it does not end in one.

    Numbers that are equal are one certificate, whatever zeros stand before them: GEC-7 and gec-0007 are both
    ("GEC-", 7). The leading digits of a number of more than 18 are in the prefix: 640000000000000000000000000042 is
    ("640000000000", 42).
    """

    prefix: str
    number: int | None


def serial_of(text: str) -> Serial:
    """Return a serial number in the form in which it is compared."""
    match = _SERIAL.fullmatch(text)
    words, digits = (match[1], match[2]) if match else (text, "")
    if not digits:
        return Serial(words.upper(), None)
    number = digits.lstrip("0") or "0"
    return Serial(words.upper() + number[:-_TAIL], int(number[-_TAIL:]))


def registry_key(name: str) -> str:
    """Return a registry's name in the form in which it is compared: case and spaces do not tell registries apart."""
    return " ".join(name.casefold().split())
