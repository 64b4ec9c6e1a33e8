"""What a measurement gives: figures with their spread, ratios, and the goals beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of repeated measurements with the least and the greatest of them."""

    median: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of a ratio or a figure, from above when `at_most`; `aim` is the better one hoped for."""

    bound: float
    aim: float | None = None
    at_most: bool = False

    def reached(self, value: float) -> bool:
        """Tell whether `value` keeps the bound."""
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table. `ratio` is the figure to what `against` names; `goal` is of the ratio, or of the figure.

    `today` is the figure to that of today's build, where both were measured in turn.
    """

    subject: str
    database: str
    figure: Spread
    unit: str
    ratio: Spread | None = None
    against: str = ""
    goal: Goal | None = None
    note: str = ""
    today: Spread | None = None

    @property
    def judged(self) -> float:
        """Return the number the goal is about."""
        return (self.ratio or self.figure).median


class WrongResult(AssertionError):
    """The service answered, but not with the result the rows call for."""


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of one or more measurements."""
    return Spread(median(values), min(values), max(values), len(values))


def ratios(values: Sequence[float], others: Sequence[float]) -> Spread:
    """Return the spread of `values` to `others`, round by round."""
    return spread([value / other for value, other in zip(values, others, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def expect(found: object, wanted: object, what: str) -> None:
    """Raise WrongResult unless what was found is what the rows call for."""
    if found != wanted:
        raise WrongResult(f"{what}: {found!r} where {wanted!r} is right")
