"""Folding entered arrivals into pages, each page written once, and small pages of a meter into full ones.

Arrivals are kept until there is enough of them to be worth a page a meter. A thousand meters that send a row each
quarter of an hour, for example: after 256 posts their arrivals become 1,000 pages of 256 rows, and after four times
that the four pages of each meter one of 1,024, which stays. So a reading is written once in the log and twice in a
page, never once for each post. Rows that come late, and corrections, have the page that they fall into written anew.

Where many posts bring little each, what they brought becomes one arrival first: a page of two rows would cost more than
the rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import structlog
from sqlalchemy import text
from sqlmodel import Session

from app.core.readings.columns import Int64Column
from app.core.readings.runs import Runs
from app.core.readings.versions import StoredColumns, newest, one_after_the_other
from app.store.arrivals.arrivals import append_stored
from app.store.arrivals.arrived import forget_arrived, said_by
from app.store.arrivals.entered import clear_unreadable
from app.store.arrivals.entering import lock_entering
from app.store.arrivals.packed import UnreadableArrival
from app.store.engine.database import Database
from app.store.pages.damage import StoredPageDamaged
from app.store.pages.page_headers import PageHeader
from app.store.pages.page_writing import FULL_ROWS, delete_pages, insert_pages
from app.store.pages.reading_pages import last_pages, pages_of_runs, read_pages

_log = structlog.get_logger(__name__)
_MOST_ROWS, _ROWS_A_METER, _MOST_ROWS_OF_MANY = 100_000, 384, 400_000
"""Rows that the log of an organization holds: 100,000, or more where that would be little for each of its meters."""

_MOST_ARRIVALS = 256
"""So many entered arrivals of an organization are unpacked by whoever reads its readings: a hundredth of a second."""

_WORTH_A_PAGE = 32
"""Rows a meter from which pages are written once the log is full, and in a week's quiet night."""

_SMALL_ROWS = FULL_ROWS // 2
_FEW_PAGES = 4
"""So many small pages at the end of a meter become one."""

_ENTERED = (
    "FROM arrival JOIN entered USING (organization_id) WHERE arrival.organization_id = :id "
    "AND (arrival.number, arrival.part) <= (entered.number, entered.part)"
)
_ORGANIZATIONS = text("SELECT DISTINCT organization_id FROM arrival ORDER BY organization_id")
_SIZE = text(f"SELECT count(*), coalesce(sum(rows), 0) {_ENTERED}")
_METERS = text("SELECT count(*) FROM meter WHERE organization_id = :id")
_TAKEN = text(f"SELECT arrival.number, arrival.part, arrival.content {_ENTERED} ORDER BY arrival.number, arrival.part")
_GONE = text("DELETE FROM arrival WHERE organization_id = :id AND (number, part) <= (:number, :part)")


def fold_when_due(database: Database, organization_id: int) -> int:
    """Fold an organization's arrivals once there are enough of them; return how many rows went into pages."""
    with database.read() as session:
        if not _is_due(session, organization_id):
            return 0
    return _fold_of(database, organization_id, only_when_due=True)


def _fold_of(database: Database, organization_id: int, *, only_when_due: bool) -> int:
    """Fold an organization's arrivals; one that cannot be read is set aside, and the others are folded next time."""
    try:
        with database.write() as session:
            lock_entering(session, organization_id)
            # Another process may have folded while this one waited for the lock.
            if only_when_due and not _is_due(session, organization_id):
                return 0
            return fold(session, organization_id)
    except UnreadableArrival:
        clear_unreadable(database)
        return 0


def _is_due(session: Session, organization_id: int) -> bool:
    """Tell whether an organization's log is full: of 1,000 meters at 384,000 rows, of up to 260 at 100,000."""
    arrivals, rows = session.connection().execute(_SIZE, {"id": organization_id}).one()
    if arrivals >= _MOST_ARRIVALS or rows < _MOST_ROWS:
        return bool(arrivals >= _MOST_ARRIVALS)
    meters = session.connection().execute(_METERS, {"id": organization_id}).scalar_one()
    return bool(rows >= min(_ROWS_A_METER * meters, _MOST_ROWS_OF_MANY))


def fold_everything(database: Database) -> int:
    """Fold what has been entered of every organization where it is worth a page; return how many rows that were."""
    with database.read() as session:
        waiting = list(session.connection().execute(_ORGANIZATIONS).scalars())
    return sum(_fold_of(database, organization_id, only_when_due=False) for organization_id in waiting)


def fold(session: Session, organization_id: int, *, worth_a_page: int = _WORTH_A_PAGE) -> int:
    """Move what entered arrivals say into pages, or into one arrival; return how many rows went into pages.

    The transaction keeps others from entering. Raises UnreadableArrival: nothing is folded then.
    """
    taken = session.connection().execute(_TAKEN, {"id": organization_id}).all()
    if not taken:
        return 0
    rows = said_by(session, organization_id, [(each.part, each.content) for each in taken])
    meters = len(np.unique(rows.meter))
    last = taken[-1]
    # In the transaction that writes the pages: who reads one snapshot finds a reading in one of the two. Others look at
    # the arrivals first, and find one that moved meanwhile in both.
    session.connection().execute(_GONE, {"id": organization_id, "number": last.number, "part": last.part})
    forget_arrived(session, organization_id)
    if len(rows) < worth_a_page * meters:
        append_stored(session, organization_id, last.number, rows)
        return 0
    left = write_into_pages(session, organization_id, rows)
    append_stored(session, organization_id, last.number, left)
    return len(rows) - len(left)


