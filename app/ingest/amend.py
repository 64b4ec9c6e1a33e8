"""Changing what stands: withdrawing readings, accepting suspect ones, stating exchanges; each a batch of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from app.core.batches import batch_code, end_of_ms
from app.core.columns import COUNTS_BELOW, NO_REFERENCE, NO_START, STANDING_STEP, Standing, stored_quality
from app.core.runs import Runs
from app.core.versions import Correction, Identity, Version
from app.models import Exchange
from app.store.arrivals import hold_readings, lane_of
from app.store.batches import BatchRecord, insert_batches
from app.store.conflicts import NotThere
from app.store.engine import Database
from app.store.entering import settle
from app.store.exchanges import insert_exchange, withdraw_exchange
from app.store.marks import append_marks
from app.store.outages import TransactionUndone
from app.store.publications import sealed_ms
from app.store.readings import ConcurrentChange, apply_corrections, current_versions
from app.store.usual import keep_usual_amounts, usual_amounts

_ATTEMPTS = 8
Stretch = tuple[int, int]
"""First and last touched instant, UTC ms."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """Who changes what stands, why and when (UTC ms)."""

    organization_id: int
    key_code: str | None
    reason: str | None
    now_ms: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """The batch of an acceptance (None when nothing was accepted), the instants accepted, in order, and the places of
    those that held no suspect reading."""

    batch: str | None
    accepted: list[int]
    refused: list[int]


class AmendmentContended(RuntimeError):
    """The same reading was being changed by others for too long; try again."""


def withdraw_reading(
    database: Database, amendment: Amendment, *, meter_id: int, at: int, reference: str = NO_REFERENCE
) -> None:
    """Let a reading count no more; it stays as a revision. Raises NotThere."""

    def change(session: Session, batch: int) -> list[Stretch]:
        standing = current_versions(session, meter_id, [at], reference)
        if all(old.stored // STANDING_STEP == Standing.WITHDRAWN for old in standing.values()):
            raise NotThere(not_there(reference))
        return _restand(database, session, standing, Standing.WITHDRAWN, batch)

    _amend(database, amendment, meter_id, change)


def accept_readings(
    database: Database,
    amendment: Amendment,
    *,
    meter_id: int,
    instants: Sequence[int],
    reference: str = NO_REFERENCE,
    standings: Sequence[Standing] = (Standing.SUSPECT,),
) -> Accepted:
    """Let suspect readings of one reference count after all; instants without one are refused, the others accepted.

    With other `standings` readings may be accepted that count: what a register counted up to them is then believed.
    """
    wanted = sorted(set(instants))
    accepted: set[int] = set()

    def change(session: Session, batch: int) -> list[Stretch]:
        stored = current_versions(session, meter_id, wanted, reference)
        doubted = {each: old for each, old in stored.items() if old.stored // STANDING_STEP in standings}
        accepted.clear()
        accepted.update(at for _, at, _ in doubted)
        _learn(session, meter_id, [old for old in doubted.values() if old.stored >= COUNTS_BELOW])
        return _restand(database, session, doubted, Standing.ACCEPTED, batch)

    batch = _amend(database, amendment, meter_id, change)
    refused = [place for place, at in enumerate(instants) if at not in accepted]
    return Accepted(batch if accepted else None, sorted(accepted), refused)


def _learn(session: Session, meter_id: int, suspects: Sequence[Version]) -> None:
    """Take what suspect readings say for usual from now on."""
    known = usual_amounts(session, [meter_id])[meter_id]
    if suspects and known.highest:
        amounts = [abs(each.value) for each in suspects]
        keep_usual_amounts(session, {meter_id: known.with_accepted(amounts)})


def state_exchange(
    database: Database, amendment: Amendment, *, meter_id: int, at: int, final_value: int, first_value: int
) -> Exchange:
    """Keep that a register's instrument was swapped; raises DuplicateCode when a swap is stated for this instant."""
    stated: list[Exchange] = []

    def change(session: Session, batch: int) -> list[Stretch]:
        exchange = Exchange(
            meter_id=meter_id,
            at=at,
            final_value=final_value,
            first_value=first_value,
            reason=amendment.reason or "",
            batch_id=batch,
        )
        insert_exchange(session, exchange)
        stated.append(exchange)
        return [(at, at)]

    _amend(database, amendment, meter_id, change)
    return stated[-1]


def retract_exchange(database: Database, amendment: Amendment, *, meter_id: int, at: int) -> None:
    """Let a stated exchange stand no more; raises NotThere."""

    def change(session: Session, batch: int) -> list[Stretch]:
        withdraw_exchange(session, meter_id, at, batch=batch)
        return [(at, at)]

    _amend(database, amendment, meter_id, change)


def not_there(reference: str) -> str:
    """Return the words for an identity that nothing stands under."""
    words = "There is no reading of this meter at this timestamp"
    return words + (" without a reference" if reference == NO_REFERENCE else f" with the reference {reference!r}")


def _amend(
    database: Database, amendment: Amendment, meter_id: int, change: Callable[[Session, int], list[Stretch]]
) -> str:
    """Carry out a change in one transaction with its batch and its marks; return the batch's code."""
    for _ in range(_ATTEMPTS):
        try:
            with database.write() as session:
                hold_readings(session, amendment.organization_id)
                lane = lane_of(session, database.batches)
                batch = database.batches.next(amendment.now_ms, lane)
                settle(session, amendment.organization_id)
                sealed = end_of_ms(sealed_ms(session, amendment.organization_id))
                if batch < sealed:
                    database.batches.pass_over(sealed)
                    raise ConcurrentChange
                touched = change(session, batch)
                if touched:
                    insert_batches(session, [_record(amendment, batch, meter_id, len(touched))])
                    append_marks(session, _marks(meter_id, touched))
            database.batches.lane = lane
            return batch_code(batch)
        except (ConcurrentChange, TransactionUndone):
            continue
    raise AmendmentContended("The same readings are being changed by others; try again")


def _record(amendment: Amendment, batch: int, meter_id: int, changed: int) -> BatchRecord:
    return BatchRecord(
        id=batch,
        organization_id=amendment.organization_id,
        key_code=amendment.key_code,
        reason=amendment.reason,
        received=changed,
        inserted=0,
        replaced=changed,
        duplicate=0,
        suspect=0,
        rejected=0,
        meters=[meter_id],
    )


def _restand(
    database: Database,
    session: Session,
    versions: Mapping[Identity, Version],
    standing: Standing,
    batch: int,
) -> list[Stretch]:
    """Give readings another standing; return what that touches."""
    newest = max((old.batch for old in versions.values()), default=0)
    if newest >= batch:
        database.batches.pass_over(newest)
        raise ConcurrentChange
    corrections = [
        Correction(meter, at, old, _restanding(old, standing, batch), reference)
        for (meter, at, reference), old in versions.items()
    ]
    apply_corrections(session, corrections)
    return sorted((at if old.start == NO_START else old.start, at) for (_, at, _), old in versions.items())


def _restanding(old: Version, standing: Standing, batch: int) -> Version:
    stored = stored_quality(old.stored % STANDING_STEP, standing)
    return Version(old.value, stored, old.start, revision=old.revision + 1, batch=batch)


def _marks(meter_id: int, touched: Sequence[Stretch]) -> Runs:
    firsts, lasts = zip(*touched, strict=True)
    meters = np.full(len(touched), meter_id, dtype=np.int32)
    return Runs(meters, np.array(firsts, dtype=np.int64), np.array(lasts, dtype=np.int64))
