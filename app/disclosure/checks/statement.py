"""The view that every check reads: the lines of a disclosure, printed or our own, with what was said beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from app.accounting.factors.factor import Factor
from app.accounting.factors.gwp import GwpSet, gwp_set_named, kg_co2e_per_unit
from app.accounting.factors.need import Place
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.stated.stated_units import stated_in
from app.core.units.quantities import Rounding
from app.core.units.units import Dimension, DimensionMismatch, UnknownUnit, dimension_of
from app.disclosure.checks.spans import Span, exactly, span_of
from app.disclosure.frameworks.frameworks import FigureSpec, Framework
from app.disclosure.frameworks.stated_specs import StatedSpec

Dimensions: TypeAlias = tuple[tuple[str, str], ...]
_WATER_T_PER_M3 = Decimal(1)
"""Water and waste water are printed by mass and by volume: a tonne is taken as a cubic metre."""


class Answer(StrEnum):
    """What a content index says of a KPI."""

    DISCLOSED = "disclosed"
    EXPLAINED = "explained"
    NOT_MATERIAL = "not_material"
    OMITTED = "omitted"


class AssertedDirection(StrEnum):
    """Which way an assertion says that figures went."""

    DECREASE = "decrease"
    INCREASE = "increase"


@dataclass(frozen=True, slots=True)
class CitedFactor:
    """A factor named as the source of a line: kg CO2e of one `per`, null where only the document is named.

    `year` is the last one it describes; `factor` is the one the service knows by this name. `plants` are those it was
    applied to, None for every plant of the line.
    """

    name: str
    resource: str
    region: str | None
    year: int | None
    kg_co2e: Decimal | None
    per: str | None
    factor: Factor | None = None
    plants: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One number of one year; value is None where the place for it was left empty. `per` units of the denominator
    make one step. `boundary` holds plant codes, None for the statement's own. `computed` marks a figure that the
    service made from readings: its parts and terms are right by construction.
    """

    year: int
    kpi: str | None
    key: str
    title: str
    dimensions: Mapping[str, str] = field(hash=False)
    value: Decimal | None
    unit: str
    decimals: int
    factors: tuple[CitedFactor, ...] = ()
    numerator: str | None = None
    denominator: str | None = None
    per: Decimal | None = None
    boundary: frozenset[str] | None = None
    text: str | None = None
    computed: bool = False

    @property
    def where(self) -> Dimensions:
        """Return the dimensions in one order."""
        return tuple(sorted(self.dimensions.items()))

    @property
    def name(self) -> str:
        """Return how a finding calls the line."""
        broken = ", ".join(f"{name} {value}" for name, value in self.where)
        return f"{self.key} ({broken}) {self.year}" if broken else f"{self.key} {self.year}"

    def span(self, rule: Rounding | None = None) -> Span:
        """Return what the printed digits may stand for; counts stand for themselves. Raises ValueError without any."""
        if self.value is None:
            raise ValueError(f"{self.name} has no value")
        if self.decimals == 0 and is_count(self.unit):
            return exactly(self.value)
        return span_of(self.value, decimals=self.decimals, rule=rule)


@dataclass(frozen=True, slots=True)
class PlantStated:
    """A plant inside the boundary, and its head-count by year where it is known."""

    place: Place
    name: str
    persons: Mapping[int, Decimal] = field(default_factory=dict, hash=False)

    def works_in(self, year: int) -> bool:
        """Tell whether anybody worked there; a head-count that is not known counts as one."""
        return self.persons.get(year, Decimal(1)) != 0


