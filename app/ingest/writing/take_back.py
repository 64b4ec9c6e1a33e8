"""Taking back what a batch has brought: what still stands of it stands as it stood before."""

from collections.abc import Sequence

import numpy as np
from sqlmodel import Session

from app.core.readings.batches import batch_code
from app.core.readings.columns import Standing
from app.core.readings.versions import Correction, StoredColumns, Version, identities_of, one_after_the_other
from app.ingest.judging.decide import LAST_REVISION
from app.ingest.writing.amend import Amendment, batch_record, change_readings, numbered, restanding
from app.store.arrivals.batches import insert_batches
from app.store.audit.capture import note
from app.store.engine.database import Database
from app.store.operations.bulk_amendments import superseded_by
from app.store.readings.standing_where import brought_by, standing_where
from app.store.sql.columns import ConcurrentChange

READINGS_A_PIECE = 2_000
"""About a tenth of a second's work, for which posts of the organization, or on SQLite all, wait."""


def take_back(database: Database, amendment: Amendment, *, batch: int, meter_ids: Sequence[int]) -> int:
    """Have what still stands of a batch stand as it stood before, or be withdrawn where nothing did; return how many.

    In pieces, each a batch of its own: interrupted, it is gone on with by being called again. What was changed since
    stays. Raises AmendmentContended.
    """
    taken = 0

    def piece(session: Session, own: int) -> int:
        return _piece(database, session, amendment, batch, meter_ids, own)

    while True:
        _, done = numbered(database, amendment, piece)
        taken += done
        if done < READINGS_A_PIECE:
            return taken


def _piece(
    database: Database, session: Session, amendment: Amendment, batch: int, meter_ids: Sequence[int], own: int
) -> int:
    stands = _standing(session, amendment.organization_id, batch, meter_ids)
    if not len(stands):
        return 0
    if own <= batch:  # another process's clock was ahead: a larger number is to be drawn
        database.batches.pass_over(batch)
        raise ConcurrentChange
    places = np.arange(len(stands))
    versions = dict(zip(identities_of(stands, places), stands.versions(places), strict=True))
    before = superseded_by(session, amendment.organization_id, batch, versions)
    corrections = [
        Correction(meter, at, old, _before(old, before.get((meter, at, reference)), own), reference)
        for (meter, at, reference), old in versions.items()
    ]
    change_readings(session, amendment.organization_id, corrections)
    meters = sorted({each.meter for each in corrections})
    insert_batches(session, [batch_record(amendment, own, meters, len(corrections))])
    told = {"readings": len(corrections), "batch": batch_code(batch), "reason": amendment.reason}
    note(session, amendment.organization_id, "reading", batch_code(batch), after={**told, "taken_back": True})
    return len(corrections)


def _standing(session: Session, organization_id: int, batch: int, meter_ids: Sequence[int]) -> StoredColumns:
    """Return the first readings, in order, of which a batch brought what stands, and that can be changed once more."""
    found: list[StoredColumns] = []
    count = 0
    for rows in standing_where(session, organization_id, meter_ids, brought_by(batch)):
        free = rows.take(rows.revision < LAST_REVISION)
        found.append(free)
        count += len(free)
        if count >= READINGS_A_PIECE:
            break
    return one_after_the_other(found).take(slice(0, READINGS_A_PIECE))


def _before(old: Version, was: Version | None, own: int) -> Version:
    if was is None:
        return restanding(old, Standing.WITHDRAWN, own)
    return Version(was.value, was.stored, was.start, revision=old.revision + 1, batch=own)
