"""The readings among arrivals that are not in pages yet, as columns.

A transaction unpacks an organization's arrivals once, and again after it has appended some itself. Rows only ever move
from arrivals into pages: who looks here first and at the pages after that misses none, and one that moved in between
is found twice, which does no harm.

What is not entered yet is seen only by who holds the organization's readings, and so judges what comes next. For all
others, readings, superseded versions, batches and rollups are of one moment. The roller, for example, makes a day anew
while an arrival waits that brings the day 5 kWh: it must not see them, for they are added when they are entered.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from app.core.readings.reading_pages import DamagedPage, unpack_page
from app.core.readings.runs import Runs
from app.core.readings.versions import (
    NOTHING_STORED,
    Correction,
    Identity,
    StoredColumns,
    Version,
    columns_from,
    newest,
    newest_of,
    one_after_the_other,
)
from app.store.arrivals.packed import Arrival, UnreadableArrival, first_revisions, unpack
from app.store.pages.page_cache import Arrivals, Arrived, cache_of

COMBINED = -1
"""As its part: an arrival that holds what several said, as a page does, and nothing else of them."""

_MEMO = "esg_arrived"
_HOLDS = "esg_holds_readings"
_ALL = text("SELECT part, content FROM arrival WHERE organization_id = :id ORDER BY number, part")
_ENTERED = (
    "FROM arrival JOIN entered USING (organization_id) WHERE arrival.organization_id = :id "
    "AND (arrival.number, arrival.part) <= (entered.number, entered.part)"
)
_KEYS = text(f"SELECT arrival.number, arrival.part {_ENTERED} ORDER BY arrival.number, arrival.part")
_BEHIND = text(
    f"SELECT arrival.part, arrival.content {_ENTERED} "
    "AND (arrival.number, arrival.part) > (:number, :part) ORDER BY arrival.number, arrival.part"
)
_BEFORE_ALL = (-1, -1)
_WORDS = (
    "What was posted lately cannot be read whole; the damaged part is set aside, and what is left answered next time"
)


def arrived(session: Session, organization_id: int) -> StoredColumns:
    """Return what an organization's entered arrivals say, sorted by identity, the newest version of each.

    Who holds the organization's readings is told of the others too. Raises UnreadableArrival, which is set aside soon.
    """
    known: dict[int, StoredColumns] = session.info.setdefault(_MEMO, {})
    if organization_id not in known:
        if organization_id in session.info.get(_HOLDS, ()):
            found = session.connection().execute(_ALL, {"id": organization_id})
            known[organization_id] = said_by(session, organization_id, [(part, content) for part, content in found])
        else:
            known[organization_id] = _entered(session, organization_id)
    return known[organization_id]


def _entered(session: Session, organization_id: int) -> StoredColumns:
    """Return what entered arrivals say; of what this process has unpacked before, only what has come since is read.

    Of the arrivals 3 to 40, for example, 3 to 38 are kept: 39 and 40 are unpacked and laid over them. When the first
    one is another, they were folded, and all that are left are unpacked.
    """
    keys = [(row[0], row[1]) for row in session.connection().execute(_KEYS, {"id": organization_id})]
    if not keys:
        return NOTHING_STORED
    arrivals = Arrivals(len(keys), keys[0], keys[-1])
    cache = cache_of(session)
    kept = cache.arrived(organization_id)
    if kept is not None and kept.arrivals == arrivals:
        return kept.rows
    # What is kept may be built upon when its first is still the first, and its last stands where it stood: nothing
    # before it was folded, combined or set aside.
    rows, behind = NOTHING_STORED, _BEFORE_ALL
    if (
        kept is not None
        and keys[: kept.arrivals.number][-1:] == [kept.arrivals.last]
        and keys[0] == kept.arrivals.first
    ):
        rows, behind = kept.rows, kept.arrivals.last
    values = {"id": organization_id, "number": behind[0], "part": behind[1]}
    found = [(part, content) for part, content in session.connection().execute(_BEHIND, values)]
    rows = newest([rows, said_by(session, organization_id, found)])
    # Keys and contents are two statements. In a transaction that sees no snapshot more may have been entered between
    # them: what was found is right, but not what the keys say.
    if len(found) == len(keys) - (0 if behind == _BEFORE_ALL else keys.index(behind) + 1):
        cache.keep_arrived(organization_id, Arrived(arrivals, rows))
    return rows


def see_all_arrived(session: Session, organization_id: int) -> None:
    """Have the transaction, which holds the organization's readings from now on, see what is not entered yet too."""
    session.info.setdefault(_HOLDS, set()).add(organization_id)
    forget_arrived(session, organization_id)


