"""Tables as CSV: UTF-8, RFC 4180, exact digits, texts that no spreadsheet takes for a formula."""

import csv
import io
from decimal import Decimal

from app.disclosure.exports.published import Published
from app.disclosure.exports.tables import Cell, Table, figures_table

_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")


def figures_csv(of: Published) -> bytes:
    """Return the figures of a publication, one a row."""
    return csv_of(figures_table(of))


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
