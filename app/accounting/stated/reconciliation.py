"""Holding stated numbers against each other: ratios against their parts, totals against sums and weighted averages.

The stated number stays as it is. Two numbers agree when the one computed, rounded half up or cut off to the digits that
were stated, is the one stated; parts that are not counts are taken as rounded or cut off themselves.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.stated.datapoints import Stated, StatedBook
from app.accounting.stated.indicators import Catalogue, Indicator, StatedRatio
from app.accounting.stated.stated_units import stated_in
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import EXACT, Rounding, display, plain
from app.core.units.units import Dimension, UnknownUnit, dimension_of

_COUNTED = (Dimension.PERSON, Dimension.COUNT)
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be, both ends included, and the number itself."""

    low: Decimal
    value: Decimal
    high: Decimal


def findings_on(stated: Stated, book: StatedBook, catalogue: Catalogue) -> tuple[Finding, ...]:
    """Return where a stated number and what else is stated of the same year and place do not agree."""
    if stated.value is None:
        return ()
    indicator = catalogue.named(stated.indicator)
    found = [*_ratio(stated, indicator, book, catalogue)]
    if not stated.dimensions:
        found += [*_sums(stated, indicator, book), *_averages(stated, indicator, book)]
    return tuple(found)


def _ratio(stated: Stated, indicator: Indicator, book: StatedBook, catalogue: Catalogue) -> Iterator[Finding]:
    ratio = indicator.ratio
    if ratio is None:
        return
    of = _part(catalogue.named(ratio.of), ratio, stated.dimensions, book)
    per = _part(catalogue.named(ratio.per), ratio, stated.dimensions, book)
    if of is None or per is None or per.low <= 0:
        return
    with localcontext(EXACT):
        computed = Range(
            quotient(of.low * indicator.factor, per.high),
            quotient(of.value * indicator.factor, per.value),
            quotient(of.high * indicator.factor, per.low),
        )
    if not _agree(stated, computed, indicator, book.currency):
        parts = f"{ratio.of} / {ratio.per} = {_short(of.value)} / {_short(per.value)}"
        yield _finding(
            "ratio_differs", stated, computed, sentence("%(parts)s gives", parts=parts), indicator, book.currency
        )


def _part(indicator: Indicator, ratio: StatedRatio, where: Mapping[str, str], book: StatedBook) -> Range | None:
    """Return a part of a ratio: as stated, else for a total the sum of the parts that were stated of all there are."""
    stated = book.at(indicator.code, where)
    if stated is not None:
        return _range(stated, indicator, book.currency)
    if where or not indicator.adds_up:
        return None
    for dimension in indicator.dimensions:
        parts = book.parts(indicator.code, dimension.name)
        others = book.parts(ratio.per if indicator.code == ratio.of else ratio.of, dimension.name)
        if dimension.parts_whole and parts and others and set(others) <= set(parts):
            return _sum([_range(each, indicator, book.currency) for each in parts.values()])
    return None


def _sums(stated: Stated, indicator: Indicator, book: StatedBook) -> Iterator[Finding]:
    """Yield each dimension whose parts, two or more of them, do not add up to the total."""
    if not indicator.adds_up:
        return
    for dimension in indicator.dimensions:
        parts = book.parts(indicator.code, dimension.name)
        if not dimension.parts_whole or len(parts) < 2:
            continue
        total = _sum([_range(each, indicator, book.currency) for each in parts.values()])
        if not _agree(stated, total, indicator, book.currency):
            words = sentence("the parts by %(dimension)s add up to", dimension=dimension.name)
            yield _finding("parts_do_not_add_up", stated, total, words, indicator, book.currency)


def _averages(stated: Stated, indicator: Indicator, book: StatedBook) -> Iterator[Finding]:
    """Yield each dimension by which a ratio's parts, weighted by what they are per, average to something else."""
    ratio = indicator.ratio
    if ratio is None:
        return
    for dimension in indicator.dimensions:
        parts, weights = book.parts(indicator.code, dimension.name), book.parts(ratio.per, dimension.name)
        if not dimension.parts_whole or len(parts) < 2 or set(parts) != set(weights):
            continue
        ranges = {name: _range(part, indicator, book.currency) for name, part in parts.items()}
        average = _weighted(ranges, {name: weight.value or Decimal(0) for name, weight in weights.items()})
        if average is not None and not _agree(stated, average, indicator, book.currency):
            words = sentence(
                "the average by %(dimension)s, weighted by %(per)s, is", dimension=dimension.name, per=ratio.per
            )
            yield _finding("weighted_average_differs", stated, average, words, indicator, book.currency)


def _weighted(parts: Mapping[str, Range], weights: Mapping[str, Decimal]) -> Range | None:
    with localcontext(EXACT):
        whole = sum(weights.values(), Decimal(0))
        if whole <= 0:
            return None
        weighted = [
            Range(part.low * weights[name], part.value * weights[name], part.high * weights[name])
            for name, part in parts.items()
        ]
        total = _sum(weighted)
        return Range(quotient(total.low, whole), quotient(total.value, whole), quotient(total.high, whole))


def _range(stated: Stated, indicator: Indicator, currency: str) -> Range:
    """Return a stated number, exact where it counts something, else as far as its last digit leaves open."""
    value = stated.value or Decimal(0)
    if stated.stated_value is None or stated.stated_unit is None or _is_count(indicator):
        return Range(value, value, value)
    with localcontext(EXACT):
        digit = Decimal(1).scaleb(-_decimals(stated.stated_value))
        step = stated_in(digit, stated.stated_unit, indicator.unit or "", currency=currency)
        return Range(value - step * _HALF, value, value + step)


def _sum(ranges: list[Range]) -> Range:
    with localcontext(EXACT):
        return Range(
            sum((each.low for each in ranges), Decimal(0)),
            sum((each.value for each in ranges), Decimal(0)),
            sum((each.high for each in ranges), Decimal(0)),
        )


def _agree(stated: Stated, computed: Range, indicator: Indicator, currency: str) -> bool:
    """Tell whether some number of the range, cut off or rounded half up as the stated one was, is the stated one."""
    if stated.stated_value is None or stated.stated_unit is None:
        return True
    decimals = _decimals(stated.stated_value)
    low, high = (
        stated_in(end, indicator.unit or "", stated.stated_unit, currency=currency)
        for end in (computed.low, computed.high)
    )
    lowest = min(Decimal(display(low, decimals=decimals, rounding=each)) for each in Rounding)
    highest = max(Decimal(display(high, decimals=decimals, rounding=each)) for each in Rounding)
    return lowest <= stated.stated_value <= highest


def _finding(
    code: str, stated: Stated, computed: Range, words: Sentence, indicator: Indicator, currency: str
) -> Finding:
    unit = stated.stated_unit or ""
    value = stated_in(computed.value, indicator.unit or "", unit, currency=currency)
    return Finding(
        code=code,
        severity=Severity.WARNING,
        detail=sentence(
            "%(found)s %(value)s %(unit)s, stated is %(stated)s %(unit)s",
            found=words,
            value=_short(value),
            unit=unit,
            stated=plain(stated.stated_value or Decimal(0)),
        ),
        mend=sentence("correct what is stated wrongly, or say in the evidence why the two differ"),
        key=stated.indicator,
    )


def _is_count(indicator: Indicator) -> bool:
    try:
        return dimension_of(indicator.unit or "") in _COUNTED
    except UnknownUnit:
        return False


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _short(value: Decimal) -> str:
    """Return a number to four decimals at the most."""
    return plain(Decimal(display(value, decimals=4, rounding=Rounding.HALF_UP)))
