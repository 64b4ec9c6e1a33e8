"""Amounts that carry the terms they are the exact sum of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from app.accounting.activity import Activity, Coverage
from app.accounting.exact import quotient
from app.accounting.findings import Finding
from app.accounting.selection import Choice
from app.core.quantities import EXACT


@dataclass(frozen=True, slots=True)
class Term:
    """One addend: quantity x share x multiplier x per_unit = value, in the amount's unit.

    `multiplier` turns the activity's unit into `converted_to`, and is shown to twenty places where it does not end;
    per_unit is kg CO2e of the chosen factor, 1 where there is none.
    """

    activity: Activity
    quantity: Decimal
    multiplier: Decimal
    converted_to: str
    choice: Choice | None
    per_unit: Decimal
    value: Decimal
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A value in `unit` and the terms that add up to it; None when no counted meter has data for any of them.

    `activities` are all that were asked for, with or without data: coverage counts them.
    """

    value: Decimal | None
    unit: str
    terms: tuple[Term, ...] = ()
    activities: tuple[Activity, ...] = ()
    findings: tuple[Finding, ...] = ()
    formula: str = ""
    divisor: "Amount | None" = field(default=None)

    @property
    def has_data(self) -> bool:
        """Tell whether any meter it asked has readings in the period."""
        return any(activity.has_data for activity in self.activities)

    @property
    def coverage(self) -> Decimal | None:
        """Return covered over expected seconds of all its meters; 0 without data, None without expectation.

        A quotient has the lower coverage of its two parts.
        """
        if not self.has_data:
            return Decimal(0)
        total = Coverage()
        for activity in self.activities:
            total += activity.coverage
        if self.divisor is None:
            return total.share
        shares = [share for share in (total.share, self.divisor.coverage) if share is not None]
        return min(shares, default=None)

    def quality_share(self, of: Callable[[Activity], Decimal]) -> Decimal | None:
        """Return a quality's share weighted by what each term contributes; None without terms."""
        if not self.terms:
            return None
        with localcontext(EXACT):
            whole = sum((abs(term.value) for term in self.terms), Decimal(0))
            weights = [abs(term.value) if whole else Decimal(1) for term in self.terms]
            parts = [of(term.activity) * weight for term, weight in zip(self.terms, weights, strict=True)]
            return quotient(sum(parts, Decimal(0)), sum(weights, Decimal(0)))


def total(
    terms: Iterable[Term], *, unit: str, activities: Iterable[Activity], findings: Iterable[Finding], formula: str
) -> Amount:
    """Return the exact sum of terms; null without any."""
    found = tuple(terms)
    with localcontext(EXACT):
        value = sum((term.value for term in found), Decimal(0)) if found else None
    return Amount(value, unit, found, tuple(activities), tuple(findings), formula)


def negated(amount: Amount) -> Amount:
    """Return the amount with every sign turned."""
    value = None if amount.value is None else -amount.value
    return replace(amount, value=value, terms=tuple(replace(term, value=-term.value) for term in amount.terms))


def in_unit(amount: Amount, unit: str, change: Callable[[Decimal], Decimal]) -> Amount:
    """Return the amount in another unit; `change` turns a number of its own unit into one of `unit`."""
    return _telescoped(amount, unit, change)


def divided(amount: Amount, by: Amount, divisor: Decimal, *, unit: str) -> Amount:
    """Return amount / divisor, where `by` is what the divisor was made from."""
    quotients = _telescoped(amount, unit, lambda value: quotient(value, divisor))
    return replace(quotients, divisor=by)


def _telescoped(amount: Amount, unit: str, change: Callable[[Decimal], Decimal]) -> Amount:
    """Return the amount under a linear change that may round; its terms still add up to its value exactly.

    A term's value is the difference of two running changes, so that rounding at the twentieth place telescopes.
    """
    running, before, terms = Decimal(0), Decimal(0), []
    with localcontext(EXACT):
        for term in amount.terms:
            running += term.value
            reached = change(running)
            terms.append(replace(term, value=reached - before))
            before = reached
    return replace(amount, value=None if amount.value is None else before, unit=unit, terms=tuple(terms))
