"""The terms of a figure taken apart by month: each month's activity, and its part of the term's value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from itertools import pairwise

from app.accounting.exact import quotient
from app.accounting.ledger.activity import Activity, GroupKey, measure
from app.accounting.ledger.amounts import Term
from app.accounting.ledger.ledger import Group
from app.accounting.ledger.sites import Site
from app.accounting.years.believed import Believed
from app.accounting.years.ledgers import Boundary
from app.core.calendar.periods import Grain, date_of, next_month_start
from app.core.readings.buckets import Bucket
from app.core.units.quantities import EXACT

_Buckets = Mapping[int, Sequence[Bucket]]


def by_month(believed: Believed, boundary: Boundary, terms: Sequence[Term]) -> list[Term]:
    """Return the terms by month; the parts of each add up to it exactly.

    A level's term, one without any quantity, and one that was not added up from meters stay whole.
    """
    if not terms:
        return []
    groups = {group.key: group for group in boundary.groups}
    first = min(term.activity.first_day for term in terms)
    end = max(term.activity.end_day for term in terms)
    edges = [day for term in terms for day in (term.activity.first_day, term.activity.end_day)]
    grain = Grain.MONTH if all(date_of(day).day == 1 for day in edges) else Grain.DAY
    wanted = {term.activity.group for term in terms}
    ids = [meter.id for key in wanted if key in groups for meter in groups[key].meters]
    found = believed.buckets(ids, grain, first, end)
    return [part for term in terms for part in _parts(term, groups, found)]


def _parts(term: Term, groups: Mapping[GroupKey, Group], found: _Buckets) -> Iterator[Term]:
    activity = term.activity
    group = groups.get(activity.group)
    if not activity.quantity or group is None:
        yield term
        return
    days = [activity.first_day, *_month_starts(activity.first_day, activity.end_day), activity.end_day]
    with_data = [
        (month, _measured(group, found, activity.site, activity.first_day, end).quantity or Decimal(0))
        for start, end in pairwise(dict.fromkeys(days))
        if (month := _measured(group, found, activity.site, start, end)).quantity is not None
    ]
    yield from _spread(term, activity.quantity, with_data)


def _spread(term: Term, whole: Decimal, months: Sequence[tuple[Activity, Decimal]]) -> Iterator[Term]:
    """Yield a part for each month and what was used up to its end; the last takes the term's very value."""
    before_quantity, before_value = Decimal(0), Decimal(0)
    with localcontext(EXACT):
        for number, (month, so_far) in enumerate(months, start=1):
            quantity, value = term.quantity, term.value
            if number < len(months):
                quantity, value = quotient(quantity * so_far, whole), quotient(value * so_far, whole)
            yield replace(term, activity=month, quantity=quantity - before_quantity, value=value - before_value)
            before_quantity, before_value = quantity, value


def _month_starts(first_day: int, end_day: int) -> Iterable[int]:
    day = next_month_start(first_day)
    while day < end_day:
        yield day
        day = next_month_start(day)


def _measured(group: Group, found: _Buckets, site: Site, start: int, end: int) -> Activity:
    inside = {
        meter.id: [bucket for bucket in found.get(meter.id, ()) if start <= bucket.start_day < end]
        for meter in group.meters
    }
    return measure(group.meters, inside, site=site, resource=group.measured, first_day=start, end_day=end)
