"""What this process knows of an organization's newest readings, so that most posts are judged without asking for them.

Of each meter known, everything stored above its floor is remembered: what lies there and is not remembered is new, and
so is what lies below the lowest that is stored. Readings with a reference are never remembered: one of them is not
another identity's repeat, and ledgers are asked for. The knowledge is as of a numbered transaction; whoever finds that
another process has written since catches up or forgets.

An example, instants of one meter in its order:

    stored, not asked for           remembered: 09:00, 09:15, 09:45              nothing stored
    ------------------ floor 08:45 ---------------------------------- top 09:45 ------------------>
    08:30 has to be asked for       09:15 is a repeat or a correction,           10:00 is new
                                    09:30 is new, since it would be remembered

When too much is remembered, the older half goes and the floors rise to what was the top when the younger half began.

Guarded by `lock`, which whoever writes the organization's readings in this process holds from before its transaction
until it has remembered what it committed. Were it wrong, a repeat would be taken for new, so nothing is believed that
is not of the very transaction before: `number` says of which it is, and a transaction that fails leaves it behind.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from app.core.readings.columns import NO_REFERENCE, Int32Column, Int64Column, ReadingColumns
from app.core.readings.versions import NOTHING_STORED, Correction, Identity, StoredColumns, Version
from app.store.arrivals.packed import Arrival
from app.store.engine.database import Database
from app.store.readings.remembered import KnownRows, Remembered, room_for
from app.store.readings.usual import UsualAmounts
from app.store.sql.columns import NEVER

_MOST_ROWS = 100_000
"""Rows remembered before the older half is forgotten: about a day of quarter hours of a thousand meters."""

_MOST_ROWS_IN_ALL = 1_000_000
_LOOKS_APART = 256
# A key is a meter's slot above the 43 bits of an instant, so keys sort by slot and instant. Slots are given out from 0:
# ids would pass the 20 bits that are left beside the sign.
_INSTANT_BITS = 43  # instants end before 2200
_MOST_METERS = 1 << 63 - _INSTANT_BITS


@dataclass(slots=True)
class _Spans:
    """Distinct meters of rows sorted by identity, where each begins, and its slot."""

    slots: Int64Column
    counts: Int64Column

    def each_row(self, column: Int64Column) -> Int64Column:
        return np.repeat(column[self.slots], self.counts)


class Recent:
    """The newest readings of one organization; hold `lock` while using it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.number: int | None = None
        """The transaction that this is the state after; None when nothing is known."""
        self.appended = 0
        """Rows appended by this process since it last saw how many wait to be entered."""
        self.usual = UsualAmounts()
        self._forget_meters()

    def forget(self) -> None:
        """Know nothing any more."""
        self.number = None
        self.usual.forget()
        self._forget_meters()

    def _forget_meters(self) -> None:
        self._meters: Int32Column = np.empty(0, dtype=np.int32)
        self._slot_of: Int64Column = np.empty(0, dtype=np.int64)
        self._floors: Int64Column = np.empty(0, dtype=np.int64)
        self._tops: Int64Column = np.empty(0, dtype=np.int64)
        self._bottoms: Int64Column = np.empty(0, dtype=np.int64)
        self._young, self._old = Remembered(), Remembered()
        self._young_floors: Int64Column = self._tops

    def has_room_for(self, count: int) -> bool:
        """Tell whether so many more meters can be known."""
        return len(self._meters) <= _MOST_METERS - count

    def unknown(self, meters: Int32Column) -> Int32Column:
        """Return those of the distinct, ascending meters that nothing is known of."""
        return meters[~np.isin(meters, self._meters, assume_unique=True)]

    def learn(self, meters: Int32Column, bottoms: Int64Column, tops: Int64Column) -> None:
        """Take in the lowest and highest stored instants of meters that nothing was known of.

        Without a reading the highest is NEVER; NEVER as the lowest says nothing of what lies low.
        """
        slots = np.arange(len(self._tops), len(self._tops) + len(meters))
        self._floors = np.concatenate((self._floors, tops))
        self._tops = np.concatenate((self._tops, tops))
        self._bottoms = np.concatenate((self._bottoms, bottoms))
        self._young_floors = np.concatenate((self._young_floors, tops))
        known = np.concatenate((self._meters, meters))
        order = np.argsort(known)
        self._meters, self._slot_of = known[order], np.concatenate((self._slot_of, slots))[order]

    def highest(self, meters: Int32Column) -> Int64Column:
        """Return the highest stored instant of each of these known meters; NEVER where there is none."""
        return self._tops[self._slots(meters)]

    def stored(self, columns: ReadingColumns) -> StoredColumns | None:
        """Return what is stored of the identities of rows of known meters, sorted; None when it is not known."""
        if columns.reference is not None:
            return None
        spans = self._spans(columns.meter)
        at = columns.at
        # Above the highest and below the lowest stored instant nothing can stand, whatever is remembered.
        below = np.flatnonzero((at <= spans.each_row(self._tops)) & (at >= spans.each_row(self._bottoms)))
        if not len(below):
            return NOTHING_STORED
        if bool((columns.at[below] <= spans.each_row(self._floors)[below]).any()):
            return None
        keys = _keys(spans.each_row(np.arange(len(self._tops)))[below], columns.at[below])
        found, said = np.zeros(len(keys), dtype=np.bool_), room_for(len(keys))
        self._young.look_up(keys, found, said)
        self._old.look_up(keys, found, said)
        rows = below[found]
        return StoredColumns(
            meter=columns.meter[rows],
            at=columns.at[rows],
            value=said.value[found],
            quality=said.quality[found],
            start=said.start[found],
            revision=said.revision[found],
            batch=said.batch[found],
        )

    def earlier(self, current: Mapping[Identity, Version]) -> dict[Identity, list[Version]] | None:
        """Return the superseded versions of identities, by what stands of them; None when they are not all known."""
        found: dict[Identity, list[Version]] = {}
        for identity, version in current.items():
            if version.revision > 1:
                earlier = self._young.earlier(identity) or self._old.earlier(identity)
                # The fifth revision has four before it: with fewer remembered, the others are in the database alone.
                if earlier is None or len(earlier) != version.revision - 1:
                    return None
                found[identity] = earlier
        return found

    def remember(
        self,
        new: ReadingColumns,
        batches: Int64Column,
        corrections: Sequence[Correction],
        earlier: Mapping[Identity, Sequence[Version]],
    ) -> None:
        """Take in what a transaction has stored of known meters; `earlier`: the versions before those it corrected."""
        if new.reference is not None:
            plain = new.reference == NO_REFERENCE
            new, batches = new.take(plain), batches[plain]
        corrections = [each for each in corrections if each.reference == NO_REFERENCE]
        if len(new) + len(corrections) > _MOST_ROWS:
            if len(new):
                # The rows are not remembered, but that there are any above the old top must be.
                self._note_reach(self._spans(new.meter), new.at)
            self.forget_rows()
            return
        if self._young.rows + len(new) + len(corrections) > _MOST_ROWS:
            self._grow_old()
        if len(new):
            spans = self._spans(new.meter)
            key = _keys(spans.each_row(np.arange(len(self._tops))), new.at)
            ones = np.ones(len(new), dtype=np.int16)
            said = KnownRows(key, new.value, new.quality, new.start, ones, batches)
            self._young.add(said if bool((key[1:] > key[:-1]).all()) else said.in_order())
            self._note_reach(spans, new.at)
        if corrections:
            self._remember_corrected(corrections, earlier)

    def remember_arrival(self, arrival: Arrival) -> None:
        """Take in what another process has appended."""
        unknown = self.unknown(arrival.meters)
        if len(unknown):
            tops = arrival.before[np.isin(arrival.meters, unknown, assume_unique=True)]
            self.learn(unknown, np.full(len(unknown), NEVER), tops)
        for meter in (*arrival.meters.tolist(), *(each.meter for each in arrival.corrections)):
            self.usual.forget_meter(meter)  # the other process may have learnt of it
        self.remember(arrival.new, arrival.batches, arrival.corrections, {})

    @property
    def rows(self) -> int:
        """Return how many readings are remembered."""
        return self._young.rows + self._old.rows

    def forget_rows(self) -> None:
        """Remember no readings, only how high they reach."""
        self._grow_old()
        self._grow_old()

    def _grow_old(self) -> None:
        # What was young lies above where it began, which is the floor from now on; what comes next begins at today's
        # top.
        self._floors, self._young_floors = self._young_floors, self._tops.copy()
        self._old, self._young = self._young, Remembered()

    def _remember_corrected(
        self, corrections: Sequence[Correction], earlier: Mapping[Identity, Sequence[Version]]
    ) -> None:
        """Note what stands now, and the versions before it, of identities that belong to known meters."""
        stands: dict[Identity, Version] = {}
        noted: dict[Identity, list[Version]] = {}
        for (meter_id, instant), found in groupby(corrections, key=lambda each: (each.meter, each.at)):
            identity = meter_id, instant, NO_REFERENCE
            of_one = list(found)
            if identity not in noted:
                before = self._versions_before(identity, of_one[0].old, earlier)
                noted[identity] = self._young.note_earlier(identity, before)
            noted[identity] += [each.old for each in of_one]
            stands[identity] = of_one[-1].new
        meter, at, value, quality, start, revision, batch = np.array(
            [(*identity[:2], v.value, v.stored, v.start, v.revision, v.batch) for identity, v in stands.items()],
            dtype=np.int64,
        ).T
        # Of a meter that is not known nothing may be remembered: it has no floor.
        known = np.isin(meter, self._meters)
        key = _keys(self._slots(meter[known].astype(np.int32)), at[known])
        order = np.flatnonzero(known)[np.argsort(key)]
        short = quality[order].astype(np.int16), revision[order].astype(np.int16)
        self._young.add(KnownRows(np.sort(key), value[order], short[0], start[order], short[1], batch[order]))

    def _versions_before(
        self, identity: Identity, old: Version, earlier: Mapping[Identity, Sequence[Version]]
    ) -> Sequence[Version]:
        if identity in earlier:
            return earlier[identity]
        if old.revision == 1:
            return []
        return self._young.earlier(identity) or self._old.earlier(identity) or []

    def _note_reach(self, spans: _Spans, at: Int64Column) -> None:
        # Rows are sorted by instant within a meter: of counts 2 and 3 the meters end before rows 2 and 5, and begin at
        # 0 and 2.
        ends = np.cumsum(spans.counts)
        self._tops[spans.slots] = np.maximum(self._tops[spans.slots], at[ends - 1])
        self._bottoms[spans.slots] = np.minimum(self._bottoms[spans.slots], at[ends - spans.counts])

    def _spans(self, meter: Int32Column) -> _Spans:
        first = np.flatnonzero(np.concatenate(([True], meter[1:] != meter[:-1])))
        return _Spans(self._slots(meter[first]), np.diff(first, append=len(meter)))

    def _slots(self, meters: Int32Column) -> Int64Column:
        return self._slot_of[np.searchsorted(self._meters, meters)]


