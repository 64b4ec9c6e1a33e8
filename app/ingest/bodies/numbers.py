"""Numbers to micro-units, exactly: by double where a double can be trusted, by Decimal where it cannot.

What is a number is the same for every format: ASCII digits, a point, an exponent of any size. CSV and the texts of
sources may also write what JSON has no syntax for: `+5`, `.5`, `5.`, `007`.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.core.readings.columns import Int64Column
from app.core.units.quantities import MICRO, QuantityOutOfRange, micro_from_decimal
from app.ingest.bodies.json_values import JSON_NUMBER

_TRUSTED_BELOW = 1e8
_TRUSTED_DISTANCE = 0.48
"""Below 1e8 a double times 1e6 is off by less than 0.02, so a distance under 0.48 rounds as the digits would."""

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SPACES = " \t\r\n"
"""What JSON allows around a number, and so every format does."""
_SPACE = re.compile(f"[{_SPACES}]")

_FLOATS = msgspec.json.Decoder(list[float])


def micro_from_doubles(
    values: NDArray[np.float64], exact: Callable[[Sequence[int]], Sequence[Decimal]]
) -> tuple[Int64Column, list[int]]:
    """Return micro-units of each value, and the positions beyond 2^32 units (their micro is 0).

    `exact` gives the Decimals of the positions whose digits a double cannot carry.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * MICRO
        nearest = np.rint(scaled)
        # NaN and the infinities are below nothing: they are asked for as Decimals, which are out of range.
        trusted = (np.abs(values) < _TRUSTED_BELOW) & (np.abs(scaled - nearest) < _TRUSTED_DISTANCE)
    micro = np.zeros(len(values), dtype=np.int64)
    micro[trusted] = nearest[trusted].astype(np.int64)
    beyond: list[int] = []
    doubtful = np.flatnonzero(~trusted).tolist()
    if doubtful:
        for position, value in zip(doubtful, exact(doubtful), strict=True):
            try:
                micro[position] = micro_from_decimal(value)
            except QuantityOutOfRange:
                beyond.append(position)
    return micro, beyond


def micro_from_few(values: Sequence[float]) -> Int64Column | None:
    """Return micro-units of a few values without a vector operation; None when a double cannot carry one's digits."""
    micro: list[int] = []
    for value in values:
        if not abs(value) < _TRUSTED_BELOW:
            return None
        scaled = value * MICRO
        nearest = round(scaled)
        if not abs(scaled - nearest) < _TRUSTED_DISTANCE:
            return None
        micro.append(nearest)
    return np.array(micro, dtype=np.int64)


def doubles_from_texts(texts: Sequence[str]) -> tuple[NDArray[np.float64], list[int]]:
    """Return the double of each numeric text, and the positions that are no number (their double is 0)."""
    values = json_doubles(texts)
    if values is not None:
        return values, []
    unreadable: list[int] = []
    doubles = np.zeros(len(texts), dtype=np.float64)
    for position, text in enumerate(texts):
        number = text.strip(_SPACES)
        if NUMBER.fullmatch(number):
            doubles[position] = float(number)
        else:
            unreadable.append(position)
    return doubles, unreadable


def doubles_from_strings(texts: Sequence[str]) -> tuple[NDArray[np.float64], list[int]]:
    """Return the double of each JSON string that holds a JSON number, and the positions of others (their double is 0).

    Nothing stands around the number: a string is not trimmed.
    """
    values = None if any(map(_SPACE.search, texts)) else json_doubles(texts)
    if values is not None:
        return values, []
    good = [JSON_NUMBER.fullmatch(text) is not None for text in texts]
    doubles = [float(text) if number else 0.0 for text, number in zip(texts, good, strict=True)]
    return np.array(doubles, dtype=np.float64), [at for at, number in enumerate(good) if not number]


def json_doubles(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the double of each text; None when one of them is no JSON number."""
    try:
        values = _FLOATS.decode(f"[{','.join(texts)}]")
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    # `1,2` would have been two numbers of one text.
    return np.array(values, dtype=np.float64) if len(values) == len(texts) else None


def decimals_from_texts(texts: Sequence[str]) -> list[Decimal]:
    """Return the Decimal of each number; one whose exponent no Decimal can have becomes NaN."""
    return [decimal_from_text(text) for text in texts]


def decimal_from_text(text: str) -> Decimal:
    """Return the Decimal of a number; NaN where no Decimal has its exponent, as in 1e18446744073709551616.

    Which way such a number is out of all range is told by its double: 0 or infinite.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")
