"""Calorific values and densities: dated statements of what a fuel holds, and what may be stated together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.accounting.factors.factor import HeatingValueBasis
from app.accounting.factors.measure import Measure
from app.core.inventory.inventory import FieldProblem, unit_problem
from app.core.sentences import Sentence, listed, sentence
from app.core.units.gas_volumes import ReferenceConditions
from app.core.units.quantities import plain
from app.core.units.units import GAS_UNITS, Dimension, dimension_of


@dataclass(frozen=True, slots=True)
class CalorificValue:
    """What is stated of a fuel on days [valid_from, valid_to): heat in one `per` on either heating value, and density.

    lhv and hhv are in `energy_unit`; `density` is in `density_unit`. A volume of gas, in `per` or in the density, is in
    the state `conditions`, None where the source does not say. `ratio` is LHV / HHV where a source states that alone.
    `assumption` marks what is assumed or derived; `own` what an organization added. `year` is the source's.
    """

    code: str
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    region: str
    per: str | None
    lhv: Decimal | None
    hhv: Decimal | None
    energy_unit: str
    density: Decimal | None
    density_unit: str | None
    conditions: ReferenceConditions | None
    valid_from: date
    valid_to: date | None
    published_on: date | None
    source: str
    supersedes: str | None
    factor_set: str | None
    own: bool
    assumption: bool = False
    ratio: Decimal | None = None
    year: int | None = None

    @property
    def series(self) -> tuple[object, ...]:
        """Return what editions of one statement have in common: values per mass and per volume are two, and so are
        those of a liquid and of its vapour.
        """
        attributes = tuple(sorted(self.attributes.items()))
        per = dimension_of(Measure(self.per).plain.unit) if self.per else None
        in_state = self.conditions is not None or self.per in GAS_UNITS
        return self.resource, attributes, self.region, self.factor_set, self.own, per, in_state

    @property
    def states(self) -> frozenset[str]:
        """Return which of lhv, hhv, density and ratio it states."""
        return frozenset(each for each in ("lhv", "hhv", "density", "ratio") if getattr(self, each) is not None)

    def heat(self, basis: HeatingValueBasis) -> Decimal | None:
        """Return the heat in one `per` on a basis, in `energy_unit`, or None where it is not stated."""
        return self.lhv if basis is HeatingValueBasis.LHV else self.hhv

    @property
    def words(self) -> Sentence:
        """Return all that it states, such as `34.2 / 38 MJ/m3 (LHV / HHV), density 0.8 kg/m3`."""
        heats = [each for each in (self.lhv, self.hhv) if each is not None]
        bases = " / ".join(name for name, each in (("LHV", self.lhv), ("HHV", self.hhv)) if each is not None)
        found: list[str] = [f"{' / '.join(map(plain, heats))} {self.energy_unit}/{self.per} ({bases})"] if heats else []
        if self.density is not None:
            density = f"{plain(self.density)} {self.density_unit}"
            found.append(sentence("density %(density)s", density=density))
        if self.ratio is not None:
            found.append(f"LHV / HHV {plain(self.ratio)}")
        return listed(found)

    def in_force(self, on: date) -> bool:
        """Tell whether the window holds the day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    def heat_words(self, basis: HeatingValueBasis) -> str:
        """Return the heat it states, such as `47.3 GJ/t (LHV)`."""
        return f"{plain(self.heat(basis) or Decimal(0))} {self.energy_unit}/{self.per} ({basis})"


_MATTER = (Dimension.VOLUME, Dimension.GAS_VOLUME, Dimension.MASS)


def stated_problems(value: CalorificValue) -> Iterator[FieldProblem]:
    """Yield what cannot be stated, or not together."""
    if not value.states:
        words = "State lhv, hhv or both, the heat in one `per`, or a density with its density_unit"
        yield FieldProblem("lhv", "nothing_stated", words)
    for name in sorted(value.states):
        if getattr(value, name) <= 0:
            yield FieldProblem(name, "not_positive", f"{name} is more than zero")
    if value.lhv is not None and value.hhv is not None and value.hhv < value.lhv:
        words = f"A fuel's higher heating value ({plain(value.hhv)}) is not below its lower one ({plain(value.lhv)})"
        yield FieldProblem("hhv", "hhv_below_lhv", words)
    if value.per is None and value.states & {"lhv", "hhv"}:
        words = "lhv and hhv are the heat in one unit of the fuel: state that unit, such as m3 or t"
        yield FieldProblem("per", "missing", words)
    if value.density is not None and value.density_unit is None:
        yield FieldProblem("density_unit", "missing", "A density states its unit, such as kg/L or kg/m3")
    units = ("per", value.per, _MATTER), ("energy_unit", value.energy_unit, (Dimension.ENERGY,))
    for name, unit, dimensions in (*units, ("density_unit", value.density_unit, (Dimension.DENSITY,))):
        if unit is not None and (problem := unit_problem(unit, *dimensions, field=name)):
            yield problem
    yield from _state_problems(value)
    if value.valid_to is not None and value.valid_to <= value.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")


def _state_problems(value: CalorificValue) -> Iterator[FieldProblem]:
    implied = GAS_UNITS.get(value.per or "", (None, None))[1]
    if value.conditions is not None and implied not in (None, value.conditions):
        words = f"{value.per} is a gas volume at {implied}; leave reference_conditions out, or state per m3"
        yield FieldProblem("reference_conditions", "contradicts_unit", words)
