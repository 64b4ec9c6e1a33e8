"""What evidence looks like from outside."""

from collections.abc import Mapping

from app.core.calendar.periods import instant_from_ms
from app.core.readings.batches import batch_code
from app.models import Evidence as EvidenceRow
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Instant


class Evidence(Shape):
    """A file that proves what `meter` says of `month`, or what `batch` brought; the other is null.

    `by` is the code of the key or user who attached it, null for the operator.
    """

    code: str
    name: str
    media_type: str
    size: int
    sha256: str
    meter: str | None
    month: str | None
    batch: str | None
    attached_at: Instant
    by: str | None


class EvidencePage(Shape):
    """Some evidence, newest first, and the cursor of what follows."""

    items: list[Evidence]
    next: str | None


def evidence_from(row: EvidenceRow, codes: Mapping[int, str]) -> Evidence:
    """Return the outside view of stored evidence; `codes` are those of meters by id."""
    return Evidence(
        code=row.code,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.digest,
        meter=None if row.meter_id is None else codes.get(row.meter_id),
        month=row.month,
        batch=None if row.batch is None else batch_code(row.batch),
        attached_at=instant_from_ms(row.attached_at),
        by=row.key_code,
    )
