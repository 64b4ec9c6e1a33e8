"""Choosing the emission factor of an activity on a day: deterministic, and able to say why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

from app.accounting.calorific_choice import CalorificBook, shipped_book
from app.accounting.choice import LEVELS, Choice, FactorGap, Stretch, Why
from app.accounting.factor import Factor, Method
from app.accounting.need import Need, Pin, Place, narrowest_pin
from app.accounting.usable import Unusable, bounds_of, unusable
from app.core.periods import date_of, day_of

__all__ = ["Choice", "FactorBook", "FactorGap", "Need", "Pin", "Place", "Stretch", "Why", "choose", "stretches"]

_MOST_TOLD = 3
"""How many factors that were passed over a choice names."""


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
        named = need.place.plant in self._named or need.place.plant in self.values.named
        return need if named else replace(need, place=replace(need.place, plant=""))

    def candidates(self, need: Need) -> list[Factor]:
        """Return the factors whose resource, attributes, method and region fit, in whatever window.

        A factor without a method serves location-based accounting; market-based takes only what says so. What is
        accounted one way only takes any.
        """
        asked = replace(need, year=0, quantity=None)
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

    def pinned(self, need: Need) -> Pin | None:
        """Return the pin that decides a need."""
        return narrowest_pin(self.pins, need, self.by_code)


def choose(book: FactorBook, need: Need, *, on: date) -> Choice | FactorGap:
    """Return the factor for a need on a day.

    A pin decides, whatever its factor's window. Else what is in force comes before what has ended, at whatever level.
    Among factors in force: own before shipped ones, those of the very resource before those it shares, the nearer
    region before the wider, more attributes before fewer, the organization's factor set, the newest publication, the
    code. Where nothing is in force, the nearest level's last edition is carried forward. What the quantity cannot be
    converted to is passed over. Where the market has neither a supplier's factor nor a residual mix in force, the
    location's factor stands in and says so.

    Own 2023, shipped 2024 and 2025, all of one country: 2023 is the own one's, 2024 and 2025 the shipped ones', and
    from 2026 on the shipped one of 2025 is carried forward.
    """
    pin = book.pinned(need)
    if pin is not None:
        factor = book.by_code.get(pin.factor)
        return FactorGap(f"the pinned factor {pin.factor} does not exist") if factor is None else _pinned(factor, on)
    ways = [_Editions.of(book, need, on)]
    if need.method is Method.MARKET:
        ways.append(_Editions.of(book, replace(need, method=Method.LOCATION), on))
    passed: list[Unusable] = []
    for has_ended in (False, True):
        for editions in ways:
            for factor in editions.ended if has_ended else editions.standing:
                refusal = editions.unusable.get(factor.code)
                if refusal is None:
                    return _chosen(factor, need, on, passed, no_residual=editions is not ways[0], has_ended=has_ended)
                passed.append(refusal)
    return _gap(need, on, passed, [hole for editions in ways for hole in editions.holes])


def _chosen(
    factor: Factor, need: Need, on: date, passed: Sequence[Unusable], *, no_residual: bool, has_ended: bool
) -> Choice:
    level = need.place.level(factor.region)
    return Choice(
        factor,
        Why.OWN if factor.own else LEVELS[level if level is not None else -1],
        carried_forward_years=on.year - _last_day(factor).year if has_ended else None,
        no_residual=no_residual,
        passed_over=tuple(each.words for each in passed[:_MOST_TOLD]),
    )


def _pinned(factor: Factor, on: date) -> Choice:
    age = on.year - _last_day(factor).year if factor.valid_to is not None and factor.valid_to <= on else None
    return Choice(factor, Why.PINNED, age, ahead=on < factor.valid_from)


def _gap(need: Need, on: date, refused: Sequence[Unusable], holes: Sequence[str]) -> FactorGap:
    method = f", {need.method}-based" if need.method else ""
    place = " / ".join(dict.fromkeys(filter(None, (need.place.region, need.place.grid_region, need.place.country))))
    wanted = f"of {need.factors_of} for {place}{method} on {on.isoformat()}"
    if not refused:
        return FactorGap(": ".join((f"no emission factor {wanted}", *holes[:1])))
    told = "; ".join(each.words for each in refused[:_MOST_TOLD])
    mend = next((each.mend for each in refused if each.mend), f"add a factor of {need.factors_of} of your own")
    return FactorGap(f"no emission factor {wanted} can be used: {told}", refused=True, mend=mend)


@dataclass(frozen=True)
class _Editions:
    """The edition of each series that counts on a day for a need: in force, and ended, the first to be taken first.

    `unusable` holds those that the quantity does not convert to, by code; `holes` says which series have editions of
    the day that nobody has read: an older one does not stand in for them.
    """

    standing: Sequence[Factor]
    ended: Sequence[Factor]
    unusable: Mapping[str, Unusable]
    holes: Sequence[str]

    @classmethod
    def of(cls, book: FactorBook, need: Need, on: date) -> "_Editions":
        standing, ended, holes = [], [], []
        for editions in _by_series(book.candidates(need)):
            factor = _in_force(editions, on)
            past = [each for each in editions if each.valid_from <= on]
            if factor is not None:
                standing.append(factor)
            elif past and (hole := _hole(editions, on)):
                holes.append(hole)
            elif past:
                ended.append(max(past, key=lambda each: (_last_day(each), each.code)))
        standing.sort(key=lambda factor: _rank(factor, need, book.factor_set))
        ended.sort(key=lambda factor: _rank_ended(factor, need, book.factor_set))
        day, known = day_of(on), (*standing, *ended)
        refusals = (unusable(factor, need, day, book.values, book.factor_set) for factor in known)
        unfit = {each.factor.code: each for each in refusals if each is not None}
        later = [factor for factor in ended if factor.code not in unfit]
        standing = [factor for factor in standing if not _overtaken(factor, later, need, book.factor_set)]
        return cls(standing, ended, unfit, holes)


def _by_series(factors: Iterable[Factor]) -> list[list[Factor]]:
    series: dict[object, list[Factor]] = defaultdict(list)
    for factor in factors:
        series[factor.series].append(factor)
    return list(series.values())


def _in_force(editions: Sequence[Factor], on: date) -> Factor | None:
    """Return the edition of one series that is in force on a day: what is superseded is not."""
    in_force = [factor for factor in editions if factor.in_force(on)]
    superseded = {factor.supersedes for factor in in_force}
    return min((factor for factor in in_force if factor.code not in superseded), key=_newest, default=None)


def _hole(editions: Iterable[Factor], on: date) -> str | None:
    """Return why the editions between the last one and the next are missing, where the next one's file says so."""
    following = min((each for each in editions if each.valid_from > on), key=lambda each: each.valid_from, default=None)
    if following is None or following.hole_before is None:
        return None
    return f"{following.hole_before} (before {following.code})"


