"""A table as it is before anybody has said what it holds: its columns, its first rows, and the meters there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ingest.sources.date_evidence import Rhythm
from app.ingest.sources.header import column_names
from app.ingest.sources.header_words import role_of, unit_in
from app.ingest.sources.heads import Head
from app.ingest.sources.layout import Role
from app.ingest.sources.source_units import units_meant


@dataclass(frozen=True, slots=True)
class KnownMeter:
    """A meter that a file may speak of.

    `rhythm` is that of interval meters. `spans`: a reading says something of a stretch of time, which ends at midnight
    where a date names its last day; a delivery or a head count is of the day itself.
    """

    code: str
    name: str
    unit: str
    timezone: str
    rhythm: Rhythm | None = None
    spans: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """The names of a table's columns, and its first rows below them; below a header of two lines, the second is units.

    `heads` are the texts of the header's first line, which name a column without its unit.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    heads: Sequence[str] = ()
    units: Sequence[str] = ()

    @property
    def header_lines(self) -> int:
        return 2 if self.units else 1

    def head(self, name: str) -> str:
        """Return what the first line of the header calls a column."""
        at = self.columns.index(name)
        return self.heads[at] if self.units and at < len(self.heads) else name

    def unit_of(self, name: str) -> str:
        """Return the unit that the header says of a column: below its name, or behind it; empty where none is said."""
        at = self.columns.index(name)
        below = self.units[at] if at < len(self.units) else ""
        return below or unit_in(self.head(name)) or (self.head(name) if units_meant(self.head(name)) else "")

    def column(self, name: str) -> list[str]:
        """Return the texts of a column, without those that are empty."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows if at < len(row) and row[at]]


def table_of(head: Head, header_line: int, header_lines: int | None = None) -> Table:
    """Return the table whose header stands on a line; where nobody has said how many it has, a line of units is one."""
    below = [line.cells for line in head.lines if line.number >= header_line]
    if not below:
        return Table((), ())
    first, rows = below[0], below[1:]
    if rows and (header_lines == len((first, rows[0])) or (header_lines is None and _are_units(rows[0]))):
        return Table(column_names([first, rows[0]]), rows[1:], first, [text.strip() for text in rows[0]])
    return Table(column_names([first]), rows)


def _are_units(cells: Sequence[str]) -> bool:
    """Tell whether a line has units and nothing else, as below a header: ` ;kWh;m3`."""
    said = [cell for cell in cells if cell.strip() and role_of(cell) is not Role.UNIT]
    return bool(said) and all(units_meant(cell.strip()) for cell in said)
