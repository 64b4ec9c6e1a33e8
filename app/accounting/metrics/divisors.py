"""What may be divided by: a positive amount that lacks nothing of what was metered."""

from decimal import Decimal

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.amounts import Amount
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import plain


def indivisible(whole: Amount, name: str) -> Finding | None:
    """Return why nothing is divided by an amount; None where it is positive and nothing that has data is missing.

    Divided by zero there is no answer, by a negative amount a meaningless one, by a part of what was metered one that
    is too large.
    """
    if whole.gaps:
        return incomplete(whole, name, sentence("nothing is divided by a part of it"))
    if whole.value is None:
        return Finding(
            "no_denominator", Severity.WARNING, sentence("%(name)s has no value: nothing to divide by", name=name)
        )
    if not whole.value:
        return Finding(
            "no_denominator", Severity.WARNING, sentence("%(name)s is zero: nothing to divide by", name=name)
        )
    if whole.value < 0:
        words = sentence(
            "%(name)s is negative (%(value)s %(unit)s): nothing is divided by it",
            name=name,
            value=plain(whole.value),
            unit=whole.unit,
        )
        mend = sentence("correct the readings of %(name)s, or divide by another denominator", name=name)
        return Finding("no_denominator", Severity.ERROR, words, mend=mend)
    return None


def share_of(part: Decimal | None, whole: Amount) -> Decimal | None:
    """Return part / whole, 0 to 1; None where the part is unknown or the whole cannot be divided by."""
    if part is None or whole.value is None or indivisible(whole, "") is not None:
        return None
    return quotient(part, whole.value)


def incomplete(amount: Amount, name: str, what_then: Sentence) -> Finding:
    """Return the finding of an amount that lacks something that has data; as grave as the gravest reason."""
    reason = next((gap.finding for gap in amount.gaps if gap.finding.severity is Severity.ERROR), None)
    reason = reason or amount.gaps[0].finding
    return Finding(
        "incomplete",
        reason.severity,
        sentence(
            "%(name)s lacks a part: %(reason)s; %(what_then)s", name=name, reason=reason.detail, what_then=what_then
        ),
        reason.mend,
    )
