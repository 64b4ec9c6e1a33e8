"""Choosing the emission factor of an activity on a day: deterministic, and able to say why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from app.accounting.calorific_choice import CalorificBook, shipped_book
from app.accounting.factor import Factor, Method
from app.accounting.need import Need, Pin, Place, narrowest_pin
from app.core.periods import date_of, day_of

__all__ = ["Choice", "FactorBook", "FactorGap", "Need", "Pin", "Place", "Stretch", "Why", "choose", "stretches"]


class Why(StrEnum):
    """Why a factor was chosen, from the strongest reason to the weakest."""

    INSTRUMENT = "instrument"
    PINNED = "pinned"
    OWN = "own"
    PLANT = "plant"
    REGION = "region"
    GRID_REGION = "grid_region"
    COUNTRY = "country"
    GLOBAL = "global"


_LEVELS = (Why.PLANT, Why.REGION, Why.GRID_REGION, Why.COUNTRY, Why.GLOBAL)


@dataclass(frozen=True)
class Choice:
    """The chosen factor and why; carried_forward_years is its age when it was used past its window.

    no_residual says that the market gave none, so that the location's factor stands in.
    """

    factor: Factor
    why: Why
    carried_forward_years: int | None = None
    no_residual: bool = False

    @cached_property
    def words(self) -> str:
        """Return the sentence a figure carries."""
        if self.why is Why.INSTRUMENT:
            return f"instrument {self.factor.code}"
        reason = "pinned" if self.why is Why.PINNED else f"chosen by {self.why}"
        age = self.carried_forward_years
        carried = "" if age is None else f", carried_forward {age} year{'' if age == 1 else 's'}"
        residual = ", no_residual: the grid average stands in" if self.no_residual else ""
        return f"factor {self.factor.code} {reason}{carried}{residual}"


@dataclass(frozen=True, slots=True)
class FactorGap:
    """No factor covers the need: nothing is borrowed, the figure lacks this part."""

    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days [first_day, end_day) on which one choice, or one gap, holds."""

    first_day: int
    end_day: int
    choice: Choice | FactorGap


@dataclass(frozen=True)
class FactorBook:
    """The factors an organization can draw on, its pins and its preferred factor set; remembers what it has chosen.

    `values` are the calorific values and densities by which what was metered reaches them.
    """

    factors: tuple[Factor, ...]
    pins: tuple[Pin, ...]
    factor_set: str | None
    values: CalorificBook = field(default_factory=shipped_book)

    @cached_property
    def by_code(self) -> Mapping[str, Factor]:
        """Return the factors by code."""
        return {factor.code: factor for factor in self.factors}

    @cached_property
    def _by_resource(self) -> Mapping[str, Sequence[Factor]]:
        found: dict[str, list[Factor]] = defaultdict(list)
        for factor in self.factors:
            found[factor.resource].append(factor)
        return found

    @cached_property
    def _named(self) -> frozenset[str]:
        """Return every plant code that a factor or pin may name: what they do not name does not set a plant apart."""
        return frozenset({factor.region for factor in self.factors} | {pin.plant for pin in self.pins if pin.plant})

    @cached_property
    def remembered(self) -> "dict[tuple[Need, int, int], list[Stretch]]":
        """Return what was chosen before, for needs without their plant's name where it does not matter."""
        return {}

    def anonymous(self, need: Need) -> Need:
        """Return the need as all plants have it that stand in one place and that nothing names."""
        return need if need.place.plant in self._named else replace(need, place=replace(need.place, plant=""))

    def candidates(self, need: Need) -> list[Factor]:
        """Return the factors whose resource, attributes, method and region fit, in whatever window.

        A factor without a method serves location-based accounting; market-based takes only what says so. What is
        accounted one way only takes any.
        """
        asked = replace(need, year=0)
        if asked not in self._candidates:
            self._candidates[asked] = self._fitting(need)
        return self._candidates[asked]

    @cached_property
    def _candidates(self) -> dict[Need, list[Factor]]:
        return {}

    def _fitting(self, need: Need) -> list[Factor]:
        methods: tuple[Method | None, ...] = (None, *Method)
        if need.method is not None:
            methods = (need.method, None) if need.method is not Method.MARKET else (Method.MARKET,)
        return [
            factor
            for resource in need.resources
            for factor in self._by_resource.get(resource, ())
            if factor.method in methods
            and need.place.level(factor.region) is not None
            and factor.attributes.items() <= need.attributes.items()
        ]