def write_into_pages(session: Session, organization_id: int, rows: StoredColumns) -> StoredColumns:
    """Put readings, sorted by identity, into pages: new ones, or anew those that they fall into.

    Return those that fall into a damaged page, which stays as it is: they are to be kept elsewhere.
    """
    if not len(rows):
        return rows
    begins = np.flatnonzero(np.append(True, rows.meter[1:] != rows.meter[:-1]))
    ends = np.append(begins[1:], len(rows))
    hulls = Runs(rows.meter[begins], rows.at[begins], rows.at[ends - 1])
    met: dict[int, list[PageHeader]] = {}
    for place, page in pages_of_runs(session, organization_id, hulls):
        met.setdefault(place, []).append(page)
    change = _Change()
    for place, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        change.lay_over(rows.take(slice(begin, end)), met.get(place, []))
    left: list[StoredColumns] = []
    emptied: list[int] = []
    for (page, over), content in zip(
        change.replaced, _read(session, [page for page, _ in change.replaced]), strict=True
    ):
        if content is None:
            left.append(over)
        else:
            # What is laid over may be a correction of what the page has, or come between it.
            change.written.append(newest([content, over]))
            emptied.append(page.id)
    delete_pages(session, organization_id, emptied)
    insert_pages(session, organization_id, [page for whole in change.written for page in cut(whole)])
    _fill_last_pages(session, organization_id, hulls.meter.tolist())
    return one_after_the_other(left)


def _read(session: Session, pages: Sequence[PageHeader]) -> list[StoredColumns | None]:
    """Return the readings of each page, None for one that is damaged."""
    damaged: set[int] = set()
    while True:
        try:
            found = iter(read_pages(session, [page for page in pages if page.id not in damaged]))
        except StoredPageDamaged as error:
            _log.error(
                "readings wait beside a damaged page", organization_id=error.damage.organization_id, error=str(error)
            )
            damaged.add(error.damage.page_id)
        else:
            return [None if page.id in damaged else next(found) for page in pages]


@dataclass(slots=True)
class _Change:
    """Rows that become pages by themselves, and pages that are written anew, each with the rows laid over it."""

    written: list[StoredColumns] = field(default_factory=list)
    replaced: list[tuple[PageHeader, StoredColumns]] = field(default_factory=list)

    def lay_over(self, rows: StoredColumns, pages: Sequence[PageHeader]) -> None:
        """Take in a meter's rows beside the pages, in order, that lie among them.

        Of rows at 1, 5, 6 and 9 beside a page from 4 to 8, 5 and 6 are laid over it; 1 and 9 are pages by themselves.
        """
        if not pages:
            self.written.append(rows)
            return
        firsts: Int64Column = np.array([page.first_at for page in pages], dtype=np.int64)
        lasts: Int64Column = np.array([page.last_at for page in pages], dtype=np.int64)
        # In the example: rows 1, 5, 6, 9 lie behind the begin of page -1 (none), 0, 0, 0, and inside of it no, yes,
        # yes, no. The groups -2, 1, 1, 0 change at 0, 1 and 3.
        place = np.searchsorted(firsts, rows.at, side="right") - 1
        inside = (place >= 0) & (rows.at <= lasts[np.maximum(place, 0)])
        group = place * 2 + inside
        starts = np.flatnonzero(np.append(True, group[1:] != group[:-1]))
        for begin, end in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=True):
            some = rows.take(slice(begin, end))
            if inside[begin]:
                self.replaced.append((pages[int(place[begin])], some))
            else:
                self.written.append(some)


def cut(rows: StoredColumns) -> Iterator[StoredColumns]:
    """Cut a meter's readings into pages of one size, never within an instant."""
    pieces = -(-len(rows) // FULL_ROWS)
    begin = 0
    for number in range(1, pieces + 1):
        # Of 4,000 rows three pieces, up to 1,333, 2,666 and 4,000, each moved on to the end of its last instant:
        # tickets of one moment stay together, so that pages do not reach into each other.
        end = len(rows) if number == pieces else len(rows) * number // pieces
        end = int(np.searchsorted(rows.at, rows.at[end - 1], side="right")) if end else 0
        if begin < end:
            yield rows.take(slice(begin, end))
            begin = end


def _fill_last_pages(session: Session, organization_id: int, meters: Iterable[int]) -> None:
    """Make one page of the small ones at the end of each meter, where there are a few."""
    together: list[list[PageHeader]] = []
    for pages in last_pages(session, organization_id, list(meters)):
        small: list[PageHeader] = []
        for page in pages:
            # The latest come first: a large page ends the row of small ones.
            if page.rows > _SMALL_ROWS:
                break
            small.append(page)
        if len(small) >= _FEW_PAGES:
            together.append(small[::-1])
    if not together:
        return
    contents = iter(_read(session, [page for pages in together for page in pages]))
    sound: list[tuple[list[PageHeader], StoredColumns]] = []
    for pages in together:
        rows = [each for each in islice(contents, len(pages)) if each is not None]
        if len(rows) == len(pages):
            sound.append((pages, newest(rows)))
    delete_pages(session, organization_id, [page.id for pages, _ in sound for page in pages])
    insert_pages(session, organization_id, [page for _, rows in sound for page in cut(rows)])
