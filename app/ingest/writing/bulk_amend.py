"""Amending many readings at once: ordered under one batch, carried out in pieces between which others write.

The batch is numbered when the amendment is ordered, and it changes what was stored before that alone. So it comes to
the same as if it were carried out at that instant, although it takes its time: what is posted or amended meanwhile is
later, and stands. Withdrawing a day of which one reading is corrected before its piece has come to it:

    stands when ordered    10:00 = 5    10:15 = 6                   10:30 = 7
    posted meanwhile                    10:15 = 8 (a later batch)
    stands in the end      withdrawn    8                           withdrawn

Amendments of an organization are carried out one after the other, by whichever process comes to it, in pieces of which
each is a transaction that holds the row of the amendment with the place it has come to. None is published while one is
unfinished (`still.py`): a publication tells of an instant, and half of a withdrawal is none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.readings.beliefs import AmendmentAction, Supposition
from app.core.readings.columns import STANDING_STEP, Standing
from app.core.readings.versions import Correction, Identity, Version
from app.ingest.judging.decide import LAST_REVISION
from app.ingest.writing.amend import (
    ATTEMPTS,
    Amendment,
    AmendmentContended,
    change_readings,
    numbered,
    restanding,
)
from app.ingest.writing.effective_amounts import learn
from app.models import BulkAmendment
from app.store.arrivals.arrivals import lock_readings
from app.store.arrivals.entering import enter_everything
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.engine.outages import TransactionUndone
from app.store.operations.bulk_amendments import (
    Stretch,
    amendment_of,
    count_in_batch,
    insert_amendment,
    readings_behind,
    superseded_by,
    undone_by,
    unfinished_amendment,
)
from app.store.sql.columns import ConcurrentChange

AMENDMENTS = "amendments"
"""The job that carries on what was ordered, and the cause that has it run."""

READINGS_A_PIECE = 2_000
"""About a tenth of a second's work, for which posts of the organization, or on SQLite all, wait."""


@dataclass(frozen=True, slots=True)
class Piece:
    """How far an amendment has been carried out: readings changed so far, and whether that is all of it."""

    batch: int
    looked_at: int
    changed: int
    finished: bool


class AlreadyUndone(ValueError):
    """The amendment was undone before."""


class AmendmentUnfinished(ValueError):
    """The amendment is still being carried out."""


def order(database: Database, amendment: Amendment, stretch: Stretch, action: AmendmentAction) -> BulkAmendment:
    """Keep that readings of a stretch are to be withdrawn or accepted, for `carry_on`; raises AmendmentContended."""

    def keep(session: Session, batch: int) -> BulkAmendment:
        ordered = _ordered(amendment, batch, stretch, action)
        insert_amendment(session, ordered)
        return ordered

    return numbered(database, amendment, keep)[1]


def order_undoing(database: Database, amendment: Amendment, *, batch: int) -> BulkAmendment:
    """Keep that an amendment, which may itself undo another one, is to be undone.

    Each reading that still stands as the amendment left it will stand as it stood before. Raises NotThere,
    AlreadyUndone, AmendmentUnfinished, AmendmentContended.
    """

    def keep(session: Session, own_batch: int) -> BulkAmendment:
        undone = undoable(session, amendment.organization_id, batch)
        ordered = _ordered(amendment, own_batch, stretch_of(undone), AmendmentAction.UNDO)
        ordered.undoes = undone.batch_id
        insert_amendment(session, ordered)
        return ordered

    return numbered(database, amendment, keep)[1]


def undoable(session: Session, organization_id: int, batch: int) -> BulkAmendment:
    """Return an amendment that can be undone; raises NotThere, AlreadyUndone, AmendmentUnfinished."""
    found = amendment_of(session, organization_id, batch)
    if found.finished_at is None:
        raise AmendmentUnfinished("The amendment is still being carried out; undo it when it is finished")
    if undone_by(session, organization_id, [batch]):
        raise AlreadyUndone("The amendment was undone before; undo what undid it to have it again")
    return found


def stretch_named(
    session: Session, organization_id: int, meters: Sequence[str], *, first_ms: int, end_ms: int
) -> Stretch:
    """Return the readings of meters by code in [first, end); raises NotThere, and InvalidFields for an empty range."""
    if end_ms <= first_ms:
        raise InvalidFields([FieldProblem("end", "not_after_start", "the range ends after it starts: [start, end)")])
    found = metered(session, organization_id, meters=meters)
    return Stretch([each.spec.id for each in found], first_ms, end_ms)


def supposed(stretch: Stretch, action: AmendmentAction, *, undoes: int | None = None) -> Supposition:
    """Return an amendment of a stretch as imagined carried out."""
    return Supposition(action, frozenset(stretch.meters), stretch.first_at, stretch.end_at, undoes)


