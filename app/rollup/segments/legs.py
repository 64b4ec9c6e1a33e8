"""From one value of a register to the next: what was counted in between, by the two values alone.

Whatever the direction of a register, its points count up here: those of one that counts down have their sign turned.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.inventory.exchanges import Exchange
from app.core.inventory.meters import MeterSpec, RegisterDirection
from app.core.readings.buckets import RollupFlag
from app.core.readings.columns import QUALITY_CODES, STANDING_STEP, Quality, Standing
from app.rollup.segments.segment import Reading

_NONE = RollupFlag(0)
_MEASURED, _ESTIMATED = QUALITY_CODES[Quality.MEASURED], QUALITY_CODES[Quality.ESTIMATED]
_UNRATED_ROLLOVER_SHARE = 10
"""Without a max_rate, a fall is a rollover only if the forward difference is at most this part of the modulus."""

NEIGHBOURS = 32
"""How many readings around one decide whether it is believed: eight hours of quarter hours, a month of days."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a register shows at a UTC millisecond; at an exchange, what the old instrument ends and the new begins with.

    `place` counts readings and exchanges in order of time. What is `stated` was accepted or is an exchange, and is
    believed whatever is around it.
    """

    place: int
    at: int
    ends: int
    begins: int
    quality: int
    stated: bool = False
    exchanged: bool = False

    @property
    def estimated(self) -> bool:
        return self.quality == _ESTIMATED and not self.stated


@dataclass(slots=True)
class Leg:
    """What was counted from a point to the next that is believed; None when that cannot be known."""

    before: Point
    after: Point
    quantity: int | None
    flags: RollupFlag

    @property
    def elapsed_ms(self) -> int:
        """Return the time between the points, at least a millisecond."""
        return max(self.after.at - self.before.at, 1)

    @property
    def change(self) -> int:
        """Return by how much the register rose; below zero it fell."""
        return self.after.ends - self.before.begins

    def doubt(self, flag: RollupFlag) -> None:
        """Make the quantity unknown, for the reason that the flag tells."""
        self.quantity = None
        self.flags = self.flags & ~(RollupFlag.RESET | RollupFlag.ROLLOVER | RollupFlag.IMPLAUSIBLE) | flag


def points_of(spec: MeterSpec, readings: Sequence[Reading], exchanges: Sequence[Exchange]) -> list[Point]:
    """Return what a register showed, in order of time, as of one that counts up."""
    sign = -1 if spec.direction is RegisterDirection.DOWN else 1
    shown = [
        (each.at, 0, sign * each.value, sign * each.value, each.quality % STANDING_STEP, _is_accepted(each))
        for each in readings
    ]
    shown += [(each.at, 1, sign * each.final_value, sign * each.first_value, _MEASURED, True) for each in exchanges]
    # At one instant the reading first: it is of the old instrument.
    shown.sort(key=lambda each: each[:2])
    return [
        Point(place, at, ends, begins, quality, stated, exchanged=bool(exchanged))
        for place, (at, exchanged, ends, begins, quality, stated) in enumerate(shown)
    ]


def _is_accepted(reading: Reading) -> bool:
    return reading.quality // STANDING_STEP == Standing.ACCEPTED


def legs_of(spec: MeterSpec, points: Sequence[Point]) -> list[Leg]:
    """Return the legs between believed points, each judged by its two values alone."""
    return list(_legs(spec, points))


def _legs(spec: MeterSpec, points: Sequence[Point]) -> Iterator[Leg]:
    for before, after in pairwise(points):
        quantity, flags = register_difference(spec, before.begins, after.ends, after.at - before.at)
        # Somebody has looked at the reading and accepted it: what it says is believed however fast it is.
        if quantity is None and flags is RollupFlag.IMPLAUSIBLE and after.stated:
            quantity, flags = after.ends - before.begins, _NONE
        if before.exchanged or after.exchanged:
            flags |= RollupFlag.EXCHANGE
        yield Leg(before, after, quantity, flags)


def register_difference(spec: MeterSpec, before: int, after: int, elapsed_ms: int) -> tuple[int | None, RollupFlag]:
    """Return what a register counted between two neighbours, and what it took to know; None when it cannot be known.

    A fall is a dip within the tolerance, else a rollover when the forward difference is plausible, else a reset. A rise
    faster than max_rate is implausible. A net register counts its falls as well.
    """
    difference = after - before
    if spec.direction is RegisterDirection.NET:
        return _net_difference(spec, difference, elapsed_ms)
    if difference >= 0:
        if _plausible(spec, difference, elapsed_ms):
            return difference, _NONE
        return None, RollupFlag.IMPLAUSIBLE
    if -difference <= spec.dip_tolerance_micro:
        return difference, RollupFlag.DIP
    if spec.modulus_micro is not None:
        # From 99,990 to 15 of a modulus of 100,000: -99,975 + 100,000 = 25 forward.
        forward = difference + spec.modulus_micro
        near_top = spec.max_rate_micro is not None or forward * _UNRATED_ROLLOVER_SHARE <= spec.modulus_micro
        if forward >= 0 and near_top and _plausible(spec, forward, elapsed_ms):
            return forward, RollupFlag.ROLLOVER
    return None, RollupFlag.RESET


def _net_difference(spec: MeterSpec, difference: int, elapsed_ms: int) -> tuple[int | None, RollupFlag]:
    """Return a signed difference; one of more than half the modulus went the other way, past the end."""
    flags = _NONE
    if spec.modulus_micro is not None and 2 * abs(difference) > spec.modulus_micro:
        difference += spec.modulus_micro if difference < 0 else -spec.modulus_micro
        flags = RollupFlag.ROLLOVER
    if _plausible(spec, abs(difference), elapsed_ms):
        return difference, flags
    return None, RollupFlag.IMPLAUSIBLE


def _plausible(spec: MeterSpec, quantity: int, elapsed_ms: int) -> bool:
    most = spec.most_within(elapsed_ms)
    return most is None or quantity <= most
