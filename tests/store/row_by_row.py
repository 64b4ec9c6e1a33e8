"""Readings kept row by row in plain dictionaries, and put into the log beside it: what the accessor is held against."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import insert

from app.core.inventory.meters import MeterSpec
from app.core.readings.batches import end_of_ms
from app.core.readings.columns import NO_REFERENCE, NO_START, ReadingColumns
from app.core.readings.versions import Correction, Identity, StoredColumns, Version, identities_of
from app.models import reading_table
from app.store.arrivals.arrivals import append_arrival, lock_readings
from app.store.arrivals.entered import enter_arrived
from app.store.arrivals.entering import lock_entering
from app.store.arrivals.packed import Arrival
from app.store.readings.folding import fold
from tests.support.site import Site

FIRST_AT = 1_614_556_800_000
STEP_MS = 900_000


@dataclass(frozen=True, slots=True)
class Superseded:
    """A version that stood once, and the batch that superseded it."""

    identity: Identity
    version: Version
    by: int


@dataclass(slots=True)
class RowByRow:
    """What stands and what stood before; `arrive` puts the same into the database. A batch is stored each second."""

    site: Site
    meters: list[MeterSpec]
    stands: dict[Identity, Version] = field(default_factory=dict)
    superseded: list[Superseded] = field(default_factory=list)
    stored_ms: int = 1_000_000

    @property
    def batch(self) -> int:
        """Return the number of the last batch."""
        return end_of_ms(self.stored_ms) - 1

    def arrive(self, new: dict[Identity, Version], changes: Iterable[tuple[Identity, Version]]) -> None:
        """Append new readings and, one after the other, changes of what stands or of the new ones, as one arrival.

        Batch and revision of what is given do not matter.
        """
        self.stored_ms += 1_000
        firsts = {identity: replace_version(each, 1, self.batch) for identity, each in new.items()}
        self.stands |= firsts
        corrections = []
        for identity, version in changes:
            old = self.stands[identity]
            now = replace_version(version, old.revision + 1, self.batch)
            self.superseded.append(Superseded(identity, old, self.batch))
            self.stands[identity] = now
            corrections.append(Correction(identity[0], identity[1], old, now, identity[2]))
        columns = _columns({identity: firsts[identity] for identity in sorted(firsts)})
        meters = np.unique(columns.meter)
        with self.site.database.write() as session:
            _, number = lock_readings(session, self.site.organization_id)
            batches = np.full(len(columns), self.batch, dtype=np.int64)
            before = np.zeros(len(meters), dtype=np.int64)
            arrival = Arrival(columns, batches, meters, before, corrections, [])
            append_arrival(session, self.site.organization_id, number, 0, arrival)

    def keep_rows(self, new: dict[Identity, Version]) -> None:
        """Have an earlier release have stored readings, a row each."""
        self.stored_ms += 1_000
        for (meter, at, reference), each in new.items():
            version = self.stands[meter, at, reference] = replace_version(each, 1, self.batch)
            start = None if version.start == NO_START else version.start
            values = {"meter_id": meter, "at": at, "reference": reference, "value": version.value, "start_at": start}
            rest = {"quality": version.stored, "revision": 1, "batch_id": version.batch}
            with self.site.database.write() as session:
                session.connection().execute(insert(reading_table).values(**values, **rest))

    def fold(self, worth_a_page: int) -> None:
        """Put what has arrived into pages, or into one arrival where a meter has fewer rows than make a page."""
        enter_arrived(self.site.database, self.site.organization_id)
        with self.site.database.write() as session:
            lock_entering(session, self.site.organization_id)
            fold(session, self.site.organization_id, worth_a_page=worth_a_page)

    def where(self, wanted: Callable[[Identity, Version], bool]) -> list[tuple[Identity, Version]]:
        """Return what stands and is wanted, by identity."""
        return [
            (identity, self.stands[identity])
            for identity in sorted(self.stands)
            if wanted(identity, self.stands[identity])
        ]

    def stood_before(self, batch: int) -> dict[Identity, Version]:
        """Return what stood before a batch and does not any more."""
        return {each.identity: each.version for each in self.superseded if each.version.batch < batch <= each.by}


def replace_version(version: Version, revision: int, batch: int) -> Version:
    """Return what a version says under another number."""
    return Version(version.value, version.stored, version.start, revision, batch)


def rows_of(columns: StoredColumns) -> list[tuple[Identity, Version]]:
    """Return columns row by row."""
    places = np.arange(len(columns))
    return list(zip(identities_of(columns, places), columns.versions(places), strict=True))


def _columns(versions: dict[Identity, Version]) -> ReadingColumns:
    named = [reference for _, _, reference in versions]
    return ReadingColumns(
        row=np.zeros(len(versions), dtype=np.int32),
        meter=np.array([meter for meter, _, _ in versions], dtype=np.int32),
        at=np.array([at for _, at, _ in versions], dtype=np.int64),
        value=np.array([each.value for each in versions.values()], dtype=np.int64),
        start=np.array([each.start for each in versions.values()], dtype=np.int64),
        quality=np.array([each.stored for each in versions.values()], dtype=np.int16),
        reference=np.array(named, dtype=object) if any(each != NO_REFERENCE for each in named) else None,
    )
