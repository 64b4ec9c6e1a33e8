"""What a mapping looks like, in a connector and in a file for `esg import`."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.readings.columns import Quality
from app.ingest.door.mapped import SourceMapping
from app.ingest.sources import mapping as rules
from app.ingest.sources.records import ENCODINGS, SourceFormat, SourceShape
from app.ingest.sources.skipping import SkipRule
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.wide import Names
from app.schemas.readings.mapping_times import FieldName, Text, TimestampMapping, WideMapping
from app.schemas.readings.mapping_values import UnitMapping, ValueMapping, check_source
from app.schemas.readings.marks import Delimiter
from app.schemas.wire.base import Flag, Received
from app.schemas.wire.texts import Code


def _is_encoding(name: str) -> str:
    if name not in ENCODINGS:
        raise PydanticCustomError("unknown_encoding", "Input should be one of {names}", {"names": ", ".join(ENCODINGS)})
    return name


Encoding = Annotated[str, AfterValidator(_is_encoding)]


def _sheet_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


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
        check_source(self.constant, self.field, self.codes)
        return self


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
        check_source(self.constant, self.field, self.codes)
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
    unit: UnitMapping | None = None
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
        if self.unit is not None and self.unit.columns is not None and names is not Names.METERS:
            raise PydanticCustomError("not_applicable", "unit: columns have units where they are named by meters")
        if self.timestamp.format is Stamp.MONTH and self.start is not None:
            raise PydanticCustomError("not_applicable", "start: a month's figure begins where the month does")
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
            units=None if mapping.unit is None else mapping.unit.rule(),
        ),
    )


def _dates(mapping: ReadingMapping) -> list[str]:
    """Return the fields in which a number of a workbook is a date that nobody has formatted as one."""
    if mapping.timestamp.format not in (Stamp.LOCAL, Stamp.MONTH) or mapping.timestamp.time_field is not None:
        return []
    return [name for name in (mapping.timestamp.field, mapping.start) if name is not None]
