"""Moving the contents of old pages into files of the archive, and back.

A page stays in its table, with what is known of it without reading it, and is found there as ever; its readings alone
move. An example: of a meter whose 240 pages end in 2019 to 2028, 24 end in 2019. They are written to a file, together
with those of other meters of the organization; the file is on the disk, under a name that has its hash, and was read
back and compared, before a transaction records it and empties the 24. Whoever was reading them reads on: a page that
is found in the table says where its readings are. A correction of 2019 that comes later makes a new page, in the
database, of what the file says and what it says itself; nobody looks for the old one in the file any more.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from sqlalchemy import func, insert, select, update
from sqlmodel import Session, col

from app.core.calendar.periods import instant_from_ms, ms_from_instant
from app.core.readings.reading_pages import unpack_page
from app.core.readings.versions import StoredColumns
from app.models import Meter, archive_file_table, id_of, reading_page_table
from app.store.arrivals.entering import lock_entering
from app.store.engine.database import Database
from app.store.inventory.organizations import every_organization
from app.store.pages.archive_files import FileFacts, facts_of, open_file, write_file
from app.store.pages.archived_pages import database_archive
from app.store.pages.page_headers import PageHeader, fits
from app.store.pages.reading_pages import contents_of, pages_where

_PAGES_A_FILE = 16_384
"""25 million readings at most, some 90 MB: whoever opens the file hashes it in a tenth of a second."""

_PAGES_EMPTIED_AT_ONCE = 2_048
"""A tenth of a second, for which all of SQLite's writers wait."""

_PAGES_AT_ONCE = 256
_page, _file = reading_page_table.c, archive_file_table.c


class ArchiveRefused(ValueError):
    """Nothing can be archived so; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Archived:
    """A file that was written, and what was moved into it."""

    organization: str
    name: str
    year: int
    bytes: int
    pages: int
    rows: int


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Pages of an organization that end in a calendar year (UTC), and where their file goes."""

    organization_id: int
    organization: str
    year: int
    directory: Path
    codes: Mapping[int, str]


def archive_before(
    database: Database, before_year: int, *, organization: str | None = None, now: datetime | None = None
) -> Iterator[Archived]:
    """Move the contents of pages that end before a calendar year (UTC) into files, and yield each file.

    Raises ArchiveRefused; what was yielded until then stays.
    """
    directory = database_archive(database).directory
    if directory is None:
        raise ArchiveRefused("ESG_ARCHIVE_DIRECTORY is not set: name the directory that the files go to")
    this_year = (now or datetime.now(UTC)).year
    if before_year > this_year:
        raise ArchiveRefused(f"Readings of {this_year} still come: archive those before {this_year} at most")
    return _archived_before(database, directory, before_year, organization)


def _archived_before(
    database: Database, directory: Path, before_year: int, organization: str | None
) -> Iterator[Archived]:
    with database.read() as session:
        organizations = [(id_of(each), each.code) for each in every_organization(session)]
    for organization_id, code in organizations:
        if organization is not None and code != organization:
            continue
        with database.read() as session:
            meters = select(col(Meter.id), col(Meter.code)).where(col(Meter.organization_id) == organization_id)
            codes = {
                int(row[0] or 0): str(row[1]) for row in session.connection().execute(meters.order_by(col(Meter.id)))
            }
        for year in _years(database, organization_id, before_year):
            wanted = _Wanted(organization_id, code, year, directory, codes)
            pages = _pages_of_year(database, wanted)
            while some := list(islice(pages, _PAGES_A_FILE)):
                if (archived := _archive(database, wanted, some)) is not None:
                    yield archived


def _years(database: Database, organization_id: int, before_year: int) -> Iterator[int]:
    """Yield the years before a bound in which pages end that are not archived, each found once the last one is done."""
    lowest = select(func.min(_page.last_at)).where(_page.organization_id == organization_id, _page.archive.is_(None))
    year: int | None = None
    while True:
        later = lowest if year is None else lowest.where(_page.last_at >= _start_ms(year + 1))
        with database.read() as session:
            found = session.connection().execute(later.where(_page.last_at < _start_ms(before_year))).scalar()
        if found is None:
            return
        year = instant_from_ms(found).year
        yield year


def _pages_of_year(database: Database, wanted: _Wanted) -> Iterator[PageHeader]:
    """Yield the pages that end in a year and are not archived, by meter and time."""
    bounds = {"start": _start_ms(wanted.year), "end": _start_ms(wanted.year + 1)}
    for meter in wanted.codes:
        with database.read() as session:
            condition = "archive IS NULL AND last_at >= :start AND last_at < :end"
            found = pages_where(session, wanted.organization_id, [meter], condition, bounds)
        yield from found


def _start_ms(year: int) -> int:
    return ms_from_instant(datetime(year, 1, 1, tzinfo=UTC))


