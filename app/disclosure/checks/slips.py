"""Unit slips: values a thousand times what the year before or the other place that prints them says."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal, localcontext

from app.accounting.findings import Finding, Severity
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, plain
from app.disclosure.checks.spans import Span
from app.disclosure.checks.statement import Dimensions, Line, Statement

POWERS = (3, -3, 6, -6)
_AT_MOST = Decimal(2)
"""A year's growth or fall by more than this is no longer told from the slip itself."""


def slipped_against_last_year(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each figure that is about a thousand or a million times, or a part of, last year's."""
    for key in statement.keys:
        by_place: dict[Dimensions, dict[int, Line]] = defaultdict(dict)
        for line in statement.of(key):
            by_place[line.where].setdefault(line.year, line)
        for by_year in by_place.values():
            for year, line in by_year.items():
                before = by_year.get(year - 1)
                if before is not None and (found := _slip(line, before, statement)):
                    yield found


def _slip(line: Line, before: Line, statement: Statement) -> Finding | None:
    one = statement.ratio(line.unit, before.unit, line.key)
    if not line.value or not before.value or one is None:
        return None
    with localcontext(EXACT):
        times = line.value * one / before.value
        power = next((power for power in POWERS if _near(times, power)), None)
    if power is None:
        return None
    words = sentence(
        "%(line)s is %(value)s %(unit)s, %(before)s %(unit_before)s the year before: %(times)s times as much",
        line=line.name,
        value=plain(line.value),
        unit=line.unit,
        before=plain(before.value),
        unit_before=before.unit,
        times=plain(round(times, 4 if power < 0 else 0)),
    )
    mend = sentence(
        "Check in which unit %(line)s was entered or printed in each year; a slip of 10^%(power)s is likely",
        line=line.key,
        power=abs(power),
    )
    return Finding("unit_slip", Severity.ERROR, words, mend, line.key)


def _near(times: Decimal, power: int) -> bool:
    slip = Decimal(1).scaleb(power)
    return slip / _AT_MOST <= times <= slip * _AT_MOST


def slip_between(computed: Span, printed: Span) -> int | None:
    """Return the power of ten that carries a computed value to a printed one, None when none of a slip does."""
    return next((power for power in POWERS if computed.times(Decimal(1).scaleb(power)).meets(printed)), None)


def printed_in_two_units(statement: Statement) -> Iterator[Finding]:
    """Yield a finding for each quantity that is printed twice in different units, or with different values."""
    twice: dict[tuple[str, int, Dimensions], list[Line]] = defaultdict(list)
    for line in statement.valued:
        twice[line.key, line.year, line.where].append(line)
    for lines in twice.values():
        for other in lines[1:]:
            if lines[0].boundary == other.boundary:
                yield from _twice(lines[0], other, statement)


def _twice(one: Line, other: Line, statement: Statement) -> Iterator[Finding]:
    if one.value is None or other.value is None:
        return
    span = statement.in_unit(other, one.unit, statement.rounding)
    both = sentence(
        "%(line)s is printed as %(value)s %(unit)s and as %(other)s %(unit_other)s",
        line=one.name,
        value=plain(one.value),
        unit=one.unit,
        other=plain(other.value),
        unit_other=other.unit,
    )
    if span is None or not span.meets(one.span(statement.rounding)):
        mend = sentence("Print one value, and correct the other place")
        yield Finding(
            "two_values", Severity.ERROR, sentence("%(both)s, which is not the same", both=both), mend, one.key
        )
    elif one.unit != other.unit:
        words = sentence("%(both)s: the same quantity in two units", both=both)
        yield Finding("two_units", Severity.INFO, words, sentence("Print the quantity in one unit everywhere"), one.key)
