"""Readings as they are believed now, or as they were believed at a past instant."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlmodel import Session

from app.core.readings.batches import end_of_ms
from app.core.readings.beliefs import AmendmentAction, Arriving, Belief, Supposition
from app.core.readings.columns import NO_REFERENCE, STANDING_STEP, Standing
from app.core.readings.runs import LOOKUP_GAP_MS, runs_of
from app.core.readings.versions import Identity, StoredColumns, Version, identities_of, newest, newest_of, places_in
from app.store.readings.standing import one_run, standing_of, standing_within
from app.store.readings.superseded import superseded_within

WITHDRAWN = STANDING_STEP * Standing.WITHDRAWN
_FROM_SUSPECT_TO_ACCEPTED = STANDING_STEP * (Standing.SUSPECT - Standing.ACCEPTED)


def believed_of(
    session: Session, organization_id: int, meter_id: int, first_at: int, last_at: int, belief: Belief
) -> StoredColumns:
    """Return the readings of a meter stamped in [first, last] that are believed, in order.

    Of a past instant, those that stood then: some stand still, others are among the superseded versions. Withdrawn
    readings are included, but for those an amendment would withdraw.
    """
    stands = standing_of(session, organization_id, meter_id, first_at, last_at)
    if isinstance(belief, Supposition):
        return _supposed(session, organization_id, stands, belief) if meter_id in belief.meter_ids else stands
    if isinstance(belief, Arriving):
        return _with_arriving(stands, belief.rows.get(meter_id), first_at, last_at)
    if belief is None:
        return stands
    end = end_of_ms(belief)
    then = superseded_within(session, organization_id, one_run(meter_id, first_at, last_at), batch=end)
    return newest([stands.take(stands.batch < end), then])


def _with_arriving(stands: StoredColumns, rows: StoredColumns | None, first_at: int, last_at: int) -> StoredColumns:
    """Return what would stand in [first, last] of a meter if rows, which have later revisions, were stored."""
    if rows is None:
        return stands
    return newest([stands, newest_of(rows.take((rows.at >= first_at) & (rows.at <= last_at)))])


def _supposed(session: Session, organization_id: int, stands: StoredColumns, supposed: Supposition) -> StoredColumns:
    """Return what would stand of what does if an amendment were carried out.

    What it accepts or withdraws stands there under another quality; what it restores is among the superseded versions,
    where the amendment that is undone has put it.
    """
    inside = (stands.at >= supposed.first_ms) & (stands.at < supposed.end_ms)
    if supposed.action is AmendmentAction.WITHDRAW:
        return stands.take(~inside)
    if supposed.action is AmendmentAction.ACCEPT:
        suspect = inside & (stands.quality // STANDING_STEP == Standing.SUSPECT)
        accepted = np.where(suspect, stands.quality - _FROM_SUSPECT_TO_ACCEPTED, stands.quality)
        return replace(stands, quality=accepted.astype(np.int16))
    undone = inside & (stands.batch == supposed.undoes)
    if not undone.any():
        return stands
    gone = stands.take(undone)
    runs = runs_of(gone.meter, gone.at, gone.at, gap_ms=LOOKUP_GAP_MS)
    # Runs reach over readings in between, which the amendment did not touch: those are left out.
    restored = superseded_within(session, organization_id, runs, batch=supposed.undoes or 0)
    return newest([stands.take(~undone), restored.take(places_in(gone, restored) >= 0)])


def current_versions(
    session: Session, organization_id: int, meter_id: int, instants: Sequence[int], reference: str
) -> dict[Identity, Version]:
    """Return what stands of a meter at ascending instants under one reference, withdrawn or not."""
    at = np.array(instants, dtype=np.int64)
    meters = np.full(len(at), meter_id, dtype=np.int32)
    found = standing_within(session, organization_id, runs_of(meters, at, at, gap_ms=LOOKUP_GAP_MS))
    wanted = np.isin(found.at, at)
    wanted &= reference == NO_REFERENCE if found.reference is None else found.reference == reference
    places = np.flatnonzero(wanted)
    return dict(zip(identities_of(found, places), found.versions(places), strict=True))
