"""Pages, arrivals and additions of a database that this process has unpacked of late.

A page never changes and its id is never given to another, so what is kept needs no clearing; the oldest make room. Only
a transaction that wrote pages itself keeps none: were it rolled back, SQLite would give their ids again. Neither do
arrivals change; which of an organization's there are is told by their first, their last, and how many they are. Of
additions to the rollups it is told by the id of each.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import Session

from app.core.readings.added_days import AddedDays
from app.core.readings.versions import StoredColumns
from app.store.engine.database import STATE, ProcessState

_MOST_ROWS = 1_250_000
"""Some 25 bytes each, as constant columns take no room: a thousand full pages."""

_MOST_ARRIVED = 500_000
_MOST_ADDED = 500_000
"""Days that are added to, of all organizations: 90 bytes each."""
_WROTE = "esg_wrote_pages"


class Arrivals(NamedTuple):
    """Which arrivals are meant: how many they are, and the number and part of the first and the last."""

    number: int
    first: tuple[int, int]
    last: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Arrived:
    """What some arrivals say, sorted by identity, the newest version of each."""

    arrivals: Arrivals
    rows: StoredColumns


class PageCache:
    """Unpacked pages by id; the lock guards what is kept, and nobody changes the columns of a page.

    Nothing has to be cleared: a page's id, an organization's arrivals and the ids of its additions name one content for
    ever. What is forgotten is unpacked again. Would a page be kept that was rolled back, its id could come to another
    page on SQLite: `may_keep` leaves out what a writing transaction reads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: OrderedDict[int, StoredColumns] = OrderedDict()
        self._rows = 0
        self._arrived: OrderedDict[int, Arrived] = OrderedDict()
        self._added: OrderedDict[int, tuple[tuple[int, ...], AddedDays]] = OrderedDict()
        self.unreadable: set[int] = set()
        """Organizations of which an arrival was found that cannot be read, and is to be set aside."""
        self.unreadable_additions: set[int] = set()
        """Organizations of which additions were found that cannot be read, and are to be made anew from readings."""

    def get(self, page_ids: list[int]) -> dict[int, StoredColumns]:
        """Return those of the pages that are kept."""
        with self._lock:
            found = {page_id: page for page_id in page_ids if (page := self._pages.get(page_id)) is not None}
            for page_id in found:
                self._pages.move_to_end(page_id)
        return found

    def keep(self, pages: dict[int, StoredColumns]) -> None:
        """Keep pages, and forget those that were asked for longest ago."""
        with self._lock:
            for page_id, page in pages.items():
                # Two threads may have unpacked the same page: its rows are counted once.
                if page_id not in self._pages:
                    self._pages[page_id] = page
                    self._rows += len(page)
            # Those asked for longest ago stand first, since whoever asks moves what it gets to the end.
            while self._rows > _MOST_ROWS:
                self._rows -= len(self._pages.popitem(last=False)[1])

    def arrived(self, organization_id: int) -> "Arrived | None":
        """Return what is kept of an organization's arrivals."""
        with self._lock:
            return self._arrived.get(organization_id)

    def keep_arrived(self, organization_id: int, arrived: "Arrived") -> None:
        """Keep what an organization's arrivals say, and forget those of whom that was done longest ago."""
        with self._lock:
            self._arrived[organization_id] = arrived
            self._arrived.move_to_end(organization_id)
            # What was just kept stays, however large it is: else it would be unpacked for each question.
            while sum(len(each.rows) for each in self._arrived.values()) > _MOST_ARRIVED and len(self._arrived) > 1:
                self._arrived.popitem(last=False)

    def added(self, organization_id: int, ids: tuple[int, ...]) -> AddedDays | None:
        """Return the sum of an organization's additions, if those that are kept are these."""
        with self._lock:
            known, added = self._added.get(organization_id, ((), None))
            # Others were added, joined or deleted since: what is kept is of another moment.
            return added if known == ids else None

    def keep_added(self, organization_id: int, ids: tuple[int, ...], added: AddedDays) -> None:
        """Keep the sum of an organization's additions, and forget those of whom that was done longest ago."""
        with self._lock:
            self._added[organization_id] = ids, added
            self._added.move_to_end(organization_id)
            while sum(len(each) for _, each in self._added.values()) > _MOST_ADDED and len(self._added) > 1:
                self._added.popitem(last=False)


def cache_of(session: Session | Engine) -> PageCache:
    """Return the pages that are kept of a database, that of a session or an engine; a replica's are its primary's."""
    bind = session.get_bind() if isinstance(session, Session) else session
    state: ProcessState = bind.get_execution_options()[STATE]
    return state.of(PageCache, PageCache)


def note_pages_written(session: Session) -> None:
    """Have the transaction keep no pages from now on."""
    session.info[_WROTE] = True


def may_keep(session: Session) -> bool:
    """Tell whether what the session reads is committed, as far as it is of pages."""
    return not session.info.get(_WROTE)
