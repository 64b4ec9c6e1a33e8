"""Telling, in the transaction that replaces buckets, whose rollups changed and which years' figures may follow."""

import time
from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session

from app.core.calendar.fiscal_calendar import FiscalCalendar
from app.core.calendar.periods import date_of
from app.core.events import EventKind
from app.store.directory.directory import DirectoryCache
from app.store.outbox.events import append_event
from app.store.rollups.rollups import BucketKey
from app.store.rollups.shown import mark_figures


def tell_rolled(session: Session, directories: DirectoryCache, organization_id: int, days: Iterable[BucketKey]) -> None:
    """Append an event of the organization whose meters' days were made anew, and mark its years' figures."""
    stretches: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for meter_id, first, end in days:
        stretches[meter_id].append((first, end))
    subjects = directories.subjects_of(session, organization_id, stretches)
    if not subjects:
        return
    spans = {span for subject in subjects for span in stretches[subject.meter_id]}
    append_event(
        session,
        organization_id=organization_id,
        kind=EventKind.ROLLUPS_CHANGED,
        payload={
            "meters": len(subjects),
            "start_day": str(date_of(min(first for first, _ in spans))),
            "end_day": str(date_of(max(end for _, end in spans))),
        },
        at_ms=time.time_ns() // 1_000_000,
        plants={subject.plant for subject in subjects},
        resources={subject.resource for subject in subjects},
    )
    calendar = directories.specs_of(session, organization_id, [subjects[0].meter_id])[subjects[0].meter_id].calendar
    mark_figures(session, organization_id, _years(spans, calendar))


def _years(spans: Iterable[tuple[int, int]], calendar: FiscalCalendar) -> set[int]:
    return {period.first_day for first, end in spans for period in calendar.overlapping(first, end)}
