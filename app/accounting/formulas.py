"""The vocabulary of formulas: each metric is one of these, and nothing else computes a figure."""

from dataclasses import dataclass
from typing import TypeAlias

from app.accounting.consumption import Statistic
from app.accounting.factor import Method

PERCENT = "%"


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was used of resources that share a unit."""

    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A counted level's statistic."""

    resources: tuple[str, ...]
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class Energy:
    """kWh of resources, lower heating value."""

    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Emissions:
    """kg CO2e of a scope."""

    scope: int
    method: Method | None


@dataclass(frozen=True, slots=True)
class Biogenic:
    """kg of biogenic CO2 of a scope, which is in no total."""

    scope: int


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of other metrics."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric less another."""

    minuend: str
    subtrahend: str


@dataclass(frozen=True, slots=True)
class Ratio:
    """A metric per step of a denominator."""

    of: str
    per: str


@dataclass(frozen=True, slots=True)
class Share:
    """One metric as a percentage of another."""

    of: str
    within: str


Formula: TypeAlias = Quantity | Level | Energy | Emissions | Biogenic | Sum | Difference | Ratio | Share
