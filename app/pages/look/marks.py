"""What is wrong with a meter in a stretch, as its curve marks it: bands of time, and dots of suspect readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session

from app.core.inventory.meters import TimestampEdge
from app.pages.look.series import Curve, bounds_of
from app.pages.look.spans import Stretch
from app.rollup.issues import IssueKind, IssueQuery, MeterIssue, issues_of
from app.store.directory.metered import Metered
from app.store.readings.suspects import suspects_of


class Mark(StrEnum):
    """What a mark says: nothing was read, a reading does not count, or what was counted there is doubted."""

    GAP = "gap"
    SUSPECT = "suspect"
    DOUBT = "doubt"


_BANDS = {IssueKind.GAP: Mark.GAP, IssueKind.SILENT: Mark.GAP} | dict.fromkeys(
    (
        IssueKind.RESET,
        IssueKind.IMPLAUSIBLE,
        IssueKind.DROP_OUT,
        IssueKind.SPIKE,
        IssueKind.OVERESTIMATE,
        IssueKind.TOO_LONG,
        IssueKind.OVERLAP,
        IssueKind.OVERFLOW,
    ),
    Mark.DOUBT,
)


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch that is marked, [start_s, end_s) in UTC seconds within what is looked at."""

    mark: Mark
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A suspect reading: its instant (UTC seconds), and its value as it was sent."""

    at_s: int
    value: float


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of a stretch, in order of time."""

    bands: Sequence[Band]
    dots: Sequence[Dot]

    @property
    def counts(self) -> dict[Mark, int]:
        """Return how many marks of each kind there are, of those that there are."""
        found = {mark: sum(band.mark is mark for band in self.bands) for mark in (Mark.GAP, Mark.DOUBT)}
        return {mark: count for mark, count in {**found, Mark.SUSPECT: len(self.dots)}.items() if count}


def marks_of(session: Session, meter: Metered, stretch: Stretch, *, now_ms: int) -> Marks:
    """Return the marks of a meter in a stretch; nothing is marked of what is to come."""
    start_ms, end_ms = bounds_of(meter, stretch)
    end_ms = min(end_ms, now_ms)
    query = IssueQuery(start_ms, end_ms, now_ms, frozenset(_BANDS))
    bands = [
        Band(_BANDS[each.kind], max(_begin_ms(each), start_ms) // 1_000, min(each.end_ms, end_ms) // 1_000)
        for each in issues_of(session, meter, query)
    ]
    suspects = suspects_of(session, meter.spec.organization_id, [meter.spec.id])
    dots = [Dot(each.at // 1_000, each.value / 1_000_000) for each in suspects if start_ms <= each.at < end_ms]
    return Marks([each for each in bands if each.start_s < each.end_s], dots)


def _begin_ms(issue: MeterIssue) -> int:
    """Return where a band begins: of a silent meter where its newest reading ends, which may be stamped at its start.

    A month that is stamped 1 December is read until 1 January.
    """
    spec = issue.metered.spec
    if issue.kind is not IssueKind.SILENT or spec.edge is TimestampEdge.INTERVAL_END or spec.interval is None:
        return issue.start_ms
    return spec.interval.shift(spec.zone, issue.start_ms, 1)


def reaching(curve: Curve, marks: Marks) -> Curve:
    """Return a curve that reaches to the marks before its first and behind its last value, with nothing there."""
    edges = [edge for band in marks.bands for edge in (band.start_s, band.end_s)] + [dot.at_s for dot in marks.dots]
    first, last = min(edges, default=0), max(edges, default=0)
    x, y = list(curve.x), list(curve.y)
    if edges and (not x or first < x[0]):
        x, y = [first, *x], [None, *y]
    if edges and last > x[-1]:
        x, y = [*x, last], [*y, None]
    return Curve(x, y)
