"""An instrument: a certificate or contract that says where energy of some carrier was won, and what it emits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from app.accounting.exact import converted
from app.accounting.factors.factor import Factor, HeatingValueBasis, Method
from app.accounting.findings import Finding
from app.core.calendar.periods import day_of
from app.core.inventory.resources import Origin
from app.core.sentences import N_, Sentence, sentence
from app.core.units.quantities import decimal_from_micro


class Carrier(StrEnum):
    """What carries the energy that an instrument speaks of."""

    ELECTRICITY = "electricity"
    GAS = "gas"
    HEAT = "heat"
    STEAM = "steam"
    COOLING = "cooling"


class InstrumentKind(StrEnum):
    """How the claim is held, and on what.

    `certificate`, `green_power_contract` (renewable) and `power_contract` (of any stated source) are on electricity.
    """

    CERTIFICATE = "certificate"
    GREEN_POWER_CONTRACT = "green_power_contract"
    POWER_CONTRACT = "power_contract"
    BIOMETHANE_CERTIFICATE = "biomethane_certificate"
    BIOMETHANE_CONTRACT = "biomethane_contract"
    HEAT_CERTIFICATE = "heat_certificate"
    HEAT_CONTRACT = "heat_contract"
    STEAM_CERTIFICATE = "steam_certificate"
    STEAM_CONTRACT = "steam_contract"
    COOLING_CERTIFICATE = "cooling_certificate"
    COOLING_CONTRACT = "cooling_contract"

    @property
    def carrier(self) -> Carrier:
        """Return what it is a claim on."""
        return _CARRIERS.get(self.partition("_")[0], Carrier.ELECTRICITY)

    @property
    def is_certificate(self) -> bool:
        """Tell whether it stands in a registry under serial numbers."""
        return self.endswith("certificate")


_CARRIERS = {
    "biomethane": Carrier.GAS,
    "heat": Carrier.HEAT,
    "steam": Carrier.STEAM,
    "cooling": Carrier.COOLING,
}


class EnergySource(StrEnum):
    """What the energy was won from; `renewable` is renewable without saying by what, as a green tariff may be."""

    WIND = "wind"
    SOLAR = "solar"
    HYDRO = "hydro"
    GEOTHERMAL = "geothermal"
    MARINE = "marine"
    AMBIENT = "ambient"
    BIOMASS = "biomass"
    BIOGAS = "biogas"
    RENEWABLE = "renewable"
    NUCLEAR = "nuclear"
    FOSSIL = "fossil"
    UNSPECIFIED = "unspecified"

    @property
    def origin(self) -> Origin | None:
        """Return where such energy comes from, None where the source says nothing."""
        return _ORIGINS.get(self, Origin.RENEWABLE)


_ORIGINS: Mapping[EnergySource, Origin | None] = {
    EnergySource.NUCLEAR: Origin.NUCLEAR,
    EnergySource.FOSSIL: Origin.FOSSIL,
    EnergySource.UNSPECIFIED: None,
}

COVERED: Mapping[Carrier, tuple[str, ...]] = {
    Carrier.ELECTRICITY: ("electricity.green", "electricity.grid"),
    Carrier.GAS: ("fuel.natural_gas", "fuel.city_gas", "fuel.cng"),
    Carrier.HEAT: ("heat.purchased",),
    Carrier.STEAM: ("steam.purchased",),
    Carrier.COOLING: ("cooling.purchased",),
}
"""What instruments of a carrier cover, in this order: what was bought as green power first."""

SCOPE_2 = frozenset(Carrier) - {Carrier.GAS}
"""The carriers whose instruments count in market-based Scope 2; gas burnt is Scope 1, which knows no contract."""


def carrier_of(resource: str) -> Carrier | None:
    """Return the carrier whose instruments can cover a resource; None where none can."""
    return next((carrier for carrier, covered in COVERED.items() if resource in covered), None)


@dataclass(frozen=True, slots=True)
class CarrierFinding:
    """What was found about the instruments of a carrier."""

    carrier: Carrier
    finding: Finding


@dataclass(frozen=True, slots=True)
class Instrument:
    """A claim on `amount` of energy of days [valid_from, valid_to) for use in `region`, at kg CO2e per kWh.

    The region is a plant code, region, grid_region, country, group of countries or GLOBAL. issuing_area, where stated,
    is the country, region or group in which it was issued. basis is the heating value that an amount of gas is stated
    on. energy_source is None where nothing is known of it: that is unspecified.
    """

    code: str
    kind: InstrumentKind
    region: str
    valid_from: date
    valid_to: date
    amount: Decimal
    unit: str
    kg_co2e_per_kwh: Decimal
    source: str
    energy_source: EnergySource | None = None
    issuing_area: str | None = None
    basis: HeatingValueBasis | None = None
    registry: str | None = None
    first_serial: str | None = None
    last_serial: str | None = None

    @property
    def carrier(self) -> Carrier:
        """Return what it is a claim on."""
        return self.kind.carrier

    @property
    def origin(self) -> Origin | None:
        """Return where what it covers comes from, None where it does not say."""
        return None if self.energy_source is None else self.energy_source.origin

    @property
    def days(self) -> tuple[int, int]:
        """Return the local days [first, end) it covers."""
        return day_of(self.valid_from), day_of(self.valid_to)

    @property
    def words(self) -> Sentence:
        """Return what a figure says of it, such as `instrument gec-1 (wind, issued in AIB)`."""
        return sentence(
            N_("instrument %(code)s (%(source)s)")
            if self.issuing_area is None
            else N_("instrument %(code)s (%(source)s, issued in %(area)s)"),
            code=self.code,
            source=sentence(self.energy_source or EnergySource.UNSPECIFIED),
            area=self.issuing_area,
        )

    @property
    def factor(self) -> Factor:
        """Return what a covered kWh emits, as a factor that names the instrument."""
        return Factor(
            code=self.code,
            resource=COVERED[self.carrier][-1],
            attributes={},
            region=self.region,
            method=Method.MARKET,
            per="kWh",
            kg_co2=None,
            kg_co2_biogenic=None,
            kg_ch4=None,
            kg_ch4_nonfossil=None,
            kg_n2o=None,
            kg_co2e=self.kg_co2e_per_kwh,
            gwp_set=None,
            basis=self.basis,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            published_on=None,
            edition=None,
            source=self.source,
            supersedes=None,
            factor_set=None,
            own=True,
            derivation=None,
        )

    def within(self, first_day: int, end_day: int) -> Decimal:
        """Return the part of the amount that counts in days [first_day, end_day), in its unit.

        A period that crosses a reporting year's end is divided by days, to 1e-6 kWh, so that its years add up to the
        amount: 1,000 kWh of July to June are 504.109589 in the first calendar year and 495.890411 in the second.
        """
        start, end = self.days
        first, last = max(start, first_day), min(end, end_day)
        return self._until(last) - self._until(first) if first < last else Decimal(0)

    def _until(self, day: int) -> Decimal:
        """Return what of the amount belongs to the days before `day`."""
        start, end = self.days
        if day == end:
            return self.amount
        micro = int(converted(self.amount, self.unit, "kWh").scaleb(6))
        return converted(decimal_from_micro(micro * (day - start) // (end - start)), "kWh", self.unit)
