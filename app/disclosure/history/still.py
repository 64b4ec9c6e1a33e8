"""An organization that stands still, so that what is read of it is exactly what was stored by one instant."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session

from app.core.readings.batches import batch_code, end_of_ms
from app.models import Organization, id_of
from app.rollup.rolling.roller import roll, roll_pending
from app.store.arrivals.batches import newest_batch_ms
from app.store.arrivals.entering import enter_everything
from app.store.directory.directory import directories, lock_inventory_alone
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.operations.bulk_amendments import unfinished_amendment
from app.store.rollups.dirty_spans import meters_with_spans
from app.store.rollups.rolling import meters_with_marks

_EVERY_METER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Still:
    """An organization whose readings nobody else writes; those stored by as_of_ms (UTC) are rolled up."""

    session: Session
    organization: Organization
    as_of_ms: int


@contextmanager
def standing_still(database: Database, organization: str) -> Iterator[Still]:
    """Yield an organization standing still, in a transaction that is committed when the block ends; raises NotThere.

    Whoever stores something of the instant lets the inventory version grow (`change_inventory`): posts that were
    numbered before it and wait for it to pass are then judged, and numbered, again.
    """
    with database.read() as session:
        organization_of(session, organization)
    roll_pending(database)
    with database.write() as session:
        row = organization_of(session, organization)
        yield stand_still(database, session, row)


class AmendmentUnderWay(RuntimeError):
    """Many readings are being withdrawn or accepted: nothing is frozen until all of them are."""


def require_all_amended(session: Session, organization_id: int) -> None:
    """Raise AmendmentUnderWay while an amendment of the organization's readings is not finished.

    What is frozen is told of an instant, and what an amendment does later belongs to the instant it was ordered.
    """
    unfinished = unfinished_amendment(session, organization_id)
    if unfinished is not None:
        words = f"The amendment {batch_code(unfinished.batch_id)} is being carried out; try again when it is finished"
        raise AmendmentUnderWay(words)


def stand_still(database: Database, session: Session, organization: Organization) -> Still:
    """Keep others from writing readings of the organization until the transaction ends.

    Every reading stored by that instant is rolled up, and none that is stored later gets an earlier number.
    """
    organization_id = id_of(organization)
    lock_inventory_alone(session, organization_id)
    require_all_amended(session, organization_id)
    session.refresh(organization)
    enter_everything(session, organization_id)
    marked = meters_with_marks(session, organization_id, limit=_EVERY_METER)
    waiting = sorted({*marked, *meters_with_spans(session, organization_id, limit=_EVERY_METER)})
    if waiting:
        roll(session, directories(database), waiting)
    as_of_ms = max(time.time_ns() // 1_000_000, newest_batch_ms(session))
    database.batches.pass_over(end_of_ms(as_of_ms))
    return Still(session, organization, as_of_ms)
