"""What amendments of many readings look like from outside, and what orders them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.calendar.periods import instant_from_ms
from app.core.readings.batches import batch_code, stored_at_ms
from app.core.readings.beliefs import AmendmentAction
from app.disclosure.live.amendment_preview import YearEffect
from app.models import BulkAmendment
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.figure_moves import FigureMove, move_from
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber
from app.schemas.wire.texts import Code, Sentence

MeterCodes = Annotated[list[Code], Field(min_length=1, max_length=1_000)]


class OrderedAction(StrEnum):
    """What becomes of the readings: they count no more, or suspect ones count after all."""

    WITHDRAW = "withdraw"
    ACCEPT = "accept"


class AmendmentStatus(StrEnum):
    """How far an amendment has been carried out."""

    RUNNING = "running"
    FINISHED = "finished"


class AmendmentCreate(Received):
    """Readings of these meters with timestamps from `start` to before `end`: all of them are withdrawn, or the suspect
    ones accepted.
    """

    action: OrderedAction
    meters: MeterCodes
    start: Instant
    end: Instant
    reason: Sentence


class UndoCreate(Received):
    """Why an amendment is undone."""

    reason: Sentence


class Amendment(Shape):
    """An amendment of many readings, under one batch: what, by whose key (null at the command line), when and why.

    `changed` counts the readings it has changed so far. `passed_over` counts those it would have changed but leaves:
    they were changed after it was ordered. `undoes` and `undone_by` are batches of amendments.
    """

    batch: str
    action: AmendmentAction
    meters: list[str]
    start: Instant
    end: Instant
    reason: str
    key: str | None
    status: AmendmentStatus
    ordered_at: Instant
    finished_at: Instant | None
    changed: int
    passed_over: int
    undoes: str | None
    undone_by: str | None


class AmendmentPage(Shape):
    """Amendments of many readings, newest first."""

    items: list[Amendment]
    next: str | None


class MeterEffect(Shape):
    """A meter's readings of a period that would be changed, and its quantity in `unit`, multiplier applied.

    Quantities are null where nothing is known, and for levels.
    """

    meter: str
    resource: str
    unit: str
    readings: int
    current: ExactNumber | None
    proposed: ExactNumber | None


class AmendmentYear(Shape):
    """What would change in a reporting period: readings by meter, and figures by each framework it is reported by."""

    year: int
    period: str
    readings: int
    meters: list[MeterEffect]
    figures: list[FigureMove]


class AmendmentPreview(Shape):
    """What an amendment would change, by reporting period; nothing was stored."""

    action: AmendmentAction
    readings: int
    years: list[AmendmentYear]


def preview_from(action: AmendmentAction, found: Sequence[YearEffect]) -> AmendmentPreview:
    """Return the outside view of what an amendment would change."""
    return AmendmentPreview(
        action=action,
        readings=sum(each.readings for each in found),
        years=[
            AmendmentYear(
                year=each.period.year,
                period=str(each.period.name),
                readings=each.readings,
                meters=[
                    MeterEffect(**{name: getattr(meter, name) for name in MeterEffect.model_fields})
                    for meter in each.meters
                ],
                figures=[move_from(move) for move in each.moves],
            )
            for each in found
        ],
    )


def amendment_from(row: BulkAmendment, codes: Mapping[int, str], undone_by: int | None = None) -> Amendment:
    """Return the outside view of an amendment; `codes` are those of meters by id."""
    return Amendment(
        batch=batch_code(row.batch_id),
        action=AmendmentAction(row.action),
        meters=sorted(codes[each] for each in row.meters if each in codes),
        start=instant_from_ms(row.first_at),
        end=instant_from_ms(row.end_at),
        reason=row.reason,
        key=row.key_code,
        status=AmendmentStatus.RUNNING if row.finished_at is None else AmendmentStatus.FINISHED,
        ordered_at=instant_from_ms(stored_at_ms(row.batch_id)),
        finished_at=None if row.finished_at is None else instant_from_ms(row.finished_at),
        changed=row.changed,
        passed_over=row.passed_over,
        undoes=None if row.undoes is None else batch_code(row.undoes),
        undone_by=None if undone_by is None else batch_code(undone_by),
    )
