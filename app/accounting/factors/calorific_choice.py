"""Which calorific values and densities hold for a fuel at a place on a day, in the order in which they are taken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_data import calorific_values
from app.accounting.factors.choice import carried_forward
from app.accounting.factors.need import Place
from app.core.calendar.periods import date_of, day_of
from app.core.sentences import Sentence, listed, sentence

if TYPE_CHECKING:
    from app.accounting.factors.fuel import Fuel

_LEVELS = ("plant", "region", "grid_region", "country", "global")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be taken and why, nearest first by `rank`; carried_forward_years is its age past its window.

    Of two with the same `rank` none is nearer: what needs fewer assumptions comes first, then the better `preference`.
    """

    value: CalorificValue
    why: str
    carried_forward_years: int | None
    rank: tuple[bool, bool, int, int]
    preference: tuple[int, int, str]

    @property
    def chosen_by(self) -> Sentence:
        """Return why it was chosen, as a figure says it."""
        age = self.carried_forward_years
        return listed([sentence(self.why), *(() if age is None else [carried_forward(age)])])


@dataclass(frozen=True, slots=True)
class FuelNeed:
    """What values are wanted for: a fuel with its attributes, where. `prefer` are factor sets, the first one first."""

    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    place: Place
    prefer: tuple[str | None, ...]


@dataclass(frozen=True)
class CalorificBook:
    """The calorific values and densities an organization can draw on, shipped and its own; remembers what it chose."""

    values: tuple[CalorificValue, ...]

    @cached_property
    def _by_resource(self) -> Mapping[str, Sequence[CalorificValue]]:
        found: dict[str, list[CalorificValue]] = defaultdict(list)
        for value in self.values:
            found[value.resource].append(value)
        return found

    @cached_property
    def named(self) -> frozenset[str]:
        """Return every region, and so every plant code, that a value is for."""
        return frozenset(value.region for value in self.values)

    @cached_property
    def fuels(self) -> "dict[object, Fuel]":
        """Return the fuels that were made of it before, by what they were made for."""
        return {}

    @cached_property
    def _known(self) -> dict[tuple[FuelNeed, date], tuple[Candidate, ...]]:
        return {}

    def bounds(self, need: FuelNeed) -> set[int]:
        """Return the days on which a value that fits the need begins or ends to hold."""
        bounds = ((value.valid_from, value.valid_to) for value in self._fitting(need))
        return {day_of(day) for pair in bounds for day in pair if day is not None}

    def anonymous(self, need: FuelNeed) -> FuelNeed:
        """Return the need as all plants have it that stand in one place and that no value names."""
        named = need.place.plant in self.named
        return need if named else replace(need, place=replace(need.place, plant=""))

    def candidates(self, need: FuelNeed, on: date) -> tuple[Candidate, ...]:
        """Return what may be taken on a day, in order.

        In force before ended, own before shipped, the nearer region before the wider, more attributes before fewer;
        then the factor sets that are preferred, the newest, the code. Of each series the edition in force counts, else
        the last one, carried forward.
        """
        asked = self.anonymous(need)
        key = asked, on
        if key not in self._known:
            found = [each for editions in self._series(asked) if (each := _edition(editions, asked, on)) is not None]
            self._known[key] = tuple(sorted(found, key=lambda each: (each.rank, each.preference)))
        return self._known[key]

    def _fitting(self, need: FuelNeed) -> list[CalorificValue]:
        return [
            value
            for value in self._by_resource.get(need.resource, ())
            if need.place.level(value.region) is not None and value.attributes.items() <= need.attributes.items()
        ]

    def _series(self, need: FuelNeed) -> Iterable[list[CalorificValue]]:
        found: dict[object, list[CalorificValue]] = defaultdict(list)
        for value in self._fitting(need):
            found[value.series, value.states].append(value)
        return found.values()


def shipped_book() -> CalorificBook:
    """Return the book of what ships alone."""
    return CalorificBook(calorific_values())


def _edition(editions: Sequence[CalorificValue], need: FuelNeed, on: date) -> Candidate | None:
    started = [value for value in editions if value.valid_from <= on]
    in_force = [value for value in started if value.in_force(on)]
    superseded = {value.supersedes for value in in_force}
    standing = [value for value in in_force if value.code not in superseded]
    if standing:
        return _candidate(min(standing, key=_newest), need, None)
    if not started:
        return None
    value = max(started, key=lambda each: (each.valid_to or each.valid_from, each.code))
    ended = date_of(day_of(value.valid_to) - 1) if value.valid_to else value.valid_from
    return _candidate(value, need, on.year - ended.year)


def _candidate(value: CalorificValue, need: FuelNeed, age: int | None) -> Candidate:
    level = need.place.level(value.region) or 0
    places = [number for number, factor_set in enumerate(need.prefer) if factor_set == value.factor_set]
    return Candidate(
        value=value,
        why="own" if value.own else _LEVELS[level],
        carried_forward_years=age,
        rank=(age is not None, not value.own, level, -len(value.attributes)),
        preference=(places[0] if places else len(need.prefer), *_newest(value)),
    )


def _newest(value: CalorificValue) -> tuple[int, str]:
    published = value.published_on or (date(value.year, 1, 1) if value.year else None)
    return -(published.toordinal() if published else 0), value.code
