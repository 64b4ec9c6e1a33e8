"""Where energy comes from: the part of an activity that is fossil, nuclear or renewable, by its kind or as stated."""

from decimal import Decimal
from enum import StrEnum

from app.accounting.activity import Activity

_RENEWABLE = ("electricity.green", "electricity.solar", "fuel.biomass")
_RENEWABLE_SHARE = "renewable_share"
_ORIGIN = "origin"


class Origin(StrEnum):
    """What energy was won from; the three parts of an activity are the whole of it."""

    FOSSIL = "fossil"
    NUCLEAR = "nuclear"
    RENEWABLE = "renewable"


def part_from(activity: Activity, origin: Origin) -> Decimal:
    """Return which part of an activity's energy has an origin, 0 to 1; what no meter states counts as fossil."""
    stated = activity.attributes.get(_ORIGIN)
    if stated is not None:
        return Decimal(stated == origin)
    renewable = _renewable(activity)
    return {Origin.FOSSIL: 1 - renewable, Origin.NUCLEAR: Decimal(0), Origin.RENEWABLE: renewable}[origin]


def states_origin(activity: Activity) -> bool:
    """Tell whether the origin is known: a fuel's by its kind, the power of the grid and bought heat by an attribute."""
    return _ORIGIN in activity.attributes or activity.resource in _RENEWABLE or activity.resource.startswith("fuel.")


def _renewable(activity: Activity) -> Decimal:
    if activity.resource in _RENEWABLE:
        return Decimal(1)
    stated = activity.attributes.get(_RENEWABLE_SHARE, "")
    digits = stated.replace(".", "", 1)
    if activity.resource.startswith("fuel.") and digits.isascii() and digits.isdigit() and Decimal(stated) <= 1:
        return Decimal(stated)
    return Decimal(0)