class RecentReadings:
    """What this process knows of each organization; when it is much in all, those used longest ago forget rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, Recent] = {}
        self._asked = 0

    def of(self, organization_id: int) -> Recent:
        """Return what is known of an organization."""
        with self._lock:
            # Put back at the end: the dict is in the order of use.
            recent = self._known.pop(organization_id, None) or Recent()
            self._known[organization_id] = recent
            self._asked += 1
            if self._asked % _LOOKS_APART == 0:
                self._trim(recent)
            return recent

    def has(self, organization_id: int, recent: Recent) -> bool:
        """Tell whether this is what is known of an organization, and not of a server that another one replaced."""
        with self._lock:
            return self._known.get(organization_id) is recent

    def _trim(self, spared: Recent) -> None:
        """Have organizations, those asked for longest ago first, forget their rows until what all have is bounded."""
        rows = sum(each.rows for each in self._known.values())
        for each in self._known.values():
            if rows <= _MOST_ROWS_IN_ALL:
                return
            # One in use is passed over: to wait for it here, with the lock of all in hand, would hold up every post.
            if each is not spared and each.lock.acquire(blocking=False):
                rows -= each.rows
                each.forget_rows()
                each.lock.release()


def recent_readings(database: Database) -> RecentReadings:
    """Return what this process knows of the newest readings in a database."""
    return database.state.of(RecentReadings, RecentReadings)


def _keys(slots: Int64Column, at: Int64Column) -> Int64Column:
    return (slots << _INSTANT_BITS) | at