def forget_arrived(session: Session, organization_id: int) -> None:
    """Have the transaction look again at what has arrived, after it has appended, entered or folded some."""
    session.info.get(_MEMO, {}).pop(organization_id, None)


def said_by(session: Session, organization_id: int, arrivals: Iterable[tuple[int, bytes]]) -> StoredColumns:
    """Return what stands after an organization's arrivals, their part and content given, as far as they say.

    Raises UnreadableArrival; the process sets aside what cannot be read soon after.
    """
    try:
        return newest(
            [unpack_page(content) if part == COMBINED else _columns_of(unpack(content)) for part, content in arrivals]
        )
    except (UnreadableArrival, DamagedPage) as error:
        cache_of(session).unreadable.add(organization_id)
        raise UnreadableArrival(f"{_WORDS}: {error}") from error


def rows_in(part: int, content: bytes) -> int:
    """Return how many rows an arrival has, corrections included; raises UnreadableArrival and DamagedPage."""
    if part == COMBINED:
        return len(unpack_page(content))
    arrival = unpack(content)
    return len(arrival.new) + len(arrival.corrections)


def _columns_of(arrival: Arrival) -> StoredColumns:
    """Return the rows of one arrival; its corrections may follow each other, or correct a row that is new in it."""
    rows = first_revisions(arrival)
    if not arrival.corrections:
        return rows
    return newest_of(one_after_the_other([rows, _corrected(arrival.corrections)]))


def _corrected(corrections: Sequence[Correction]) -> StoredColumns:
    return columns_of({each.identity: each.new for each in corrections})


def columns_of(versions: dict[Identity, Version]) -> StoredColumns:
    """Return versions by identity as columns, in their order."""
    return columns_from(
        [(*identity, v.value, v.stored, v.start, v.revision, v.batch) for identity, v in versions.items()]
    )


def within(rows: StoredColumns, runs: Runs) -> StoredColumns:
    """Return the rows, sorted by identity, that lie in any of some runs.

    Each meter's rows are one stretch, found by two looks, and each run one within it.
    """
    if not len(rows) or not len(runs):
        return rows.take(slice(0, 0))
    begins = np.searchsorted(rows.meter, runs.meter, side="left").tolist()
    ends = np.searchsorted(rows.meter, runs.meter, side="right").tolist()
    places: list[np.ndarray[tuple[int], np.dtype[np.intp]]] = []
    for begin, end, first, last in zip(begins, ends, runs.first.tolist(), runs.last.tolist(), strict=True):
        if begin < end:
            at = rows.at[begin:end]
            low, high = np.searchsorted(at, first, side="left"), np.searchsorted(at, last, side="right")
            if low < high:
                places.append(np.arange(begin + low, begin + high))
    return rows.take(np.concatenate(places)) if places else rows.take(slice(0, 0))


def of_meters(rows: StoredColumns, meter_ids: Sequence[int]) -> StoredColumns:
    """Return the rows of some ascending meters of rows sorted by identity."""
    begins = np.searchsorted(rows.meter, meter_ids, side="left").tolist()
    ends = np.searchsorted(rows.meter, meter_ids, side="right").tolist()
    stretches = [(begin, end) for begin, end in zip(begins, ends, strict=True) if begin < end]
    if not stretches:
        return rows.take(slice(0, 0))
    # The meters lie one behind the other: a slice, which copies nothing.
    if stretches[-1][1] - stretches[0][0] == sum(end - begin for begin, end in stretches):
        return rows.take(slice(stretches[0][0], stretches[-1][1]))
    return rows.take(np.concatenate([np.arange(begin, end) for begin, end in stretches]))
