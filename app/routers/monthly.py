"""The page's charts: each resource's months from the stored rollups, in its canonical unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.core.buckets import Bucket
from app.core.periods import date_of, next_month_start
from app.core.quantities import EXACT, decimal_from_micro
from app.core.resources import QUANTITY_KINDS, Catalogue, MeterKind, Resource
from app.core.units import Dimension, conversion
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
    """Return a chart for each resource that has a counted quantity in `months` (their first days), catalogue order."""
    counted = {meter.id: meter for meter in meters if meter.counts and MeterKind(meter.kind) in QUANTITY_KINDS}
    sums: dict[str, dict[int, Decimal]] = {}
    with localcontext(EXACT):
        for bucket in buckets:
            meter = counted.get(bucket.meter_id)
            if meter is not None and bucket.quantity is not None:
                by_month = sums.setdefault(meter.resource, {})
                by_month[bucket.start_day] = by_month.get(bucket.start_day, Decimal(0)) + _canonical(
                    meter, catalogue.named(meter.resource), bucket.quantity
                )
        shown = [key for key in sums if not sums[key].keys().isdisjoint(months)]
        return tuple(
            _chart(catalogue.named(key), sums[key], months=months, earlier=earlier, currency=currency)
            for key in sorted(shown, key=lambda key: _place(catalogue, key))
        )


def _chart(
    resource: Resource, by_month: Mapping[int, Decimal], *, months: Sequence[int], earlier: Sequence[int], currency: str
) -> Chart:
    scale = _scale(resource, currency)

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


def _canonical(meter: Meter, resource: Resource, quantity: int) -> Decimal:
    factor = Decimal(1) if resource.dimension is Dimension.CURRENCY else conversion(meter.unit, resource.unit)
    return decimal_from_micro(quantity) * meter.multiplier * factor


def _scale(resource: Resource, currency: str) -> _Scale:
    """Return the unit a chart reads well in: MWh for kWh, millions of money, otherwise the canonical unit."""
    if resource.dimension is Dimension.CURRENCY:
        return _Scale(f"million {currency}", _MILLION)
    if resource.unit == "kWh":
        return _Scale("MWh", Decimal(1_000))
    return _Scale(typeset_unit(resource.unit), Decimal(1))


def _place(catalogue: Catalogue, key: str) -> tuple[int, str]:
    keys = [resource.key for resource in catalogue.resources]
    return (keys.index(key) if key in keys else len(keys), key)