def _overtaken(factor: Factor, ended: Iterable[Factor], need: Need, factor_set: str | None) -> bool:
    """Tell whether a shipped factor without an end has been taken over by a publication that began later.

    An open end lasts until a newer series comes before it; when that one's last edition ends, the old default does not
    come back: the statistic of 2023 is carried into 2024 over a default that was in force all along. What an
    organization ends is ended: its own factors overtake nothing.
    """
    if factor.own or factor.valid_to is not None:
        return False
    rank = _rank(factor, need, factor_set)
    return any(
        not other.own and factor.valid_from < other.valid_from and _rank(other, need, factor_set) < rank
        for other in ended
    )


def _last_day(factor: Factor) -> date:
    """Return the last day of a factor's window; its first where it has no end."""
    return date_of(day_of(factor.valid_to) - 1) if factor.valid_to else factor.valid_from


def _newest(factor: Factor) -> tuple[int, str]:
    return -(factor.published_on.toordinal() if factor.published_on else 0), factor.code


def _rank(factor: Factor, need: Need, factor_set: str | None) -> tuple[object, ...]:
    """Return the order of factors in force, the first one first."""
    return (
        not factor.own,
        factor.resource != need.resource,
        need.place.level(factor.region),
        -len(factor.attributes),
        factor_set is None or factor.factor_set != factor_set,
        *_newest(factor),
    )


def _rank_ended(factor: Factor, need: Need, factor_set: str | None) -> tuple[object, ...]:
    """Return the order in which factors are carried forward: the nearest level first, then what ended last."""
    return (
        factor.resource != need.resource,
        need.place.level(factor.region),
        -len(factor.attributes),
        factor_set is None or factor.factor_set != factor_set,
        -_last_day(factor).toordinal(),
        not factor.own,
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
    bounds = [first_day, *sorted(_cuts(book, need, first_day, end_day)), end_day]
    found: list[Stretch] = []
    for start, end in pairwise(bounds):
        choice = choose(book, need, on=date_of(start))
        if found and _same(found[-1].choice, choice):
            found[-1] = Stretch(found[-1].first_day, end, found[-1].choice)
        else:
            found.append(Stretch(start, end, choice))
    return found


def _cuts(book: FactorBook, need: Need, first_day: int, end_day: int) -> set[int]:
    """Return the days inside at which a factor that may be chosen begins or ends."""
    pin = book.pinned(need)
    if pin is not None:
        factors = [book.by_code[pin.factor]] if pin.factor in book.by_code else []
    else:
        methods = {need.method, Method.LOCATION} if need.method is Method.MARKET else {need.method}
        factors = [found for method in methods for found in book.candidates(replace(need, method=method))]
    days = {day_of(bound) for factor in factors for bound in (factor.valid_from, factor.valid_to) if bound}
    days |= bounds_of(need, book.values)
    return {day for day in days if first_day < day < end_day}


def _same(one: Choice | FactorGap, other: Choice | FactorGap) -> bool:
    if isinstance(one, FactorGap) or isinstance(other, FactorGap):
        return isinstance(one, FactorGap) and isinstance(other, FactorGap) and one.refused == other.refused
    outside = [(each.carried_forward_years is None, each.ahead, each.no_residual) for each in (one, other)]
    return one.factor.code == other.factor.code and one.why is other.why and outside[0] == outside[1]
