"""Writing a gathering of judged posts: held against what is stored and committed in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from sqlmodel import Session

from app.core.batches import end_of_ms
from app.core.columns import Int64Column, ReadingColumns
from app.core.periods import instant_from_ms
from app.core.runs import LOOKUP_GAP_MS, distinct, runs_of
from app.core.usual import Usual
from app.core.versions import Identity, StoredColumns, Version, repeats_identity, sorted_by_identity
from app.ingest.backlog import LARGE_ROWS, hold_back
from app.ingest.classify import Comparison, Settled, compare, nothing_settled, settle
from app.ingest.gathering import Gathering, OnConflict
from app.ingest.history import all_usual, judge_by_history, marked
from app.ingest.knowing import catch_up
from app.ingest.tally import IngestOutcome, Tally, outcomes_of, records_of
from app.store import arrivals
from app.store.batches import BatchRecord
from app.store.engine import Database
from app.store.entering import settle as settle_arrivals
from app.store.packed import Arrival
from app.store.publications import sealed_ms
from app.store.readings import ConcurrentChange, earlier_versions
from app.store.recent import Recent
from app.store.standing import standing_within
from app.store.usual import keep_usual_amounts

_ROWS_A_PIECE = 100_000
"""A larger body is written piece by piece, so that memory stays bounded."""

_Earlier: TypeAlias = Mapping[Identity, Sequence[Version]]
_Learnt: TypeAlias = list[tuple[Settled, _Earlier]]
_HeldAgainst: TypeAlias = tuple[ReadingColumns, Comparison, _Earlier]


class InventoryMoved(RuntimeError):
    """A meter of the gathering was changed since its rows were judged; judge them again."""


def write(database: Database, gathering: Gathering) -> list[IngestOutcome]:
    """Commit what the posts change; return what became of each. Nothing is kept of a dry run.

    Raises InventoryMoved, and ConcurrentChange when another transaction was faster: write again.
    """
    recent = database.recent.of(gathering.organization_id)
    if len(gathering.posts) == 1 and len(gathering.columns) >= LARGE_ROWS and not gathering.options.dry_run:
        hold_back(database, recent, gathering.organization_id)
    with recent.turn:
        return _Writing(database, gathering, recent).carry_out()


class _Writing:
    """One transaction: it holds the rows against what is remembered, else what is stored, and appends what changes."""

    def __init__(self, database: Database, gathering: Gathering, recent: Recent) -> None:
        self._database = database
        self._gathering = gathering
        self._columns = sorted_by_identity(gathering.columns)
        self._recent = recent
        self._numbers: list[int] = []
        self._lane: int | None = None
        self._appended = 0

    def carry_out(self) -> list[IngestOutcome]:
        """Write, commit, and remember what was written; whatever goes wrong, nothing uncertain stays in memory."""
        dry = self._gathering.options.dry_run
        try:
            with self._database.write() as session:
                number = self._hold(session)
                entered = catch_up(session, self._recent, self._organization_id, number, distinct(self._columns.meter))
                usual = self._judge_by_history(session)
                outcomes, learnt = self._append(session, number)
                if dry:
                    session.rollback()
                elif learnt:
                    keep_usual_amounts(session, self._organization_id, usual)
        except InventoryMoved:
            raise
        except BaseException:  # whatever it was, it is not certain what was committed
            self._recent.forget()
            raise
        if not dry:
            self._database.batches.lane = self._lane
            self._recent.appended += self._appended
            if learnt:
                self._recent.usual.learn(usual)
            for settled, earlier in learnt:
                self._recent.remember(settled.new, settled.new_batches, settled.corrections, earlier)
            self._recent.number = number  # last: what is not remembered whole must not be taken for it
        elif entered:
            self._recent.forget()
        return outcomes

    @property
    def _organization_id(self) -> int:
        return self._gathering.organization_id

    def _hold(self, session: Session) -> int:
        """Return this transaction's number; raise InventoryMoved when the rows were judged by another inventory.

        A publication moves it too, so that what waited for it is numbered after its instant.
        """
        batches = self._database.batches
        version, number = arrivals.hold_readings(session, self._organization_id)
        if version != self._gathering.directory.version:
            batches.pass_over(end_of_ms(sealed_ms(session, self._organization_id)))
            raise InventoryMoved
        lane = self._lane = arrivals.lane_of(session, batches)
        self._numbers = [batches.next(post.now_ms, lane) for post in self._gathering.posts]
        return number

    def _judge_by_history(self, session: Session) -> dict[int, Usual]:
        """Make rows suspect that are far outside what their meters usually say; return what that teaches of them."""
        directory, usual = self._gathering.directory, self._recent.usual
        meters = distinct(self._columns.meter).tolist()
        version = directory.version
        levels = usual.levels(session, self._organization_id, meters, directory.by_id, version=version)
        if all_usual(self._columns, meters, levels):
            return {}
        far, changed = judge_by_history(self._columns, directory.by_id, usual.judged(meters))
        if far.any():
            self._columns = marked(self._columns, far)
        return changed

    def _append(self, session: Session, number: int) -> tuple[list[IngestOutcome], _Learnt]:
        """Append what the posts change, held against what is remembered or else stored."""
        gathering = self._gathering
        tally = Tally(problems=list(gathering.problems))
        learnt: _Learnt = []
        remembered = self._remembered()
        for piece, comparison, earlier in self._looked_up(session) if remembered is None else remembered:
            learnt.append((self._settled(piece, comparison, earlier), earlier))
            tally.add(learnt[-1][0])
        if gathering.options.atomic and tally.problems:
            tally, learnt = Tally(problems=tally.problems), []
        outcomes = outcomes_of(gathering, self._numbers, tally, self._columns)
        if not gathering.options.dry_run:
            records = records_of(gathering, self._columns, self._numbers, outcomes)
            parts = self._parts([settled for settled, _ in learnt], records)
            for part, arrival in enumerate(parts):
                arrivals.append_arrival(session, self._organization_id, number, part, arrival)
            self._appended = sum(len(each.new) + len(each.corrections) for each in parts)
        return outcomes, learnt

    def _remembered(self) -> list[_HeldAgainst] | None:
        """Hold the rows, piece by piece, against what is remembered; None when that does not tell of all of them."""
        found: list[_HeldAgainst] = []
        for piece in _pieces(self._columns):
            stored = self._recent.stored(piece)
            if stored is None:
                return None
            comparison = compare(piece, stored)
            earlier = {} if self._gathering.options.restore else self._recent.earlier(comparison.current)
            if earlier is None:
                return None
            found.append((piece, comparison, earlier))
        return found

    def _looked_up(self, session: Session) -> Iterator[_HeldAgainst]:
        """Yield the rows, piece by piece, held against what is stored; superseded versions are entered first."""
        settle_arrivals(session, self._organization_id)
        for piece in _pieces(self._columns):
            comparison = compare(piece, self._stored(session, piece))
            earlier: _Earlier = {}
            if not self._gathering.options.restore:
                earlier = earlier_versions(session, self._organization_id, list(comparison.current))
            yield piece, comparison, earlier

    def _stored(self, session: Session, piece: ReadingColumns) -> StoredColumns:
        """Return what is stored of the rows' identities; nothing is asked when all lie above what is known."""
        known = self._recent.stored(piece)
        if known is not None and not len(known):
            return known
        runs = runs_of(piece.meter, piece.at, piece.at, gap_ms=LOOKUP_GAP_MS)
        return standing_within(session, self._organization_id, runs)

    def _parts(self, pieces: Sequence[Settled], records: Sequence[BatchRecord]) -> list[Arrival]:
        """Return the arrivals of the pieces, the records with the first; there is one in any case."""
        parts: list[Arrival] = []
        for settled in pieces or [nothing_settled()]:
            new = settled.new
            if parts and not len(new) and not settled.corrections:
                continue
            meters = distinct(new.meter)
            before = self._recent.highest(meters)
            if parts and len(parts[-1].new) and len(new) and parts[-1].new.meter[-1] == new.meter[0]:
                before[0] = max(before[0], parts[-1].new.at[-1])
            known = () if parts else records
            parts.append(Arrival(new, settled.new_batches, meters, before, settled.corrections, known))
        return parts

    def _settled(self, columns: ReadingColumns, comparison: Comparison, earlier: _Earlier) -> Settled:
        """Decide what the rows change; raise ConcurrentChange when a stored version has a later number than they."""
        newest = max((version.batch for version in comparison.current.values()), default=0)
        if newest >= self._numbers[0]:
            self._database.batches.pass_over(newest)
            raise ConcurrentChange
        options = self._gathering.options
        by_id = self._gathering.directory.by_id
        return settle(
            columns,
            comparison,
            earlier,
            batches=self._batches(columns),
            reject_conflicts=options.on_conflict is OnConflict.REJECT,
            restore=options.restore,
            named=lru_cache(lambda meter, at: (by_id[meter].code, instant_from_ms(at).isoformat())),
        )

    def _batches(self, columns: ReadingColumns) -> Int64Column:
        """Return the batch number of each row."""
        if len(self._numbers) == 1:
            return np.full(len(columns), self._numbers[0], dtype=np.int64)
        return np.array(self._numbers, dtype=np.int64)[self._gathering.post_of(columns.row)]


def _pieces(columns: ReadingColumns) -> Iterator[ReadingColumns]:
    """Cut rows sorted by identity into pieces, never within an identity; of no rows there is none."""
    if len(columns) <= _ROWS_A_PIECE:
        yield from [columns] if len(columns) else []
        return
    ends = np.append(np.flatnonzero(~repeats_identity(columns))[1:], len(columns))
    start = 0
    while start < len(columns):
        place = int(np.searchsorted(ends, start + _ROWS_A_PIECE))
        end = int(ends[min(place, len(ends) - 1)])
        yield columns.take(np.arange(start, end))
        start = end
