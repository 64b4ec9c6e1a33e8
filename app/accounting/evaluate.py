"""Computing metrics over a ledger: each formula of the vocabulary, once per metric and set of attributes."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, localcontext

from app.accounting.amounts import Amount, divided, in_unit, negated
from app.accounting.consumption import Where, level, quantity
from app.accounting.emissions import biogenic, emissions
from app.accounting.energy import energy
from app.accounting.findings import Finding, Severity
from app.accounting.formulas import PERCENT, Biogenic, Difference, Emissions, Energy, Level, Quantity, Ratio, Share, Sum
from app.accounting.gwp import GwpSet
from app.accounting.ledger import Ledger
from app.accounting.metrics import MetricBook
from app.core.quantities import EXACT

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
            case Energy(resources, origin, fuel_group):
                return energy(self._ledger, resources, where, origin=origin, fuel_group=fuel_group)
            case Emissions(scope, method, gases):
                return emissions(self._ledger, where, scope=scope, method=method, gwp_set=self._gwp_set, gases=gases)
            case Biogenic(scope):
                return biogenic(self._ledger, where, scope=scope)
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
        # A denominator describes the organization, not the attributes of what is divided.
        denominator = self.amount(per, {})
        amount, own = self.amount(of, where), self.book.denominators[per].step
        return _quotient(amount, denominator, step or own, of_key=of, by_key=per, unit=amount.unit)


def _sum(parts: dict[str, Amount]) -> Amount:
    missing = [key for key, amount in parts.items() if amount.value is None]
    known = [amount.value for amount in parts.values() if amount.value is not None]
    findings = [Finding("missing_part", Severity.INFO, f"{key} has no value; the sum lacks it") for key in missing]
    with localcontext(EXACT):
        value = sum(known, Decimal(0)) if known else None
    return _joined(list(parts.values()), value, findings if known else [], " + ".join(parts))


def _difference(parts: dict[str, Amount], *, formula: str) -> Amount:
    missing = [key for key, amount in parts.items() if amount.value is None]
    if missing:
        words = f"{' and '.join(missing)} has no value: nothing is subtracted as if it were zero"
        amount = _joined(list(parts.values()), None, [Finding("missing_part", Severity.WARNING, words)], formula)
        return replace(amount, terms=())
    with localcontext(EXACT):
        value = sum((amount.value for amount in parts.values() if amount.value is not None), Decimal(0))
    return _joined(list(parts.values()), value, [], formula)


def _undiminished(amount: Amount, subtrahend: str) -> Amount:
    words = f"no meter in service measures {subtrahend}: nothing is subtracted"
    return replace(amount, findings=(*amount.findings, Finding("not_metered", Severity.INFO, words)))


def _joined(parts: Sequence[Amount], value: Decimal | None, findings: Sequence[Finding], formula: str) -> Amount:
    return Amount(
        value=value,
        unit=parts[0].unit,
        terms=tuple(term for part in parts for term in part.terms),
        activities=tuple(activity for part in parts for activity in part.activities),
        findings=(*(finding for part in parts for finding in part.findings), *findings),
        formula=formula,
    )


def _quotient(part: Amount, whole: Amount, step: Decimal, *, of_key: str, by_key: str, unit: str) -> Amount:
    formula = f"{of_key} / {by_key}" if step == 1 else f"{of_key} / ({by_key} / {step})"
    findings = [*part.findings, *whole.findings]
    if part.value is not None and not whole.value:
        words = f"{by_key} is zero" if whole.value is not None else f"{by_key} has no value"
        findings.append(Finding("no_denominator", Severity.WARNING, f"{words}: nothing to divide by"))
    if part.value is None or not whole.value:
        return Amount(None, unit, (), part.activities, tuple(findings), formula, whole)
    with localcontext(EXACT):
        divisor = whole.value / step
    quotient = divided(part, whole, divisor, unit=unit)
    return replace(quotient, findings=tuple(findings), formula=formula)
