"""How times and numbers of a column are written, told from its texts; what two ways read alike is doubtful."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC

from app.core.calendar.calendar_periods import calendar_period
from app.ingest.bodies.json_values import Digits
from app.ingest.sources.instant_texts import TimeUnreadable
from app.ingest.sources.local_time import DateOrder, LocalTime, instant_from_local
from app.ingest.sources.number_texts import NumberUnreadable, ValueRule, number_from_text
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.wide import plain_name

_WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*(?:[Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)", re.ASCII)
_EPOCH_S, _EPOCH_MS = re.compile(r"1\d{9}(\.\d+)?", re.ASCII), re.compile(r"1\d{12}", re.ASCII)
_LOOKED_AT = 500
_WAYS = ((".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"))
"""Decimal marks and thousands marks, the likeliest first."""

_ORDERS = (DateOrder.YMD, DateOrder.DMY, DateOrder.MDY)


@dataclass(frozen=True, slots=True)
class TimeGuess:
    """A format of timestamps and the order of their dates; doubtful where another order of `orders` reads them too."""

    stamp: Stamp
    order: str
    doubtful: bool = False
    orders: tuple[DateOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class NumberGuess:
    """A decimal mark and a thousands mark, empty for none; doubtful where others read another number."""

    decimal: str
    thousands: str
    doubtful: bool = False


def times_guessed(texts: Sequence[str]) -> TimeGuess:
    """Return how timestamps are written: by far the most of them, since a total below a table is none.

    `03/04/2024` alone is 3 April or 4 March, and doubtful; beside `13/04/2024` it is not.
    """
    texts = [plain_name(text) for text in texts[:_LOOKED_AT]]
    if _most(texts, lambda text: _WITH_OFFSET.fullmatch(text) is not None):
        return TimeGuess(Stamp.RFC3339, DateOrder.YMD)
    if _most(texts, lambda text: _is_named(text)):
        return TimeGuess(Stamp.PERIOD, DateOrder.YMD)
    if _most(texts, lambda text: _EPOCH_MS.fullmatch(text) is not None):
        return TimeGuess(Stamp.EPOCH_MS, DateOrder.YMD)
    if _most(texts, lambda text: _EPOCH_S.fullmatch(text) is not None):
        return TimeGuess(Stamp.EPOCH_S, DateOrder.YMD)
    counts = {order: sum(_is_local(text, order) for text in texts) for order in _ORDERS}
    best = max(counts.values())
    orders = [order for order in _ORDERS if counts[order] == best]
    if not texts or not best:
        return TimeGuess(Stamp.LOCAL, DateOrder.YMD)
    # What names the year first is read by every order; anything else by two of them is in doubt.
    doubtful = len(orders) > 1 and any(not re.match(r"\d{4}", text) for text in texts)
    return TimeGuess(Stamp.LOCAL, orders[0], doubtful, tuple(orders))


def numbers_guessed(texts: Sequence[str]) -> NumberGuess:
    """Return how numbers are written. `1,234` alone is one thousand and more, or a bit more than one: doubtful."""
    told = [text for text in texts[:_LOOKED_AT] if not isinstance(text, Digits)]
    read = {way: [_number(text, way) for text in told] for way in _WAYS}
    best = max(sum(each is not None for each in numbers) for numbers in read.values())
    ways = [way for way in _WAYS if sum(each is not None for each in read[way]) == best]
    if not told or not best:
        return NumberGuess(".", "")
    return NumberGuess(*ways[0], doubtful=any(read[way] != read[ways[0]] for way in ways[1:]))


def is_time(text: str) -> bool:
    """Tell whether a text is a timestamp, a date or the name of a month by any way of writing them."""
    text = text.strip()
    return bool(_WITH_OFFSET.fullmatch(text)) or any(_is_local(text, order) for order in _ORDERS)


def is_number(text: str) -> bool:
    """Tell whether a text is a number by any way of writing them."""
    return isinstance(text, Digits) or any(_number(text, way) is not None for way in _WAYS)


def _is_named(text: str) -> bool:
    """Tell whether a text is a period's name, or a month's or quarter's that makes one with the year of its row."""
    return (
        calendar_period(text, abbreviated=True) is not None
        or calendar_period(f"2024-{text}") is not None
        or (calendar_period(f"2024年{text}") is not None or calendar_period(f"{text} 2024") is not None)
    )


def _most(texts: Sequence[str], told: Callable[[str], bool]) -> bool:
    count = sum(map(told, texts))
    return bool(texts) and count * 10 >= len(texts) * 9


def _is_local(text: str, order: DateOrder) -> bool:
    try:
        instant_from_local(text, LocalTime(order, UTC))
    except TimeUnreadable:
        return False
    return True


def _number(text: str, way: tuple[str, str]) -> str | None:
    decimal, thousands = way
    try:
        return number_from_text(text.strip(), ValueRule(decimal=decimal, thousands=thousands or None))
    except NumberUnreadable:
        return None
