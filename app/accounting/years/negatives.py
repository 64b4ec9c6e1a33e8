"""Meters that used less than nothing in a month or a year: an error of readings, or another resource in disguise."""

from collections.abc import Iterable
from dataclasses import replace

from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import Activity, CountedMeter
from app.accounting.ledger.ledger import BucketsOf, Entry, Group
from app.core.calendar.periods import date_of, next_month_start
from app.core.readings.buckets import Bucket
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, decimal_from_micro, plain
from app.core.units.units import Dimension

NEGATIVE = "negative_quantity"
"""The code of the finding."""

_INSTEAD = {
    "electricity": sentence("read what is fed in on a meter of its own, of electricity.exported"),
    "heat": sentence("read what is given off on a meter of its own, of heat.exported"),
    "steam": sentence("read what is given off on a meter of its own, of heat.exported"),
    "water": sentence("read what flows back on a meter of its own, of water.discharge"),
    "refrigerant": sentence("read what was recovered on a meter of its own, with the attribute flow: recovered"),
}
"""Where what runs the other way belongs, by the first part of a resource's key."""


def are_mixed(buckets: Iterable[Bucket]) -> bool:
    """Tell whether something negative is in the buckets: then the sum is less than that of its absolute parts."""
    return any(bucket.quantity is not None and bucket.gross != bucket.quantity for bucket in buckets)


def with_negatives(entry: Entry, group: Group, yearly: BucketsOf, monthly: BucketsOf) -> Entry:
    """Return a group's entry with an error for each meter that is negative in a month, or in all of the year.

    `monthly` are the months of the meters in which something negative is. Money may be: a credit note is no error.
    """
    if group.measured.dimension is Dimension.CURRENCY or not any(meter.id in monthly for meter in group.meters):
        return entry
    activity = entry.activity
    found = []
    for meter in group.meters:
        months = [each for each in monthly.get(meter.id, ()) if _overlaps(each, activity)]
        years = yearly.get(meter.id, ()) if group.site.days is None else ()
        said = [
            sentence("%(amount)s in %(month)s", amount=_shown(each, meter), month=f"{date_of(each.start_day):%Y-%m}")
            for each in months
            if _is_negative(each)
        ]
        said += [sentence("%(amount)s in the year", amount=_shown(each, meter)) for each in years if _is_negative(each)]
        if said:
            found.append(_finding(meter, group, listed(said)))
    return replace(entry, activity=replace(activity, findings=(*activity.findings, *found))) if found else entry


def _overlaps(month: Bucket, activity: Activity) -> bool:
    return month.start_day < activity.end_day and activity.first_day < next_month_start(month.start_day)


def _is_negative(bucket: Bucket) -> bool:
    return bucket.quantity is not None and bucket.quantity < 0


def _shown(bucket: Bucket, meter: CountedMeter) -> str:
    units = EXACT.multiply(decimal_from_micro(bucket.quantity or 0), meter.multiplier)
    return f"{plain(units)} {meter.unit}"


def _finding(meter: CountedMeter, group: Group, said: Sentence) -> Finding:
    words = sentence(
        "meter %(meter)s of %(plant)s adds up to less than nothing of %(resource)s: %(said)s",
        meter=meter.code,
        plant=group.site.place.plant,
        resource=group.resource,
        said=said,
    )
    instead = _INSTEAD.get(group.resource.partition(".")[0])
    mend = sentence("correct the readings")
    if instead is not None:
        mend = sentence("correct the readings; where the meter is a net one, %(instead)s", instead=instead)
    return Finding(NEGATIVE, Severity.ERROR, words, mend=mend)
