"""What calorific values and densities look like from outside."""

from typing import Annotated

from pydantic import Field

from app.accounting.factors import calorific as accounting
from app.core.units.gas_volumes import ReferenceConditions
from app.schemas.inventory.meters import ResourceKey
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber, PositiveNumber
from app.schemas.wire.texts import Code, Sentence, Word


class CalorificValueCreate(Received):
    """What a fuel holds on days [valid_from, valid_to): heat in one `per` on either heating value, density, or both.

    `region` is a plant, region, grid region, country or GLOBAL, as of a factor.
    """

    code: Code
    resource: ResourceKey
    attributes: Attributes = Field(default_factory=dict)
    region: Word
    per: Annotated[
        Word | None, Field(description="The mass or volume that holds lhv and hhv, such as m3, Nm3 or t.")
    ] = None
    lhv: Annotated[PositiveNumber | None, Field(description="Lower (net) heating value, in `energy_unit`.")] = None
    hhv: Annotated[PositiveNumber | None, Field(description="Higher (gross) heating value, in `energy_unit`.")] = None
    energy_unit: Word = "GJ"
    density: PositiveNumber | None = None
    density_unit: Annotated[Word | None, Field(description="Such as kg/L or kg/m3; needed with a density.")] = None
    reference_conditions: Annotated[
        ReferenceConditions | None,
        Field(description="The state of the gas volume in `per` and in the density; Nm3, Sm3 and scf tell their own."),
    ] = None
    valid_from: Day
    valid_to: Day | None = None
    published_on: Day | None = None
    source: Sentence
    supersedes: Code | None = None


class CalorificValue(Shape):
    """A calorific value or density, shipped or the organization's `own`; `ratio` is LHV / HHV where that is all.

    `assumption` marks what is assumed, or derived and not printed: a figure that rests on it says so.
    """

    code: str
    resource: str
    attributes: Attributes
    region: str
    per: str | None
    lhv: ExactNumber | None
    hhv: ExactNumber | None
    energy_unit: str
    density: ExactNumber | None
    density_unit: str | None
    ratio: ExactNumber | None
    reference_conditions: ReferenceConditions | None
    valid_from: Day
    valid_to: Day | None
    published_on: Day | None
    source: str
    supersedes: str | None
    factor_set: str | None
    assumption: bool
    own: bool


class CalorificValuePage(Shape):
    """Some calorific values, and the cursor of those that follow."""

    items: list[CalorificValue]
    next: str | None


_SENT = tuple(name for name in CalorificValueCreate.model_fields if name != "reference_conditions")


def calorific_value_of(body: CalorificValueCreate) -> accounting.CalorificValue:
    """Return the value that was sent, as an own one."""
    fields = {name: getattr(body, name) for name in _SENT}
    return accounting.CalorificValue(**fields, conditions=body.reference_conditions, factor_set=None, own=True)


def calorific_value_from(value: accounting.CalorificValue) -> CalorificValue:
    """Return the outside view of a calorific value."""
    fields = {name: getattr(value, name) for name in CalorificValue.model_fields if name != "reference_conditions"}
    return CalorificValue(**{**fields, "attributes": dict(value.attributes), "reference_conditions": value.conditions})
