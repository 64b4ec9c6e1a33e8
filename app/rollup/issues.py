"""What is wrong with meters and what mends it: suspect readings, gaps, registers that fall or leap, silence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import groupby
from operator import or_

from sqlmodel import Session

from app.core.calendar.periods import HOUR_MS, SECOND_MS, Grain, day_start_ms
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.batches import stored_at_ms
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import NO_REFERENCE
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import decimal_from_micro, plain
from app.ingest.judging.suspect import claims_the_future, why_suspect
from app.rollup.buckets.compute import covering_segments, segments_between
from app.rollup.buckets.coverage import in_service_days
from app.rollup.buckets.periods import bucket_days, days_between
from app.rollup.segments.gaps import edge, uncovered
from app.rollup.segments.segment import Segment
from app.store.directory.metered import Metered, counted_above
from app.store.readings.suspects import suspects_of
from app.store.rollups.rolling import newest_reading, span_of
from app.store.rollups.rollups import buckets, flagged_days

_SILENT_INTERVALS = 2
_SHORTEST_SILENCE_MS = HOUR_MS
_SILENCE_WITHOUT_INTERVAL_MS = 48 * HOUR_MS


class IssueKind(StrEnum):
    """The kinds of issue a meter can have."""

    SUSPECT = "suspect"
    GAP = "gap"
    RESET = "reset"
    IMPLAUSIBLE = "implausible"
    DROP_OUT = "drop_out"
    SPIKE = "spike"
    OVERESTIMATE = "overestimate"
    TOO_LONG = "too_long"
    OVERLAP = "overlap"
    OVERFLOW = "overflow"
    SILENT = "silent"
    COUNTED_TWICE = "counted_twice"
    EDGE_ASSUMED = "edge_assumed"


ACTIONS = {
    IssueKind.SUSPECT: (
        "Accept it through the meter's acceptances, or send the right value for the same timestamp; what is plausible"
        " is said by the meter's max_rate, annual_expectation or plausibility."
    ),
    IssueKind.GAP: "Send the missing readings; or let the meter estimate its gaps (estimates_gaps), flagged as such.",
    IssueKind.RESET: "State what happened through the meter's exchanges (at, final_value, first_value).",
    IssueKind.IMPLAUSIBLE: (
        "Correct or withdraw the reading that jumped; state an exchange if the instrument was swapped; if it is right,"
        " accept the reading through the meter's acceptances, or state or raise its max_rate."
    ),
    IssueKind.DROP_OUT: (
        "Withdraw the readings in between; allow such a fall by the meter's dip_tolerance; if the counter did begin"
        " anew, state its exchange or accept the reading it came back with."
    ),
    IssueKind.SPIKE: "Withdraw or correct the readings in between, or accept them if they are right.",
    IssueKind.OVERESTIMATE: "Send a better estimate for the same timestamp, or withdraw it.",
    IssueKind.TOO_LONG: "Withdraw the reading that has a wrong date, or send readings in between.",
    IssueKind.OVERLAP: "Withdraw the reading that covers the same time twice, or correct its start.",
    IssueKind.OVERFLOW: "Register a new meter in a larger unit that replaces this one.",
    IssueKind.COUNTED_TWICE: "Set counts to false on the sub-meter, or on the meter it is a part of.",
    IssueKind.SILENT: "See to the meter or its gateway, or set in_service_to if it was taken out.",
    IssueKind.EDGE_ASSUMED: (
        "State the meter's timestamp_edge: interval_end if its readings are stamped when their interval is over,"
        " interval_start if they are right as they are. What is stored counts by it from then on."
    ),
}


@dataclass(frozen=True, slots=True)
class MeterIssue:
    """One thing wrong with a meter over [start_ms, end_ms), in words, and what mends it."""

    kind: IssueKind
    metered: Metered
    start_ms: int
    end_ms: int
    detail: Sentence
    reference: str = NO_REFERENCE

    @property
    def position(self) -> tuple[int, int, str, str]:
        """Return its place in the order of all issues."""
        return self.metered.spec.id, self.start_ms, str(self.kind), self.reference

    @property
    def action(self) -> str:
        return ACTIONS[self.kind]


@dataclass(frozen=True, slots=True)
class IssueQuery:
    """Issues of these kinds that touch [start_ms, end_ms), None for open; `now_ms` decides who is silent."""

    start_ms: int | None
    end_ms: int | None
    now_ms: int
    kinds: frozenset[IssueKind] = frozenset(IssueKind)


def issues_of(session: Session, metered: Metered, query: IssueQuery) -> list[MeterIssue]:
    """Return a meter's issues by start and kind; only what is asked for is looked for.

    Whoever asks for EDGE_ASSUMED, which looks at when readings were stored, reads where what arrived was entered first.
    """
    span = span_of(session, metered.spec)
    found = [*_suspects(session, metered), *_silence(metered, span, query.now_ms)]
    if span is not None:
        found += _counted_twice(session, metered, span)
        found += _edge_assumed(session, metered) if IssueKind.EDGE_ASSUMED in query.kinds else ()
        found += _flagged(session, metered) if not query.kinds.isdisjoint(_WORDS) else ()
        found += _gaps(session, metered, span) if IssueKind.GAP in query.kinds else ()
    wanted = [issue for issue in found if _asked_for(issue, query)]
    return sorted(wanted, key=lambda issue: issue.position)


def _asked_for(issue: MeterIssue, query: IssueQuery) -> bool:
    return (
        issue.kind in query.kinds
        and (query.start_ms is None or issue.end_ms > query.start_ms)
        and (query.end_ms is None or issue.start_ms < query.end_ms)
    )


def _suspects(session: Session, metered: Metered) -> Iterator[MeterIssue]:
    for suspect in suspects_of(session, metered.spec.organization_id, [metered.spec.id]):
        _, why = why_suspect(metered.spec, at=suspect.at, value=suspect.value, start=suspect.start_at)
        value = f"{plain(decimal_from_micro(suspect.value))} {metered.unit}"
        detail = sentence("%(value)s is suspect and does not count: %(why)s", value=value, why=why)
        yield MeterIssue(IssueKind.SUSPECT, metered, suspect.at, suspect.at + 1, detail, suspect.reference)


def _counted_twice(session: Session, metered: Metered, span: tuple[int, int]) -> Iterator[MeterIssue]:
    whole = counted_above(session, metered.spec.organization_id, metered.spec.id) if metered.counts else None
    if whole is not None:
        detail = sentence(
            "it counts beside %(whole)s, of which it is a part: what both measure is in the totals twice", whole=whole
        )
        yield MeterIssue(IssueKind.COUNTED_TWICE, metered, span[0], span[1] + 1, detail)


def _edge_assumed(session: Session, metered: Metered) -> Iterator[MeterIssue]:
    """Yield an issue when the newest reading was stored before most of the time that it is assumed to cover."""
    spec = metered.spec
    newest = newest_reading(session, spec) if spec.edge_assumed else None
    interval = None if newest is None else spec.stamped(newest[0]).interval
    if newest is None or interval is None:
        return
    at, batch = newest
    if claims_the_future(spec, at, stored_at_ms(batch)):
        detail = sentence(
            "nobody stated which end of its interval a timestamp names; by the start, readings come before their time"
        )
        yield MeterIssue(IssueKind.EDGE_ASSUMED, metered, at, interval.shift(spec.zone, at, 1), detail)


def _silence(metered: Metered, span: tuple[int, int] | None, now_ms: int) -> Iterator[MeterIssue]:
    spec = metered.spec
    if span is None or not _in_service(spec, now_ms) or _patience_ms(spec.stamped(now_ms)) is None:
        return
    patience = _patience_ms(spec.stamped(now_ms)) or 0
    if now_ms - span[1] > patience:
        hours = (now_ms - span[1]) // HOUR_MS
        detail = sentence("no reading for %(hours)s hours", hours=hours)
        yield MeterIssue(IssueKind.SILENT, metered, span[1], now_ms, detail)


def _patience_ms(spec: MeterSpec) -> int | None:
    """Return how long a meter may say nothing; None for one of which nothing is expected."""
    if spec.interval is None:
        return None if spec.kind in (MeterKind.EVENT, MeterKind.STOCK) else _SILENCE_WITHOUT_INTERVAL_MS
    interval_ms = spec.interval.shift(spec.zone, 0, 1)
    return max(_SILENT_INTERVALS * interval_ms, _SHORTEST_SILENCE_MS) + interval_ms


def _in_service(spec: MeterSpec, now_ms: int) -> bool:
    today = days_between(spec, now_ms, now_ms + 1)[0]
    first, end = in_service_days(today, today + 1, spec.in_service_from, spec.in_service_to)
    return first < end


def _flagged(session: Session, metered: Metered) -> Iterator[MeterIssue]:
    """Yield what the flags of days tell, with the exact stretch where segments have one."""
    spec = metered.spec
    days = flagged_days(session, spec.organization_id, spec.id)
    for day, flags in days:
        for flag, kind in _OF_DAYS.items():
            if flags & flag:
                bounds = day_start_ms(spec.zone, day), day_start_ms(spec.zone, day + 1)
                yield MeterIssue(kind, metered, *bounds, _WORDS[kind])
    seen: set[tuple[int, int]] = set()
    for first, last in _runs([day for day, flags in days if flags & reduce(or_, _OF_SEGMENTS)]):
        found = segments_between(session, spec, day_start_ms(spec.zone, first), day_start_ms(spec.zone, last + 1))
        for kind, first_s, end_s in _doubted(found):
            if (first_s, end_s) not in seen:
                seen.add((first_s, end_s))
                yield MeterIssue(kind, metered, first_s * SECOND_MS, end_s * SECOND_MS, _WORDS[kind])


def _runs(days: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of days that follow each other: what one drop-out flags is such a run."""
    for _, group in groupby(enumerate(days), key=lambda each: each[1] - each[0]):
        run = [day for _, day in group]
        yield run[0], run[-1]


