"""Fuels of which a meter states the renewable share: that share's carbon dioxide is biogenic, its other gases stay.

1,000 L of diesel with a renewable share of 0.07, by a factor of 2.7 kg CO2, 0.0001 kg CH4 and 0.0001 kg N2O per L:
2,511 kg of fossil CO2 and all of the CH4 and N2O count in Scope 1, 189 kg of biogenic CO2 are reported apart.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, localcontext

from app.accounting.factors.choice import Choice, FactorGap
from app.accounting.factors.factor import Factor
from app.accounting.ledger.origin import stated_renewable
from app.core.inventory.resources import RENEWABLE_SHARE, Resource
from app.core.sentences import sentence
from app.core.units.quantities import EXACT, plain


def by_share(choice: Choice | FactorGap, resource: Resource, attributes: Mapping[str, str]) -> Choice | FactorGap:
    """Return the choice with its factor split by the renewable share that meters with these attributes state.

    A factor that states biogenic CO2, or is for that very share, is of the blend already: nothing is taken twice. What
    is stated as CO2e alone cannot be split, and says so.
    """
    share = stated_renewable(resource.origin, attributes)
    if isinstance(choice, FactorGap) or not share or not resource.is_fuel:
        return choice
    factor, of = (
        choice.factor,
        sentence("renewable share %(share)s of %(resource)s", share=plain(share), resource=resource.key),
    )
    if factor.kg_co2_biogenic is not None or RENEWABLE_SHARE in factor.attributes:
        return replace(
            choice,
            blend=sentence(
                "%(of)s: factor %(factor)s is of the blend, nothing more is taken out of it", of=of, factor=factor.code
            ),
        )
    if factor.kg_co2e is not None:
        return replace(
            choice,
            blend=sentence(
                "%(of)s cannot be taken out of factor %(factor)s: it states CO2e alone", of=of, factor=factor.code
            ),
        )
    if factor.kg_co2 is None:
        return choice
    words = sentence(
        "assumption: %(of)s emits as much CO2 as the rest; it is biogenic and reported apart, CH4 and N2O stay", of=of
    )
    return replace(choice, factor=_split(factor, factor.kg_co2, share), blend=words)


def _split(factor: Factor, kg_co2: Decimal, share: Decimal) -> Factor:
    """Return the factor with a share of its CO2 biogenic, and as much of its fossil methane no longer fossil."""
    with localcontext(EXACT):
        moved = None if factor.kg_ch4 is None else factor.kg_ch4 * share
        return replace(
            factor,
            kg_co2=kg_co2 * (1 - share),
            kg_co2_biogenic=kg_co2 * share,
            kg_ch4=None if moved is None or factor.kg_ch4 is None else factor.kg_ch4 - moved,
            kg_ch4_nonfossil=factor.kg_ch4_nonfossil
            if moved is None
            else (factor.kg_ch4_nonfossil or Decimal(0)) + moved,
        )