def choose(book: FactorBook, need: Need, *, on: date) -> Choice | FactorGap:
    """Return the factor for a need on a day.

    A pin decides first. Then own factors before shipped ones, those of the very resource before those it shares, the
    nearer region before the wider, more attributes before fewer, the organization's factor set, an edition in force
    before one carried forward, the newest publication, the code. Where the market has neither a supplier's factor nor
    a residual mix, the location's factor stands in and says so.
    """
    pin = narrowest_pin(book.pins, need, book.by_code)
    if pin is not None:
        factor = book.by_code.get(pin.factor)
        return FactorGap(f"the pinned factor {pin.factor} does not exist") if factor is None else _pinned(factor)
    usable = [choice for edition in _by_series(book.candidates(need)) if (choice := _edition(edition, need, on))]
    if usable:
        return min(usable, key=lambda choice: _rank(choice, need, book.factor_set))
    if need.method is Method.MARKET:
        average = choose(book, replace(need, method=Method.LOCATION), on=on)
        return replace(average, no_residual=True) if isinstance(average, Choice) else average
    method = f", {need.method}-based" if need.method else ""
    place = " / ".join(dict.fromkeys(filter(None, (need.place.region, need.place.grid_region, need.place.country))))
    return FactorGap(f"no emission factor of {need.factors_of} for {place}{method} on {on.isoformat()}")


def _pinned(factor: Factor) -> Choice:
    return Choice(factor, Why.PINNED)


def _by_series(factors: Iterable[Factor]) -> list[list[Factor]]:
    series: dict[object, list[Factor]] = defaultdict(list)
    for factor in factors:
        series[factor.series].append(factor)
    return list(series.values())


def _edition(editions: Sequence[Factor], need: Need, on: date) -> Choice | None:
    """Return the edition of one series that counts on a day: in force, else the latest one, carried forward."""
    started = [factor for factor in editions if factor.valid_from <= on]
    in_force = [factor for factor in started if factor.in_force(on)]
    superseded = {factor.supersedes for factor in in_force}
    standing = [factor for factor in in_force if factor.code not in superseded]
    if standing:
        factor = min(standing, key=_newest)
        return Choice(factor, _why(factor, need))
    if not started:
        return None
    factor = max(started, key=lambda edition: (edition.valid_to or edition.valid_from, edition.code))
    ended = date_of(day_of(factor.valid_to) - 1) if factor.valid_to else factor.valid_from
    return Choice(factor, _why(factor, need), carried_forward_years=on.year - ended.year)


def _why(factor: Factor, need: Need) -> Why:
    level = need.place.level(factor.region)
    return Why.OWN if factor.own else _LEVELS[level if level is not None else -1]


def _newest(factor: Factor) -> tuple[int, str]:
    return -(factor.published_on.toordinal() if factor.published_on else 0), factor.code


def _rank(choice: Choice, need: Need, factor_set: str | None) -> tuple[object, ...]:
    factor = choice.factor
    return (
        not factor.own,
        factor.resource != need.resource,
        need.place.level(factor.region),
        -len(factor.attributes),
        factor_set is None or factor.factor_set != factor_set,
        choice.carried_forward_years is not None,
        *_newest(factor),
    )


def stretches(book: FactorBook, need: Need, *, first_day: int, end_day: int) -> list[Stretch]:
    """Return [first_day, end_day) cut at the days where another factor takes over; mostly one stretch."""
    asked = book.anonymous(need)
    known = book.remembered.get((asked, first_day, end_day))
    if known is None:
        known = _stretches(book, asked, first_day, end_day)
        book.remembered[asked, first_day, end_day] = known
    return known


def _stretches(book: FactorBook, need: Need, first_day: int, end_day: int) -> list[Stretch]:
    cuts = {first_day}
    methods = {need.method, Method.LOCATION} if need.method is Method.MARKET else {need.method}
    for factor in (found for method in methods for found in book.candidates(replace(need, method=method))):
        bounds = (factor.valid_from, factor.valid_to)
        cuts.update(day for bound in bounds if bound and first_day < (day := day_of(bound)) < end_day)
    starts = sorted(cuts)
    found: list[Stretch] = []
    for start, end in zip(starts, [*starts[1:], end_day], strict=True):
        choice = choose(book, need, on=date_of(start))
        if found and _same(found[-1].choice, choice):
            found[-1] = Stretch(found[-1].first_day, end, found[-1].choice)
        else:
            found.append(Stretch(start, end, choice))
    return found


def _same(one: Choice | FactorGap, other: Choice | FactorGap) -> bool:
    if isinstance(one, FactorGap) or isinstance(other, FactorGap):
        return isinstance(one, FactorGap) and isinstance(other, FactorGap)
    carried = one.carried_forward_years is None, other.carried_forward_years is None
    return one.factor.code == other.factor.code and one.why is other.why and carried[0] == carried[1]
