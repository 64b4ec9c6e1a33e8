"""Changing what stands: withdrawing readings, accepting suspect ones, stating exchanges; each a batch of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import Session

from app.core.readings.batches import batch_code, end_of_ms
from app.core.readings.columns import COUNTS_BELOW, NO_REFERENCE, STANDING_STEP, Standing, stored_quality
from app.core.readings.versions import Correction, Identity, Version
from app.ingest.judging.decide import LAST_REVISION
from app.ingest.judging.seen import ChangedSinceSeen
from app.ingest.writing.effective_amounts import keep_amended, learn
from app.models import Exchange
from app.store.arrivals.arrivals import append_corrections, lane_of, lock_readings
from app.store.arrivals.batches import BatchRecord, insert_batches
from app.store.arrivals.entering import enter_and_mark, enter_everything
from app.store.arrivals.marks import mark_instant
from app.store.audit.capture import note
from app.store.directory.directory import directories
from app.store.engine.database import Database
from app.store.engine.outages import TransactionUndone
from app.store.inventory.exchanges import insert_exchange, withdraw_exchange
from app.store.readings.history import current_versions
from app.store.reporting.publications import sealed_ms
from app.store.sql.columns import ConcurrentChange
from app.store.sql.conflicts import NotThere

ATTEMPTS = 8
_Done = TypeVar("_Done")


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

    def __init__(self) -> None:
        super().__init__("The same readings are being changed by others; try again")


class RevisionsExhausted(ValueError):
    """A reading was changed so often that no further revision of it can be kept."""


def withdraw_reading(
    database: Database,
    amendment: Amendment,
    *,
    meter_id: int,
    at: int,
    reference: str = NO_REFERENCE,
    seen: int | None = None,
) -> None:
    """Let a reading count no more; it stays as a revision.

    `seen` is the revision that was seen of it. Raises NotThere, and ChangedSinceSeen.
    """

    def change(session: Session, batch: int) -> int:
        standing = current_versions(session, amendment.organization_id, meter_id, [at], reference)
        if seen is not None and any(old.revision != seen for old in standing.values()):
            raise ChangedSinceSeen
        if all(old.stored // STANDING_STEP == Standing.WITHDRAWN for old in standing.values()):
            raise NotThere(not_there(reference))
        return _restand(database, session, amendment, standing, Standing.WITHDRAWN, batch)

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

    def change(session: Session, batch: int) -> int:
        stored = current_versions(session, amendment.organization_id, meter_id, wanted, reference)
        doubted = {each: old for each, old in stored.items() if old.stored // STANDING_STEP in standings}
        # The change may be carried out more than once: whatever it notes outside of the transaction begins anew.
        accepted.clear()
        accepted.update(at for _, at, _ in doubted)
        learn(
            session,
            amendment.organization_id,
            meter_id,
            [old for old in doubted.values() if old.stored >= COUNTS_BELOW],
        )
        return _restand(database, session, amendment, doubted, Standing.ACCEPTED, batch)

    batch = _amend(database, amendment, meter_id, change)
    refused = [place for place, at in enumerate(instants) if at not in accepted]
    return Accepted(batch if accepted else None, sorted(accepted), refused)


def state_exchange(
    database: Database,
    amendment: Amendment,
    *,
    meter_id: int,
    at: int,
    final_value: int,
    first_value: int,
    keep: Callable[[Session, Exchange], None] | None = None,
) -> Exchange:
    """Keep that a register's instrument was swapped; raises DuplicateCode when a swap is stated for this instant.

    What `keep` stores with it is stored in the same transaction.
    """
    stated: list[Exchange] = []

    def change(session: Session, batch: int) -> int:
        exchange = Exchange(
            organization_id=amendment.organization_id,
            meter_id=meter_id,
            at=at,
            final_value=final_value,
            first_value=first_value,
            reason=amendment.reason or "",
            batch_id=batch,
        )
        insert_exchange(session, exchange)
        mark_instant(session, amendment.organization_id, meter_id, at)
        stated.append(exchange)
        if keep is not None:
            keep(session, exchange)
        return 1

    _amend(database, amendment, meter_id, change)
    return stated[-1]


def retract_exchange(database: Database, amendment: Amendment, *, meter_id: int, at: int) -> None:
    """Let a stated exchange stand no more; raises NotThere."""

    def change(session: Session, batch: int) -> int:
        withdraw_exchange(session, amendment.organization_id, meter_id, at, batch=batch)
        mark_instant(session, amendment.organization_id, meter_id, at)
        return 1

    _amend(database, amendment, meter_id, change)


def not_there(reference: str) -> str:
    """Return the words for an identity that nothing stands under."""
    words = "There is no reading of this meter at this timestamp"
    return words + (" without a reference" if reference == NO_REFERENCE else f" with the reference {reference!r}")


def _amend(database: Database, amendment: Amendment, meter_id: int, change: Callable[[Session, int], int]) -> str:
    """Carry out a change, which says how much it changed, with the record of its batch; return the batch's code."""

    def recorded(session: Session, batch: int) -> None:
        changed = change(session, batch)
        if changed:
            insert_batches(session, [batch_record(amendment, batch, [meter_id], changed)])

    batch, _ = numbered(database, amendment, recorded)
    return batch_code(batch)


