"""What meters usually say, brought up to what stands after corrections, in the transaction that makes them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

import numpy as np
from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS
from app.core.inventory.usual import REMEMBERED, Usual
from app.core.readings.columns import COUNTS_BELOW, NO_START
from app.core.readings.reading_pages import DamagedPage
from app.core.readings.versions import Correction, Version, identities_of
from app.ingest.judging.effective import after_corrections, amount_of
from app.store.arrivals.packed import UnreadableArrival
from app.store.readings.standing import EVER, standing_of
from app.store.readings.usual import keep_usual_amounts, usual_amounts

_LOOKED_BACK_MS = 1_100 * 24 * HOUR_MS
"""Three years: what stands of them tells what a meter usually says."""


def amounts_amended(
    session: Session, organization_id: int, known: Mapping[int, Usual], corrections: Sequence[Correction]
) -> dict[int, Usual]:
    """Return what is remembered anew of those of the meters that the corrections teach something else.

    It is asked before they are appended. `known` holds the meters that are judged; of others nothing is remembered.
    Where what stands is damaged somewhere in three years, all that was usual stays so: the corrections go in.
    """
    changed: dict[int, Usual] = {}
    for meter, some in groupby(sorted(corrections, key=lambda each: each.meter), key=lambda each: each.meter):
        usual = known.get(meter)
        if usual is None:
            continue
        here = list(some)
        standing = partial(_standing, session, organization_id, meter, usual, here)
        try:
            found = after_corrections(usual, here, standing)
        except (DamagedPage, UnreadableArrival):
            continue
        if found != usual:
            changed[meter] = found
    return changed


def keep_amended(session: Session, organization_id: int, corrections: Sequence[Correction]) -> None:
    """Store what corrections teach of what is usual, before they are appended."""
    known = usual_amounts(session, organization_id, sorted({each.meter for each in corrections}))
    keep_usual_amounts(session, organization_id, amounts_amended(session, organization_id, known, corrections))


def learn(session: Session, organization_id: int, meter_id: int, suspects: Sequence[Version]) -> None:
    """Take what suspect readings say for usual from now on."""
    known = usual_amounts(session, organization_id, [meter_id])[meter_id]
    # Of a meter that has said nothing yet there is no usual amount to raise.
    if suspects and known.highest:
        amounts = [abs(each.value) for each in suspects]
        keep_usual_amounts(session, organization_id, {meter_id: known.with_accepted(amounts)})


def _standing(
    session: Session, organization_id: int, meter: int, usual: Usual, corrections: Sequence[Correction]
) -> Iterator[int]:
    """Yield the highest amounts of a meter that stand once the corrections are carried out, as many as are remembered.

    A meter that is read by the minute has a million and a half of them in three years, so that no row is looked at by
    itself but those of the instants that are corrected.
    """
    last = {each.identity: each.new for each in corrections}
    yield from map(amount_of, last.values())
    rows = standing_of(session, organization_id, meter, max(usual.last_at - _LOOKED_BACK_MS, EVER[0]), EVER[1])
    rows = rows.take((rows.quality < COUNTS_BELOW) & (rows.start == NO_START))
    same_instant = np.flatnonzero(np.isin(rows.at, np.array([each.at for each in corrections], dtype=np.int64)))
    others = np.ones(len(rows), dtype=np.bool_)
    others[same_instant] = [identity not in last for identity in identities_of(rows, same_instant)]
    amounts = np.abs(rows.value[others])
    if len(amounts) > REMEMBERED:
        amounts = np.partition(amounts, -REMEMBERED)[-REMEMBERED:]
    yield from amounts.tolist()
