"""What a mapping says of numbers: how they are written, and the unit they are in."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.calendar.periods import interval_from_iso
from app.core.units.quantities import plain
from app.ingest.sources.number_texts import ValueRule
from app.ingest.sources.source_units import UnitRule, units_meant
from app.schemas.readings.mapping_times import ClockInterval, FieldName, Text
from app.schemas.readings.marks import DecimalMark, ThousandsMark
from app.schemas.wire.base import Received

_SECONDS_OF_AN_HOUR = 3_600
_MOST_FACTOR_DIGITS = 24


def _factor_text(value: Any) -> Any:
    """Pass on the text of an exact factor; a JSON or YAML number becomes one, unless it is far too long a one."""
    if type(value) is int or (type(value) is Decimal and value.is_finite()):
        number = Decimal(value)
        return plain(number) if abs(number.adjusted()) <= _MOST_FACTOR_DIGITS else str(number)
    return value


def _is_factor(text: str) -> str:
    if any(not Fraction(part) for part in text.split("/")):
        raise PydanticCustomError("zero_factor", "Input should not be 0, nor be divided by 0")
    return text


Factor = Annotated[
    str,
    BeforeValidator(_factor_text),
    StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,12})?(/[0-9]{1,12}(\.[0-9]{1,12})?)?$"),
    AfterValidator(_is_factor),
    Field(description="What numbers are multiplied by, exactly: 0.001, or 1/3.6."),
]


def check_source(constant: object, field: object, codes: object) -> None:
    """Raise where a part of a mapping is said in two ways."""
    if constant is not None and field is not None:
        raise PydanticCustomError("constant_or_field", "Give either constant or field")
    if constant is not None and codes is not None:
        raise PydanticCustomError("codes_without_field", "codes go with field")


class ValueMapping(Received):
    """The value: its field and how numbers are written; `missing` lists the texts that stand for no reading.

    `factor` makes the meter's unit of the source's, and `mean_power_over` energy of a mean power: 12 kW over PT5M are
    1 kWh. `field` is left out of wide rows.
    """

    field: FieldName | None = None
    decimal: DecimalMark = DecimalMark.POINT
    thousands: ThousandsMark | None = None
    parentheses: Annotated[
        Literal["negative", "refused"], Field(description="negative: (12.5) is -12.5, as accountants write.")
    ] = "refused"
    missing: Annotated[list[Text], Field(max_length=50, default_factory=list)]
    factor: Factor | None = None
    mean_power_over: ClockInterval | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.thousands and self.decimal.value == self.thousands.value:
            raise PydanticCustomError("same_mark", "The decimal mark and the thousands mark are the same")
        return self

    def rule(self) -> ValueRule:
        """Return the rule as the importer takes it."""
        factor = Fraction(1)
        if self.factor is not None:
            number, _, divisor = self.factor.partition("/")
            factor = Fraction(number) / Fraction(divisor or 1)
        if self.mean_power_over is not None:
            factor *= Fraction(interval_from_iso(self.mean_power_over).seconds, _SECONDS_OF_AN_HOUR)
        return ValueRule(
            self.field,
            self.decimal.value,
            self.thousands and self.thousands.value,
            frozenset(self.missing),
            self.parentheses == "negative",
            factor,
        )


def _is_unit(text: str) -> str:
    if not units_meant(text):
        raise PydanticCustomError("unknown_unit", "Input should be a unit such as kWh, m3 or t")
    return text


UnitName = Annotated[str, StringConstraints(min_length=1, max_length=40), AfterValidator(_is_unit)]


class UnitMapping(Received):
    """The unit of the numbers: one for all, what a field holds, or one for each column of wide rows.

    `codes` lists the source's words with the units they mean. Numbers are made the meter's unit, exactly; a row whose
    unit is none of what its meter measures is rejected.
    """

    constant: UnitName | None = None
    field: FieldName | None = None
    codes: Annotated[dict[Text, UnitName], Field(min_length=1, max_length=100)] | None = None
    columns: Annotated[dict[FieldName, UnitName], Field(min_length=1, max_length=1000)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_source(self.constant, self.field, self.codes)
        if sum(each is not None for each in (self.constant, self.field, self.columns)) != 1:
            raise PydanticCustomError("constant_or_field", "Give one of constant, field and columns")
        return self

    def rule(self) -> UnitRule:
        """Return the rule as the importer takes it; it is still without the meters' units."""
        return UnitRule(self.constant, self.field, self.codes, self.columns)
