"""The bridge between two values of a metric: what boundary, activity, factors and GWP set each contribute, exactly."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TypeAlias

from app.accounting.exact import quotient
from app.accounting.ledger.activity import Activity, GroupKey
from app.accounting.ledger.amounts import Amount
from app.accounting.metrics.consumption import Where
from app.accounting.metrics.evaluate import Evaluation
from app.accounting.metrics.formulas import Biogenic, Difference, Emissions, Energy, Quantity, Ratio, Share, Sum
from app.core.units.quantities import EXACT

Stages: TypeAlias = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None, Decimal | None]
"""A metric at the start, then with the new boundary, activity, factors and GWP set, one after the other."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The ways a metric is evaluated between two choices, or two years.

    `bounded` has the start's year, factors and GWP set and the end's boundary; `factored` all of the end but its GWP
    set. The step between those two is taken by the factors of `bounded` on the activity of `factored`.
    """

    start: Evaluation
    bounded: Evaluation
    factored: Evaluation
    end: Evaluation


@dataclass(frozen=True, slots=True)
class Bridge:
    """A difference by cause: boundary + activity + factors + gwp_set = end - start, to the last digit.

    `factors` are emission factors and instruments; for energy, calorific values and instruments.
    """

    start: Decimal
    end: Decimal
    boundary: Decimal
    activity: Decimal
    factors: Decimal
    gwp_set: Decimal

    @property
    def difference(self) -> Decimal:
        """Return end - start."""
        return EXACT.subtract(self.end, self.start)


def bridge(steps: Steps, key: str, where: Where, change: Callable[[Decimal], Decimal]) -> Bridge | None:
    """Return a metric's bridge in the unit `change` turns its own into, or None when a stage has no value.

    Raises KeyError for an unknown metric.
    """
    if any(way.amount(key, where).value is None for way in (steps.start, steps.end)):
        return None
    values = [change(value) for value in stages(steps, key, where) if value is not None]
    if len(values) != 5:
        return None
    with localcontext(EXACT):
        causes = [after - before for before, after in pairwise(values)]
    return Bridge(values[0], values[4], *causes)


def stages(steps: Steps, key: str, where: Where) -> Stages:
    """Return a metric at each stage of the way, in its own unit."""
    book = steps.end.book
    match book.metrics[key].formula:
        case Sum(parts):
            return _each(_sum, [stages(steps, part, where) for part in parts])
        case Difference(minuend, subtrahend, if_metered):
            if if_metered and not any(way.amount(subtrahend, where).is_expected for way in (steps.start, steps.end)):
                return stages(steps, minuend, where)
            return _each(_difference, [stages(steps, part, where) for part in (minuend, subtrahend)])
        case Ratio(of, per, step):
            pair = [stages(steps, of, where), stages(steps, per, {})]
            return _each(lambda values: _quotient(values, Decimal(1), step), pair)
        case Share(of, within):
            pair = [stages(steps, of, where), stages(steps, within, where)]
            return _each(lambda values: _quotient(values, Decimal(100), Decimal(1)), pair)
        case formula:
            ways = (steps.start, steps.bounded, steps.factored, steps.end)
            start, bounded, factored, end = (way.amount(key, where) for way in ways)
            moved = factored.value
            converted = isinstance(formula, Quantity) and any(term.values for term in (*bounded.terms, *factored.terms))
            if converted or isinstance(formula, Energy | Emissions | Biogenic):
                moved = _moved(bounded, factored)
            return start.value, bounded.value, moved, factored.value, end.value


def _moved(bounded: Amount, factored: Amount) -> Decimal | None:
    """Return the activity of `factored` by what a unit of each group's activity came to in `bounded`.

    A group that had none comes at its new value: all of it is activity. One that had a quantity and no value, for want
    of a factor or because no instrument covered it, has none yet: what it comes to is their doing.
    """
    before, after = _quantities(bounded.activities), _quantities(factored.activities)
    came_to, comes_to = _values(bounded), _values(factored)
    moved: list[Decimal] = []
    with localcontext(EXACT):
        for group, quantity in after.items():
            earlier = before.get(group)
            if group in came_to and earlier:
                same = earlier == quantity
                moved.append(came_to[group] if same else quotient(came_to[group] * quantity, earlier))
            elif group in comes_to and not earlier:
                moved.append(comes_to[group])
        return None if factored.value is None else sum(moved, Decimal(0))


def _quantities(activities: Iterable[Activity]) -> Mapping[GroupKey, Decimal]:
    found: dict[GroupKey, Decimal] = {}
    once = {(each.group, each.first_day): each for each in activities}
    with localcontext(EXACT):
        for activity in once.values():
            if activity.quantity is not None:
                held = activity.quantity * activity.site.share
                found[activity.group] = found.get(activity.group, Decimal(0)) + held
    return found


def _values(amount: Amount) -> Mapping[GroupKey, Decimal]:
    found: dict[GroupKey, Decimal] = {}
    with localcontext(EXACT):
        for term in amount.terms:
            group = term.activity.group
            found[group] = found.get(group, Decimal(0)) + term.value
    return found


def _each(combine: Callable[[list[Decimal | None]], Decimal | None], parts: list[Stages]) -> Stages:
    first, second, third, fourth, fifth = (combine(list(values)) for values in zip(*parts, strict=True))
    return first, second, third, fourth, fifth


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    with localcontext(EXACT):
        return sum(known, Decimal(0)) if known else None


def _difference(values: list[Decimal | None]) -> Decimal | None:
    minuend, subtrahend = values
    if minuend is None or subtrahend is None:
        return None
    with localcontext(EXACT):
        return minuend - subtrahend


def _quotient(values: list[Decimal | None], times: Decimal, step: Decimal) -> Decimal | None:
    of, per = values
    if of is None or per is None or per <= 0:
        return None
    with localcontext(EXACT):
        return quotient(of * times, per / step)
