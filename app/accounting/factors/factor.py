"""Emission factors: what a unit of a resource emits, where, when, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.core.units.units import Dimension, UnknownUnit, dimension_of


class Method(StrEnum):
    """How purchased energy is accounted: by the grid it comes from, or by the contract it is bought on."""

    LOCATION = "location"
    MARKET = "market"


class HeatingValueBasis(StrEnum):
    """Which heating value an energy quantity is stated on."""

    LHV = "LHV"
    HHV = "HHV"


GLOBAL = "GLOBAL"
"""The region of a factor that holds everywhere."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One edition of one emission factor. Gas values are kg per `per`; the window is [valid_from, valid_to).

    Either gases are stated, or kg_co2e with the GWP set it was built with (null where its source does not say).
    kg_ch4 is fossil methane that escapes, kg_ch4_nonfossil any other: of biomass, or what burning leaves, since the CO2
    that it turns into is in the fuel's CO2 already. other_gases maps further gases of the GWP sets to their kg,
    gases_co2e those whose source states them as kg CO2e by gwp_set. `own` marks a factor an organization added;
    `derivation` shows how a derived value came about. reference_condition is the state of a gas volume; hole_before
    says why no edition of the series ends where this one begins. calorific_value is the GJ in one `per` that an own
    factor was derived from, on its basis, the lower heating value where it states none.
    """

    code: str
    resource: str
    attributes: Mapping[str, str] = field(hash=False)
    region: str
    method: Method | None
    per: str
    kg_co2: Decimal | None
    kg_co2_biogenic: Decimal | None
    kg_ch4: Decimal | None
    kg_ch4_nonfossil: Decimal | None
    kg_n2o: Decimal | None
    kg_co2e: Decimal | None
    gwp_set: str | None
    basis: HeatingValueBasis | None
    valid_from: date
    valid_to: date | None
    published_on: date | None
    edition: str | None
    source: str
    supersedes: str | None
    factor_set: str | None
    own: bool
    derivation: str | None
    reference_condition: str | None = None
    other_gases: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    gases_co2e: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    hole_before: str | None = None
    calorific_value: Decimal | None = None

    @property
    def series(self) -> tuple[object, ...]:
        """Return what editions of one factor have in common; per m3 and per kWh of a gas are two series."""
        attributes = tuple(sorted(self.attributes.items()))
        try:
            kind: str = dimension_of(self.per)
        except UnknownUnit:
            kind = self.per
        of = self.resource, attributes, self.region, self.method
        return *of, kind, self.basis if kind == Dimension.ENERGY else None, self.factor_set, self.own

    def in_force(self, on: date) -> bool:
        """Tell whether the window holds the day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)
