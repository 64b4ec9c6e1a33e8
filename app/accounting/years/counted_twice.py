"""Sub-meters that count beside the meter they are part of: what both measure is in the figures twice."""

from collections.abc import Mapping
from dataclasses import replace

from app.accounting.findings import Finding, Severity
from app.accounting.ledger.activity import CountedMeter
from app.accounting.ledger.ledger import BucketsOf, Entry, Group
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, decimal_from_micro, plain

COUNTED_TWICE = "counted_twice"
"""The code of the finding."""

Whole = tuple[int, str]
"""The id and the code of the nearest meter above that counts as well."""


def wholes(meters: Mapping[int, str], parents: Mapping[int, int]) -> dict[int, Whole]:
    """Return the nearest counted meter above each of the counted `meters` (code by id), for those that have one.

    `parents` are those of all meters: one in between may not count, and what is below it is in the whole nonetheless.
    """
    found = {meter: whole_of(meter, meters, parents) for meter in meters}
    return {meter: whole for meter, whole in found.items() if whole is not None}


def whole_of(meter: int, meters: Mapping[int, str], parents: Mapping[int, int]) -> Whole | None:
    """Return the nearest of `meters` (code by id) above a meter; None without one."""
    above = parents.get(meter)
    while above is not None and above not in meters:
        above = parents.get(above)
    return None if above is None else (above, meters[above])


def with_counted_twice(entry: Entry, group: Group, yearly: BucketsOf) -> Entry:
    """Return a group's entry with an error for each meter of the year that counts beside a whole it is part of."""
    found = [
        _finding(meter, meter.whole[1], yearly)
        for meter in group.meters
        if meter.whole is not None and meter.id in yearly and meter.whole[0] in yearly
    ]
    if not found:
        return entry
    return replace(entry, activity=replace(entry.activity, findings=(*entry.activity.findings, *found)))


def _finding(meter: CountedMeter, whole: str, yearly: BucketsOf) -> Finding:
    known = [bucket.quantity for bucket in yearly[meter.id] if bucket.quantity is not None]
    amount = plain(EXACT.multiply(decimal_from_micro(sum(known)), meter.multiplier))
    words = sentence(
        "meter %(meter)s of %(plant)s counts beside %(whole)s, of which it is a part: %(amount)s "
        "%(unit)s of the year are counted twice",
        meter=meter.code,
        plant=meter.plant,
        whole=whole,
        amount=amount,
        unit=meter.unit,
    )
    mend = sentence(
        "set counts to false on %(meter)s, or on %(whole)s if its sub-meters see all of it; if "
        "%(whole)s does not measure what %(meter)s does, it is not its parent",
        meter=meter.code,
        whole=whole,
    )
    return Finding(COUNTED_TWICE, Severity.ERROR, words, mend=mend)
