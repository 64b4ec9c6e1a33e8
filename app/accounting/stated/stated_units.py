"""Units in which a figure may be stated: the service's own, CO2e of a mass, and money by the thousand or million.

An amount of money is `CNY`, `CNY 1,000`, `CNY 10,000`, `CNY million`, `CNY 100 million` or `CNY billion`, by the
organization's ISO 4217 code, or `currency` for whatever that is; RMB is another name of CNY. Money is never converted
between currencies. A price is money per tCO2e: `CNY/tCO2e`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from app.accounting.exact import converted
from app.core.units.quantities import EXACT
from app.core.units.units import DimensionMismatch, UnknownUnit, dimension_of

CURRENCY = "currency"
_CO2E = "CO2e"
_SCALES = {
    "": Decimal(1),
    "1,000": Decimal(1_000),
    "thousand": Decimal(1_000),
    "10,000": Decimal(10_000),
    "million": Decimal(1_000_000),
    "100 million": Decimal(100_000_000),
    "billion": Decimal(1_000_000_000),
}
_MONEY = re.compile(r"(currency|[A-Z]{3})(?: ([0-9,a-z ]+))?(?:/(\w+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Unit:
    """`scale` x `base`; money has the base `currency` and may be per something, CO2e is told from other masses."""

    base: str
    scale: Decimal = Decimal(1)
    is_co2e: bool = False
    per: str | None = None


def stated_in(value: Decimal, source: str, target: str, *, currency: str) -> Decimal:
    """Return a value of unit `source` in `target`, exactly, or to twenty places where the ratio does not end.

    `currency` is the organization's ISO 4217 code. Raises UnknownUnit, DimensionMismatch.
    """
    if source == target:
        return value
    one, other = _read(source, currency), _read(target, currency)
    if (one.is_co2e, one.per is None) != (other.is_co2e, other.per is None):
        raise DimensionMismatch(f"{source} is not {target}")
    with_scale = EXACT.multiply(value, one.scale)
    if one.per is not None and other.per is not None:
        with_scale = stated_in(with_scale, other.per, one.per, currency=currency)
    # Scales are powers of ten: the quotient ends.
    return EXACT.divide(converted(with_scale, one.base, other.base), other.scale)


def check_unit(unit: str) -> None:
    """Raise UnknownUnit for a unit that is none, whatever the organization's currency."""
    read = _read(unit, CURRENCY)
    dimension_of(read.base)
    if read.per is not None:
        check_unit(read.per)


def printed_unit(unit: str, *, currency: str) -> str:
    """Return a unit as it is printed: money by the organization's currency code."""
    return unit.replace(CURRENCY, currency)


def _read(unit: str, currency: str) -> _Unit:
    money = _MONEY.fullmatch(unit)
    if money is None:
        return _Unit(unit.removesuffix(_CO2E), is_co2e=unit.endswith(_CO2E))
    name, scale, per = money.groups()
    if (scale or "") not in _SCALES:
        raise UnknownUnit(unit)
    if name not in (CURRENCY, currency) and (name, currency) != ("RMB", "CNY"):
        raise DimensionMismatch(f"{unit} is not money in {currency}")
    return _Unit(CURRENCY, _SCALES[scale or ""], per=per)
