"""On which days a fuel converts in which way: cut where other values hold, joined where that changes nothing.

A plant's gas in m3, its factor per GJ, its calorific value new from July on: emissions and energy have two parts. Were
the factor per m3, emissions would have one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_choice import CalorificBook, FuelNeed
from app.accounting.factors.choice import Choice, Stretch
from app.accounting.factors.conversion import convert
from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.fuel import Conversion, Fuel, NotConvertible, fuel_on
from app.accounting.factors.measure import Measure, conditions_in, measure_of
from app.accounting.factors.need import Place
from app.core.calendar.periods import date_of
from app.core.inventory.resources import Resource
from app.core.units.units import Dimension

ENERGY = Measure("kWh", HeatingValueBasis.LHV)
"""What energy is added up in: kWh on the lower heating value."""


@dataclass(frozen=True, slots=True)
class FuelDays:
    """Days [first_day, end_day) on which a resource converts in one way."""

    first_day: int
    end_day: int
    fuel: Fuel


@dataclass(frozen=True, slots=True)
class Fuelled:
    """What is known of a resource that was used at a place: what its quantity is in, and the values it may convert by.

    `factor_set` is the organization's.
    """

    resource: Resource
    attributes: Mapping[str, str]
    place: Place
    measure: Measure
    values: CalorificBook
    factor_set: str | None

    def on(self, day: int, choice: object = None) -> Fuel:
        """Return the fuel on a day on which its emissions have this factor, whose own set and value go first."""
        factor = choice.factor if isinstance(choice, Choice) else None
        prefer = (factor.factor_set, self.factor_set) if factor is not None else (self.factor_set,)
        need = FuelNeed(self.resource.key, self.attributes, self.place, prefer)
        return fuel_on(self.values, self.resource, need, date_of(day), stated=_stated(choice))

    def cut(self, chosen: Sequence[Stretch]) -> list[tuple[Stretch, Fuel]]:
        """Return the stretches cut wherever a value begins or ends to hold, each with the fuel as it is then."""
        days = self.values.bounds(FuelNeed(self.resource.key, self.attributes, self.place, ()))
        return [
            (replace(stretch, first_day=start, end_day=end), self.on(start, stretch.choice))
            for stretch in chosen
            for start, end in _cut(stretch, days)
        ]


def _cut(stretch: Stretch, days: Iterable[int]) -> Iterable[tuple[int, int]]:
    inner = sorted(day for day in days if stretch.first_day < day < stretch.end_day)
    return pairwise([stretch.first_day, *inner, stretch.end_day])


def _stated(choice: object) -> CalorificValue | None:
    """Return the calorific value that an own factor was derived from."""
    if not isinstance(choice, Choice) or choice.factor.calorific_value is None:
        return None
    factor = choice.factor
    if measure_of(factor).dimension is Dimension.ENERGY:
        return None
    basis = factor.basis or HeatingValueBasis.LHV
    return CalorificValue(
        code=factor.code,
        resource=factor.resource,
        attributes=factor.attributes,
        region=factor.region,
        per=factor.per,
        lhv=factor.calorific_value if basis is HeatingValueBasis.LHV else None,
        hhv=factor.calorific_value if basis is HeatingValueBasis.HHV else None,
        energy_unit="GJ",
        density=None,
        density_unit=None,
        conditions=conditions_in(factor.reference_condition),
        valid_from=factor.valid_from,
        valid_to=factor.valid_to,
        published_on=factor.published_on,
        source=factor.source,
        supersedes=None,
        factor_set=factor.factor_set,
        own=factor.own,
    )


def by_emissions(pieces: Sequence[tuple[Stretch, Fuel]], source: Measure) -> list[Stretch]:
    """Return the stretches on which one factor holds and the quantity converts to it in one way."""

    def outcome(stretch: Stretch, fuel: Fuel) -> object:
        choice = stretch.choice
        return choice, attempted(fuel, source, measure_of(choice.factor)) if isinstance(choice, Choice) else None

    return [replace(first, end_day=end) for first, _, end in _joined(pieces, outcome)]


def by_energy(pieces: Sequence[tuple[Stretch, Fuel]], source: Measure, canonical: Measure) -> list[FuelDays]:
    """Return the days on which the quantity converts to energy, and to the resource's own unit, in one way."""

    def outcome(_: Stretch, fuel: Fuel) -> object:
        return attempted(fuel, source, ENERGY), attempted(fuel, source, canonical)

    return [FuelDays(first.first_day, end, fuel) for first, fuel, end in _joined(pieces, outcome)]


def attempted(fuel: Fuel, source: Measure, target: Measure) -> Conversion | str:
    """Return the conversion, or why there is none."""
    try:
        return convert(fuel, source, target)
    except NotConvertible as error:
        return str(error)


def _joined(
    pieces: Sequence[tuple[Stretch, Fuel]], outcome: Callable[[Stretch, Fuel], object]
) -> list[tuple[Stretch, Fuel, int]]:
    """Return the first piece of each run of pieces with one outcome, its fuel, and the day on which the run ends."""
    found: list[tuple[Stretch, Fuel, int]] = []
    last: object = None
    for stretch, fuel in pieces:
        came = outcome(stretch, fuel)
        if found and came == last:
            found[-1] = (*found[-1][:2], stretch.end_day)
        else:
            found.append((stretch, fuel, stretch.end_day))
        last = came
    return found
