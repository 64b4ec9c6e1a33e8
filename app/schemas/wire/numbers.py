"""The one type of every decimal number that enters or leaves as JSON: exact, documented as `type: number`."""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictInt, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.units.quantities import EXACT
from app.ingest.bodies.json_values import JSON_NUMBER

_MAX_DIGITS = 40
_MAX_PLACES = 20


def json_number(value: Any) -> Any:
    """Pass on an exact JSON number, as it is or in a string; another string, a boolean or a binary float is an error.

    Many languages read a JSON number as a double: they keep every digit of a string. 0e-999999999 is 0: it has as few
    digits as that, and written out as it stands a billion of them.
    """
    if isinstance(value, str):
        value = _in_string(value)
    if type(value) is Decimal:
        return value if value or abs(value.adjusted()) <= _MAX_DIGITS else Decimal(0)
    if type(value) is int:
        return value
    raise PydanticCustomError("number_type", "Input should be a JSON number, or a string that holds one and no more")


def _in_string(text: str) -> Decimal | None:
    """Return the number that a string holds; None when it holds none, or one whose exponent no Decimal has."""
    try:
        return Decimal(text) if JSON_NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None


_EXACT = BeforeValidator(json_number)
_DIGITS = Field(max_digits=_MAX_DIGITS, decimal_places=_MAX_PLACES, allow_inf_nan=False)

Number = Annotated[Decimal, _EXACT, _DIGITS, WithJsonSchema({"type": "number", "format": "decimal"})]
PositiveNumber = Annotated[
    Decimal,
    _EXACT,
    _DIGITS,
    Field(gt=0),
    WithJsonSchema({"type": "number", "format": "decimal", "exclusiveMinimum": 0}),
]
NonNegativeNumber = Annotated[
    Decimal, _EXACT, _DIGITS, Field(ge=0), WithJsonSchema({"type": "number", "format": "decimal", "minimum": 0})
]
Share = Annotated[
    Decimal,
    _EXACT,
    _DIGITS,
    Field(ge=0, le=1),
    WithJsonSchema({"type": "number", "format": "decimal", "minimum": 0, "maximum": 1}),
]
"""A part of a whole: 0 to 1."""

WholeNumber = StrictInt

ExactNumber = Annotated[Decimal, WithJsonSchema({"type": "number", "format": "decimal"})]
"""A number the service writes, with every digit it has."""

_TWELVE_PLACES = Decimal(1).scaleb(-12)


def twelve_places(value: Decimal) -> Decimal:
    """Return a share or a mean as answers carry it: what was divided has no last digit."""
    return value.quantize(_TWELVE_PLACES, context=EXACT)
