"""Computing metrics over a ledger: each formula of the vocabulary, once per metric and set of attributes."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from app.accounting.factors.gwp import GwpSet
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Amount, divided, in_unit, negated, summed
from app.accounting.ledger.ledger import Ledger
from app.accounting.metrics.consumption import Where, level, quantity
from app.accounting.metrics.divisors import incomplete, indivisible
from app.accounting.metrics.emissions import biogenic, emissions
from app.accounting.metrics.energy import energy
from app.accounting.metrics.formulas import (
    AsStated,
    Biogenic,
    Difference,
    Emissions,
    Energy,
    Level,
    Quantity,
    Ratio,
    Share,
    Sum,
)
from app.accounting.metrics.stated_amounts import stated
from app.accounting.metrics.vocabulary import MetricBook
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import EXACT, plain
from app.core.units.units import PERCENT

NOWHERE: Where = {}


class Evaluation:
    """The metrics of one ledger under one GWP set; remembers what it has computed."""

    def __init__(self, ledger: Ledger, book: MetricBook, gwp_set: GwpSet) -> None:
        self.book = book
        self._ledger = ledger
        self._gwp_set = gwp_set
        self._known: dict[tuple[str, tuple[tuple[str, str], ...]], Amount] = {}

    @property
    def ledger(self) -> Ledger:
        """Return the ledger it evaluates."""
        return self._ledger

    @property
    def gwp_set(self) -> GwpSet:
        """Return the set by which gases are weighed."""
        return self._gwp_set

    def under(self, gwp_set: GwpSet) -> "Evaluation":
        """Return the same ledger's evaluation under another GWP set."""
        return self if gwp_set == self._gwp_set else Evaluation(self._ledger, self.book, gwp_set)

    def amount(self, key: str, where: Where) -> Amount:
        """Return the metric's amount over activities with these attributes; raises KeyError for an unknown metric."""
        memo = key, tuple(sorted(where.items()))
        if memo not in self._known:
            self._known[memo] = self._compute(key, where)
        return self._known[memo]

    def _compute(self, key: str, where: Where) -> Amount:
        match self.book.metrics[key].formula:
            case Quantity(resources, having):
                return quantity(self._ledger, resources, where, unit=self.book.unit(key), having=having)
            case Level(resources, statistic):
                return level(self._ledger, resources, where, statistic=statistic, unit=self.book.unit(key))
            case Energy(resources, origin, group, metered):
                return energy(self._ledger, resources, where, origin=origin, fuel_group=group, metered=metered)
            case Emissions(scope, method, gases):
                return emissions(self._ledger, where, scope=scope, method=method, gwp_set=self._gwp_set, gases=gases)
            case Biogenic(scope):
                return biogenic(self._ledger, where, scope=scope)
            case AsStated(indicator):
                of = self._ledger
                return stated(of.stated, indicator, where, first_day=of.first_day, end_day=of.end_day)
            case Sum(parts):
                return _sum({part: self.amount(part, where) for part in parts})
            case Difference(minuend, subtrahend, if_metered):
                less = negated(self.amount(subtrahend, where))
                if if_metered and not less.is_expected:
                    return _undiminished(self.amount(minuend, where), subtrahend)
                pair = {minuend: self.amount(minuend, where), subtrahend: less}
                return _difference(pair, formula=f"{minuend} - {subtrahend}")
            case Ratio(of, per, step):
                return self.ratio(of, per, where, step=step)
            case Share(of, within):
                whole = self.amount(within, where)
                part = in_unit(self.amount(of, where), PERCENT, lambda value: value * 100)
                return _quotient(part, whole, Decimal(1), of_key=of, by_key=within, unit=PERCENT)

    def ratio(self, of: str, per: str, where: Where = NOWHERE, *, step: Decimal | None = None) -> Amount:
        """Return a metric per step of a denominator, its own step unless one is given.

        Raises KeyError for an unknown metric or denominator.
        """
        return self.per(self.amount(of, where), of, per, step=step)

    def per(self, amount: Amount, of: str, per: str, *, step: Decimal | None = None) -> Amount:
        """Return an amount called `of` per step of a denominator; raises KeyError for an unknown denominator."""
        # A denominator describes the organization, not the attributes of what is divided.
        denominator, own = self.amount(per, {}), self.book.denominators[per].step
        return _quotient(amount, denominator, step or own, of_key=of, by_key=per, unit=amount.unit)


