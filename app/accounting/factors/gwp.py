"""Global warming potentials: kg CO2e per kg of a gas over 100 years, by assessment report."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from functools import lru_cache

from app.accounting.exact import quotient
from app.accounting.factors.factor import Factor
from app.accounting.factors.sources import source_words
from app.core.datafile import BadDataFile, Row, documents, rows_of
from app.core.sentences import Sentence, listed, sentence
from app.core.units.quantities import EXACT, plain

_ZERO = Decimal(0)
_NAMED_GASES = ("CO2", "CH4", "CH4_fossil", "CH4_nonfossil", "N2O")


UNSPLIT = "CO2e"
"""What a factor states as CO2e alone: its gases are not known."""


class UnknownGwpSet(LookupError):
    """No shipped GWP set has this name."""


@dataclass(frozen=True, slots=True)
class GwpSet:
    """The potentials of one assessment report by gas; splits_methane gives fossil CH4 its own where it has one."""

    name: str
    gases: Mapping[str, Decimal]
    source: str
    splits_methane: bool = False

    def methane(self, *, fossil: bool) -> Decimal:
        """Return the potential of methane from a fossil source, or from another."""
        own = self.gases.get("CH4_fossil" if fossil else "CH4_nonfossil") if self.splits_methane else None
        return self.gases["CH4"] if own is None else own


@dataclass(frozen=True, slots=True)
class GasPart:
    """One gas of a factor: its kg per unit, and the kg CO2e that they are."""

    gas: str
    kg: Decimal
    kg_co2e: Decimal


@lru_cache(maxsize=1)
def gwp_sets() -> dict[str, GwpSet]:
    """Return the shipped sets by name; raises BadDataFile."""
    found: dict[str, GwpSet] = {}
    for row in rows_of(documents("gwp.yaml")[0], where="gwp.yaml"):
        more = GwpSet(row.text("set"), row.numbers("gases"), source_words(row.row("source")))
        row.close()
        known = found.get(more.name, replace(more, gases={}, source=""))
        if twice := sorted(known.gases.keys() & more.gases.keys()):
            raise BadDataFile(f"{row.where}: {more.name} has {', '.join(twice)} twice")
        source = f"{known.source} | {', '.join(more.gases)}: {more.source}" if known.source else more.source
        found[more.name] = replace(known, gases={**known.gases, **more.gases}, source=source)
    return found


@lru_cache(maxsize=1)
def outside_scopes() -> frozenset[str]:
    """Return the gases that are in no scope, because the Kyoto Protocol does not cover them; raises BadDataFile."""
    row = Row(documents("gwp.yaml")[1], where="gwp.yaml: document 2")
    gases = frozenset(row.texts("outside_scopes"))
    row.close()
    if unknown := gases - other_gases():
        raise BadDataFile(f"{row.where}: no potential of {', '.join(sorted(unknown))}")
    return gases


@lru_cache(maxsize=1)
def other_gases() -> frozenset[str]:
    """Return the gases beside CO2, CH4 and N2O to which every shipped set gives a potential."""
    known = [set(gwp_set.gases) for gwp_set in gwp_sets().values()]
    return frozenset(set.intersection(*known) - set(_NAMED_GASES))


def gwp_set_named(name: str, *, splits_methane: bool = False) -> GwpSet:
    """Return the shipped set `name`; raises UnknownGwpSet."""
    try:
        return replace(gwp_sets()[name], splits_methane=splits_methane)
    except KeyError:
        raise UnknownGwpSet(name) from None


def kg_co2e_per_unit(factor: Factor, gwp_set: GwpSet) -> Decimal:
    """Return kg CO2e per unit of a factor: its gases by the set's values, or its stated CO2e as it stands.

    Biogenic CO2 and gases that are in no scope are reported apart and are not part of it.
    """
    if factor.kg_co2e is not None:
        return factor.kg_co2e
    with localcontext(EXACT):
        return sum((part.kg_co2e for part in scope_parts(factor, gwp_set)), _ZERO)


def gases_of(factor: Factor) -> frozenset[str]:
    """Return the gases a factor states, or that it is not split."""
    if factor.kg_co2e is not None:
        return frozenset((UNSPLIT,))
    stated = {"CO2": factor.kg_co2, "CH4": factor.kg_ch4, "N2O": factor.kg_n2o}
    named = {gas for gas, kg in stated.items() if kg is not None}
    return frozenset(
        {*named, *factor.other_gases, *factor.gases_co2e, *(("CH4",) if factor.kg_ch4_nonfossil is not None else ())}
    )


def kg_co2e_of(factor: Factor, gwp_set: GwpSet, gases: Collection[str]) -> Decimal:
    """Return kg CO2e per unit of some of a factor's gases; what it states as CO2e alone is the gas UNSPLIT."""
    if factor.kg_co2e is not None:
        return factor.kg_co2e if UNSPLIT in gases else _ZERO
    with localcontext(EXACT):
        return sum((part.kg_co2e for part in gas_parts(factor, gwp_set) if part.gas in gases), _ZERO)


