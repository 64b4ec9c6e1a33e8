"""What mends an issue elsewhere: the month of the grid that lacks a figure, and whom to ask since when."""

from urllib.parse import quote, urlencode

from app.core.calendar.periods import instant_from_ms, local_day
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.pages.data_in.monthly_grid import is_monthly
from app.rollup.issues import IssueKind, MeterIssue
from app.schemas.wire.instants import rfc3339

_MISSING = (IssueKind.GAP, IssueKind.SILENT)


def monthly_address(organization: str, issue: MeterIssue) -> str:
    """Return where the monthly grid has the first month that is missing; empty where no month is.

    Of a meter that was read for March and has been silent since, it is April.
    """
    spec = issue.metered.spec
    if issue.kind not in _MISSING or not is_monthly(issue.metered):
        return ""
    at = _silent_from_ms(spec, issue.start_ms) if issue.kind is IssueKind.SILENT else issue.start_ms
    month = instant_from_ms(at).astimezone(spec.zone).strftime("%Y-%m")
    period = spec.calendar.period_of(local_day(spec.zone, at)).name
    query = urlencode({"plant": issue.metered.plant, "year": period})
    return f"/organizations/{quote(organization)}/monthly?{query}#at-{quote(spec.code)}-{month}"


def gap_of(issue: MeterIssue) -> tuple[str, str]:
    """Return from when to when a gap lasts that can be estimated by itself, in RFC 3339; empty where none does."""
    spec = issue.metered.spec
    if issue.kind is not IssueKind.GAP or spec.kind is not MeterKind.INTERVAL or spec.estimates_gaps:
        return "", ""
    return rfc3339(instant_from_ms(issue.start_ms)), rfc3339(instant_from_ms(issue.end_ms))


def _silent_from_ms(spec: MeterSpec, newest_ms: int) -> int:
    """Return the end of what the newest reading covers."""
    interval = spec.stamped(newest_ms).interval
    if spec.edge is TimestampEdge.INTERVAL_END or interval is None:
        return newest_ms
    return interval.shift(spec.zone, newest_ms, 1)
