"""Where a reference value comes from, in one line that a figure can carry."""

from app.core.datafile import Row


def source_words(row: Row) -> str:
    """Return document, table, year, how it was read and its licence if any, in one line; raises BadDataFile."""
    words = f"{row.text('document')}; {row.text('table')}; {row.whole('year')}; read from: {row.text('read_from')}"
    licence = row.optional_text("licence")
    row.close()
    return f"{words}; licence: {licence}" if licence else words