def _archive(database: Database, wanted: _Wanted, pages: Sequence[PageHeader]) -> Archived | None:
    """Write a file of pages and have them point to it; None when all of them were replaced meanwhile."""
    folder = wanted.directory / wanted.organization
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{wanted.year}.{os.getpid()}.part"
    unfinished.unlink(missing_ok=True)
    about = {"organization": wanted.organization, "year": wanted.year}
    try:
        write_file(unfinished, (rows for _, rows in _stored(database, pages)), wanted.codes, about)
        facts = facts_of(unfinished)
        name = f"{wanted.organization}/{wanted.year}-{facts.sha256[:16]}.parquet"
        sound = _read_back(database, unfinished, facts, pages)
        if not sound:
            return None
        os.replace(unfinished, wanted.directory / name)
        _fsync(folder)
    finally:
        unfinished.unlink(missing_ok=True)
    return _record(database, wanted, name, facts, sound)


def _stored(database: Database, pages: Sequence[PageHeader]) -> Iterator[tuple[PageHeader, StoredColumns]]:
    """Yield the readings of those of the pages that are still in the database, in short transactions.

    A page that is damaged stays where it is, and is told of by what reads it.
    """
    for start in range(0, len(pages), _PAGES_AT_ONCE):
        with database.read() as session:
            found = list(contents_of(session, pages[start : start + _PAGES_AT_ONCE]))
        for page, content in found:
            if isinstance(content, bytes) and (rows := _sound(page, content)) is not None:
                yield page, rows


def _sound(page: PageHeader, content: bytes) -> StoredColumns | None:
    """Return the readings of a page, None where it is damaged."""
    try:
        rows = unpack_page(content)
    except ValueError:
        return None
    return rows if fits(page, rows) else None


def _read_back(database: Database, path: Path, facts: FileFacts, pages: Sequence[PageHeader]) -> list[PageHeader]:
    """Return the pages whose readings the file gives back as the database has them, to the last bit.

    Raises ArchiveFileFault, and ArchiveRefused where one differs.
    """
    opened = open_file(path, facts)
    sound: list[PageHeader] = []
    stored = _stored(database, pages)
    while some := list(islice(stored, _PAGES_AT_ONCE)):
        read = opened.read([page for page, _ in some])
        for page, rows in some:
            if not _same(read[page.id], rows):
                raise ArchiveRefused(f"The file that was written does not give back page {page.id}; nothing was moved")
            sound.append(page)
    return sound


def _same(one: StoredColumns, other: StoredColumns) -> bool:
    """Tell whether two sets of readings are alike in all columns."""
    for name in StoredColumns.__slots__:
        left, right = getattr(one, name), getattr(other, name)
        if (left is None) != (right is None) or (left is not None and not np.array_equal(left, right)):
            return False
    return True


def _fsync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _record(
    database: Database, wanted: _Wanted, name: str, facts: FileFacts, pages: Sequence[PageHeader]
) -> Archived | None:
    """Record a file and empty the pages that are in it; None when there are none any more.

    The first pages are emptied in the transaction that records it and the others some at a time, so that nobody waits
    long: a page is either here or has the number of a file that is recorded.
    """
    archived = Archived(
        wanted.organization, name, wanted.year, facts.bytes, len(pages), sum(page.rows for page in pages)
    )
    number: int | None = None
    for start in range(0, len(pages), _PAGES_EMPTIED_AT_ONCE):
        some = pages[start : start + _PAGES_EMPTIED_AT_ONCE]
        with database.write() as session:
            lock_entering(session, wanted.organization_id)
            if number is not None:
                _empty(session, wanted, number, some)
            elif _empty(session, wanted, last := _next_number(session, wanted), some):
                number = last
                _insert(session, wanted, number, archived, facts, pages)
    return archived if number is not None else None


def _next_number(session: Session, wanted: _Wanted) -> int:
    last = select(func.max(_file.number)).where(_file.organization_id == wanted.organization_id)
    return (session.connection().execute(last).scalar() or 0) + 1


def _empty(session: Session, wanted: _Wanted, number: int, pages: Sequence[PageHeader]) -> int:
    """Have pages that are still in the database point to a file; return how many these are."""
    still_here = _page.id.in_([page.id for page in pages]) & _page.archive.is_(None)
    emptied = (
        update(reading_page_table)
        .where(_page.organization_id == wanted.organization_id, still_here)
        .values(content=b"", archive=number)
    )
    return int(session.connection().execute(emptied).rowcount)


def _insert(
    session: Session, wanted: _Wanted, number: int, archived: Archived, facts: FileFacts, pages: Sequence[PageHeader]
) -> None:
    values = {
        "organization_id": wanted.organization_id,
        "number": number,
        "name": archived.name,
        "year": wanted.year,
        "bytes": facts.bytes,
        "sha256": facts.sha256,
        "pages": archived.pages,
        "rows": archived.rows,
        "first_at": min(page.first_at for page in pages),
        "last_at": max(page.last_at for page in pages),
        "archived_at": time.time_ns() // 1_000_000,
    }
    session.connection().execute(insert(archive_file_table).values(values))
