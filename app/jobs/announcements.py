"""Telling what batches brought: one summary for each organization of all that was committed since the last one."""

import time
from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session

from app.core.batches import batch_code
from app.core.events import EventKind
from app.store.announcements import AcceptedBatch, any_unannounced, take_unannounced
from app.store.directory import DirectoryCache
from app.store.engine import Database
from app.store.events import append_event

_BATCHES_A_TRANSACTION = 1_000
_COUNTS = ("received", "inserted", "replaced", "duplicate", "suspect", "rejected")


def announce_batches(database: Database) -> int:
    """Append `readings.accepted` for every committed batch that was not told of; return how many batches that were."""
    told = 0
    while True:
        with database.read() as session:
            if not any_unannounced(session):
                return told
        with database.write() as session:
            batches = take_unannounced(session, limit=_BATCHES_A_TRANSACTION)
            _tell(session, database.directories, batches)
        told += len(batches)
        if not batches:
            return told


def _tell(session: Session, directories: DirectoryCache, batches: Sequence[AcceptedBatch]) -> None:
    by_organization: dict[int, list[AcceptedBatch]] = defaultdict(list)
    for batch in batches:
        by_organization[batch.organization_id].append(batch)
    for organization_id, own in by_organization.items():
        known = all(batch.meters is not None for batch in own)
        meters = {meter for batch in own for meter in batch.meters or ()}
        subjects = directories.subjects_of(session, organization_id, meters) if known else []
        append_event(
            session,
            organization_id=organization_id,
            kind=EventKind.READINGS_ACCEPTED,
            payload={
                "batches": len(own),
                "first_batch": batch_code(own[0].number),
                "last_batch": batch_code(own[-1].number),
                **{name: sum(getattr(batch, name) for batch in own) for name in _COUNTS},
            },
            at_ms=time.time_ns() // 1_000_000,
            plants={subject.plant for subject in subjects} if known else None,
            resources={subject.resource for subject in subjects} if known else None,
        )
