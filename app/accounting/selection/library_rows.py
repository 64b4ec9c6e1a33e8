"""How the page of what ships prints one factor, calorific value or density, and the years it holds."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.factor import Factor, HeatingValueBasis
from app.core.units.quantities import plain
from app.core.units.units import Dimension, dimension_of


class Dated(Protocol):
    """What holds from a day on, up to the day after its last."""

    @property
    def valid_from(self) -> date:
        """Return the first day."""

    @property
    def valid_to(self) -> date | None:
        """Return the day after the last; None where no end is known."""


def factor_row(factor: Factor, source: int) -> str:
    """Return a row of the table of factors."""
    resource = _resource(factor.resource, factor.attributes, *([factor.method] if factor.method else []))
    on_heat = factor.basis is not None and dimension_of(factor.per) is Dimension.ENERGY
    unit = f"{factor.per} {factor.basis}" if on_heat else factor.per
    state = f" at {factor.reference_condition}" if factor.reference_condition else ""
    return _cells(resource, factor.region, window(factor), f"{unit}{state}", _masses(factor), factor.code, source)


def value_row(value: CalorificValue, source: int) -> str:
    """Return a row of the table of calorific values and densities."""
    said = [value.heat_words(basis) for basis in HeatingValueBasis if value.heat(basis) is not None]
    said += [f"{plain(value.density)} {value.density_unit}"] if value.density is not None else []
    said += [f"LHV / HHV {plain(value.ratio)}"] if value.ratio is not None else []
    state = f", gas at {value.conditions.words}" if value.conditions else ""
    assumed = " (assumption)" if value.assumption else ""
    resource = _resource(value.resource, value.attributes)
    return _cells(resource, value.region, window(value), f"{', '.join(said)}{state}{assumed}", value.code, source)


def window(dated: Dated) -> str:
    """Return the years or, where they are not whole, the days on which something holds."""
    first, last = dated.valid_from, last_day(dated)
    if last is None:
        return f"{first.year} on" if first == date(first.year, 1, 1) else f"{first.isoformat()} on"
    if (first, last) == (date(first.year, 1, 1), date(last.year, 12, 31)):
        return str(first.year) if first.year == last.year else f"{first.year} to {last.year}"
    return f"{first.isoformat()} to {last.isoformat()}"


def last_day(dated: Dated) -> date | None:
    """Return the last day on which something holds, None where no end is known."""
    return None if dated.valid_to is None else dated.valid_to - timedelta(days=1)


def _resource(key: str, attributes: Mapping[str, str], *said: str) -> str:
    words = [*said, *(f"{name}: {value}" for name, value in sorted(attributes.items()))]
    return f"{key} ({', '.join(words)})" if words else key


def _cells(*cells: str | int) -> str:
    *told, code, source = cells
    return f"| {' | '.join(map(str, told))} | `{code}` | {source} |"


def _masses(factor: Factor) -> str:
    if factor.kg_co2e is not None:
        return f"{plain(factor.kg_co2e)} CO2e ({factor.gwp_set or 'GWP set not stated'})"
    named: dict[str, Decimal | None] = {
        "CO2": factor.kg_co2,
        "biogenic CO2": factor.kg_co2_biogenic,
        "fossil CH4": factor.kg_ch4,
        "CH4": factor.kg_ch4_nonfossil,
        "N2O": factor.kg_n2o,
        **factor.other_gases,
    }
    stated = [f"{plain(kg)} {gas}" for gas, kg in named.items() if kg is not None]
    stated += [f"{plain(kg)} of {gas} as CO2e ({factor.gwp_set})" for gas, kg in factor.gases_co2e.items()]
    return ", ".join(stated)
