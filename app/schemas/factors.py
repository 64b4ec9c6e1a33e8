"""What emission factors and factor pins look like from outside."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app import models
from app.accounting import factors as accounting
from app.accounting.factors import Basis, Method
from app.core.inventory import FieldProblem, unit_problem
from app.core.resources import UnknownResource, attribute_problems, resource_for
from app.schemas.attributes import Attributes
from app.schemas.base import Received
from app.schemas.instants import Day
from app.schemas.meters import ResourceKey
from app.schemas.numbers import ExactNumber, NonNegativeNumber, WholeNumber
from app.schemas.texts import Code, Sentence, Word

_GASES = ("kg_co2", "kg_co2_biogenic", "kg_ch4", "kg_ch4_nonfossil", "kg_n2o")

ResourcePattern = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\.\*)?$"),
    Field(description="A resource, or a prefix of resources ending in `.*`."),
]


class FactorCreate(Received):
    """A new factor: masses in kg per unit `per`, in force on [valid_from, valid_to); gases, or one CO2e."""

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
    kg_co2e: NonNegativeNumber | None = None
    gwp_set: Word | None = None
    basis: Basis | None = None
    valid_from: Day
    valid_to: Day | None = None
    published_on: Day | None = None
    edition: Word | None = None
    source: Sentence
    supersedes: Code | None = None
    factor_set: Word | None = None


class Factor(BaseModel):
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
    kg_co2e: ExactNumber | None
    gwp_set: str | None
    basis: Basis | None
    valid_from: Day
    valid_to: Day | None
    published_on: Day | None
    edition: str | None
    source: str
    supersedes: str | None
    factor_set: str | None
    own: bool


class FactorPage(BaseModel):
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


def factor_from(factor: accounting.Factor | models.OwnFactor) -> Factor:
    """Return the outside view of a shipped or stored factor."""
    own = isinstance(factor, models.OwnFactor) or factor.own
    fields = {name: getattr(factor, name) for name in Factor.model_fields if name != "own"}
    return Factor(**{**fields, "attributes": dict(factor.attributes)}, own=own)


def pin_from(pin: models.FactorPin) -> FactorPin:
    """Return the outside view of a stored pin."""
    method = Method(pin.method) if pin.method else None
    return FactorPin(year=pin.year, resource=pin.resource, method=method, plant=pin.plant, factor=pin.factor)


def factor_problems(factor: FactorCreate) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new factor, beyond the form of its fields."""
    try:
        resource = resource_for(factor.resource)
    except UnknownResource:
        yield FieldProblem("resource", "unknown_resource", f"{factor.resource!r} is not in the catalogue of resources")
    else:
        if problem := unit_problem(factor.per, resource.dimension, field="per"):
            yield problem
        for sentence in attribute_problems(resource, factor.attributes):
            yield FieldProblem("attributes", "unknown_attribute", sentence)
    gases = any(getattr(factor, gas) is not None for gas in _GASES)
    if gases == (factor.kg_co2e is not None):
        yield FieldProblem("kg_co2e", "gases_or_co2e", f"state {', '.join(_GASES)}, or else kg_co2e alone")
    if factor.valid_to is not None and factor.valid_to <= factor.valid_from:
        yield FieldProblem("valid_to", "invalid_period", "valid_to is the day after the last; it lies after valid_from")