def scope_parts(factor: Factor, gwp_set: GwpSet) -> list[GasPart]:
    """Return the gases of a factor that are in a scope; none for a factor stated as CO2e."""
    return [part for part in gas_parts(factor, gwp_set) if part.gas not in outside_scopes()]


def gas_parts(factor: Factor, gwp_set: GwpSet) -> Iterator[GasPart]:
    """Yield the gases a factor states, fossil methane apart from other; none for a factor stated as CO2e.

    A gas that its source states as CO2e keeps that value under the source's own set, to the last digit; under another
    it is in proportion to the potentials: 0.1 kg CO2e of CH4 by AR5 (28) is 0.1 x 27.9 / 28 by AR6.
    """
    stated = (
        ("CO2", factor.kg_co2, gwp_set.gases["CO2"]),
        ("CH4", factor.kg_ch4, gwp_set.methane(fossil=True)),
        ("CH4", factor.kg_ch4_nonfossil, gwp_set.methane(fossil=False)),
        ("N2O", factor.kg_n2o, gwp_set.gases["N2O"]),
        *((gas, kg, gwp_set.gases[gas]) for gas, kg in factor.other_gases.items()),
    )
    for gas, kg, potential in stated:
        if kg is not None:
            yield GasPart(gas, kg, EXACT.multiply(kg, potential))
    for gas, kg_co2e in factor.gases_co2e.items():
        before, after = _potential(gas, gwp_sets()[factor.gwp_set or ""]), _potential(gas, gwp_set)
        yield GasPart(gas, quotient(kg_co2e, before), quotient(kg_co2e * after, before))


def gwp_words(factor: Factor, gwp_set: GwpSet) -> Sentence | None:
    """Return what a figure must say of the potentials in this factor, or None when it is CO2 alone."""
    if factor.kg_co2e is not None:
        if factor.gwp_set == gwp_set.name or not factor.kg_co2e:
            return None
        named = factor.gwp_set or sentence("a GWP set its source does not name")
        return sentence("factor %(factor)s is stated as CO2e by %(gwp_set)s", factor=factor.code, gwp_set=named)
    used = listed(_potentials(factor, gwp_set))
    restated = factor.gases_co2e and factor.gwp_set != gwp_set.name
    if not used:
        return None
    words = sentence("GWP set %(gwp_set)s (%(potentials)s)", gwp_set=gwp_set.name, potentials=used)
    if not restated:
        return words
    return sentence("%(words)s, restated from %(gwp_set)s", words=words, gwp_set=factor.gwp_set)


def _potential(gas: str, gwp_set: GwpSet) -> Decimal:
    return gwp_set.methane(fossil=False) if gas == "CH4" else gwp_set.gases[gas]


def _potentials(factor: Factor, gwp_set: GwpSet) -> Iterator[str]:
    if factor.kg_ch4 is not None or factor.kg_ch4_nonfossil is not None or factor.kg_n2o is not None:
        fossil, other = gwp_set.methane(fossil=True), gwp_set.methane(fossil=False)
        if fossil == other:
            yield f"CH4 {plain(other)}"
        else:
            yield sentence("fossil CH4 %(fossil)s, other CH4 %(other)s", fossil=plain(fossil), other=plain(other))
        yield f"N2O {plain(gwp_set.gases['N2O'])}"
    for gas in (*factor.gases_co2e, *factor.other_gases):
        yield f"{gas} {plain(_potential(gas, gwp_set))}"
