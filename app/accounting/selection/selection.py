"""Choosing the emission factor of an activity on a day: deterministic, and able to say why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import pairwise

from app.accounting.factors.calorific_choice import CalorificBook, shipped_book
from app.accounting.factors.choice import LEVELS, Choice, FactorGap, Stretch, Why
from app.accounting.factors.factor import Factor, Method
from app.accounting.factors.need import Need, Pin, Place, narrowest_pin
from app.accounting.findings import Statement
from app.accounting.selection.editions import Editions, last_day
from app.accounting.selection.usable import Unusable, bounds_of
from app.core.calendar.periods import date_of, day_of
from app.core.sentences import N_, Sentence, listed, sentence

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
    region before the wider, more attributes before fewer, the organization's factor set, the newest publication, what
    is per the quantity's own unit, the code. Where nothing is in force, the nearest level's last edition is carried
    forward. What the quantity cannot be converted to is passed over. Where the market has neither a supplier's factor
    nor a residual mix in force, the location's factor stands in and says so.

    Own 2023, shipped 2024 and 2025, all of one country: 2023 is the own one's, 2024 and 2025 the shipped ones', and
    from 2026 on the shipped one of 2025 is carried forward.
    """
    pin = book.pinned(need)
    if pin is not None:
        factor = book.by_code.get(pin.factor)
        return (
            FactorGap(sentence("the pinned factor %(factor)s does not exist", factor=pin.factor))
            if factor is None
            else _pinned(factor, on)
        )
    ways = [_editions(book, need, on)]
    if need.method is Method.MARKET:
        ways.append(_editions(book, replace(need, method=Method.LOCATION), on))
    passed: list[Unusable] = []
    for has_ended in (False, True):
        for editions in ways:
            for factor in editions.ended if has_ended else editions.standing:
                refusal = editions.refusal(factor)
                if refusal is None:
                    return _chosen(factor, need, on, passed, no_residual=editions is not ways[0], has_ended=has_ended)
                passed.append(refusal)
    return _gap(need, on, passed, [hole for editions in ways for hole in editions.holes])


def _editions(book: FactorBook, need: Need, on: date) -> Editions:
    return Editions.of(book.candidates(need), need, on, values=book.values, factor_set=book.factor_set)


def _chosen(
    factor: Factor, need: Need, on: date, passed: Sequence[Unusable], *, no_residual: bool, has_ended: bool
) -> Choice:
    level = need.place.level(factor.region)
    return Choice(
        factor,
        Why.OWN if factor.own else LEVELS[level if level is not None else -1],
        carried_forward_years=on.year - last_day(factor).year if has_ended else None,
        no_residual=no_residual,
        passed_over=tuple(each.words for each in passed[:_MOST_TOLD]),
    )


def _pinned(factor: Factor, on: date) -> Choice:
    age = on.year - last_day(factor).year if factor.valid_to is not None and factor.valid_to <= on else None
    return Choice(factor, Why.PINNED, age, ahead=on < factor.valid_from)


def _gap(need: Need, on: date, refused: Sequence[Unusable], holes: Sequence[Sentence]) -> FactorGap:
    place = " / ".join(dict.fromkeys(filter(None, (need.place.region, need.place.grid_region, need.place.country))))
    wanted = sentence(
        N_("no emission factor of %(resource)s for %(place)s, %(method)s on %(day)s")
        if need.method
        else N_("no emission factor of %(resource)s for %(place)s on %(day)s"),
        resource=need.factors_of,
        place=place,
        method=need.method and sentence(f"{need.method}-based"),
        day=on.isoformat(),
    )
    if not refused:
        return FactorGap(listed((wanted, *holes[:1]), ": "))
    told = listed((each.words for each in refused[:_MOST_TOLD]), "; ")
    of_own = sentence("add a factor of %(resource)s of your own", resource=need.factors_of)
    mend = next((each.mend for each in refused if each.mend), of_own)
    words = sentence("%(wanted)s can be used: %(told)s", wanted=wanted, told=told)
    lacks = next((each.lacks for each in refused if each.mend and each.lacks), Statement.FACTOR)
    return FactorGap(words, refused=True, mend=mend, lacks=lacks)


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
