"""Additions to the rollups that cannot be read: they are deleted, and all days of their organization made anew.

Nothing is lost: additions say what readings say that are stored elsewhere. The damage is found by whoever needs them.
"""

import structlog
from sqlmodel import Session, col, select

from app.models import Meter
from app.store.arrivals.entering import lock_entering
from app.store.arrivals.marks import mark_everything
from app.store.arrivals.meter_locks import lock_meters
from app.store.arrivals.rollup_additions import delete_additions

_log = structlog.get_logger(__name__)


def make_anew(session: Session, organization_id: int) -> None:
    """Delete an organization's additions and mark all its meters; nobody enters or rolls them until this commits."""
    # In this order as everywhere, entering before meters: nobody adds to them or makes days anew until all are marked.
    lock_entering(session, organization_id)
    meters = session.exec(select(Meter.id).where(col(Meter.organization_id) == organization_id)).all()
    meter_ids = [meter for meter in meters if meter is not None]
    lock_meters(session, meter_ids)
    delete_additions(session, organization_id)
    mark_everything(session, organization_id, meter_ids)
    _log.error("additions to rollups are damaged; all days are made anew", organization_id=organization_id)
