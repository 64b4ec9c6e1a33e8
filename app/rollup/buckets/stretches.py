"""Which stretch of time each reading of a meter tells of, and by which rule: what whoever adds them up again must know.

A register read at 10:00, 11:00 and 12:00, whose reading of 11:00 is disproved by those around it, tells of 10:00 to
11:00 and of 11:00 to 12:00 that nothing is known. An estimate that proved too high tells of nothing: the reading behind
it tells of the time since the one before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.core.calendar.periods import SECOND_MS
from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec
from app.core.inventory.resources import MeterKind
from app.core.readings.beliefs import Belief
from app.core.readings.buckets import RollupFlag
from app.rollup.buckets.compute import register_window, segments_between
from app.rollup.segments.levels import hold_ms, stands
from app.rollup.segments.registers import register_legs
from app.rollup.segments.resets import resetting_counts
from app.rollup.segments.segment import Reading, Segment
from app.rollup.segments.segments import interval_bounds_ms
from app.store.inventory.exchanges import exchanges_of
from app.store.rollups.rolling import counted_readings

FROM_ZERO, ROLLED_OVER, UNKNOWN = "from zero", "rolled over", "unknown"
_WHY_UNKNOWN = (
    (RollupFlag.RESET, "the register fell"),
    (RollupFlag.DROP_OUT, "the register fell and came back"),
    (RollupFlag.SPIKE, "the register rose and came back"),
    (RollupFlag.IMPLAUSIBLE, "the register rose faster than is plausible"),
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a reading stamped `at`, or an exchange, tells of: [start_ms, end_ms), UTC.

    `how` is empty where a register's reading less the one before it counts, or an interval's value as it is; else it
    is FROM_ZERO, ROLLED_OVER, or UNKNOWN with the reason.
    """

    at: int
    start_ms: int
    end_ms: int
    how: str = ""
    exchanged: bool = False


def stretches_of(
    session: Session, spec: MeterSpec, rows: Sequence[Reading], *, belief: Belief = None
) -> list[Stretch | None]:
    """Return what each of a meter's counted readings tells, None where it tells nothing; those around are read.

    `rows` are all there are between the first and the last of them, in order.
    """
    if not rows:
        return []
    match spec.kind:
        case MeterKind.REGISTER:
            found = _of_register(session, spec, rows[0].at, rows[-1].at + 1, belief)
            by_instant = {each.at: each for each in found if not each.exchanged}
            return [by_instant.get(row.at) for row in rows]
        case MeterKind.GAUGE:
            return list(_of_gauge(session, spec, rows[0].at, rows[-1].at + 1, belief))
        case MeterKind.INTERVAL:
            return [Stretch(row.at, *interval_bounds_ms(spec, row.at, row.start)) for row in rows]
    return [Stretch(row.at, row.at, row.at) for row in rows]


def stretches_to_exchanges(
    session: Session, spec: MeterSpec, first_ms: int, last_ms: int, *, belief: Belief = None
) -> list[tuple[Exchange, Stretch | None]]:
    """Return a register's exchanges from one instant to another, both included, and what the old instrument told."""
    told = []
    for exchange in exchanges_of(session, spec.organization_id, spec.id, belief=belief):
        if first_ms <= exchange.at <= last_ms:
            at_it = _of_register(session, spec, exchange.at, exchange.at + 1, belief)
            told.append((exchange, next((each for each in at_it if each.exchanged), None)))
    return told


def gaps_filled(
    session: Session, spec: MeterSpec, *, start_ms: int, end_ms: int, belief: Belief = None
) -> list[Segment]:
    """Return the estimates that stand for gaps of an interval meter and begin in [start_ms, end_ms); mostly none."""
    if not spec.estimates_gaps:
        return []
    found = segments_between(session, spec, start_ms, end_ms, belief=belief)
    within = range(start_ms // SECOND_MS, end_ms // SECOND_MS)
    return [each for each in found if each.flags & RollupFlag.ESTIMATED and each.start_s in within]


def reach_of_register(
    session: Session, spec: MeterSpec, *, start_ms: int, end_ms: int, belief: Belief = None
) -> tuple[int, int]:
    """Return from which instant to which (UTC ms, both included) a register's readings tell of [start_ms, end_ms)."""
    into = _of_register(session, spec, start_ms, start_ms + 1, belief, touching=True)
    out_of = _of_register(session, spec, end_ms - 1, end_ms, belief, touching=True)
    begins = [each.start_ms for each in into if not each.how.startswith(UNKNOWN)]
    ends = [each.end_ms for each in out_of if not each.how.startswith(UNKNOWN)]
    return min([start_ms, *begins]), max([end_ms - 1, *ends])


def _of_register(
    session: Session, spec: MeterSpec, start_ms: int, end_ms: int, belief: Belief, *, touching: bool = False
) -> Iterator[Stretch]:
    """Yield what readings and exchanges stamped in the stretch tell, or with `touching` all that tells of it."""
    readings, exchanges = register_window(session, spec, start_ms, end_ms, belief)
    found = _of_resetting(spec, readings) if spec.reset is not None else _of_counting(spec, readings, exchanges)
    for each in found:
        inside = start_ms <= each.at < end_ms
        if inside or (touching and each.end_ms >= start_ms and each.start_ms < end_ms):
            yield each


def _of_counting(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> Iterator[Stretch]:
    for leg in register_legs(spec, readings, exchanges):
        how = _how(leg.quantity, leg.flags)
        yield Stretch(leg.after.at, leg.before.at, leg.after.at, how, leg.after.exchanged)


def _of_resetting(spec: MeterSpec, readings: Sequence[Reading]) -> Iterator[Stretch]:
    for count in resetting_counts(spec, readings):
        how = _how(count.quantity, count.flags) or (FROM_ZERO if count.from_zero else "")
        yield Stretch(count.reading.at, count.start_ms, count.end_ms, how)


def _how(quantity: int | None, flags: RollupFlag) -> str:
    if quantity is None:
        return f"{UNKNOWN}: {next((words for flag, words in _WHY_UNKNOWN if flags & flag), 'nobody can say')}"
    return ROLLED_OVER if flags & RollupFlag.ROLLOVER else ""


def _of_gauge(session: Session, spec: MeterSpec, start_ms: int, end_ms: int, belief: Belief) -> Iterator[Stretch]:
    """Yield for how long each level stands; those beside the stretch cut it short, and stand outside themselves."""
    hold = hold_ms(spec)
    around = counted_readings(session, spec, start_ms - hold, end_ms - 1 + hold, belief=belief)
    readings = [Reading(*row) for row in around]
    for reading, (start_s, end_s, _) in zip(readings, stands(spec, readings), strict=True):
        if start_ms <= reading.at < end_ms:
            yield Stretch(reading.at, start_s * SECOND_MS, end_s * SECOND_MS)
