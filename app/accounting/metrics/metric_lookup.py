"""Metrics and denominators by key: those that are listed, and every other intensity and resource when asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from app.accounting.ledger.amounts import Statistic
from app.accounting.metrics.denominators import Denominator, denominator_of
from app.accounting.metrics.formulas import Formula, Level, Quantity, Ratio, Share
from app.core.inventory.resources import QUANTITY_KINDS, Catalogue, MeterKind, Resource, UnknownResource

INTENSITY = ".intensity."
_Value = TypeVar("_Value")
_MOST_MADE = 1_000


@dataclass(frozen=True, slots=True)
class Metric:
    """A concrete figure: its formula, and which member of each family it is."""

    key: str
    formula: Formula
    members: Mapping[str, str] = field(hash=False)


class Listed(Mapping[str, _Value]):
    """A mapping that iterates over what is listed, and finds by key what `other` makes too.

    The last of these are remembered, so that asking again is cheap: a thousand at most, anyone may ask for any key.
    """

    def __init__(self, listed: Mapping[str, _Value], other: Callable[[str], _Value | None]) -> None:
        self._listed = listed
        self._other = other
        self._made: dict[str, _Value] = {}

    def __getitem__(self, key: str) -> _Value:
        found = self._listed.get(key) or self._made.get(key) or self._other(key)
        if found is None:
            raise KeyError(key)
        if key not in self._listed and key not in self._made:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            self._made[key] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)


def of_resource(resource: Resource) -> Metric | None:
    """Return the metric of a resource itself: what was used of it, or its mean level; None for a physical level."""
    key = resource.key
    if MeterKind.STOCK in resource.kinds:
        return Metric(key, Level((key,), Statistic.MEAN), {})
    return Metric(key, Quantity((key,)), {}) if set(resource.kinds) <= set(QUANTITY_KINDS) else None


def divides(formula: Formula) -> bool:
    """Tell whether something can be stated per a metric: it adds up, or is a mean level."""
    return not isinstance(formula, Ratio | Share)


def metric_otherwise(
    key: str, listed: Mapping[str, Metric], known: Mapping[str, Denominator], catalogue: Catalogue
) -> Metric | None:
    """Return a metric that is not listed: a resource's own, or an intensity per a denominator that is not."""
    base, _, per = key.partition(INTENSITY)
    if not per:
        try:
            return of_resource(catalogue.named(key))
        except UnknownResource:
            return None
    like = next((found for each in known if (found := listed.get(f"{base}{INTENSITY}{each}"))), None)
    if like is None or not isinstance(like.formula, Ratio) or "denominator" not in like.members or per not in known:
        return None
    formula = Ratio(like.formula.of, per, known[per].step)
    return Metric(key, formula, {**like.members, "denominator": per})


def denominator_otherwise(
    key: str, metrics: Mapping[str, Metric], unit_of: Callable[[str], str], catalogue: Catalogue
) -> Denominator | None:
    """Return what a metric is as a denominator of which the data file says nothing; None for a quotient."""
    if INTENSITY in key or key not in metrics or not divides(metrics[key].formula):
        return None
    try:
        title = catalogue.named(key).title
    except UnknownResource:
        title = key
    return denominator_of(key, unit_of(key), title[:1].lower() + title[1:])
