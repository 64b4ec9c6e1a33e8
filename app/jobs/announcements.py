"""Telling what batches brought: one summary for each organization of all that was committed since the last one."""

import time
from collections.abc import Sequence

from sqlmodel import Session

from app.core.events import EventKind
from app.core.readings.batches import batch_code
from app.store.directory.directory import DirectoryCache, directories
from app.store.engine.database import Database
from app.store.outbox.announcements import AcceptedBatch, organizations_unannounced, take_unannounced
from app.store.outbox.events import append_event

_BATCHES_A_TRANSACTION = 1_000
_COUNTS = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")


def announce_batches(database: Database) -> int:
    """Append `readings.accepted` for every committed batch that was not told of; return how many batches that were."""
    with database.read() as session:
        organizations = organizations_unannounced(session)
    return sum(_announce(database, organization_id) for organization_id in organizations)


def _announce(database: Database, organization_id: int) -> int:
    told = 0
    while True:
        with database.write() as session:
            batches = take_unannounced(session, organization_id, limit=_BATCHES_A_TRANSACTION)
            if batches:
                _tell(session, directories(database), organization_id, batches)
        told += len(batches)
        if len(batches) < _BATCHES_A_TRANSACTION:
            return told


def _tell(
    session: Session, directories: DirectoryCache, organization_id: int, batches: Sequence[AcceptedBatch]
) -> None:
    known = all(batch.meters is not None for batch in batches)
    meters = {meter for batch in batches for meter in batch.meters or ()}
    subjects = directories.subjects_of(session, organization_id, meters) if known else []
    append_event(
        session,
        organization_id=organization_id,
        kind=EventKind.READINGS_ACCEPTED,
        payload={
            "batches": len(batches),
            "first_batch": batch_code(batches[0].number),
            "last_batch": batch_code(batches[-1].number),
            **{name: sum(getattr(batch, name) for batch in batches) for name in _COUNTS},
        },
        at_ms=time.time_ns() // 1_000_000,
        plants={subject.plant for subject in subjects} if known else None,
        resources={subject.resource for subject in subjects} if known else None,
    )
