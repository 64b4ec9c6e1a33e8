"""Amounts taken apart by what they are of and by the months of their year, adding up to the last digit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from app.accounting.exact import quotient
from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, GroupKey
from app.accounting.ledger.amounts import Amount, Gap, Term, entered, summed
from app.accounting.ledger.sites import share_words
from app.core.sentences import N_, Sentence, sentence
from app.core.units.quantities import EXACT, Rounding, display

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Slices:
    """A reporting year cut into slices, each within one month: slice i is the local days [cuts[i], cuts[i + 1]).

    `activities` holds what each group of meters did in every slice; `month_of` tells each slice's month, from 0.
    """

    cuts: tuple[int, ...]
    month_of: tuple[int, ...]
    month_starts: tuple[int, ...]
    activities: Mapping[GroupKey, tuple[Activity, ...]] = field(hash=False)

    def of(self, activity: Activity) -> list[tuple[int, Activity]]:
        """Return the slices, by number, that lie within the activity's own days."""
        found = self.activities.get(activity.group, ())
        return [
            (number, part)
            for number, part in enumerate(found)
            if activity.first_day <= part.first_day and part.end_day <= activity.end_day
        ]


@dataclass(frozen=True, slots=True)
class MonthValue:
    """A line's value in the month that begins on `first_day`; shares are 0 to 1, None where nothing says."""

    first_day: int
    value: Decimal | None
    coverage: Decimal | None
    measured_share: Decimal | None
    estimated_share: Decimal | None


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a breakdown and what it is of; its months add up to it exactly, unless it is a level or a ratio.

    `value` is null when no counted meter has data; coverage is null where no reading is expected at a known time.
    """

    labels: Labels = field(hash=False)
    unit: str
    value: Decimal | None
    coverage: Decimal | None
    measured_share: Decimal | None
    estimated_share: Decimal | None
    months: tuple[MonthValue, ...]
    flags: tuple[str, ...]
    checks: tuple[Finding, ...]


def lines(amount: Amount, slices: Slices, label: Callable[[Activity], Labels | None]) -> list[Line]:
    """Return a line for each set of labels its activities bear, in order; activities without labels are left out."""
    labelled: dict[tuple[tuple[str, str], ...], Labels] = {}
    for activity in amount.activities:
        labels = label(activity)
        if labels is not None:
            labelled.setdefault(tuple(labels.items()), labels)
    return [line(part_of(amount, _bearing(labels, label)), slices, labels) for _, labels in sorted(labelled.items())]


def _bearing(labels: Labels, label: Callable[[Activity], Labels | None]) -> Callable[[Activity], bool]:
    return lambda activity: label(activity) == labels


def part_of(amount: Amount, keep: Callable[[Activity], bool]) -> Amount:
    """Return the part of an amount whose activities are kept, with what was found of them and their gaps."""
    terms = tuple(term for term in amount.terms if keep(term.activity))
    activities = tuple(activity for activity in amount.activities if keep(activity))
    gaps = tuple(gap for gap in amount.gaps if keep(gap.activity))
    value = summed((term.value for term in terms), is_partial=bool(gaps))
    own = [*(finding for each in activities for finding in each.findings), *(gap.finding for gap in gaps)]
    found = tuple(dict.fromkeys(own))
    return replace(amount, value=value, terms=terms, activities=activities, findings=found, gaps=gaps)


def line(amount: Amount, slices: Slices, labels: Labels) -> Line:
    """Return the line of an amount and its months."""
    estimated, manual = _quality(amount, "estimated_share"), _quality(amount, "manual_share")
    return Line(
        labels=labels,
        unit=amount.unit,
        value=amount.value,
        coverage=amount.coverage,
        measured_share=_measured(estimated, manual),
        estimated_share=estimated,
        months=months(amount, slices),
        flags=tuple(dict.fromkeys(flags(amount))),
        checks=tuple(dict.fromkeys(checks(amount))),
    )


def months(amount: Amount, slices: Slices) -> tuple[MonthValue, ...]:
    """Return an additive amount's months; a month is null when no term has data in it."""
    parts: list[list[tuple[Activity, Decimal]]] = [[] for _ in slices.month_starts]
    for term in amount.terms:
        for (number, part), value in zip(slices.of(term.activity), share(term, slices), strict=True):
            if value is not None:
                parts[slices.month_of[number]].append((part, value))
    asked, lacking = _by_month(amount.activities, slices), _gaps_by_month(amount.gaps, slices)
    found = []
    for first_day, of_month, activities, gaps in zip(slices.month_starts, parts, asked, lacking, strict=True):
        estimated, manual = _weighted(of_month, "estimated_share"), _weighted(of_month, "manual_share")
        value = summed((each for _, each in of_month), is_partial=bool(gaps))
        coverage = coverage_of(activities, gaps)
        found.append(MonthValue(first_day, value, coverage, _measured(estimated, manual), estimated))
    return tuple(found)


