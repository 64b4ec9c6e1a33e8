"""The page's charts: each resource's months from the stored rollups, in the unit its quantities are added up in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

from app.accounting.factors.measure import CURRENCY, metered_in
from app.accounting.ledger.rows import measure_in
from app.accounting.ledger.sites import same_day
from app.core.calendar.periods import date_of, month_slots, month_start, next_month_start
from app.core.inventory.resources import QUANTITY_KINDS, Catalogue, MeterKind, Resource
from app.core.readings.buckets import Bucket
from app.core.units.quantities import EXACT, Rounding, decimal_from_micro
from app.core.units.units import conversion
from app.disclosure.figures.typesetting import typeset_unit
from app.models import Meter
from app.pages.charts import Chart, bar_chart
from app.pages.frame.words import gettext as _
from app.pages.frame.words import month_name

_FAMILIES = {"electricity": "energy", "heat": "energy", "steam": "energy", "cooling": "energy", "fuel": "fuel"} | {
    "water": "water",
    "waste": "waste",
    "packaging": "waste",
    "product": "output",
    "revenue": "output",
}
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class _Scale:
    unit: str
    divisor: Decimal


@dataclass(frozen=True, slots=True)
class MonthSlot:
    """The part of one month that lies in a reporting period; `earlier` is the whole month a year before it.

    It is None where the slot is only a part of its month: there is nothing to hold it against.
    """

    first_day: int
    end_day: int
    earlier: int | None


def slots_of(first_day: int, end_day: int) -> list[MonthSlot]:
    """Return a slot for each month that has a day in [first_day, end_day)."""
    return [
        MonthSlot(
            first, end, same_day(first, -1) if (month_start(first), next_month_start(first)) == (first, end) else None
        )
        for first, end in pairwise([*month_slots(first_day, end_day), end_day])
    ]


def year_before(slots: Sequence[MonthSlot]) -> tuple[int, int]:
    """Return [first day, end day) of the months a year before those of the slots that lie before the slots."""
    months = [each.earlier for each in slots if each.earlier is not None and each.earlier < slots[0].first_day]
    return (months[0], next_month_start(months[-1])) if months else (0, 0)


def monthly_charts(
    meters: Sequence[Meter],
    held: Iterable[tuple[Bucket, Decimal]],
    *,
    slots: Sequence[MonthSlot],
    currency: str,
    catalogue: Catalogue,
    rounding: Rounding,
) -> tuple[Chart, ...]:
    """Return a chart for each resource that has a counted quantity in the slots, in catalogue order.

    The buckets are months, and days of slots that are parts of one, each with the part of its plant that is held then.
    A fuel that is metered in its own unit and otherwise too has a chart of either.
    """
    counted = {meter.id: meter for meter in meters if meter.counts and MeterKind(meter.kind) in QUANTITY_KINDS}
    sums: dict[tuple[str, str], dict[int, Decimal]] = {}
    with localcontext(EXACT):
        for bucket, share in held:
            meter = counted.get(bucket.meter_id)
            if meter is not None and bucket.quantity is not None:
                unit, quantity = _added_up(meter, catalogue.named(meter.resource), bucket.quantity)
                by_month = sums.setdefault((meter.resource, unit), {})
                month = _slot_of(slots, bucket.start_day)
                by_month[month] = by_month.get(month, Decimal(0)) + quantity * share
        shown = [key for key in sums if not sums[key].keys().isdisjoint(slot.first_day for slot in slots)]
        return tuple(
            _chart(catalogue.named(key), unit, sums[key, unit], slots=slots, currency=currency, rounding=rounding)
            for key, unit in sorted(shown, key=lambda found: (_place(catalogue, found[0]), found[1]))
        )


def _slot_of(slots: Sequence[MonthSlot], day: int) -> int:
    """Return the first day of the slot that holds `day`; a month before all of them stands for itself."""
    return next((slot.first_day for slot in slots if slot.first_day <= day < slot.end_day), month_start(day))


def _chart(
    resource: Resource,
    unit: str,
    by_month: Mapping[int, Decimal],
    *,
    slots: Sequence[MonthSlot],
    currency: str,
    rounding: Rounding,
) -> Chart:
    scale = _scale(unit, currency)

    def scaled(days: Sequence[int | None]) -> list[Decimal | None]:
        return [None if day is None or day not in by_month else by_month[day] / scale.divisor for day in days]

    return bar_chart(
        title=_(resource.title),
        family=_FAMILIES.get(resource.key.split(".")[0], "other"),
        unit=scale.unit,
        months=[month_name(date_of(slot.first_day).month) for slot in slots],
        values=scaled([slot.first_day for slot in slots]),
        earlier=scaled([slot.earlier for slot in slots]),
        rounding=rounding,
    )


def _added_up(meter: Meter, resource: Resource, quantity: int) -> tuple[str, Decimal]:
    """Return in which unit a meter's quantities are added up, and how many of it these micro-units are."""
    metered, used = measure_in(meter), decimal_from_micro(quantity) * meter.multiplier
    unit = metered_in(resource, metered).unit
    return unit, used if unit == CURRENCY else used * conversion(metered.plain.unit, unit)


def _scale(unit: str, currency: str) -> _Scale:
    """Return the unit a chart reads well in: MWh for kWh, millions of money, otherwise the very unit."""
    if unit == CURRENCY:
        return _Scale(_("million %s") % currency, _MILLION)
    if unit == "kWh":
        return _Scale("MWh", Decimal(1_000))
    return _Scale(typeset_unit(unit), Decimal(1))


def _place(catalogue: Catalogue, key: str) -> tuple[int, str]:
    keys = [resource.key for resource in catalogue.resources]
    return (keys.index(key) if key in keys else len(keys), key)
