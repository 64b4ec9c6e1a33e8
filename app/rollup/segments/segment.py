"""What goes into segments and what they are: counted readings, and quantities over stretches of time."""

from dataclasses import dataclass

from app.core.readings.buckets import RollupFlag

_NONE = RollupFlag(0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A counted reading: UTC ms, micro-units, stored quality, and its own start where it states one."""

    at: int
    value: int
    quality: int
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A quantity over [start_s, end_s), whole UTC seconds. `quantity` is None where it cannot be known.

    One flagged TOO_LONG touches its first and its last day alone. `quality` is a quality code without standing.
    """

    start_s: int
    end_s: int
    quantity: int | None
    quality: int
    flags: RollupFlag = _NONE
