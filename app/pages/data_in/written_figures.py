"""Figures as people write them: one number in a cell, or a block copied out of a spreadsheet."""

import re
from collections.abc import Sequence

_GROUPED = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
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
