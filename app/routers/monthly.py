"""The page's charts: each resource's months from the stored rollups, in the unit its quantities are added up in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.accounting.measure import CURRENCY, Measure, metered_in
from app.core.buckets import Bucket
from app.core.periods import date_of, next_month_start
from app.core.quantities import EXACT, decimal_from_micro
from app.core.resources import QUANTITY_KINDS, Catalogue, MeterKind, Resource
from app.core.units import conversion
from app.disclosure.typesetting import typeset_unit
from app.models import Meter
from app.routers.charts import Chart, bar_chart

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


def month_starts(first_day: int, end_day: int) -> list[int]:
    """Return the first day of each month in [first_day, end_day)."""
    starts = []
    day = first_day
    while day < end_day:
        starts.append(day)
        day = next_month_start(day)
    return starts


def monthly_charts(
    meters: Sequence[Meter],
    buckets: Iterable[Bucket],
    *,
    months: Sequence[int],
    earlier: Sequence[int],
    currency: str,
    catalogue: Catalogue,
) -> tuple[Chart, ...]:
    """Return a chart for each resource that has a counted quantity in `months` (their first days), catalogue order.

    A fuel that is metered in its own unit and otherwise too has a chart of either.
    """
    counted = {meter.id: meter for meter in meters if meter.counts and MeterKind(meter.kind) in QUANTITY_KINDS}
    sums: dict[tuple[str, str], dict[int, Decimal]] = {}
    with localcontext(EXACT):
        for bucket in buckets:
            meter = counted.get(bucket.meter_id)
            if meter is not None and bucket.quantity is not None:
                unit, quantity = _added_up(meter, catalogue.named(meter.resource), bucket.quantity)
                by_month = sums.setdefault((meter.resource, unit), {})
                by_month[bucket.start_day] = by_month.get(bucket.start_day, Decimal(0)) + quantity
        shown = [key for key in sums if not sums[key].keys().isdisjoint(months)]
        return tuple(
            _chart(catalogue.named(key), unit, sums[key, unit], months=months, earlier=earlier, currency=currency)
            for key, unit in sorted(shown, key=lambda found: (_place(catalogue, found[0]), found[1]))
        )


def _chart(
    resource: Resource,
    unit: str,
    by_month: Mapping[int, Decimal],
    *,
    months: Sequence[int],
    earlier: Sequence[int],
    currency: str,
) -> Chart:
    scale = _scale(unit, currency)

    def scaled(days: Sequence[int]) -> list[Decimal | None]:
        return [by_month[day] / scale.divisor if day in by_month else None for day in days]

    return bar_chart(
        title=resource.title,
        family=_FAMILIES.get(resource.key.split(".")[0], "other"),
        unit=scale.unit,
        months=[date_of(day).strftime("%B") for day in months],
        values=scaled(months),
        earlier=scaled(earlier),
    )


def _added_up(meter: Meter, resource: Resource, quantity: int) -> tuple[str, Decimal]:
    """Return in which unit a meter's quantities are added up, and how many of it these micro-units are."""
    metered, used = Measure(meter.unit), decimal_from_micro(quantity) * meter.multiplier
    unit = metered_in(resource, metered).unit
    return unit, used if unit == CURRENCY else used * conversion(metered.plain.unit, unit)


def _scale(unit: str, currency: str) -> _Scale:
    """Return the unit a chart reads well in: MWh for kWh, millions of money, otherwise the very unit."""
    if unit == CURRENCY:
        return _Scale(f"million {currency}", _MILLION)
    if unit == "kWh":
        return _Scale("MWh", Decimal(1_000))
    return _Scale(typeset_unit(unit), Decimal(1))


def _place(catalogue: Catalogue, key: str) -> tuple[int, str]:
    keys = [resource.key for resource in catalogue.resources]
    return (keys.index(key) if key in keys else len(keys), key)
