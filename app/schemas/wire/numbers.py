"""The one type of every decimal number that enters or leaves as JSON: exact, documented as `type: number`."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.units.quantities import EXACT

_MAX_DIGITS = 40
_MAX_PLACES = 20


def json_number(value: Any) -> Any:
    """Pass on an exact JSON number; a string, a boolean or a binary float is an error.

    0e-999999999 is 0: it has as few digits as that, and written out as it stands a billion of them.
    """
    if type(value) is Decimal:
        return value if value or abs(value.adjusted()) <= _MAX_DIGITS else Decimal(0)
    if type(value) is int:
        return value
    raise PydanticCustomError("number_type", "Input should be a JSON number, neither a string nor a boolean")


_EXACT = BeforeValidator(json_number)
_DIGITS = Field(max_digits=_MAX_DIGITS, decimal_places=_MAX_PLACES, allow_inf_nan=False)

Number = Annotated[Decimal, _EXACT, _DIGITS, WithJsonSchema({"type": "number"})]
PositiveNumber = Annotated[
    Decimal, _EXACT, _DIGITS, Field(gt=0), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
NonNegativeNumber = Annotated[Decimal, _EXACT, _DIGITS, Field(ge=0), WithJsonSchema({"type": "number", "minimum": 0})]
Share = Annotated[
    Decimal, _EXACT, _DIGITS, Field(ge=0, le=1), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})
]
"""A part of a whole: 0 to 1."""

WholeNumber = StrictInt

ExactNumber = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""A number the service writes, with every digit it has."""

_TWELVE_PLACES = Decimal(1).scaleb(-12)


def twelve_places(value: Decimal) -> Decimal:
    """Return a share or a mean as answers carry it: what was divided has no last digit."""
    return value.quantize(_TWELVE_PLACES, context=EXACT)
