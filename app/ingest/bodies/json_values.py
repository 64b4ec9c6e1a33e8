"""JSON read with nothing lost: numbers as their literals, and objects that know which name they were given twice."""

import json
import re
from collections.abc import Mapping
from typing import Any

JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
"""What JSON calls a number. In a string it may stand too, with nothing around it: `"value": "1.5"`."""


class Digits(str):
    """A JSON number as its literal, every digit kept; a plain `str` is a JSON string."""

    __slots__ = ()


class Members(dict[str, Any]):
    """The members of a JSON object; `repeated` is the first name that stands there twice, None when each stands once.

    RFC 8259 leaves open what such an object means, and parsers differ: most take the last, some the first.
    """

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = None if len(self) == len(pairs) else _first_repeated(pairs)


def parsed(text: str) -> Any:
    """Return a JSON value: numbers as Digits, objects as Members, the constants NaN and Infinity as text.

    Raises json.JSONDecodeError, and RecursionError for what is nested too deeply.
    """
    return json.loads(text, parse_float=Digits, parse_int=Digits, parse_constant=str, object_pairs_hook=Members)


DECODER = json.JSONDecoder(parse_float=Digits, parse_int=Digits, parse_constant=str, object_pairs_hook=Members)
"""Reads as `parsed` does; its `raw_decode` reads one value out of a longer text."""


def is_storable(value: Any) -> bool:
    """Tell whether the texts of a value are text: half a surrogate pair can be neither stored nor echoed."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def repeated_in(value: Any) -> str | None:
    """Return a name that is given twice in an object anywhere in `value`; None when there is none."""
    if isinstance(value, Members) and value.repeated is not None:
        return value.repeated
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, Members | list) and (name := repeated_in(each)) is not None:
            return name
    return None


def _first_repeated(pairs: list[tuple[str, Any]]) -> str | None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return None
