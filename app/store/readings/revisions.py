"""Every version of one reading, with the batch that brought it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from app.core.readings.columns import STANDING_STEP, Standing
from app.core.readings.versions import Identity
from app.models import Batch, revision_table
from app.store.directory.people import names_of
from app.store.readings.history import current_versions
from app.store.sql.columns import stored_start


@dataclass(frozen=True, slots=True)
class Revision:
    """One version: value in micro-units, instants in UTC ms; `superseded_by` is the batch that replaced it, if any.

    `name` is what whoever sent it is called.
    """

    revision: int
    value: int
    quality: int
    start_at: int | None
    batch_id: int
    superseded_by: int | None
    key_code: str | None
    reason: str | None
    name: str | None

    @property
    def standing(self) -> Standing:
        return Standing(self.quality // STANDING_STEP)


def revisions_of(
    session: Session, organization_id: int, identity: Identity, *, after: int, limit: int
) -> list[Revision]:
    """Return up to `limit` versions of a reading with a revision number above `after`, oldest first."""
    past = revision_table.c
    earlier = session.connection().execute(
        select(past.revision, past.value, past.quality, past.start_at, past.batch_id, past.superseded_by)
        .where(past.organization_id == organization_id)
        .where(tuple_(past.meter_id, past.at, past.reference) == tuple_(*identity), past.revision > after)
        .order_by(past.revision)
        .limit(limit)
    )
    rows = [tuple(row) for row in earlier]
    if len(rows) < limit:
        meter_id, at, reference = identity
        current = current_versions(session, organization_id, meter_id, [at], reference).values()
        rows += [
            (now.revision, now.value, now.stored, stored_start(now.start), now.batch, None)
            for now in current
            if now.revision > after
        ]
    ids = {row[4] for row in rows}
    bringing = select_rows(Batch).where(Batch.organization_id == organization_id, col(Batch.id).in_(ids))
    batches = {batch.id: batch for batch in session.exec(bringing)}
    names = names_of(session, [batch.key_code for batch in batches.values()])
    return [_revision(row, batches.get(row[4]), names) for row in rows]


def _revision(
    row: tuple[int, int, int, int | None, int, int | None], batch: Batch | None, names: Mapping[str, str]
) -> Revision:
    if batch is None:
        return Revision(*row, key_code=None, reason=None, name=None)
    return Revision(*row, key_code=batch.key_code, reason=batch.reason, name=names.get(batch.key_code or ""))
