"""What a mapping says of timestamps and of wide rows."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.calendar.periods import UnknownTimeZone, interval_from_iso, zone_named
from app.core.inventory.meters import TimestampEdge
from app.ingest.sources.dst_marks import DstMark
from app.ingest.sources.local_time import Ambiguous, DateOrder, LocalTime, Midnight, Nonexistent
from app.ingest.sources.stamping import DstRule, Stamp, TimestampRule
from app.ingest.sources.wide import Counted, Names, WideRule
from app.schemas.wire.base import Received

_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)
_IN_TEXT = "in_text"
_OF_LOCAL_CLOCKS = frozenset({Stamp.LOCAL, Stamp.EXCEL, Stamp.EXCEL_1904})

FieldName = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""A column of a table, or a member of a JSON record; a dotted path leads into objects."""

Text = Annotated[str, StringConstraints(max_length=200)]
ClockInterval = Annotated[
    str, StringConstraints(pattern=r"^PT[1-9][0-9]{0,4}[HMS]$"), Field(description="ISO 8601, such as PT5M or PT1H.")
]


def _zone(name: str) -> tzinfo | None:
    """Return a zone by its IANA name, or the fixed offset of a logger that does not follow clock changes.

    None where each text has its offset.
    """
    if name == _IN_TEXT:
        return None
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
            "unknown_timezone",
            "Input should be an IANA time zone such as Asia/Seoul, an offset such as +09:00, or in_text",
        ) from None
    return name


SourceZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_zone)]


class DstMapping(Received):
    """A field that tells of a local time: it is of `summer`, of `winter`, the `first` or `second` that came twice."""

    field: FieldName
    codes: Annotated[dict[Text, DstMark], Field(min_length=1, max_length=50)]


class TimestampMapping(Received):
    """The timestamp: its field, how it is written and, for local clocks, in which zone and order.

    The timezone `in_text` is that of texts which have their offset. `midnight: ends_day` is for sources that write the
    end of a day as 0:00 under that day, and `format: month` for dates that name the month they lie in. `field` is left
    out where the columns of a wide row are named by timestamps.
    """

    field: FieldName | None = None
    time_field: FieldName | None = None
    format: Stamp = Stamp.RFC3339
    order: DateOrder | None = None
    timezone: SourceZone | None = None
    midnight: Midnight = Midnight.BEGINS_DAY
    ambiguous: Ambiguous = Ambiguous.BY_ORDER
    nonexistent: Nonexistent = Nonexistent.REJECT
    dst: DstMapping | None = None
    finer: Annotated[
        Literal["reject", "truncate"], Field(description="What becomes of fractions finer than a millisecond.")
    ] = "reject"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.format is Stamp.LOCAL and (self.order is None or self.timezone is None):
            raise PydanticCustomError("missing", "The format local needs order and timezone")
        if self.format in (Stamp.EXCEL, Stamp.EXCEL_1904) and self.timezone in (None, _IN_TEXT):
            raise PydanticCustomError("missing", "Day numbers of a spreadsheet need a timezone")
        if self.time_field is not None and self.field is None:
            raise PydanticCustomError("missing", "time_field goes with field")
        if self.format is Stamp.MONTH and self.order is None:
            raise PydanticCustomError("missing", "The format month needs order")
        if self.format not in (Stamp.LOCAL, Stamp.MONTH) and self.order is not None:
            raise PydanticCustomError("not_applicable", "order goes with the formats local and month")
        if self.format is not Stamp.LOCAL and self.time_field is not None:
            raise PydanticCustomError("not_applicable", "time_field goes with the format local")
        if self.format not in _OF_LOCAL_CLOCKS and self._says_of_clocks:
            raise PydanticCustomError(
                "not_applicable",
                "timezone, midnight, ambiguous, nonexistent and dst go with the formats local, excel and excel_1904",
            )
        return self

    @property
    def _says_of_clocks(self) -> bool:
        """Tell whether the mapping says what only local clocks need said; rejecting what they leave open is no harm."""
        told = self.ambiguous in (Ambiguous.FIRST, Ambiguous.SECOND) or self.nonexistent is Nonexistent.SKIP
        return told or self.timezone is not None or self.midnight is Midnight.ENDS_DAY or self.dst is not None

    def rule(self) -> TimestampRule:
        """Return the rule as the importer takes it."""
        local = None
        truncate = self.finer == "truncate"
        if self.format in _OF_LOCAL_CLOCKS:
            zone = None if self.timezone is None else _zone(self.timezone)
            local = LocalTime(self.order, zone, self.midnight, self.ambiguous, self.nonexistent, truncate)
        elif self.format is Stamp.MONTH:
            local = LocalTime(self.order, UTC)
        told = None if self.dst is None else DstRule(self.dst.field, self.dst.codes)
        return TimestampRule(self.field, self.time_field, self.format, local, told, truncate)


class WideMapping(Received):
    """Rows of many readings: the columns in a list, or from `first` to `last`, and what their `names` are.

    `times`: times of the row's day, or spans such as 00:00-00:15. `positions`: equal intervals of the row's day, one
    after the other. `timestamps`: what alone, or with the row's field behind it, is the timestamp. `meters`: meters.
    """

    names: Names
    columns: Annotated[list[FieldName], Field(min_length=1, max_length=1000)] | None = None
    first: FieldName | None = None
    last: FieldName | None = None
    interval: ClockInterval | None = None
    edge: TimestampEdge | None = None
    counted: Counted = Counted.ELAPSED

    @model_validator(mode="after")
    def _check(self) -> Self:
        between = self.first is not None and self.last is not None
        if (self.columns is None) != between or (self.first is None) != (self.last is None):
            raise PydanticCustomError("columns_or_range", "Give either columns, or first and last")
        by_position = self.names is Names.POSITIONS
        if by_position and (self.interval is None or self.edge is None):
            raise PydanticCustomError("missing", "positions need interval, and edge: which end of it the timestamp is")
        if not by_position and (self.interval is not None or self.counted is not Counted.ELAPSED):
            raise PydanticCustomError("not_applicable", "interval and counted go with positions")
        return self

    def rule(self) -> WideRule:
        """Return the rule as the importer takes it."""
        interval = None if self.interval is None else timedelta(seconds=interval_from_iso(self.interval).seconds)
        columns = tuple(self.columns or ())
        return WideRule(self.names, columns, self.first, self.last, interval, self.edge, self.counted)