def numbered(database: Database, amendment: Amendment, change: Callable[[Session, int], _Done]) -> tuple[int, _Done]:
    """Carry out a change in one transaction, with a batch number of its own; return that and what it returns.

    Nobody else writes readings of the organization meanwhile, and what has arrived is entered. Raises
    AmendmentContended.
    """
    for _ in range(ATTEMPTS):
        try:
            with database.write() as session:
                lock_readings(session, amendment.organization_id)
                lane = lane_of(session, database.batches)
                batch = database.batches.next(amendment.now_ms, lane)
                enter_everything(session, amendment.organization_id)
                sealed = end_of_ms(sealed_ms(session, amendment.organization_id))
                # A publication has been made since the clock was read: what is amended now must be later than it.
                if batch < sealed:
                    database.batches.pass_over(sealed)
                    raise ConcurrentChange
                done = change(session, batch)
            # Now that the transaction which claimed it has committed; before, the claim could have been undone.
            database.batches.lane = lane
            return batch, done
        except (ConcurrentChange, TransactionUndone):
            continue
    raise AmendmentContended


def batch_record(amendment: Amendment, batch: int, meters: Sequence[int], changed: int) -> BatchRecord:
    """Return the record of a batch that amended some readings of these meters."""
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
        meters=list(meters),
    )


def _restand(
    database: Database,
    session: Session,
    amendment: Amendment,
    versions: Mapping[Identity, Version],
    standing: Standing,
    batch: int,
) -> int:
    """Give readings another standing; return how many. Raises RevisionsExhausted."""
    newest = max((old.batch for old in versions.values()), default=0)
    # Another process's clock is ahead. A version has a later batch than the one it supersedes, so a larger number is
    # drawn.
    if newest >= batch:
        database.batches.pass_over(newest)
        raise ConcurrentChange
    if any(old.revision >= LAST_REVISION for old in versions.values()):
        raise RevisionsExhausted(f"A reading was changed {LAST_REVISION:,} times; no further change can be kept")
    corrections = [
        Correction(meter, at, old, restanding(old, standing, batch), reference)
        for (meter, at, reference), old in versions.items()
    ]
    change_readings(session, amendment.organization_id, corrections)
    _tell(database, session, amendment, corrections)
    return len(corrections)


def _tell(database: Database, session: Session, amendment: Amendment, corrections: Sequence[Correction]) -> None:
    """Have the audit log tell of a meter's readings that stand otherwise: of one what it says, of more how many."""
    if not corrections:
        return
    instants = [each.at for each in corrections]
    told: dict[str, Any] = {"readings": len(corrections), "first_at": min(instants), "last_at": max(instants)}
    if len(corrections) == 1:
        told["value_micro"] = corrections[0].old.value
    meter = directories(database).current(session, amendment.organization_id).by_id[corrections[0].meter].code
    before, after = (
        {**told, "standing": sorted({Standing(version.stored // STANDING_STEP).name.lower() for version in versions})}
        for versions in ([each.old for each in corrections], [each.new for each in corrections])
    )
    after["reason"] = amendment.reason
    note(session, amendment.organization_id, "reading", meter, before=before, after=after)


def restanding(old: Version, standing: Standing, batch: int) -> Version:
    """Return the version that says the same as `old` and stands otherwise."""
    stored = stored_quality(old.stored % STANDING_STEP, standing)
    return Version(old.value, stored, old.start, revision=old.revision + 1, batch=batch)


def change_readings(session: Session, organization_id: int, corrections: Sequence[Correction]) -> None:
    """Put corrections in the place of what stands, and mark for the roller what they touch; raises ConcurrentChange.

    The transaction holds the organization's readings, and what had arrived is entered.
    """
    if corrections:
        keep_amended(session, organization_id, corrections)
        append_corrections(session, organization_id, corrections)
        enter_and_mark(session, organization_id)
