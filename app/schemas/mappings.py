"""What a mapping looks like, in a connector and in a file for `esg import`."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.columns import Quality
from app.core.periods import UnknownTimeZone, zone_named
from app.ingest import mapping as rules
from app.ingest.local_time import Ambiguous, DateOrder, LocalTime, Midnight
from app.ingest.mapped import SourceMapping
from app.ingest.records import ENCODINGS, SourceFormat, SourceShape
from app.schemas.base import Received
from app.schemas.texts import Code

_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)
_TEXT = StringConstraints(max_length=200)


def _zone(name: str) -> tzinfo:
    """Return a zone by its IANA name, or the fixed offset of a logger that does not follow clock changes."""
    if name in ("UTC", "Z"):
        return UTC
    if match := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if offset < timedelta(hours=24):
            return timezone(-offset if match[1] == "-" else offset)
    return zone_named(name)


def _is_zone(name: str) -> str:
    try:
        _zone(name)
    except UnknownTimeZone:
        raise PydanticCustomError(
            "unknown_timezone", "Input should be an IANA time zone such as Asia/Seoul, or an offset such as +09:00"
        ) from None
    return name


def _is_encoding(name: str) -> str:
    if name not in ENCODINGS:
        raise PydanticCustomError("unknown_encoding", "Input should be one of {names}", {"names": ", ".join(ENCODINGS)})
    return name


FieldName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""A column of CSV, or a member of a JSON record; a dotted path leads into objects."""

SourceZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_zone)]
Encoding = Annotated[str, AfterValidator(_is_encoding)]
Text = Annotated[str, _TEXT]


def _one_of(constant: object, field: object, codes: object) -> None:
    if (constant is None) == (field is None):
        raise PydanticCustomError("constant_or_field", "Give either constant or field")
    if constant is not None and codes is not None:
        raise PydanticCustomError("codes_without_field", "codes go with field")


class MeterMapping(Received):
    """The meter: one code, or what a field holds; `codes` lists the source's names with the codes they mean."""

    constant: Code | None = None
    field: FieldName | None = None
    codes: Annotated[dict[Text, Code], Field(min_length=1, max_length=10_000)] | None = None
    unlisted: rules.Unlisted = rules.Unlisted.REJECT

    @model_validator(mode="after")
    def _check(self) -> Self:
        _one_of(self.constant, self.field, self.codes)
        return self


class TimestampMapping(Received):
    """The timestamp: its field, how it is written and, for local time, in which zone and order.

    `midnight: ends_day` is for sources that write the end of a day as 0:00 under that day.
    """

    field: FieldName
    time_field: FieldName | None = None
    format: rules.Stamp = rules.Stamp.RFC3339
    order: DateOrder | None = None
    timezone: SourceZone | None = None
    midnight: Midnight = Midnight.BEGINS_DAY
    ambiguous: Ambiguous = Ambiguous.REJECT

    @model_validator(mode="after")
    def _check(self) -> Self:
        local = self.format is rules.Stamp.LOCAL
        if local and (self.order is None or self.timezone is None):
            raise PydanticCustomError("missing", "The format local needs order and timezone")
        own = (self.order, self.timezone, self.time_field)
        if not local and (any(own) or self.midnight != "begins_day" or self.ambiguous != "reject"):
            raise PydanticCustomError(
                "not_applicable", "order, timezone, time_field, midnight and ambiguous go with the format local"
            )
        return self


class ValueMapping(Received):
    """The value: its field and how numbers are written; `missing` lists the texts that stand for no reading.

    It has no factor: what a number means is the meter's unit and multiplier.
    """

    field: FieldName
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", " ", "'"] | None = None
    missing: Annotated[list[Text], Field(max_length=50, default_factory=list)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.decimal == self.thousands:
            raise PydanticCustomError("same_mark", "The decimal mark and the thousands mark are the same")
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
        _one_of(self.constant, self.field, self.codes)
        return self


class ReadingMapping(Received):
    """How a source becomes readings.

    encoding, delimiter, skip_lines (before the header) and columns (where there is no header) describe CSV;
    `records` is the dotted path to the list in a JSON document, null when the document is the list.
    """

    format: SourceFormat
    encoding: Encoding = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    skip_lines: Annotated[int, Field(strict=True, ge=0, le=1000)] = 0
    columns: Annotated[list[FieldName], Field(min_length=1, max_length=1000)] | None = None
    records: FieldName | None = None
    meter: MeterMapping
    timestamp: TimestampMapping
    value: ValueMapping
    quality: QualityMapping | None = None
    start: FieldName | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        of_csv = self.delimiter != "," or self.skip_lines or self.columns is not None
        if of_csv and self.format is not SourceFormat.CSV:
            raise PydanticCustomError("not_applicable", "delimiter, skip_lines and columns go with the format csv")
        if self.records is not None and self.format is not SourceFormat.JSON:
            raise PydanticCustomError("not_applicable", "records goes with the format json")
        return self


def source_mapping(mapping: ReadingMapping, *, meter: str | None = None) -> SourceMapping:
    """Return a mapping as the importer takes it; `meter` is a code in the place of what the mapping says."""
    stamp, value, quality = mapping.timestamp, mapping.value, mapping.quality
    named = mapping.meter if meter is None else MeterMapping(constant=meter)
    return SourceMapping(
        SourceShape(
            mapping.format,
            mapping.encoding,
            mapping.delimiter,
            mapping.skip_lines,
            mapping.columns,
            mapping.records,
        ),
        rules.Rules(
            meter=rules.MeterRule(named.constant, named.field, named.codes, named.unlisted),
            timestamp=rules.TimestampRule(stamp.field, stamp.time_field, stamp.format, _local_time(stamp)),
            value=rules.ValueRule(value.field, value.decimal, value.thousands, frozenset(value.missing)),
            quality=rules.QualityRule(quality.constant, quality.field, quality.codes) if quality else None,
            start=mapping.start,
        ),
    )


def _local_time(stamp: TimestampMapping) -> LocalTime | None:
    if stamp.order is None or stamp.timezone is None:
        return None
    return LocalTime(stamp.order, _zone(stamp.timezone), stamp.midnight, stamp.ambiguous)
