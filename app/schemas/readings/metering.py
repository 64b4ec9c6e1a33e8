"""What amendments, revisions, exchanges, issues and balances look like from outside."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from app.core.calendar.periods import instant_from_ms
from app.core.readings.batches import batch_code, stored_at_ms
from app.core.readings.columns import Quality, Standing, stated_quality
from app.core.units.quantities import decimal_from_micro
from app.models import Exchange as ExchangeRow
from app.rollup.buckets.balance import Balance
from app.rollup.issues import IssueKind, MeterIssue
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber, Number, twelve_places
from app.schemas.wire.problems import ProblemError
from app.schemas.wire.texts import Reference, Sentence
from app.store.readings.revisions import Revision as StoredRevision

Instants = Annotated[list[Instant], Field(min_length=1, max_length=10_000)]


class ExchangeCreate(Received):
    """A register's instrument swapped: the old one's last value and the new one's first, in the meter's unit."""

    at: Instant
    final_value: Number
    first_value: Number
    reason: Sentence


class Exchange(Shape):
    """A stated exchange; the total is exact again from it on."""

    at: Instant
    final_value: ExactNumber
    first_value: ExactNumber
    reason: str
    stored_at: Instant
    batch: str


class ExchangePage(Shape):
    """Exchanges in order of instant."""

    items: list[Exchange]
    next: str | None


class AcceptanceCreate(Received):
    """Suspect readings that count after all."""

    timestamps: Instants
    reason: Sentence
    reference: Reference | None = Field(default=None, description="The ticket's number, where the readings have one.")


class Acceptance(Shape):
    """What was accepted; `errors` lists timestamps that hold no suspect reading, by their index."""

    batch: str | None
    accepted: int
    rejected: int
    errors: list[ProblemError]


class Revision(Shape):
    """One version of a reading: what it said, when it was stored, in which batch, by whose key and why."""

    revision: int
    timestamp: Instant
    value: ExactNumber
    quality: Quality
    standing: str
    start: Instant | None
    stored_at: Instant
    batch: str
    key: str | None
    name: str | None
    reason: str | None
    superseded_at: Instant | None
    reference: str | None


class RevisionPage(Shape):
    """Versions of one reading, oldest first; the last one is what stands."""

    items: list[Revision]
    next: str | None


class Issue(Shape):
    """One thing wrong with a meter over [start, end), and what mends it."""

    kind: IssueKind
    meter: str
    plant: str
    resource: str
    start: Instant
    end: Instant
    detail: str
    action: str
    reference: str | None


class IssuePage(Shape):
    """Issues by meter and start."""

    items: list[Issue]
    next: str | None


class MeterShare(Shape):
    """What one meter used, in the parent's unit, multiplier applied; `coverage` is 0 to 1."""

    meter: str
    quantity: ExactNumber | None
    coverage: ExactNumber


class MeterBalance(Shape):
    """A parent beside its children over [start, end); `difference` is what no child sees, null while unknown."""

    meter: str
    unit: str
    start: Instant
    end: Instant
    quantity: ExactNumber | None
    coverage: ExactNumber
    children: list[MeterShare]
    children_total: ExactNumber | None
    difference: ExactNumber | None


def exchange_from(row: ExchangeRow) -> Exchange:
    """Return the outside view of an exchange."""
    return Exchange(
        at=instant_from_ms(row.at),
        final_value=decimal_from_micro(row.final_value),
        first_value=decimal_from_micro(row.first_value),
        reason=row.reason,
        stored_at=instant_from_ms(stored_at_ms(row.batch_id)),
        batch=batch_code(row.batch_id),
    )


def revision_from(stored: StoredRevision, timestamp: Instant, reference: str | None) -> Revision:
    """Return the outside view of one version."""
    superseded = stored.superseded_by
    return Revision(
        revision=stored.revision,
        timestamp=timestamp,
        value=decimal_from_micro(stored.value),
        quality=stated_quality(stored.quality),
        standing=_STANDINGS[stored.standing],
        start=None if stored.start_at is None else instant_from_ms(stored.start_at),
        stored_at=instant_from_ms(stored_at_ms(stored.batch_id)),
        batch=batch_code(stored.batch_id),
        key=stored.key_code,
        name=stored.name,
        reason=stored.reason,
        superseded_at=None if superseded is None else instant_from_ms(stored_at_ms(superseded)),
        reference=reference,
    )


_STANDINGS: Mapping[Standing, str] = {each: each.name.lower() for each in Standing}


def issue_from(found: MeterIssue) -> Issue:
    """Return the outside view of an issue."""
    return Issue(
        kind=found.kind,
        meter=found.metered.spec.code,
        plant=found.metered.plant,
        resource=found.metered.resource,
        start=instant_from_ms(found.start_ms),
        end=instant_from_ms(found.end_ms),
        detail=found.detail,
        action=found.action,
        reference=found.reference or None,
    )


def balance_from(found: Balance, *, start: Instant, end: Instant) -> MeterBalance:
    """Return the outside view of a balance."""
    return MeterBalance(
        meter=found.parent.metered.spec.code,
        unit=found.parent.metered.unit,
        start=start,
        end=end,
        quantity=found.parent.quantity,
        coverage=twelve_places(found.parent.coverage),
        children=[
            MeterShare(meter=child.metered.spec.code, quantity=child.quantity, coverage=twelve_places(child.coverage))
            for child in found.children
        ],
        children_total=found.children_total,
        difference=found.difference,
    )
