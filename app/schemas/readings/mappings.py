"""What a mapping looks like, in a connector and in a file for `esg import`."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.calendar.periods import interval_from_iso
from app.core.readings.columns import Quality
from app.core.units.quantities import plain
from app.ingest.door.mapped import SourceMapping
from app.ingest.sources import mapping as rules
from app.ingest.sources.number_texts import ValueRule
from app.ingest.sources.records import ENCODINGS, SourceFormat, SourceShape
from app.ingest.sources.skipping import SkipRule
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.wide import Names
from app.schemas.readings.mapping_times import ClockInterval, FieldName, Text, TimestampMapping, WideMapping
from app.schemas.readings.marks import DecimalMark, Delimiter, ThousandsMark
from app.schemas.wire.base import Flag, Received
from app.schemas.wire.texts import Code

_SECONDS_OF_AN_HOUR = 3_600
_MOST_FACTOR_DIGITS = 24


def _is_encoding(name: str) -> str:
    if name not in ENCODINGS:
        raise PydanticCustomError("unknown_encoding", "Input should be one of {names}", {"names": ", ".join(ENCODINGS)})
    return name


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


Encoding = Annotated[str, AfterValidator(_is_encoding)]
Factor = Annotated[
    str,
    BeforeValidator(_factor_text),
    StringConstraints(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,12})?(/[0-9]{1,12}(\.[0-9]{1,12})?)?$"),
    AfterValidator(_is_factor),
    Field(description="What numbers are multiplied by, exactly: 0.001, or 1/3.6."),
]


def _sheet_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _check_source(constant: object, field: object, codes: object) -> None:
    if constant is not None and field is not None:
        raise PydanticCustomError("constant_or_field", "Give either constant or field")
    if constant is not None and codes is not None:
        raise PydanticCustomError("codes_without_field", "codes go with field")


class MeterMapping(Received):
    """The meter: one code, or what a field holds; `codes` lists the source's names with the codes they mean.

    Of wide rows whose columns are meters it is neither, and `codes` lists names of columns.
    """

    constant: Code | None = None
    field: FieldName | None = None
    codes: Annotated[dict[Text, Code], Field(min_length=1, max_length=10_000)] | None = None
    unlisted: rules.Unlisted = rules.Unlisted.REJECT

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_source(self.constant, self.field, self.codes)
        return self


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


class QualityMapping(Received):
    """The quality: one for all rows, or what a field holds; `codes` lists the source's words."""

    constant: Literal[Quality.MEASURED, Quality.ESTIMATED, Quality.MANUAL] | None = None
    field: FieldName | None = None
    codes: (
        Annotated[
            dict[Text, Literal[Quality.MEASURED, Quality.ESTIMATED, Quality.MANUAL]],
            Field(min_length=1, max_length=100),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_source(self.constant, self.field, self.codes)
        if self.constant is None and self.field is None:
            raise PydanticCustomError("constant_or_field", "Give either constant or field")
        return self


class ReferenceMapping(Received):
    """Ticket numbers of an event meter's rows: what a field holds, or, of files alone, their order.

    `by_order` numbers the rows of one meter and timestamp, where tickets are dated by the day and have no number.
    """

    field: FieldName | None = None
    by_order: Flag = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.field is not None) == self.by_order:
            raise PydanticCustomError("field_or_order", "Give either field or by_order")
        return self


class SkipMapping(Received):
    """Records to leave out, such as totals: by what a field, or any, equals or starts with; case does not count."""

    field: FieldName | None = None
    equals: Annotated[list[Text], Field(max_length=50, default_factory=list)]
    starts_with: Annotated[list[Annotated[Text, Field(min_length=1)]], Field(max_length=50, default_factory=list)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.equals and not self.starts_with:
            raise PydanticCustomError("missing", "Give equals or starts_with")
        if self.field is None and any(not text.strip() for text in self.equals):
            raise PydanticCustomError("missing", "What is empty is empty in a field: give field")
        return self

    def rule(self) -> SkipRule:
        """Return the rule as the importer takes it."""
        equals = frozenset(text.strip().casefold() for text in self.equals)
        return SkipRule(self.field, equals, tuple(text.strip().casefold() for text in self.starts_with))


class ReadingMapping(Received):
    """How a source becomes readings.

    encoding, delimiter and comment (what a line to be ignored begins with) describe CSV, `sheet` (a name, or the number
    of its place) workbooks; skip_lines (before the header), header_lines and columns (where there is no header) both.
    `records` is the dotted path to the list in a JSON document, null when the document is the list.
    """

    format: SourceFormat
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = Delimiter.COMMA
    comment: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = None
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=100), BeforeValidator(_sheet_text)] | None = None
    skip_lines: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    header_lines: Annotated[int, Field(strict=True, ge=1, le=5)] = 1
    columns: Annotated[list[FieldName], Field(min_length=1, max_length=1000)] | None = None
    records: FieldName | None = None
    skip: Annotated[list[SkipMapping], Field(max_length=20, default_factory=list)]
    meter: MeterMapping = Field(default_factory=MeterMapping)
    timestamp: TimestampMapping
    value: ValueMapping = Field(default_factory=lambda: ValueMapping(missing=[]))
    quality: QualityMapping | None = None
    start: FieldName | None = None
    reference: ReferenceMapping | None = None
    wide: WideMapping | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        csv, tables = SourceFormat.CSV, (SourceFormat.CSV, SourceFormat.XLSX)
        for names, formats in (
            (("delimiter", "comment"), (csv,)),
            (("sheet",), (SourceFormat.XLSX,)),
            (("skip_lines", "header_lines", "columns"), tables),
            (("records",), (SourceFormat.JSON,)),
        ):
            stated = any(getattr(self, name) != type(self).model_fields[name].default for name in names)
            if stated and self.format not in formats:
                words = {"names": ", ".join(names), "formats": ", ".join(formats)}
                raise PydanticCustomError("not_applicable", "{names}: of the format {formats} alone", words)
        if self.columns is not None and self.header_lines != 1:
            raise PydanticCustomError("not_applicable", "columns are named where there is no header")
        self._check_fields()
        return self

    def _check_fields(self) -> None:
        """See that meter, timestamp and value each come from one place: a field, or the columns of a wide row."""
        names = self.wide.names if self.wide else None
        of_meter = self.meter.constant is not None or self.meter.field is not None
        for part, given, from_columns in (
            ("meter", of_meter, names is Names.METERS),
            ("value", self.value.field is not None, self.wide is not None),
        ):
            if given == from_columns:
                words = "the columns of a wide row hold it" if given else "Give its field"
                raise PydanticCustomError("field_or_columns", "{part}: {words}", {"part": part, "words": words})
        if self.timestamp.field is None and names is not Names.TIMESTAMPS:
            raise PydanticCustomError("missing", "timestamp: Give its field")


