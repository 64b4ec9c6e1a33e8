"""Tables as CSV: UTF-8, RFC 4180, exact digits, texts that no spreadsheet takes for a formula."""

import csv
import io
from codecs import BOM_UTF8
from decimal import Decimal

from app.core.language import SOURCE, language
from app.disclosure.exports.published import Published
from app.disclosure.exports.tables import Cell, Table, figures_table
from app.disclosure.exports.tables_in_words import in_words

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def figures_csv(of: Published) -> bytes:
    """Return the figures of a publication, one a row, by the names that programs read."""
    return csv_of(figures_table(of))


def figures_csv_in_words(of: Published) -> bytes:
    """Return the figures with heads and texts in the reader's language, marked so that a spreadsheet knows it as UTF-8.

    In English it is what programs read.
    """
    return figures_csv(of) if language() == SOURCE else BOM_UTF8 + csv_of(in_words(figures_table(of)))


def csv_of(table: Table, *, headed: bool = True) -> bytes:
    """Return a table with its header, if wanted; a text that begins like a formula gets an apostrophe before it."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    if headed:
        writer.writerow(table.columns)
    writer.writerows([_written(cell) for cell in row] for row in table.rows)
    return lines.getvalue().encode()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Decimal():
            return f"{cell:f}"
    return f"'{cell}" if cell.startswith(_FORMULA_BEGINS) else cell