def _doubted(segments: Sequence[Segment]) -> Iterator[tuple[IssueKind, int, int]]:
    """Yield (kind, start, end) in seconds of each run of segments that one drop-out, say, has made unknown."""
    kinds = [next((kind for flag, kind in _OF_SEGMENTS.items() if each.flags & flag), None) for each in segments]
    for kind, group in groupby(zip(kinds, segments, strict=True), key=lambda each: each[0]):
        run = [segment for _, segment in group]
        if kind in (IssueKind.DROP_OUT, IssueKind.SPIKE):
            yield kind, run[0].start_s, run[-1].end_s
        elif kind is not None:
            yield from ((kind, each.start_s, each.end_s) for each in run)


_OF_DAYS = {RollupFlag.OVERLAP: IssueKind.OVERLAP, RollupFlag.OVERFLOW: IssueKind.OVERFLOW}
_OF_SEGMENTS = {
    RollupFlag.RESET: IssueKind.RESET,
    RollupFlag.DROP_OUT: IssueKind.DROP_OUT,
    RollupFlag.SPIKE: IssueKind.SPIKE,
    RollupFlag.IMPLAUSIBLE: IssueKind.IMPLAUSIBLE,
    RollupFlag.OVERESTIMATE: IssueKind.OVERESTIMATE,
    RollupFlag.TOO_LONG: IssueKind.TOO_LONG,
}
_WORDS = {
    IssueKind.RESET: sentence("the register fell, and neither a dip, a rollover nor an exchange explains it"),
    IssueKind.DROP_OUT: sentence("the register fell and came back: what it showed in between is not believed"),
    IssueKind.SPIKE: sentence("the register rose and came back: what it showed in between is not believed"),
    IssueKind.IMPLAUSIBLE: sentence("the register rose faster than the meter's max_rate, or than anything around it"),
    IssueKind.OVERESTIMATE: sentence("an estimate proved too high when the register was read: it is set aside"),
    IssueKind.TOO_LONG: sentence("no reading tells in which of the years between the register counted"),
    IssueKind.OVERLAP: sentence("readings cover the same time more than once"),
    IssueKind.OVERFLOW: sentence("the day's sum passes 2^63 micro-units"),
}


