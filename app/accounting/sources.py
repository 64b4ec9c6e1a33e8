"""Where a reference value comes from, in one line that a figure can carry."""

from app.accounting.datafile import Row


def source_words(row: Row) -> str:
    """Return document, table, year and how it was read as one line; raises BadDataFile when one is missing."""
    words = f"{row.text('document')}; {row.text('table')}; {row.whole('year')}; read from: {row.text('read_from')}"
    row.close()
    return words