def stretch_of(amendment: BulkAmendment) -> Stretch:
    """Return the readings an amendment is of."""
    return Stretch(amendment.meters, amendment.first_at, amendment.end_at)


def carry_on(
    database: Database, organization_id: int, *, now_ms: int, most_readings: int = READINGS_A_PIECE
) -> Piece | None:
    """Carry out the next piece of the organization's oldest unfinished amendment; None when all are finished.

    Any number of processes may do it. Raises AmendmentContended.
    """
    for _ in range(ATTEMPTS):
        try:
            with database.write() as session:
                lock_readings(session, organization_id)
                enter_everything(session, organization_id)
                row = unfinished_amendment(session, organization_id)
                return None if row is None else _carry_out(session, row, now_ms, most_readings)
        except (ConcurrentChange, TransactionUndone):
            continue
    raise AmendmentContended


def _ordered(amendment: Amendment, batch: int, stretch: Stretch, action: AmendmentAction) -> BulkAmendment:
    return BulkAmendment(
        batch_id=batch,
        organization_id=amendment.organization_id,
        action=action,
        meters=sorted(stretch.meters),
        first_at=stretch.first_at,
        end_at=stretch.end_at,
        reason=amendment.reason or "",
        key_code=amendment.key_code,
    )


def _carry_out(session: Session, row: BulkAmendment, now_ms: int, most_readings: int) -> Piece:
    """Change the readings behind the place the amendment has come to, and keep the place."""
    action = AmendmentAction(row.action)
    # The place is kept in the transaction that changes: after a crash a piece begins where nothing was changed yet.
    after = None if row.position is None else (row.position[0], row.position[1], row.position[2])
    found = readings_behind(
        session,
        row.organization_id,
        stretch_of(row),
        after=after,
        limit=most_readings,
        suspects_only=action is AmendmentAction.ACCEPT,
    )
    # What is meant and not free is passed over, and counted: a later batch has it, or it has no revision left.
    meant = dict(_meant(found, action, row.undoes))
    # What a later batch has brought stands: it is as if the amendment had been carried out when it was ordered.
    free = {identity: old for identity, old in meant.items() if old.batch < row.batch_id and _has_room(old)}
    before = {} if row.undoes is None else superseded_by(session, row.organization_id, row.undoes, free)
    corrections = list(_corrections(free, action, row.batch_id, before))
    if corrections:
        change_readings(session, row.organization_id, corrections)
    if action is AmendmentAction.ACCEPT:
        _learn_from(session, row.organization_id, corrections)
    row.changed += len(corrections)
    row.passed_over += len(meant) - len(corrections)
    if found:
        row.position = list(found[-1][0])
    # Fewer than were asked for: there are none behind them.
    if len(found) < most_readings:
        row.finished_at = now_ms
        if row.undoes is not None:
            # Of what the other amendment changed, all that was not put back, also what others have changed since.
            row.passed_over = amendment_of(session, row.organization_id, row.undoes).changed - row.changed
    session.add(row)
    session.flush()
    count_in_batch(session, row)
    return Piece(row.batch_id, len(found), row.changed, row.finished_at is not None)


def _learn_from(session: Session, organization_id: int, accepted: Iterable[Correction]) -> None:
    """Take what the readings of each meter say for usual from now on."""
    by_meter: dict[int, list[Version]] = defaultdict(list)
    for each in accepted:
        by_meter[each.meter].append(each.old)
    for meter_id, suspects in by_meter.items():
        learn(session, organization_id, meter_id, suspects)


def _meant(
    found: Iterable[tuple[Identity, Version]], action: AmendmentAction, undoes: int | None
) -> Iterator[tuple[Identity, Version]]:
    """Yield the readings that an action is meant for, whether or not they can be changed."""
    for identity, stands in found:
        standing = stands.stored // STANDING_STEP
        if action is AmendmentAction.UNDO:
            if stands.batch == undoes:
                yield identity, stands
        elif standing == Standing.SUSPECT or (action is AmendmentAction.WITHDRAW and standing != Standing.WITHDRAWN):
            yield identity, stands


def _has_room(stands: Version) -> bool:
    return stands.revision < LAST_REVISION


def _corrections(
    free: Mapping[Identity, Version],
    action: AmendmentAction,
    batch: int,
    before: Mapping[Identity, Version],
) -> Iterator[Correction]:
    """Yield what takes the place of what stands, under the amendment's batch."""
    standing = Standing.ACCEPTED if action is AmendmentAction.ACCEPT else Standing.WITHDRAWN
    for (meter, at, reference), old in free.items():
        if action is AmendmentAction.UNDO:
            was = before[meter, at, reference]
            new = Version(was.value, was.stored, was.start, revision=old.revision + 1, batch=batch)
        else:
            new = restanding(old, standing, batch)
        yield Correction(meter, at, old, new, reference)
