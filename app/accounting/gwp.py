"""Global warming potentials: kg CO2e per kg of a gas over 100 years, by assessment report."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import lru_cache

from app.accounting.datafile import documents, rows_of
from app.accounting.factor import Factor
from app.accounting.sources import source_words
from app.core.quantities import EXACT


class UnknownGwpSet(LookupError):
    """No shipped GWP set has this name."""


@dataclass(frozen=True, slots=True)
class GwpSet:
    """The potentials of one assessment report by gas."""

    name: str
    gases: Mapping[str, Decimal]
    source: str


@lru_cache(maxsize=1)
def gwp_sets() -> dict[str, GwpSet]:
    """Return the shipped sets by name; raises BadDataFile."""
    found = {}
    for row in rows_of(documents("gwp.yaml")[0], where="gwp.yaml"):
        gwp_set = GwpSet(row.text("set"), row.numbers("gases"), source_words(row.row("source")))
        row.close()
        found[gwp_set.name] = gwp_set
    return found


def gwp_set_named(name: str) -> GwpSet:
    """Return the shipped set `name`; raises UnknownGwpSet."""
    try:
        return gwp_sets()[name]
    except KeyError:
        raise UnknownGwpSet(name) from None


def kg_co2e_per_unit(factor: Factor, gwp_set: GwpSet) -> Decimal:
    """Return kg CO2e per unit of a factor: its gases by the set's single values, or its stated CO2e as it stands.

    Biogenic CO2 is reported apart and is not part of it.
    """
    if factor.kg_co2e is not None:
        return factor.kg_co2e
    zero = Decimal(0)
    with localcontext(EXACT):
        methane = (factor.kg_ch4 or zero) + (factor.kg_ch4_nonfossil or zero)
        return (factor.kg_co2 or zero) + methane * gwp_set.gases["CH4"] + (factor.kg_n2o or zero) * gwp_set.gases["N2O"]


def gwp_words(factor: Factor, gwp_set: GwpSet) -> str | None:
    """Return what a figure must say of the potentials in this factor, or None when it is CO2 alone."""
    if factor.kg_co2e is not None:
        if factor.gwp_set == gwp_set.name:
            return None
        return f"factor {factor.code} is stated as CO2e by {factor.gwp_set or 'a GWP set its source does not name'}"
    if factor.kg_ch4 is None and factor.kg_ch4_nonfossil is None and factor.kg_n2o is None:
        return None
    return f"GWP set {gwp_set.name} (CH4 {gwp_set.gases['CH4']}, N2O {gwp_set.gases['N2O']})"