def share(term: Term, slices: Slices) -> list[Decimal | None]:
    """Return a term's value by the slices of its own days, in proportion to the quantities metered in them."""
    quantities = [part.quantity for _, part in slices.of(term.activity)]
    with localcontext(EXACT):
        rate = term.activity.site.share * term.multiplier * term.per_unit
    return spread(term.value, quantities, rate=rate)


def spread(value: Decimal, parts: Sequence[Decimal | None], *, rate: Decimal) -> list[Decimal | None]:
    """Return `value` in proportion to `parts`, null where a part is; the result adds up to it to the last digit.

    Parts that cancel out have no proportion: each then has its own product with `rate`.
    """
    with localcontext(EXACT):
        whole = sum((part for part in parts if part is not None), Decimal(0))
        reached, before, found = Decimal(0), Decimal(0), list[Decimal | None]()
        for part in parts:
            if part is None or not whole:
                found.append(None if part is None else part * rate)
                continue
            reached += part
            running = value if reached == whole else quotient(value * reached, whole)
            found.append(running - before)
            before = running
        return found


def _by_month(activities: Iterable[Activity], slices: Slices) -> list[list[Activity]]:
    """Return what the activities did in each month, each of them once."""
    parts: list[list[Activity]] = [[] for _ in slices.month_starts]
    once = {(each.group, each.first_day, each.end_day): each for each in activities}
    for activity in once.values():
        for number, part in slices.of(activity):
            parts[slices.month_of[number]].append(part)
    return parts


def _gaps_by_month(gaps: Iterable[Gap], slices: Slices) -> list[list[Gap]]:
    """Return the gaps of each month in which there are data."""
    parts: list[list[Gap]] = [[] for _ in slices.month_starts]
    for gap in dict.fromkeys(gaps):
        for number, part in slices.of(gap.activity):
            if part.has_data:
                parts[slices.month_of[number]].append(replace(gap, activity=part))
    return parts


def coverage_of(parts: Sequence[Activity], gaps: Sequence[Gap] = ()) -> Decimal | None:
    """Return covered over expected seconds of some activities; 0 without data, None without expectation."""
    if not any(part.has_data for part in parts):
        return Decimal(0)
    return entered(parts, gaps).share


def flags(amount: Amount) -> list[Sentence]:
    """Return the factors, assumptions and shares of plants that an amount rests on."""
    found = [note for term in amount.terms for note in term.notes]
    found += [words for term in amount.terms if (words := share_words(term.activity.site))]
    return found


def checks(amount: Amount) -> list[Finding]:
    """Return what must be said of an amount: no data, partial data, what is missing, what was found while measuring."""
    if not amount.has_data:
        return [Finding("no_data", Severity.INFO, sentence("no counted meter has data in the period"))]
    found = list(amount.findings)
    coverage = amount.coverage
    if amount.value is not None and coverage is not None and coverage < 1:
        shown = display(coverage * 100, decimals=2, rounding=Rounding.DOWN)
        words = sentence(
            N_("what could be counted covers %(share)s %% of the expected time")
            if amount.gaps
            else N_("readings cover %(share)s %% of the expected time"),
            share=shown,
        )
        found.append(Finding("partial", Severity.WARNING, words))
    return found


def _quality(amount: Amount, name: str) -> Decimal | None:
    return amount.quality_share(lambda activity: getattr(activity, name))


def _weighted(parts: Sequence[tuple[Activity, Decimal]], name: str) -> Decimal | None:
    """Return a quality's share of a month, weighted by what each part contributes."""
    if not parts:
        return None
    if not any(getattr(part, name) for part, _ in parts):
        return Decimal(0)
    with localcontext(EXACT):
        whole = sum((abs(value) for _, value in parts), Decimal(0))
        weights = [abs(value) if whole else Decimal(1) for _, value in parts]
        weighted = [getattr(part, name) * weight for (part, _), weight in zip(parts, weights, strict=True)]
        return quotient(sum(weighted, Decimal(0)), sum(weights, Decimal(0)))


def _measured(estimated: Decimal | None, manual: Decimal | None) -> Decimal | None:
    if estimated is None or manual is None:
        return None
    with localcontext(EXACT):
        return 1 - estimated - manual
