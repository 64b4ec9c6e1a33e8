"""Targets: what a metric may be in each year, how a year stands against it, and where a running year is heading."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum

from app.accounting.exact import quotient
from app.accounting.ledger.sites import HeldShare, mean_share
from app.core.units.quantities import EXACT, Rounding, display


class TargetDirection(StrEnum):
    """Whether a metric is meant to fall or to rise."""

    DECREASE = "decrease"
    INCREASE = "increase"


class TargetStatus(StrEnum):
    """How a year stands: `met` once it is over, or its goal reached; on or off track before that."""

    MET = "met"
    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    NO_DATA = "no_data"


class ProjectionMethod(StrEnum):
    """How a running year is carried to its end, the method named with the number.

    actual: the year is over, or its data already reach its end. same_period: the value so far / the part of last
    year's value that fell in the same days. linear_days: the value so far x days of the year / days gone. mean_level:
    a level's mean so far stands for the year. by_parts: a quotient of two values, each projected by itself. stated:
    what somebody stated of the year stands.
    """

    ACTUAL = "actual"
    SAME_PERIOD = "same_period"
    LINEAR_DAYS = "linear_days"
    MEAN_LEVEL = "mean_level"
    BY_PARTS = "by_parts"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class Path:
    """How a target runs from its base year: a yearly reduction, or an absolute goal in `goal_year`, in the goal's unit.

    A reduction that compounds is taken off what the year before might be; one that does not, off the base.
    """

    base_year: int
    yearly_reduction: Decimal | None
    compounding: bool
    goal: Decimal | None
    goal_year: int | None
    direction: TargetDirection


@dataclass(frozen=True, slots=True)
class Printed:
    """How the numbers of a target are shown: decimals in its unit, the rounding rule, and whose these are.

    `source` is the code of the framework that prints the figure so, or `target` where the target says so itself.
    """

    decimals: int
    rounding: Rounding
    source: str

    def digits(self, value: Decimal) -> str:
        """Return a value as it is shown."""
        return display(value, decimals=self.decimals, rounding=self.rounding)


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a year is heading, from the data of its days before `through_day`."""

    value: Decimal | None
    methods: tuple[ProjectionMethod, ...]
    through_day: int | None


def allowed(path: Path, base: Decimal, year: int) -> Decimal | None:
    """Return what the metric may be in a year, None before the base year and after the goal year.

    A reduction: base x (1 - r)^n, or base x (1 - r x n) but not below zero; a negative base has none. A goal: on the
    straight line from the base to it.
    """
    years = year - path.base_year
    if years < 0 or (path.goal_year is not None and year > path.goal_year):
        return None
    with localcontext(EXACT):
        if path.yearly_reduction is not None:
            if base < 0:
                return None
            step = path.yearly_reduction if path.direction is TargetDirection.DECREASE else -path.yearly_reduction
            factor = (1 - step) ** years if path.compounding else max(1 - step * years, Decimal(0))
            return base * factor
        if path.goal is None or path.goal_year is None:
            return None
        if year == path.goal_year:
            return path.goal
        return base + quotient((path.goal - base) * years, Decimal(path.goal_year - path.base_year))


def keeps(value: Decimal, most: Decimal, direction: TargetDirection, printed: Printed | None = None) -> bool:
    """Tell whether a value is as low, or as high, as it should be: both as they are shown, if that is known."""
    if printed is not None:
        value, most = Decimal(printed.digits(value)), Decimal(printed.digits(most))
    return value <= most if direction is TargetDirection.DECREASE else value >= most


