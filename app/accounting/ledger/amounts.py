"""Amounts that carry the terms they are the exact sum of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from typing import overload

from app.accounting.exact import quotient
from app.accounting.factors.calorific_choice import Candidate
from app.accounting.factors.fuel import Fuel
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, Coverage
from app.accounting.ledger.instrument import Instrument
from app.accounting.selection.selection import Choice
from app.core.sentences import Sentence
from app.core.units.quantities import EXACT

_DAY_S = 86_400


class Statistic(StrEnum):
    """How a level becomes one number of a period: its mean, or where it stood at the end."""

    MEAN = "mean"
    PERIOD_END = "period_end"


@dataclass(frozen=True, slots=True)
class Term:
    """One addend: quantity x share x multiplier x per_unit = value, in the amount's unit.

    `multiplier` turns the activity's unit into `converted_to`, and is shown to twenty places where it does not end;
    per_unit is kg CO2e of the chosen factor, 1 where there is none. `instrument` is the one that covers it;
    `values` are the calorific values and densities that the multiplier rests on, of all that `fuel` may convert by.
    `ratio` is the multiplier where that does not end; `statistic` says what a level's quantity is of its readings.
    """

    activity: Activity
    quantity: Decimal
    multiplier: Decimal
    converted_to: str
    choice: Choice | None
    per_unit: Decimal
    value: Decimal
    notes: tuple[Sentence, ...] = ()
    instrument: Instrument | None = None
    values: tuple[Candidate, ...] = ()
    fuel: Fuel | None = None
    ratio: Fraction | None = None
    statistic: Statistic | None = None

    @property
    def exact_multiplier(self) -> Fraction:
        """Return the multiplier with nothing cut off: 5/18 where it is shown as 0.27777777777777777778."""
        return Fraction(self.multiplier) if self.ratio is None else self.ratio

    @property
    def metered(self) -> Decimal | None:
        """Return what the activity's meters give as a whole, of which the quantity may be a part; None without any."""
        if not self.activity.meters:
            return None
        return self.quantity if self.statistic is not None else self.activity.quantity


def nothing_of(activity: Activity, unit: str) -> Term:
    """Return the term of an activity of nothing: zero in whatever unit, by whatever factor."""
    zero = Decimal(0)
    return Term(activity, zero, multiplier=zero, converted_to=unit, choice=None, per_unit=zero, value=zero)


class Telescoped(Sequence[Term]):
    """Terms under a linear change that may round, made when they are looked at; they add up to the changed sum.

    A term's value is the difference of two running changes, so that rounding at the twentieth place telescopes.
    """

    def __init__(self, plain: Sequence[Term], change: Callable[[Decimal], Decimal]) -> None:
        self.plain = plain
        self._change = change
        self._made: tuple[Term, ...] | None = None

    def __len__(self) -> int:
        return len(self.plain)

    @overload
    def __getitem__(self, index: int) -> Term: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Term]: ...
    def __getitem__(self, index: int | slice) -> Term | Sequence[Term]:
        return self._terms()[index]

    def __iter__(self) -> Iterator[Term]:
        return iter(self._terms())

    def _terms(self) -> tuple[Term, ...]:
        if self._made is None:
            self._made = tuple(self._telescoped())
        return self._made

    def _telescoped(self) -> Iterator[Term]:
        running, before = Decimal(0), Decimal(0)
        with localcontext(EXACT):
            for term in self.plain:
                running += term.value
                reached = self._change(running)
                yield replace(term, value=reached - before)
                before = reached


@dataclass(frozen=True, slots=True)
class Gap:
    """What has data and is not in an amount: `part` of an activity, or of its days, 0 to 1; `finding` says why."""

    activity: Activity
    finding: Finding
    part: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Amount:
    """A value in `unit` and the terms that add up to it; None when nothing of it is known.

    `activities` are all that were asked for, with or without data: coverage counts them. With `gaps` the value lacks
    what they are of; their findings are among `findings`.
    """

    value: Decimal | None
    unit: str
    terms: Sequence[Term] = ()
    activities: tuple[Activity, ...] = ()
    findings: tuple[Finding, ...] = ()
    formula: str = ""
    divisor: "Amount | None" = field(default=None)
    gaps: tuple[Gap, ...] = ()

    @property
    def has_data(self) -> bool:
        """Tell whether any meter it asked has readings in the period."""
        return any(activity.has_data for activity in self.activities)

    @property
    def is_expected(self) -> bool:
        """Tell whether a meter it asks has readings in the period, or should have."""
        return self.has_data or any(activity.coverage.expected_s for activity in self.activities)

    @property
    def coverage(self) -> Decimal | None:
        """Return covered over expected seconds of all its meters; 0 without data, None without expectation.

        Its gaps are not covered. A quotient has the lower coverage of its two parts.
        """
        if not self.has_data:
            return Decimal(0)
        share = entered(self.activities, self.gaps).share
        if self.divisor is None:
            return share
        return min((each for each in (share, self.divisor.coverage) if each is not None), default=None)

    @property
    def lacking(self) -> tuple[Finding, ...]:
        """Return the errors of its gaps and of its divisor's, each once: nothing complete can be made of it."""
        every = (*self.gaps, *(() if self.divisor is None else self.divisor.gaps))
        return tuple(dict.fromkeys(gap.finding for gap in every if gap.finding.severity is Severity.ERROR))

    def quality_share(self, of: Callable[[Activity], Decimal]) -> Decimal | None:
        """Return a quality's share weighted by what each term contributes; None without terms."""
        terms = self.plain_terms
        if not terms:
            return None
        shares = [of(term.activity) for term in terms]
        if not any(shares):
            return Decimal(0)
        with localcontext(EXACT):
            whole = sum((abs(term.value) for term in terms), Decimal(0))
            weights = [abs(term.value) if whole else Decimal(1) for term in terms]
            parts = [share * weight for share, weight in zip(shares, weights, strict=True)]
            return quotient(sum(parts, Decimal(0)), sum(weights, Decimal(0)))

    @property
    def plain_terms(self) -> Sequence[Term]:
        """Return the terms as they were before linear changes: the same activities, in the same proportions."""
        found = self.terms
        while isinstance(found, Telescoped):
            found = found.plain
        return found


