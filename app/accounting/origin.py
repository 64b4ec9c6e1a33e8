"""Where energy comes from: the part of an activity that is fossil, nuclear or renewable, by its kind or as stated."""

from decimal import Decimal

from app.accounting.activity import Activity
from app.core.resources import Origin

_RENEWABLE_SHARE = "renewable_share"
_ORIGIN = "origin"


def part_from(activity: Activity, origin: Origin) -> Decimal:
    """Return which part of an activity's energy has an origin, 0 to 1; what no meter states counts as fossil."""
    stated = activity.attributes.get(_ORIGIN)
    if stated is not None:
        return Decimal(stated == origin)
    renewable = _renewable(activity)
    return {Origin.FOSSIL: 1 - renewable, Origin.NUCLEAR: Decimal(0), Origin.RENEWABLE: renewable}[origin]


def states_origin(activity: Activity) -> bool:
    """Tell whether the origin is known: a fuel's by its kind, that of power, heat and mixed fuels as stated."""
    return activity.origin is not None or not {_ORIGIN, _RENEWABLE_SHARE}.isdisjoint(activity.attributes)


def _renewable(activity: Activity) -> Decimal:
    if activity.origin is Origin.RENEWABLE:
        return Decimal(1)
    stated = activity.attributes.get(_RENEWABLE_SHARE, "")
    digits = stated.replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and Decimal(stated) <= 1:
        return Decimal(stated)
    return Decimal(0)
