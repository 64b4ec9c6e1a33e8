"""Files of the archive that are known, and bringing what they hold back into the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import Session, col

from app.core.readings.reading_pages import pack_page
from app.core.readings.versions import StoredColumns
from app.models import Organization, archive_file_table, reading_page_table
from app.store.engine.database import Database
from app.store.pages.archived_pages import archived_pages
from app.store.pages.page_headers import PageHeader
from app.store.pages.reading_pages import pages_in_file

_PAGES_AT_ONCE = 256
_page, _file = reading_page_table.c, archive_file_table.c
_PUT_BACK = (
    update(reading_page_table)
    .where(
        _page.organization_id == bindparam("of"), _page.id == bindparam("page"), _page.archive == bindparam("number")
    )
    .values(content=bindparam("packed"), archive=None)
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file of the archive as it was recorded, and how many pages still have their readings there."""

    organization_id: int
    organization: str
    number: int
    name: str
    year: int
    bytes: int
    sha256: str
    rows: int
    pages: int


def known_files(session: Session, *, organization: str | None = None, year: int | None = None) -> list[KnownFile]:
    """Return the files of one organization or all, of one year or all, in the order in which they were written."""
    in_it = select(func.count()).where(_page.organization_id == _file.organization_id, _page.archive == _file.number)
    query = (
        select(
            _file.organization_id,
            col(Organization.code),
            _file.number,
            _file.name,
            _file.year,
            _file.bytes,
            _file.sha256,
            _file.rows,
            in_it.scalar_subquery(),
        )
        .join(Organization, col(Organization.id) == _file.organization_id)
        .order_by(_file.organization_id, _file.number)
    )
    if organization is not None:
        query = query.where(col(Organization.code) == organization)
    if year is not None:
        query = query.where(_file.year == year)
    return [KnownFile(*row) for row in session.connection().execute(query)]


def restore_file(database: Database, file: KnownFile) -> int:
    """Bring the pages of a file back into the database, some at a time, and return how many they were.

    It is not recorded any more then; the file itself stays where it is, since a backup of the database may need it.
    Raises ArchiveUnavailable, and what was brought back until then stays.
    """
    with database.read() as session:
        pages = pages_in_file(session, file.organization_id, file.number)
    restored = 0
    for start in range(0, len(pages), _PAGES_AT_ONCE):
        restored += _put_back(database, file, pages[start : start + _PAGES_AT_ONCE])
    with database.write() as session:
        if not pages_in_file(session, file.organization_id, file.number):
            this = (_file.organization_id == file.organization_id) & (_file.number == file.number)
            session.connection().execute(delete(archive_file_table).where(this))
    return restored


def _put_back(database: Database, file: KnownFile, pages: Sequence[PageHeader]) -> int:
    with database.read() as session:
        read = archived_pages(session, {file.number: pages})
    values = list(_values(file, read))
    with database.write() as session:
        return session.connection().execute(_PUT_BACK, values).rowcount


def _values(file: KnownFile, pages: dict[int, StoredColumns]) -> Iterator[dict[str, Any]]:
    for page_id, rows in pages.items():
        yield {"of": file.organization_id, "page": page_id, "number": file.number, "packed": pack_page(rows)}
