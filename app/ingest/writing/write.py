"""Writing a gathering of judged posts: held against what is stored and committed in one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from sqlmodel import Session

from app.core.calendar.periods import instant_from_ms
from app.core.inventory.usual import Usual
from app.core.readings.batches import end_of_ms
from app.core.readings.columns import Int64Column, ReadingColumns
from app.core.readings.runs import LOOKUP_GAP_MS, distinct, runs_of
from app.core.readings.versions import Identity, StoredColumns, Version, pieces_of, sorted_by_identity
from app.ingest.judging.classify import Classified, Comparison, classify, compare, nothing_classified
from app.ingest.judging.history import all_usual, judge_by_history, marked
from app.ingest.judging.seen import hold_to_seen
from app.ingest.writing.backlog import LARGE_ROWS, slow_down
from app.ingest.writing.catching_up import catch_up
from app.ingest.writing.effective_amounts import amounts_amended
from app.ingest.writing.gathering import Gathering, OnConflict
from app.ingest.writing.tally import IngestOutcome, Tally, outcomes_of, records_of
from app.store.arrivals import arrivals
from app.store.arrivals.batches import BatchRecord
from app.store.arrivals.entering import enter_everything
from app.store.arrivals.packed import Arrival, pack
from app.store.engine.database import Database
from app.store.readings.recent import Recent, recent_readings
from app.store.readings.standing import standing_within
from app.store.readings.usual import keep_usual_amounts
from app.store.reporting.publications import sealed_ms
from app.store.sql.columns import ConcurrentChange, earlier_versions

_ROWS_A_PIECE = 100_000
"""A larger body is written piece by piece, so that memory stays bounded."""

_Earlier: TypeAlias = Mapping[Identity, Sequence[Version]]
_Learnt: TypeAlias = list[tuple[Classified, _Earlier]]
_HeldAgainst: TypeAlias = tuple[ReadingColumns, Comparison, _Earlier]


class InventoryMoved(RuntimeError):
    """A meter of the gathering was changed since its rows were judged; judge them again."""


def write(database: Database, gathering: Gathering) -> list[IngestOutcome]:
    """Commit what the posts change; return what became of each. Nothing is kept of a dry run.

    Raises InventoryMoved, ConcurrentChange when another transaction was faster: write again, and ChangedSinceSeen.
    """
    recent = recent_readings(database).of(gathering.organization_id)
    if len(gathering.posts) == 1 and len(gathering.columns) >= LARGE_ROWS and not gathering.options.dry_run:
        slow_down(database, recent, gathering.organization_id)
    with recent.lock:
        return _Writing(database, gathering, recent).carry_out()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a transaction appends (rows and bytes a part) and remembers, and what became of its posts."""

    number: int
    parts: Sequence[tuple[int, bytes]]
    usual: Mapping[int, Usual]
    learnt: _Learnt
    outcomes: list[IngestOutcome]