def summed(values: Iterable[Decimal], *, is_partial: bool) -> Decimal | None:
    """Return the exact sum of what is known; null without any.

    A partial sum of nothing is null too: a zero would say that there is nothing else.
    """
    known = list(values)
    with localcontext(EXACT):
        value = sum(known, Decimal(0))
    return value if known and (value or not is_partial) else None


def entered(activities: Iterable[Activity], gaps: Sequence[Gap]) -> Coverage:
    """Return the coverage of activities of which the gaps entered nothing.

    Once there is a gap, what expects no reading at a known time weighs by its days: two deliveries of a year of which
    one has no factor are covered by half.
    """
    every = list(activities)
    with localcontext(EXACT):
        covered_s = sum((each.coverage.covered_s for each in every), Decimal(0))
        expected_s = sum(each.coverage.expected_s for each in every)
        if gaps:
            untimed_s = sum(_untimed_s(each) for each in every if each.has_data)
            lost_s = sum((_lost_s(gap) for gap in gaps), Decimal(0))
            covered_s, expected_s = max(covered_s + untimed_s - lost_s, Decimal(0)), expected_s + untimed_s
    return Coverage(covered_s, expected_s)


def _lost_s(gap: Gap) -> Decimal:
    return (gap.activity.coverage.covered_s or Decimal(_untimed_s(gap.activity))) * gap.part


def _untimed_s(activity: Activity) -> int:
    """Return the seconds of an activity's days where no reading is expected at a known time, else none."""
    return 0 if activity.coverage.expected_s else (activity.end_day - activity.first_day) * _DAY_S


def total(
    terms: Iterable[Term],
    *,
    unit: str,
    activities: Iterable[Activity],
    findings: Iterable[Finding],
    formula: str,
    gaps: Iterable[Gap] = (),
) -> Amount:
    """Return the exact sum of terms; null without any. What the gaps are of is not in it, and their findings say so."""
    found, lacking = tuple(terms), tuple(gaps)
    said = tuple(dict.fromkeys((*findings, *(gap.finding for gap in lacking))))
    value = summed((term.value for term in found), is_partial=bool(lacking))
    return Amount(value, unit, found, tuple(activities), said, formula, gaps=lacking)


def part_total(
    terms: Iterable[Term],
    *,
    unit: str,
    activities: Sequence[Activity],
    unknown: Iterable[Activity],
    findings: Iterable[Finding],
    formula: str,
    gaps: Iterable[Gap] = (),
) -> Amount:
    """Return the exact sum of the terms in one part of the activities; whether `unknown` are in it nobody knows.

    Without terms the part is zero when every activity with data says that it is in another; else null.
    """
    found = total(terms, unit=unit, activities=activities, findings=findings, formula=formula, gaps=gaps)
    if found.terms or found.gaps or not found.has_data or any(unknown):
        return found
    return replace(found, value=Decimal(0))


def negated(amount: Amount) -> Amount:
    """Return the amount with every sign turned."""
    value = None if amount.value is None else amount.value.copy_negate()
    return replace(amount, value=value, terms=tuple(map(_negated, amount.terms)))


def _negated(term: Term) -> Term:
    return replace(
        term,
        multiplier=term.multiplier.copy_negate(),
        value=term.value.copy_negate(),
        ratio=None if term.ratio is None else -term.ratio,
    )


def in_unit(amount: Amount, unit: str, change: Callable[[Decimal], Decimal]) -> Amount:
    """Return the amount in another unit; `change` turns a number of its own unit into one of `unit`."""
    return amount if amount.unit == unit else _changed(amount, unit, change)


def divided(amount: Amount, by: Amount, divisor: Decimal, *, unit: str) -> Amount:
    """Return amount / divisor, where `by` is what the divisor was made from."""
    quotients = _changed(amount, unit, lambda value: quotient(value, divisor))
    return replace(quotients, divisor=by)


def _changed(amount: Amount, unit: str, change: Callable[[Decimal], Decimal]) -> Amount:
    if amount.value is None:
        return replace(amount, unit=unit)
    return replace(amount, value=change(amount.value), unit=unit, terms=Telescoped(amount.terms, change))
