"""Figures as people write them: one number in a cell, or a block copied out of a spreadsheet."""

import re
from collections.abc import Iterable, Sequence

_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_GROUPED_BY_POINTS = re.compile(r"-?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?", re.ASCII)
_ONE_GROUP = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}", re.ASCII)
"""A number, or a thousand times as much: `10.500` is 10.5 in Shanghai and 10500 in Berlin."""

_NONE = frozenset({"", "-", "–", "—"})
"""What stands in a cell for no figure."""


class FigureUnreadable(ValueError):
    """The text is no number, or may be read as two."""


class BlockMisfits(ValueError):
    """A block has more rows or columns than the grid has from its upper left corner on."""


def plain_figure(text: str) -> str:
    """Return a figure's digits, empty for none; raises FigureUnreadable.

    `1,234.50` is 1234.50, and `-` none. `1234,5` is refused: it is 1234.5 in Berlin and a slip in Shanghai.
    """
    text = "".join(text.split()).removesuffix("\ufeff")
    if text in _NONE:
        return ""
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    if _PLAIN.fullmatch(text):
        return text
    raise FigureUnreadable(text)


def decimal_mark(texts: Iterable[str]) -> str | None:
    """Return the decimal mark of a block, `.` or `,`, by those of its figures that say it; None where none does.

    `1.234,5` and `1234,5` say a comma, and so does `1.234.567`; `1,234.5` and `0.5` a point; `10.500` nothing. A block
    that says both has none.
    """
    said = set()
    for text in ("".join(each.split()) for each in texts):
        if _ONE_GROUP.fullmatch(text):
            continue
        if text.count(".") > 1 or ("," in text and _GROUPED_BY_POINTS.fullmatch(text)):
            said.add(",")
        elif text.count(",") > 1 or ("." in text and (_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text))):
            said.add(".")
    return said.pop() if len(said) == 1 else None


def pasted_figure(text: str, mark: str | None) -> str:
    """Return the digits of a figure of a block with this decimal mark, empty for none; raises FigureUnreadable.

    Without a mark, what may be two numbers is refused: `10.500` beside `7` and `12`.
    """
    joined = "".join(text.split()).removesuffix("\ufeff")
    if mark is None and _ONE_GROUP.fullmatch(joined):
        raise FigureUnreadable(text)
    if mark == "," and joined not in _NONE:
        if not _GROUPED_BY_POINTS.fullmatch(joined):
            raise FigureUnreadable(text)
        return joined.replace(".", "").replace(",", ".")
    return plain_figure(text)


def laid_out(
    block: str, rows: Sequence[str], columns: Sequence[str], *, row: str, column: str
) -> dict[tuple[str, str], str]:
    """Return what the cells of a block, tab-separated lines, say of (row, column), its corner at the named one.

    Of rows a, b and columns 1, 2, 3 the block `5<tab>6` with its corner at b, 2 says (b, 2): 5 and (b, 3): 6. Raises
    BlockMisfits where it is larger than what is there, and ValueError for a corner that is not.
    """
    top, left = rows.index(row), columns.index(column)
    lines = [line.split("\t") for line in block.replace("\r\n", "\n").strip("\n").split("\n")]
    width = max(map(len, lines))
    if len(lines) > len(rows) - top or width > len(columns) - left:
        raise BlockMisfits(f"{len(lines)} x {width}")
    return {
        (rows[top + down], columns[left + across]): text
        for down, line in enumerate(lines)
        for across, text in enumerate(line)
    }
