"""A column of text kept as bytes: the different texts once, and which of them each row has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]
Places: TypeAlias = NDArray[np.intp]

WORD = 8
_SMALLEST_TABLE = 1 << 16
_INT64 = 1 << 63


@dataclass(frozen=True)
class CodedTexts(Sequence[str]):
    """Texts of printable ASCII: row n has the one in line `place[n]` of `words`, its bytes, NULs after its end.

    Two lines may hold the same text.
    """

    words: Words
    place: Places

    @property
    def characters(self) -> Bytes:
        """The lines byte by byte."""
        return self.words.view(np.uint8)

    @cached_property
    def texts(self) -> list[str]:
        """The text of each line."""
        if not self.words.size:
            return [""] * len(self.words)
        # Read as one text and cut again: a call for each line would take longer than all of them. No text has a line
        # end in it.
        lines: list[bytes] = self.words.view(f"S{self.words.shape[1] * WORD}")[:, 0].tolist()
        return b"\n".join(lines).decode("ascii").split("\n")

    def __len__(self) -> int:
        return len(self.place)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self.texts[line] for line in self.place[at].tolist()]
        return self.texts[int(self.place[at])]

    def __iter__(self) -> Iterator[str]:
        return map(self.texts.__getitem__, self.place.tolist())


def lines_of(texts: Sequence[str]) -> tuple[Sequence[str], Places]:
    """Return different texts, and for each row which of them it has; of coded texts some may be alike."""
    if isinstance(texts, CodedTexts):
        return texts.texts, texts.place
    number = {text: at for at, text in enumerate(dict.fromkeys(texts))}
    return list(number), np.fromiter(map(number.__getitem__, texts), dtype=np.intp, count=len(texts))


def run_coded(words: Words) -> CodedTexts:
    """Return the column whose rows have these texts, neighbours that repeat each other taken out."""
    count, width = words.shape
    if count < 2 or not width:
        return CodedTexts(words, np.arange(count))
    changes = np.ones(count, dtype=np.bool_)
    changes[1:] = words[1:, 0] != words[:-1, 0]
    for column in range(1, width):
        changes[1:] |= words[1:, column] != words[:-1, column]
    # Too few repeats to be worth an index.
    if 2 * np.count_nonzero(changes) > count:
        return CodedTexts(words, np.arange(count))
    return CodedTexts(words[changes], np.cumsum(changes) - 1)


def coded(words: Words) -> CodedTexts:
    """Return the column whose rows have these texts, repeats taken out wherever they stand."""
    runs = run_coded(words)
    # Neighbours that repeat each other: rows that come meter by meter, of which little more is to be gained.
    if len(runs.words) < len(words) or not words.size:
        return runs
    first, place = _numbered(words)
    return CodedTexts(words[first], place)


def _numbered(words: Words) -> tuple[Places, Places]:
    """Return where each different line is found, and which of these each line is.

    A line is read as a number: its bytes are digits, each of as many values as its column spans. So equal numbers are
    equal texts, and codes such as M-0001 to M-1000 span little. What would not fit 64 bits counts as all different.

    Of `M-07`, `M-12`, `M-07` the third byte varies from 0 to 1 and the fourth from 2 to 7: spans of 2 and 6, twelve
    numbers. The lines are 0 * 6 + 5 = 5, 1 * 6 + 0 = 6 and 5, so a table of twelve tells the first and the third alike.
    """
    count = len(words)
    # A byte that is the same in every line tells none apart: differences to the first line say which are not.
    varying = np.bitwise_or.reduce(words ^ words[0], axis=0).view(np.uint8)
    number = np.zeros(count, dtype=np.int64)
    size = 1
    for at in np.flatnonzero(varying).tolist():
        column = np.ascontiguousarray(words.view(np.uint8)[:, at])
        least = column.min()
        span = int(column.max() - least) + 1
        size *= span
        if size >= _INT64:
            return np.arange(count), np.arange(count)
        number *= span
        number += column - least
    # Numbers that are spread widely are sorted; where they lie close, a table with a place for each is quicker.
    if size > max(_SMALLEST_TABLE, 4 * count):
        _, first, place = np.unique(number, return_index=True, return_inverse=True)
        return first, place
    # Of the numbers 5, 6 and 5, the table has row 2 at 5 and row 1 at 6. Counted up over the places in use, 5 is text 0
    # and 6 is text 1, and the rows have the texts 0, 1 and 0.
    table = np.full(size, -1, dtype=np.intp)
    table[number] = np.arange(count)
    used = table >= 0
    return table[used], (np.cumsum(used) - 1)[number]