def status(
    path: Path,
    year: int,
    *,
    value: Decimal | None,
    projected: Decimal | None,
    most: Decimal | None,
    is_over: bool,
    printed: Printed | None = None,
    whole: Decimal | None = None,
) -> TargetStatus:
    """Return how a year stands: 900.0004 against 900 keeps it where both are shown as 900.

    `whole` is what a year that is over comes to with what it has no readings of in proportion: where that stands
    otherwise than the value, nobody can tell. Of 25 t in a quarter of the year against 80 nothing is known, since all
    of it may be 100; against 200 they keep it, and 90 against 80 do not.

    A reduction is owed each year. A goal is met once it is reached, and until its year it is on track while the year
    keeps to the line.
    """
    judged = value if is_over else projected
    if value is None or judged is None or most is None:
        return TargetStatus.NO_DATA
    if is_over and whole is not None and whole != value:
        stands = {
            status(path, year, value=each, projected=each, most=most, is_over=True, printed=printed)
            for each in (value, whole)
        }
        return stands.pop() if len(stands) == 1 else TargetStatus.NO_DATA
    if path.goal is not None:
        if is_over and keeps(value, path.goal, path.direction, printed):
            return TargetStatus.MET
        on_line = keeps(judged, most, path.direction, printed) and not (is_over and year == path.goal_year)
        return TargetStatus.ON_TRACK if on_line else TargetStatus.OFF_TRACK
    if not keeps(judged, most, path.direction, printed):
        return TargetStatus.OFF_TRACK
    return TargetStatus.MET if is_over else TargetStatus.ON_TRACK


def same_period(so_far: Decimal, last_year: Decimal, last_same_period: Decimal) -> Decimal | None:
    """Return so far x last year / the same period of last year, None where that period held nothing."""
    if last_same_period * last_year <= 0:
        return None
    with localcontext(EXACT):
        return quotient(so_far * last_year, last_same_period)


def linear_days(so_far: Decimal, days_gone: Decimal | int, days: Decimal | int) -> Decimal | None:
    """Return so far x days of the year / days gone; a day of a plant that is held in part counts as that part."""
    with localcontext(EXACT):
        return quotient(so_far * days, Decimal(days_gone)) if days_gone > 0 else None


@dataclass(frozen=True, slots=True)
class BoundaryChange:
    """A plant whose part in the figures of a year is not what it was in the base year when its value was frozen.

    Shares are the mean of the year by days.
    """

    plant: str
    before: Decimal
    after: Decimal


Held = tuple[HeldShare, ...]
"""The shares of one plant over the days of the base year."""


def boundary_changes(before: Mapping[str, Held], after: Mapping[str, Held]) -> list[BoundaryChange]:
    """Return the plants that entered with another share, on other days, or not at all, by code."""
    pairs = ((plant, before.get(plant, ()), after.get(plant, ())) for plant in sorted({*before, *after}))
    return [
        BoundaryChange(plant, mean_share(was), mean_share(now))
        for plant, was, now in pairs
        if [each for each in was if each.share] != [each for each in now if each.share]
    ]


@dataclass(frozen=True, slots=True)
class Base:
    """A target's base: by the boundary it was frozen with, by that of the year held against it, and which one counts.

    Both are by the year's GWP set. `today` is the latter; `change` is (today - original) / original; the base is
    recalculated when that passes the threshold either way.
    """

    original: Decimal | None
    today: Decimal | None
    change: Decimal | None
    recalculated: bool
    changes: tuple[BoundaryChange, ...]

    @property
    def value(self) -> Decimal | None:
        """Return the base that counts."""
        return self.today if self.recalculated else self.original


def base_of(
    original: Decimal | None, today: Decimal | None, *, threshold: Decimal, changes: tuple[BoundaryChange, ...]
) -> Base:
    """Return the base; one that had no value by the original boundary takes today's."""
    if not changes:
        return Base(original, today, None, False, ())
    change = change_of(original, today)
    if change is None:
        return Base(original, today, None, today is not None, changes)
    return Base(original, today, change, abs(change) > threshold, changes)


def change_of(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Return (after - before) / before; None where either is unknown or the first is zero."""
    if before is None or after is None or not before:
        return None
    with localcontext(EXACT):
        return quotient(after - before, before)
