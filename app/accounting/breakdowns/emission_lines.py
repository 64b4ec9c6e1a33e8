"""The emissions metrics: by scope, resource, gas and plant; location- and market-based; biogenic CO2 apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from app.accounting.breakdowns.gas_lines import GasLine, gas_lines
from app.accounting.factors.factor import Method
from app.accounting.factors.gwp import GwpSet
from app.accounting.findings import Finding
from app.accounting.ledger.activity import Activity
from app.accounting.ledger.amounts import Amount, in_unit
from app.accounting.metrics.breakdown import Line, Slices, line, lines
from app.core.units.quantities import EXACT

T_CO2E = "tCO2e"
_T = "t"


@dataclass(frozen=True, slots=True)
class ScopeAmount:
    """The emissions of one scope in kg CO2e; `method` says how purchased energy is accounted.

    `findings` are said of the scope beside what its terms say.
    """

    scope: int
    method: Method | None
    amount: Amount
    findings: tuple[Finding, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """Return what tells its lines from those of other scopes and methods."""
        return {"scope": str(self.scope), **({"method": str(self.method)} if self.method else {})}


@dataclass(frozen=True, slots=True)
class EmissionsMetrics:
    """Emissions of a year in t CO2e, masses of gases in t; biogenic CO2 is in no total."""

    gwp_set: GwpSet
    total_location: Line
    total_market: Line
    by_scope: tuple[Line, ...]
    by_resource: tuple[Line, ...]
    by_plant: tuple[Line, ...]
    by_gas: tuple[GasLine, ...]
    biogenic_co2: Line
    biogenic_by_resource: tuple[Line, ...]


def emissions_metrics(
    scopes: tuple[ScopeAmount, ...],
    *,
    total_location: Amount,
    total_market: Amount,
    biogenic: Amount,
    slices: Slices,
    gwp_set: GwpSet,
) -> EmissionsMetrics:
    """Return the metrics of the scopes' amounts, of the two totals, in kg CO2e, and of biogenic CO2 in kg."""
    of_biomass = in_t(biogenic, unit=_T)
    return EmissionsMetrics(
        gwp_set=gwp_set,
        total_location=line(in_t(total_location), slices, {"method": str(Method.LOCATION)}),
        total_market=line(in_t(total_market), slices, {"method": str(Method.MARKET)}),
        by_scope=tuple(_of_scope(each, slices) for each in scopes),
        by_resource=_broken_down(scopes, slices, lambda activity: {"resource": activity.resource}),
        by_plant=_broken_down(scopes, slices, lambda activity: {"plant": activity.site.place.plant}),
        by_gas=tuple(found for each in scopes for found in gas_lines(in_t(each.amount), slices, gwp_set, each.labels)),
        biogenic_co2=line(of_biomass, slices, {}),
        biogenic_by_resource=tuple(lines(of_biomass, slices, lambda activity: {"resource": activity.resource})),
    )


def _of_scope(scope: ScopeAmount, slices: Slices) -> Line:
    found = line(in_t(scope.amount), slices, scope.labels)
    return replace(found, checks=(*found.checks, *scope.findings))


def _broken_down(
    scopes: tuple[ScopeAmount, ...], slices: Slices, label: Callable[[Activity], Mapping[str, str]]
) -> tuple[Line, ...]:
    return tuple(found for each in scopes for found in lines(in_t(each.amount), slices, _with(each.labels, label)))


def _with(
    labels: Mapping[str, str], label: Callable[[Activity], Mapping[str, str]]
) -> Callable[[Activity], Mapping[str, str]]:
    return lambda activity: {**labels, **label(activity)}


def in_t(amount: Amount, *, unit: str = T_CO2E) -> Amount:
    """Return an amount in kg in tonnes, of CO2e or of a gas itself."""
    return in_unit(amount, unit, _thousandth)


def _thousandth(kg: Decimal) -> Decimal:
    with localcontext(EXACT):
        return kg / 1000
