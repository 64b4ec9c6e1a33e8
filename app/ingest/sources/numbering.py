"""Tickets without a number of their own, told apart by their order in a file."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from app.ingest.sources.holding import Found
from app.ingest.sources.mapping import MappedRow


def numbered_by_order(rows: Iterable[Found]) -> list[Found]:
    """Return the rows of one source, those of one meter and timestamp with the references 1, 2 and so on.

    Three deliveries of 1 March and one of 2 March are 1, 2, 3 and 1. The same file gives the same numbers again, and so
    does one that later days were added to, wherever; a ticket put between those of one day makes corrections of those
    behind it.
    """
    seen: Counter[tuple[str, str]] = Counter()
    numbered = []
    for found in rows:
        row = found.row
        if isinstance(row, MappedRow):
            identity = (row.meter, row.timestamp)
            seen[identity] += 1
            row = replace(row, reference=str(seen[identity]))
        numbered.append(replace(found, row=row))
    return numbered
