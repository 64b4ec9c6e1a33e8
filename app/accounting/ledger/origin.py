"""Where energy comes from: the part of an activity that is fossil, nuclear or renewable, by its kind or as stated."""

from collections.abc import Mapping
from decimal import Decimal

from app.accounting.ledger.activity import Activity
from app.core.inventory.resources import RENEWABLE_SHARE, Origin, share_in

_ORIGIN = "origin"


def part_from(activity: Activity, origin: Origin) -> Decimal:
    """Return which part of an activity's energy has an origin, 0 to 1; what no meter states counts as fossil."""
    stated = activity.attributes.get(_ORIGIN)
    if stated is not None:
        return Decimal(stated == origin)
    kind = activity.origin or Origin.FOSSIL
    renewable = Decimal(1) if kind is Origin.RENEWABLE else _renewable_share(activity.attributes)
    if origin is Origin.RENEWABLE:
        return renewable
    return 1 - renewable if origin is kind else Decimal(0)


def states_origin(activity: Activity) -> bool:
    """Tell whether the origin is known: a fuel's by its kind, that of power, heat and mixed fuels as stated."""
    return activity.origin is not None or not {_ORIGIN, RENEWABLE_SHARE}.isdisjoint(activity.attributes)


def stated_renewable(kind: Origin | None, attributes: Mapping[str, str]) -> Decimal:
    """Return the renewable part, 0 to 1, that meters state of what is not renewable by its kind; 0 without."""
    if kind is Origin.RENEWABLE:
        return Decimal(0)
    stated = attributes.get(_ORIGIN)
    return _renewable_share(attributes) if stated is None else Decimal(stated == Origin.RENEWABLE)


def _renewable_share(attributes: Mapping[str, str]) -> Decimal:
    return share_in(attributes.get(RENEWABLE_SHARE, "")) or Decimal(0)