class _Writing:
    """One transaction: it holds the rows against what is remembered, else what is stored, and appends what changes.

    A large body of which everything is remembered is held against that before the transaction, which then finds that
    nobody has written since, and only appends bytes. An example: the memory is of transaction 41. The rows are compared
    and packed as number 42 while others write on. If the transaction is given 42, what was packed stands; given 44, it
    starts over inside, as one that did not know enough does.
    """

    def __init__(self, database: Database, gathering: Gathering, recent: Recent) -> None:
        self._database = database
        self._gathering = gathering
        # `_sorted` stays as it was posted; `_columns` are the same rows with those suspect that are far from what is
        # usual, which may be judged twice.
        self._sorted = self._columns = sorted_by_identity(gathering.columns)
        self._recent = recent
        self._numbers: list[int] = []
        self._lane: int | None = None

    def carry_out(self) -> list[IngestOutcome]:
        """Write, commit, and remember what was written; whatever goes wrong, nothing uncertain stays in memory."""
        dry = self._gathering.options.dry_run
        entered = False
        try:
            prepared = self._prepared_ahead()
            with self._database.write() as session:
                number = self._hold(session)
                # What was prepared is thrown away, its batch numbers too: a number that nobody uses does no harm.
                if prepared is None or prepared.number != number:
                    entered = self._catch_up(session, number)
                    prepared = self._prepared_within(session, number)
                if dry:
                    session.rollback()
                else:
                    prepared = self._stored_with_lessons(session, prepared)
        except InventoryMoved:
            raise
        except BaseException:  # whatever it was, it is not certain what was committed
            self._recent.forget()
            raise
        if not dry:
            self._remember(prepared)
        # What was entered for it is rolled back with it, and memory had been brought up to that.
        elif entered:
            self._recent.forget()
        return prepared.outcomes

    @property
    def _organization_id(self) -> int:
        return self._gathering.organization_id

    def _hold(self, session: Session) -> int:
        """Return this transaction's number; raise InventoryMoved when the rows were judged by another inventory.

        A publication moves it too, so that what waited for it is numbered after its instant.
        """
        version, number = arrivals.lock_readings(session, self._organization_id)
        if not recent_readings(self._database).has(self._organization_id, self._recent):
            raise ConcurrentChange  # another server has taken the database's place, and memory was of the one before
        if version != self._gathering.directory.version:
            # So that the numbers drawn next lie behind the publication's instant, whatever this machine's clock says.
            self._database.batches.pass_over(end_of_ms(sealed_ms(session, self._organization_id)))
            raise InventoryMoved
        return number

    def _draw_numbers(self, lane: int) -> None:
        """Take a batch number for each post."""
        self._lane = lane
        self._numbers = [self._database.batches.next(post.now_ms, lane) for post in self._gathering.posts]

    def _catch_up(self, session: Session, number: int) -> bool:
        """Bring the memory up to date; tell whether what waited had to be entered for it."""
        meters = distinct(self._sorted.meter)
        entered = catch_up(session, self._recent, self._organization_id, number, meters)
        directory = self._gathering.directory
        self._recent.usual.look_up(
            session, self._organization_id, meters.tolist(), directory.by_id, version=directory.version
        )
        return entered

    def _prepared_ahead(self) -> _Prepared | None:
        """Return what a large body's transaction is to append, when everything is remembered that it takes."""
        recent, lane = self._recent, self._database.batches.lane
        if recent.number is None or lane is None or len(self._sorted) < LARGE_ROWS or self._gathering.options.dry_run:
            return None
        meters = distinct(self._sorted.meter)
        if len(recent.unknown(meters)) or not recent.usual.knows(meters.tolist(), self._gathering.directory.version):
            return None
        self._draw_numbers(lane)
        usual = self._judge_by_history()
        held = self._remembered()
        return None if held is None else self._prepared(recent.number + 1, usual, held)

    def _prepared_within(self, session: Session, number: int) -> _Prepared:
        """Return what this transaction is to append, held against what is stored where not enough is remembered."""
        self._draw_numbers(arrivals.lane_of(session, self._database.batches))
        usual = self._judge_by_history()
        held = self._remembered()
        return self._prepared(number, usual, self._looked_up(session) if held is None else held)

    def _prepared(self, number: int, usual: Mapping[int, Usual], held: Iterable[_HeldAgainst]) -> _Prepared:
        gathering = self._gathering
        tally = Tally(problems=list(gathering.problems))
        learnt: _Learnt = []
        for piece, comparison, earlier in held:
            learnt.append((self._classified(piece, comparison, earlier), earlier))
            tally.add(learnt[-1][0])
        # Nothing of it is appended, remembered, or counted as taken.
        if gathering.options.atomic and tally.problems:
            tally, learnt = Tally(problems=tally.problems), []
        outcomes = outcomes_of(gathering, self._numbers, tally, self._columns)
        parts: list[tuple[int, bytes]] = []
        if gathering.options.dry_run:  # which is of one post alone
            outcomes = [replace(outcomes[0], changes=[classified for classified, _ in learnt])]
        else:
            records = records_of(gathering, self._columns, self._numbers, outcomes)
            parts = [(each.rows, pack(each)) for each in self._parts([classified for classified, _ in learnt], records)]
        return _Prepared(number, parts, usual if learnt else {}, learnt, outcomes)

    def _judge_by_history(self) -> dict[int, Usual]:
        """Make rows suspect that are far outside what their meters usually say; return what that teaches of them."""
        usual = self._recent.usual
        self._columns = self._sorted
        meters = distinct(self._columns.meter).tolist()
        if all_usual(self._columns, meters, usual.levels(meters)):
            return {}
        far, changed = judge_by_history(self._columns, self._gathering.directory.by_id, usual.judged(meters))
        if far.any():
            self._columns = marked(self._columns, far)
        return changed

    def _stored_with_lessons(self, session: Session, prepared: _Prepared) -> _Prepared:
        """Store what is prepared; return it with what its corrections teach of what is usual."""
        if corrections := [each for classified, _ in prepared.learnt for each in classified.corrections]:
            known = {**self._recent.usual.judged([each.meter for each in corrections]), **prepared.usual}
            changed = amounts_amended(session, self._organization_id, known, corrections)
            prepared = replace(prepared, usual={**prepared.usual, **changed})
        for part, (rows, content) in enumerate(prepared.parts):
            arrivals.append_packed(session, self._organization_id, prepared.number, part, rows, content)
        keep_usual_amounts(session, self._organization_id, prepared.usual)
        return prepared

    def _remember(self, prepared: _Prepared) -> None:
        """Take in what is committed."""
        self._database.batches.lane = self._lane
        self._recent.appended += sum(rows for rows, _ in prepared.parts)
        self._recent.usual.learn(prepared.usual)
        for classified, earlier in prepared.learnt:
            self._recent.remember(classified.new, classified.new_batches, classified.corrections, earlier)
        self._recent.number = prepared.number  # last: what is not remembered whole must not be taken for it

    def _remembered(self) -> list[_HeldAgainst] | None:
        """Hold the rows, piece by piece, against what is remembered; None when that does not tell of all of them."""
        found: list[_HeldAgainst] = []
        for piece in pieces_of(self._columns, _ROWS_A_PIECE):
            stored = self._recent.stored(piece)
            if stored is None:
                return None
            comparison = compare(piece, stored, by_value=self._gathering.options.by_value)
            earlier = {} if self._gathering.options.restore else self._recent.earlier(comparison.current)
            if earlier is None:
                return None
            found.append((piece, comparison, earlier))
        return found

    def _looked_up(self, session: Session) -> Iterator[_HeldAgainst]:
        """Yield the rows, piece by piece, held against what is stored; superseded versions are entered first."""
        enter_everything(session, self._organization_id)
        for piece in pieces_of(self._columns, _ROWS_A_PIECE):
            stored = self._stored(session, piece)
            comparison = compare(piece, stored, by_value=self._gathering.options.by_value)
            earlier: _Earlier = {}
            if not self._gathering.options.restore:
                earlier = earlier_versions(session, self._organization_id, list(comparison.current))
            yield piece, comparison, earlier

    def _stored(self, session: Session, piece: ReadingColumns) -> StoredColumns:
        """Return what is stored of the rows' identities; nothing is asked when all lie above what is known."""
        known = self._recent.stored(piece)
        # None: memory does not tell of all rows. Empty: it tells of all that nothing is stored.
        if known is not None and not len(known):
            return known
        # One range a run instead of a question a row; what else lies in it is passed over by `compare`.
        runs = runs_of(piece.meter, piece.at, piece.at, gap_ms=LOOKUP_GAP_MS)
        return standing_within(session, self._organization_id, runs)

    def _parts(self, pieces: Sequence[Classified], records: Sequence[BatchRecord]) -> list[Arrival]:
        """Return the arrivals of the pieces, the records with the first; there is one in any case."""
        parts: list[Arrival] = []
        for classified in pieces or [nothing_classified()]:
            new = classified.new
            if parts and not len(new) and not classified.corrections:
                continue
            meters = distinct(new.meter)
            before = self._recent.highest(meters)
            # Rows are sorted by meter, so two parts share one meter at most. What memory has of it is from before this
            # body: the part before has brought it further.
            if parts and len(parts[-1].new) and len(new) and parts[-1].new.meter[-1] == new.meter[0]:
                before[0] = max(before[0], parts[-1].new.at[-1])
            known = () if parts else records
            parts.append(Arrival(new, classified.new_batches, meters, before, classified.corrections, known))
        return parts

    def _classified(self, columns: ReadingColumns, comparison: Comparison, earlier: _Earlier) -> Classified:
        """Decide what the rows change; raise ConcurrentChange when a stored version has a later number than they."""
        newest = max((version.batch for version in comparison.current.values()), default=0)
        if newest >= self._numbers[0]:
            self._database.batches.pass_over(newest)
            raise ConcurrentChange
        options = self._gathering.options
        if options.seen is not None:
            changing = [*comparison.doubtful, *np.flatnonzero(comparison.fresh).tolist()]
            hold_to_seen(columns, changing, comparison.current, options.seen)
        by_id = self._gathering.directory.by_id
        return classify(
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