@dataclass(frozen=True, slots=True)
class Assertion:
    """A sentence about figures that were to go one way between two years."""

    text: str
    keys: tuple[str, ...]
    direction: AssertedDirection
    from_year: int
    year: int


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What the content index says of a KPI, and the words that explain it."""

    status: Answer
    text: str | None


@dataclass(frozen=True)
class Statement:
    """A disclosure of a year with the years beside it. `rounding` is the rule it states, None where it states none.

    `specs` are the framework's figures; `known_factors` those that could have been used.
    """

    framework: Framework
    metrics: MetricBook
    specs: tuple[FigureSpec | StatedSpec, ...]
    year: int
    currency: str
    rounding: Rounding | None
    plants: tuple[PlantStated, ...]
    lines: tuple[Line, ...]
    known_factors: tuple[Factor, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    index: Mapping[str, IndexEntry] = field(default_factory=dict, hash=False)

    @cached_property
    def boundary(self) -> frozenset[str]:
        """Return the codes of the plants the statement says it covers."""
        return frozenset(plant.place.plant for plant in self.plants)

    @cached_property
    def gwp_set(self) -> GwpSet:
        """Return the GWP set of the framework."""
        return gwp_set_named(self.framework.gwp_set, splits_methane=self.framework.splits_methane)

    def kg_co2e(self, factor: Factor) -> Decimal:
        """Return the kg CO2e of one unit of a factor."""
        return kg_co2e_per_unit(factor, self.gwp_set)

    @cached_property
    def valued(self) -> tuple[Line, ...]:
        """Return the lines that have a value."""
        return tuple(line for line in self.lines if line.value is not None)

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Return the years that have a value, oldest first."""
        return tuple(sorted({line.year for line in self.valued}))

    @cached_property
    def _by_key(self) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        for line in self.valued:
            found.setdefault(line.key, []).append(line)
        return found

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that have a value, in the order of the lines."""
        return tuple(self._by_key)

    def of(self, key: str) -> Iterable[Line]:
        """Return the lines of a key that have a value."""
        return self._by_key.get(key, ())

    @cached_property
    def _by_place(self) -> dict[tuple[str, int, Dimensions], Line]:
        found: dict[tuple[str, int, Dimensions], Line] = {}
        for line in self.valued:
            found.setdefault((line.key, line.year, line.where), line)
        return found

    def line(self, key: str, year: int, where: Dimensions = ()) -> Line | None:
        """Return the line of a key, year and dimensions that has a value; the first of several."""
        return self._by_place.get((key, year, where))

    @cached_property
    def _broken(self) -> dict[tuple[str, int], dict[str, dict[str, Line]]]:
        found: dict[tuple[str, int], dict[str, dict[str, Line]]] = {}
        for line in self.valued:
            if len(line.dimensions) == 1:
                [(name, member)] = line.dimensions.items()
                found.setdefault((line.key, line.year), {}).setdefault(name, {}).setdefault(member, line)
        return found

    def broken_down(self, key: str, year: int) -> dict[str, dict[str, Line]]:
        """Return the lines of a key broken down by one dimension: dimension -> its value -> line."""
        return self._broken.get((key, year), {})

    def specs_of(self, key: str) -> Sequence[FigureSpec | StatedSpec]:
        """Return the framework's figures of a key."""
        return self._specs_by_key.get(key, ())

    @cached_property
    def _specs_by_key(self) -> dict[str, list[FigureSpec | StatedSpec]]:
        found: dict[str, list[FigureSpec | StatedSpec]] = {}
        for spec in self.specs:
            found.setdefault(spec.key, []).append(spec)
        return found

    def in_unit(self, line: Line, unit: str, rule: Rounding | None = None) -> Span | None:
        """Return the span of a line in another unit; None when the units do not measure the same."""
        one = self.ratio(line.unit, unit, line.key)
        return None if one is None else line.span(rule).times(one)

    def ratio(self, source: str, target: str, key: str) -> Decimal | None:
        """Return how many `target` one `source` of a key is; None when they do not measure the same."""
        try:
            return stated_in(Decimal(1), source, target, currency=self.currency)
        except UnknownUnit:
            return None
        except DimensionMismatch:
            return _as_water(source, target) if key.startswith("water.") else None

    def plants_of(self, line: Line) -> list[PlantStated]:
        """Return the plants at work whose numbers a line holds."""
        inside = self.boundary if line.boundary is None else line.boundary
        return [plant for plant in self.plants if plant.place.plant in inside and plant.works_in(line.year)]


def in_order(specs: Iterable[FigureSpec | StatedSpec]) -> tuple[FigureSpec | StatedSpec, ...]:
    """Return figures in the order of their framework's file."""
    return tuple(sorted(specs, key=lambda spec: spec.place))


def is_count(unit: str) -> bool:
    """Tell whether a unit counts things, which are never rounded: persons, items, or a word that is no unit."""
    try:
        return dimension_of(unit.removesuffix("CO2e")) in (Dimension.PERSON, Dimension.COUNT)
    except UnknownUnit:
        return False


def _as_water(source: str, target: str) -> Decimal | None:
    try:
        if dimension_of(source) is Dimension.MASS:
            return stated_in(Decimal(1), source, "t", currency="") * stated_in(
                _WATER_T_PER_M3, "m3", target, currency=""
            )
        return stated_in(Decimal(1), source, "m3", currency="") * stated_in(_WATER_T_PER_M3, "t", target, currency="")
    except (UnknownUnit, DimensionMismatch):
        return None
