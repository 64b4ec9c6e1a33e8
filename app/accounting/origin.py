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
    kind = activity.origin or Origin.FOSSIL
    renewable = Decimal(1) if kind is Origin.RENEWABLE else _renewable_share(activity)
    if origin is Origin.RENEWABLE:
        return renewable
    return 1 - renewable if origin is kind else Decimal(0)


def states_origin(activity: Activity) -> bool:
    """Tell whether the origin is known: a fuel's by its kind, that of power, heat and mixed fuels as stated."""
    return activity.origin is not None or not {_ORIGIN, _RENEWABLE_SHARE}.isdisjoint(activity.attributes)


def _renewable_share(activity: Activity) -> Decimal:
    stated = activity.attributes.get(_RENEWABLE_SHARE, "")
    digits = stated.replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and Decimal(stated) <= 1:
        return Decimal(stated)
    return Decimal(0)
