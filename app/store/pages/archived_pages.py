"""Reading pages whose contents are in files of the archive.

A file never changes, and its hash is compared when a process opens it first; what is kept of it then, its footer, lets
pages of it be read without another look at the rest.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from app.core.readings.versions import StoredColumns
from app.models import archive_file_table
from app.store.engine.database import STATE, Database, ProcessState
from app.store.pages.archive_files import ArchiveFile, ArchiveFileFault, FileFacts, open_file
from app.store.pages.damage import PageDamage, StoredPageDamaged
from app.store.pages.page_headers import PageHeader, damage_of

_MOST_OPEN = 32
"""Footers that are kept: some megabytes."""

_file = archive_file_table.c


class ArchiveUnavailable(StoredPageDamaged):
    """A page of the archive that cannot be read; what does not need it is answered as ever."""

    def __init__(self, damage: PageDamage, name: str) -> None:
        ValueError.__init__(
            self,
            f"The readings of meter {damage.meter!r} from {damage.span} cannot be read, since they are in the file "
            f"{name} of the archive: {damage.fault}. Ask for other times or meters, or have the operator bring the "
            "file back",
        )
        self.damage = damage
        self.name = name


class Archive:
    """The directory of a database's files, None where none is set, and those that a process has opened of late.

    The lock guards which are kept. A file is kept beside the size and hash that the database has of it, and forgotten
    when it does not give what it should.
    """

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._open: OrderedDict[str, tuple[FileFacts, ArchiveFile]] = OrderedDict()

    def file(self, name: str, facts: FileFacts) -> ArchiveFile:
        """Return a file by its name; raises ArchiveFileFault."""
        if self.directory is None:
            raise ArchiveFileFault("ESG_ARCHIVE_DIRECTORY is not set")
        with self._lock:
            known = self._open.get(name)
            if known is not None and known[0] == facts:
                self._open.move_to_end(name)
                return known[1]
        # Without the lock: the whole file is read for its hash, and whoever reads another one need not wait. Two that
        # open the same file do so twice, and either may be kept.
        opened = open_file(self.directory / name, facts)
        with self._lock:
            self._open[name] = facts, opened
            while len(self._open) > _MOST_OPEN:
                self._open.popitem(last=False)
        return opened

    def forget(self, name: str | None = None) -> None:
        """Look at a file, or at all of them, anew when it is wanted again."""
        with self._lock:
            self._open = OrderedDict((key, kept) for key, kept in self._open.items() if name not in (None, key))


def archive_of(session: Session) -> Archive:
    """Return the archive of a session's database."""
    state: ProcessState = session.get_bind().get_execution_options()[STATE]
    return _archive_in(state)


def database_archive(database: Database) -> Archive:
    """Return the archive of a database."""
    return _archive_in(database.state)


def _archive_in(state: ProcessState) -> Archive:
    return state.of(Archive, lambda: Archive(state.archive_directory))


def archived_pages(session: Session, pages: Mapping[int, Sequence[PageHeader]]) -> dict[int, StoredColumns]:
    """Return the readings of pages of one organization, given by the number of the file they are in, by page id.

    Raises ArchiveUnavailable, which names the first page of the file that cannot be read.
    """
    found: dict[int, StoredColumns] = {}
    archive = archive_of(session)
    for number, some in pages.items():
        name, facts = _facts(session, some[0].organization_id, number)
        try:
            found |= archive.file(name, facts).read(some)
        except ArchiveFileFault as error:
            # Brought back, it is opened anew; kept, its footer would stand for the file that was there.
            archive.forget(name)
            raise ArchiveUnavailable(damage_of(session, error.page or some[0], str(error)), name) from error
    return found


def _facts(session: Session, organization_id: int, number: int) -> tuple[str, FileFacts]:
    columns = select(_file.name, _file.bytes, _file.sha256)
    row = (
        session.connection()
        .execute(columns.where(_file.organization_id == organization_id, _file.number == number))
        .first()
    )
    # A number that is not in the table is as good as a file that is missing: no bytes have an empty hash.
    return (f"number {number}", FileFacts(0, "")) if row is None else (row.name, FileFacts(row.bytes, row.sha256))
