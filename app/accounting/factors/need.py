"""What an emission factor is wanted for, and the pins that answer before any choice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.accounting.factors.factor import GLOBAL, Factor, Method
from app.accounting.factors.measure import Measure
from app.core.inventory.resources import Resource, matches


@dataclass(frozen=True, slots=True)
class Place:
    """Where an activity happens."""

    plant: str
    region: str | None
    grid_region: str | None
    country: str

    def level(self, region: str) -> int | None:
        """Return how near a factor's region is, 0 being the plant itself, or None when it is elsewhere."""
        names = (self.plant, self.region, self.grid_region, self.country, GLOBAL)
        return names.index(region) if region in names else None


@dataclass(frozen=True, slots=True)
class Pin:
    """A factor fixed by decision; null year, method and plant mean any, `resource` may end in `.*`."""

    year: int | None
    resource: str
    method: Method | None
    plant: str | None
    factor: str

    @property
    def target(self) -> tuple[int | None, str, Method | None, str | None]:
        """Return what is pinned: there is one pin for each."""
        return self.year, self.resource, self.method, self.plant


@dataclass(frozen=True, slots=True)
class Metered:
    """A quantity of a resource as it was measured."""

    resource: Resource = field(hash=False)
    measure: Measure


@dataclass(frozen=True, slots=True)
class Need:
    """What a factor is wanted for. `factors_of` is the resource whose factors apply; year is the reporting year.

    `quantity` is what is to be multiplied; None asks for factors per whatever unit.
    """

    resource: str
    factors_of: str
    attributes: Mapping[str, str] = field(hash=False)
    method: Method | None
    place: Place
    year: int
    quantity: Metered | None = None

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the resources whose factors serve it.

        What the grid delivers is the grid's in location-based accounting, whatever it was bought as.
        """
        if self.method is Method.LOCATION or self.resource == self.factors_of:
            return (self.factors_of,)
        return (self.resource, self.factors_of)


def narrowest_pin(pins: Iterable[Pin], need: Need, factors: Mapping[str, Factor]) -> Pin | None:
    """Return the pin that decides a need: a plant's before any, then a year's, a method's, the longer resource.

    A pin of several resources leaves those alone that its factor does not serve.
    """
    fitting = [
        pin
        for pin in pins
        if matches(pin.resource, need.resource)
        and pin.year in (None, need.year)
        and pin.plant in (None, need.place.plant)
        and (None in (pin.method, need.method) or pin.method is need.method)
        and (pin.factor not in factors or factors[pin.factor].resource in (need.resource, need.factors_of))
    ]
    return min(fitting, key=_narrowness, default=None)


def _narrowness(pin: Pin) -> tuple[object, ...]:
    width = pin.resource.endswith(".*"), -len(pin.resource)
    return pin.plant is None, pin.year is None, pin.method is None, *width, pin.factor
