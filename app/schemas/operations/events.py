"""What events tell, kind by kind: the bodies that webhooks send, and what the stream's `data` is made of."""

from pydantic import BaseModel

from app.core.events import EventKind
from app.rollup.issues import IssueKind
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day, Instant


class ReadingsAccepted(Shape):
    """Readings were stored, in some batches since the event before; the counts are of all of them."""

    batches: int
    first_batch: str
    last_batch: str
    received: int
    inserted: int
    replaced: int
    duplicate: int
    suspect: int
    rejected: int


class RollupsChanged(Shape):
    """Day, month and year totals of meters were made anew, on local days from `start_day` to before `end_day`."""

    meters: int
    start_day: Day
    end_day: Day


class FigureChange(Shape):
    """A figure whose printed digits are others than were told of last."""

    kpi: str
    key: str
    dimensions: dict[str, str]
    unit: str
    old: str | None
    new: str | None


class FiguresChanged(Shape):
    """Printed digits of a reporting period's figures moved, by one of the frameworks it is reported by."""

    framework: str
    year: int
    period: str
    figures: list[FigureChange]


class IssueFound(Shape):
    """One thing wrong with a meter, as `get_issues` lists it."""

    meter: str
    plant: str
    kind: IssueKind
    start: Instant
    detail: str
    action: str
    reference: str | None = None


class IssuesFound(Shape):
    """Issues were found that were not told of before: how many, and the first of them."""

    count: int
    issues: list[IssueFound]


class LimitExceeded(Shape):
    """Consecutive means of a gauge lie above a permit limit."""

    limit: str
    meter: str
    start: Instant
    end: Instant
    worst: str
    unit: str


class StaleFactor(Shape):
    """A factor that is carried forward, and for how many years."""

    factor: str
    years: int


class FactorsStale(Shape):
    """Factors of the running reporting year are carried forward for two years or more."""

    framework: str
    year: int
    period: str
    factors: list[StaleFactor]


class MonthClosed(Shape):
    """A month is over and readings had time to come: how many meters have all that is expected of them."""

    month: str
    meters: int
    complete: int
    incomplete: list[str]


class PublicationStepTaken(Shape):
    """A publication was prepared, approved or published."""

    framework: str
    year: int
    period: str
    number: int
    status: str
    interim: bool
    hash: str
    replaces: int | None


class JobFailed(Shape):
    """A job of the service failed; every organization is told."""

    job: str
    run: str
    error: str


class ArrivalSetAside(Shape):
    """Something that arrived cannot be entered among the readings, and waits for the operator."""

    number: int
    part: int
    rows: int
    reason: str


class ReadingPageDamaged(Shape):
    """What is stored of a meter's readings between two instants is damaged."""

    page: int
    meter: str
    start: str
    end: str
    reason: str


PAYLOADS: dict[EventKind, type[BaseModel]] = {
    EventKind.READINGS_ACCEPTED: ReadingsAccepted,
    EventKind.ROLLUPS_CHANGED: RollupsChanged,
    EventKind.FIGURES_CHANGED: FiguresChanged,
    EventKind.ISSUES_FOUND: IssuesFound,
    EventKind.LIMITS_EXCEEDED: LimitExceeded,
    EventKind.FACTORS_STALE: FactorsStale,
    EventKind.MONTH_CLOSED: MonthClosed,
    EventKind.PUBLICATION_PREPARED: PublicationStepTaken,
    EventKind.PUBLICATION_APPROVED: PublicationStepTaken,
    EventKind.PUBLICATION_PUBLISHED: PublicationStepTaken,
    EventKind.JOB_FAILED: JobFailed,
    EventKind.ARRIVAL_SET_ASIDE: ArrivalSetAside,
    EventKind.READING_PAGE_DAMAGED: ReadingPageDamaged,
}
"""The payload of each kind of event. Members may be added to any of them, none renamed."""