def _sum(parts: dict[str, Amount]) -> Amount:
    known = [amount.value for amount in parts.values() if amount.value is not None]
    findings = [
        _missing(key, amount, sentence("the sum lacks it")) for key, amount in parts.items() if amount.value is None
    ]
    value = summed(known, is_partial=any(amount.gaps for amount in parts.values()))
    return _joined(list(parts.values()), value, findings if known else [], " + ".join(parts))


def _missing(key: str, amount: Amount, what_then: Sentence, least: Severity = Severity.INFO) -> Finding:
    """Return what is said of a part without a value: an error where it has data, a warning where it should have."""
    words = sentence("%(key)s has no value; %(what_then)s", key=key, what_then=what_then)
    if amount.gaps:
        why, mend = amount.gaps[0].finding.detail, amount.gaps[0].finding.mend
        return Finding("missing_part", Severity.ERROR, sentence("%(found)s: %(why)s", found=words, why=why), mend=mend)
    return Finding("missing_part", Severity.WARNING if amount.is_expected else least, words)


def _difference(parts: dict[str, Amount], *, formula: str) -> Amount:
    missing = [key for key, amount in parts.items() if amount.value is None]
    every = list(parts.values())
    if missing:
        what_then = sentence("nothing is subtracted as if it were zero")
        findings = [_missing(key, parts[key], what_then, Severity.WARNING) for key in missing]
        return replace(_joined(every, None, findings, formula), terms=())
    known = (amount.value for amount in every if amount.value is not None)
    value = summed(known, is_partial=any(amount.gaps for amount in every))
    findings = [_negative(value, every[0].unit, formula)] if value is not None and value < 0 else []
    return _joined(every, value, findings, formula)


def _negative(value: Decimal, unit: str, formula: str) -> Finding:
    words = sentence("%(formula)s is negative: %(value)s %(unit)s", formula=formula, value=plain(value), unit=unit)
    mend = sentence("check both sides: one meter counts what the other side does not, or counts it in another unit")
    return Finding("negative_difference", Severity.ERROR, words, mend=mend)


def _undiminished(amount: Amount, subtrahend: str) -> Amount:
    words = sentence("no meter in service measures %(subtrahend)s: nothing is subtracted", subtrahend=subtrahend)
    return replace(amount, findings=(*amount.findings, Finding("not_metered", Severity.INFO, words)))


def _joined(parts: Sequence[Amount], value: Decimal | None, findings: Sequence[Finding], formula: str) -> Amount:
    return Amount(
        value=value,
        unit=parts[0].unit,
        terms=tuple(term for part in parts for term in part.terms),
        activities=tuple(activity for part in parts for activity in part.activities),
        findings=(*(finding for part in parts for finding in part.findings), *findings),
        formula=formula,
        gaps=tuple(gap for part in parts for gap in part.gaps),
    )


def _quotient(part: Amount, whole: Amount, step: Decimal, *, of_key: str, by_key: str, unit: str) -> Amount:
    formula = f"{of_key} / {by_key}" if step == 1 else f"{of_key} / ({by_key} / {step})"
    reason = None if part.value is None else indivisible(whole, by_key)
    if reason is None and unit == PERCENT and part.gaps:
        reason = incomplete(part, of_key, sentence("what share it has is not known"))
    said = (*part.findings, *whole.findings, *(() if reason is None else (reason,)))
    findings = tuple(dict.fromkeys(said))
    if part.value is None or whole.value is None or reason is not None:
        return Amount(None, unit, (), part.activities, findings, formula, whole, part.gaps)
    with localcontext(EXACT):
        divisor = whole.value / step
    quotient = divided(part, whole, divisor, unit=unit)
    return replace(quotient, findings=findings, formula=formula)