def source_mapping(mapping: ReadingMapping, *, meter: str | None = None) -> SourceMapping:
    """Return a mapping as the importer takes it; `meter` is a code in the place of what the mapping says."""
    quality, reference = mapping.quality, mapping.reference
    named = mapping.meter if meter is None else MeterMapping(constant=meter)
    return SourceMapping(
        SourceShape(
            format=mapping.format,
            encoding=mapping.encoding,
            delimiter=mapping.delimiter.value,
            skip_lines=mapping.skip_lines,
            columns=mapping.columns,
            records=mapping.records,
            header_lines=mapping.header_lines,
            comment=mapping.comment,
            sheet=mapping.sheet,
            dates=_dates(mapping),
        ),
        rules.Rules(
            meter=rules.MeterRule(named.constant, named.field, named.codes, named.unlisted),
            timestamp=mapping.timestamp.rule(),
            value=mapping.value.rule(),
            quality=rules.QualityRule(quality.constant, quality.field, quality.codes) if quality else None,
            start=mapping.start,
            skip=tuple(each.rule() for each in mapping.skip),
            wide=mapping.wide.rule() if mapping.wide else None,
            reference=rules.ReferenceRule(reference.field, reference.by_order) if reference else rules.ReferenceRule(),
        ),
    )


def _dates(mapping: ReadingMapping) -> list[str]:
    """Return the fields in which a number of a workbook is a date that nobody has formatted as one."""
    if mapping.timestamp.format is not Stamp.LOCAL or mapping.timestamp.time_field is not None:
        return []
    return [name for name in (mapping.timestamp.field, mapping.start) if name is not None]
