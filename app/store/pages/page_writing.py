"""Writing pages of readings, and taking away those whose readings are kept elsewhere."""

from collections.abc import Iterator, Sequence

import numpy as np
from sqlalchemy import delete
from sqlmodel import Session

from app.core.readings.reading_pages import pack_page
from app.core.readings.versions import StoredColumns
from app.models import reading_page_table
from app.store.pages.page_cache import note_pages_written
from app.store.pages.page_headers import described
from app.store.pages.reading_pages import FIELDS
from app.store.sql.columns import driver

FULL_ROWS = 1_536
"""Readings of a full page: sixteen days of quarter hours. More gain nothing in size, and cost who wants a day."""

_LONGEST_CONTENT = 3_900
"""Bytes that a page of the database holds beside what else is in the row, on both databases."""

_INSERT = f"INSERT INTO reading_page ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants


def insert_pages(session: Session, organization_id: int, pages: Sequence[StoredColumns]) -> None:
    """Insert pages of readings, each of one meter and sorted by identity."""
    rows = [_row(organization_id, part, content) for page in pages for part, content in _packed(page)]
    # Before any id is given: if this is rolled back, SQLite gives the ids again, to other pages.
    note_pages_written(session)
    if not rows:
        return
    if session.get_bind().dialect.name == "sqlite":
        driver(session).executemany(_INSERT, rows)
        return
    with driver(session).cursor().copy(f"COPY reading_page ({FIELDS}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "int4", "int8", "int8", "int4", "int4", "int4", "int8", "int8", "bytea"])
        for row in rows:
            copy.write_row(row)


def _packed(page: StoredColumns) -> Iterator[tuple[StoredColumns, bytes]]:
    """Yield a page with its content, in halves where that would be too long; never cut within an instant."""
    content = pack_page(page)
    # The first row of the middle one's instant. If that is the first row of all, half of the page or more is
    # tickets of one instant, and it stays whole however long it is.
    half = int(np.searchsorted(page.at, page.at[len(page) // 2], side="left"))
    if len(content) <= _LONGEST_CONTENT or not half:
        yield page, content
        return
    yield from _packed(page.take(slice(0, half)))
    yield from _packed(page.take(slice(half, len(page))))


def _row(organization_id: int, page: StoredColumns, content: bytes) -> tuple[int | bytes, ...]:
    return (*described(organization_id, page), content)


def delete_pages(session: Session, organization_id: int, page_ids: Sequence[int]) -> None:
    """Delete pages whose readings are kept elsewhere by now."""
    # Each id is a parameter, of which SQLite by itself takes 32,766 in a statement, PostgreSQL 65,535.
    for start in range(0, len(page_ids), 10_000):
        some = list(page_ids[start : start + 10_000])
        gone = reading_page_table.c.organization_id == organization_id, reading_page_table.c.id.in_(some)
        session.connection().execute(delete(reading_page_table).where(*gone))
