"""What emission factors and factor pins look like from outside."""

from typing import Annotated

from pydantic import Field, StringConstraints

from app import models
from app.accounting.factors.need import Pin
from app.accounting.selection import shipped as accounting
from app.accounting.selection.own_factors import GASES
from app.accounting.selection.shipped import Combustion, HeatingValueBasis, Method, combustion_kg_co2
from app.core.inventory.inventory import FieldProblem, InvalidFields
from app.core.units.units import DimensionMismatch, UnknownUnit
from app.schemas.inventory.meters import ResourceKey
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber, NonNegativeNumber, PositiveNumber, Share, WholeNumber
from app.schemas.wire.texts import Code, Sentence, Word

ResourcePattern = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\.\*)?$"),
    Field(description="A resource, or a prefix of resources ending in `.*`."),
]


class FactorInputs(Received):
    """What a fuel's kg_co2 is derived from, by calorific value x carbon content x oxidation x 44/12."""

    calorific_value: Annotated[PositiveNumber, Field(description="GJ in one `per`.")]
    carbon_content: Annotated[PositiveNumber, Field(description="Tonnes of carbon per TJ.")]
    oxidation: Annotated[Share, Field(description="The share of the carbon that is oxidised.")]


class FactorCreate(Received):
    """A new factor: masses in kg per unit `per`, in force on [valid_from, valid_to); gases, or one CO2e.

    `derived_from` takes the place of kg_co2 where a fuel was analysed.
    """

    code: Code
    resource: ResourceKey
    attributes: Attributes = Field(default_factory=dict)
    region: Word
    method: Method | None = None
    per: Word
    kg_co2: NonNegativeNumber | None = None
    kg_co2_biogenic: NonNegativeNumber | None = None
    kg_ch4: NonNegativeNumber | None = None
    kg_ch4_nonfossil: NonNegativeNumber | None = None
    kg_n2o: NonNegativeNumber | None = None
    other_gases: Annotated[dict[Word, NonNegativeNumber], Field(max_length=50)] = Field(
        default_factory=dict, description="kg of further gases of the GWP sets, such as SF6 and HFC134a."
    )
    kg_co2e: NonNegativeNumber | None = None
    derived_from: FactorInputs | None = None
    gwp_set: Word | None = None
    basis: HeatingValueBasis | None = None
    valid_from: Day
    valid_to: Day | None = None
    published_on: Day | None = None
    edition: Word | None = None
    source: Sentence
    supersedes: Code | None = None
    factor_set: Word | None = None


class Factor(Shape):
    """An emission factor, shipped or the organization's `own`."""

    code: str
    resource: str
    attributes: Attributes
    region: str
    method: Method | None
    per: str
    kg_co2: ExactNumber | None
    kg_co2_biogenic: ExactNumber | None
    kg_ch4: ExactNumber | None
    kg_ch4_nonfossil: ExactNumber | None
    kg_n2o: ExactNumber | None
    other_gases: dict[str, ExactNumber]
    gases_co2e: Annotated[
        dict[str, ExactNumber], Field(description="Gases that the source states as kg CO2e by `gwp_set`.")
    ]
    kg_co2e: ExactNumber | None
    gwp_set: str | None
    basis: HeatingValueBasis | None
    valid_from: Day
    valid_to: Day | None
    published_on: Day | None
    edition: str | None
    source: str
    supersedes: str | None
    factor_set: str | None
    derivation: str | None
    own: bool


class FactorPage(Shape):
    """Some factors, and the cursor of those that follow."""

    items: list[Factor]
    next: str | None


class FactorPin(Received):
    """A factor fixed by decision. Year, method and plant narrow it; null means any."""

    year: Annotated[WholeNumber, Field(ge=1900, le=2200)] | None = None
    resource: ResourcePattern
    method: Method | None = None
    plant: Code | None = None
    factor: Code


class FactorPinList(Received):
    """Every pin of an organization."""

    items: Annotated[list[FactorPin], Field(max_length=10_000)]


def factor_from(factor: accounting.Factor) -> Factor:
    """Return the outside view of a factor."""
    fields = {name: getattr(factor, name) for name in Factor.model_fields}
    maps = {name: dict(fields[name]) for name in ("attributes", "other_gases", "gases_co2e")}
    return Factor(**{**fields, **maps})


def factor_of(body: FactorCreate) -> accounting.Factor:
    """Return the factor that was sent, as an own one; raises InvalidFields for inputs that derive nothing."""
    kg_co2, derivation = body.kg_co2, None
    if body.derived_from is not None:
        if body.kg_co2 is not None:
            raise InvalidFields([FieldProblem("kg_co2", "derived", "kg_co2 is stated, or derived; not both")])
        inputs = body.derived_from
        fuel = Combustion(inputs.calorific_value, body.per, inputs.carbon_content, inputs.oxidation)
        try:
            kg_co2, derivation = combustion_kg_co2(fuel, per=body.per)
        except (UnknownUnit, DimensionMismatch) as error:
            raise InvalidFields([FieldProblem("per", "unknown_unit", f"{body.per!r} is not a unit")]) from error
    same = ("code", "resource", "attributes", "region", "method", "per", *GASES[1:], "kg_co2e", "gwp_set", "basis")
    dated = ("valid_from", "valid_to", "published_on", "edition", "source", "supersedes", "factor_set", "other_gases")
    fields = {name: getattr(body, name) for name in (*same, *dated)}
    heat = body.derived_from.calorific_value if body.derived_from else None
    return accounting.Factor(**fields, kg_co2=kg_co2, derivation=derivation, own=True, calorific_value=heat)


def pin_from(pin: models.FactorPin) -> FactorPin:
    """Return the outside view of a stored pin."""
    method = Method(pin.method) if pin.method else None
    return FactorPin(year=pin.year, resource=pin.resource, method=method, plant=pin.plant, factor=pin.factor)


def pin_of(pin: FactorPin) -> Pin:
    """Return the pin that was sent."""
    return Pin(year=pin.year, resource=pin.resource, method=pin.method, plant=pin.plant, factor=pin.factor)
