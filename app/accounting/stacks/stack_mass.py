"""Mass emitted by a stack: concentration x flow, hour by hour, where both are metered on the same basis."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from app.accounting.exact import QUOTIENT_PLACES, quotient
from app.accounting.stacks.permit_limits import CONDITIONS, same_condition
from app.core.units.quantities import EXACT

_MG_PER_KG = 1_000_000


@dataclass(frozen=True, slots=True)
class HourOfStack:
    """One hour of a stack: mean concentration in mg/m3 and flow in m3, None where too little of it is covered.

    `estimated_share` is the greater of the two meters'.
    """

    start_ms: int
    concentration: Decimal | None
    flow: Decimal | None
    estimated_share: Decimal
    readings: int


@dataclass(frozen=True, slots=True)
class MassSum:
    """The kg of some hours that have both parts, to twenty places each; `hours` are those, `partial` have one part.

    `estimated_kg` is what of it rests on estimated readings. Sums of days add up to those of months and years.
    """

    kg: Decimal | None = None
    hours: int = 0
    partial: int = 0
    estimated_kg: Decimal = Decimal(0)
    readings: int = 0

    @property
    def estimated_share(self) -> Decimal:
        """Return the estimated part, 0 to 1."""
        return quotient(self.estimated_kg, self.kg) if self.kg else Decimal(0)


def mass_kg(concentration: Decimal, flow: Decimal) -> Decimal:
    """Return the kg of an hour from mg/m3 and m3 on one basis, to twenty places."""
    with localcontext(EXACT):
        return (concentration * flow / _MG_PER_KG).quantize(QUOTIENT_PLACES).normalize()


def summed_mass(hours: Sequence[HourOfStack]) -> MassSum:
    """Return the mass of the hours; one that lacks either part adds nothing and is counted as partial."""
    known = [
        (mass_kg(hour.concentration, hour.flow), hour)
        for hour in hours
        if hour.concentration is not None and hour.flow is not None
    ]
    with localcontext(EXACT):
        kg = sum((mass for mass, _ in known), Decimal(0)) if known else None
        estimated_kg = sum((mass * hour.estimated_share for mass, hour in known), Decimal(0))
    return MassSum(kg, len(known), len(hours) - len(known), estimated_kg, sum(hour.readings for hour in hours))


def together(parts: Sequence[MassSum]) -> MassSum:
    """Return the sum of sums."""
    known = [part.kg for part in parts if part.kg is not None]
    with localcontext(EXACT):
        return MassSum(
            kg=sum(known, Decimal(0)) if known else None,
            hours=sum(part.hours for part in parts),
            partial=sum(part.partial for part in parts),
            estimated_kg=sum((part.estimated_kg for part in parts), Decimal(0)),
            readings=sum(part.readings for part in parts),
        )


def different_basis(concentration: Mapping[str, str], flow: Mapping[str, str]) -> list[str]:
    """Return the conditions on which the two meters' statements differ; stated by one alone is a difference."""
    return [
        name
        for name in CONDITIONS
        if (name in concentration) != (name in flow)
        or (name in concentration and not same_condition(concentration[name], flow[name]))
    ]