def _gaps(session: Session, metered: Metered, span: tuple[int, int]) -> Iterator[MeterIssue]:
    """Yield what nothing covers between the first and last reading, looked for in the months that lack time."""
    spec = metered.spec
    if spec.kind not in (MeterKind.INTERVAL, MeterKind.GAUGE):
        return
    ends = [segment for at in span for segment in covering_segments(session, spec, at - 1, at + 1)]
    if not ends:
        return
    lived = min(segment.start_s for segment in ends), max(segment.end_s for segment in ends)
    first_day, end_day = days_between(spec, lived[0] * SECOND_MS, lived[1] * SECOND_MS)
    ids, days = [spec.id], {"first_day": first_day - 31, "end_day": end_day}
    months = buckets(session, spec.organization_id, meter_ids=ids, grain=Grain.MONTH, **days)
    covered = {bucket.start_day: bucket.covered_s for bucket in months}
    for first, end in bucket_days(Grain.MONTH, first_day, end_day, spec):
        start_s = max(day_start_ms(spec.zone, first) // SECOND_MS, lived[0])
        end_s = min(day_start_ms(spec.zone, end) // SECOND_MS, lived[1])
        if covered.get(first, 0) < end_s - start_s:
            yield from _gaps_within(session, metered, start_s, end_s)


def _gaps_within(session: Session, metered: Metered, start_s: int, end_s: int) -> Iterator[MeterIssue]:
    found = covering_segments(session, metered.spec, start_s * SECOND_MS, end_s * SECOND_MS)
    edges = [edge(start_s), *found, edge(end_s)]
    for gap_start, gap_end in uncovered(sorted(edges, key=lambda each: (each.start_s, each.end_s))):
        begin, finish = max(gap_start, start_s), min(gap_end, end_s)
        if begin < finish:
            detail = sentence("no reading covers %(minutes)s minutes", minutes=(finish - begin) // 60)
            yield MeterIssue(IssueKind.GAP, metered, begin * SECOND_MS, finish * SECOND_MS, detail)


def issue_page(
    session: Session,
    meters: Sequence[Metered],
    query: IssueQuery,
    *,
    after: tuple[int, int, str, str] | None,
    limit: int,
) -> list[MeterIssue]:
    """Return up to `limit` issues by position, from behind `after`."""
    found: list[MeterIssue] = []
    for metered in meters:
        if after is not None and metered.spec.id < after[0]:
            continue
        issues = issues_of(session, metered, query)
        found += [issue for issue in issues if after is None or issue.position > after]
        if len(found) >= limit:
            break
    return found[:limit]
