"""The vocabulary of formulas: each metric is one of these, and nothing else computes a figure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from app.accounting.factors.factor import Method
from app.accounting.ledger.amounts import Statistic
from app.accounting.metrics.consumption import Having
from app.core.inventory.resources import FuelGroup, Origin


@dataclass(frozen=True, slots=True)
class Quantity:
    """What was used of resources that share a unit; with `having` of them only what has one of its values."""

    resources: tuple[str, ...]
    having: Having | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A counted level's statistic."""

    resources: tuple[str, ...]
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class Energy:
    """kWh of resources, lower heating value; with `origin` the part from there, with `fuel_group` its fuels alone.

    `metered` leaves out what instruments say of the origin.
    """

    resources: tuple[str, ...]
    origin: Origin | None = None
    fuel_group: FuelGroup | None = None
    metered: bool = False


@dataclass(frozen=True, slots=True)
class Emissions:
    """kg CO2e of a scope; of these gases alone if any are named."""

    scope: int
    method: Method | None
    gases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Biogenic:
    """kg of biogenic CO2 of a scope, which is in no total."""

    scope: int


@dataclass(frozen=True, slots=True)
class AsStated:
    """A number that somebody states of an indicator, by its total or its parts; emissions in kg CO2e."""

    indicator: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of other metrics."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric less another; `if_metered`: the first alone where no meter could measure the second."""

    minuend: str
    subtrahend: str
    if_metered: bool = False


@dataclass(frozen=True, slots=True)
class Ratio:
    """A metric per `step` units of a denominator."""

    of: str
    per: str
    step: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """One metric as a percentage of another."""

    of: str
    within: str


Formula: TypeAlias = Quantity | Level | Energy | Emissions | Biogenic | AsStated | Sum | Difference | Ratio | Share
