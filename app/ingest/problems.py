"""What can be wrong with a body or with one of its rows."""

from enum import StrEnum

import msgspec


class RowCode(StrEnum):
    """Why a row was not stored; stable names that programs may test."""

    UNREADABLE_ROW = "unreadable_row"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    REPEATED_FIELD = "repeated_field"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_METER = "unknown_meter"
    METER_NOT_ALLOWED = "meter_not_allowed"
    TIMESTAMP_UNREADABLE = "timestamp_unreadable"
    TIMESTAMP_WITHOUT_OFFSET = "timestamp_without_offset"
    TIMESTAMP_TOO_FINE = "timestamp_too_fine"
    TIMESTAMP_OUT_OF_RANGE = "timestamp_out_of_range"
    TIMESTAMP_IMPLAUSIBLE = "timestamp_implausible"
    TIMESTAMP_AMBIGUOUS = "timestamp_ambiguous"
    TIMESTAMP_NEVER_WAS = "timestamp_never_was"
    VALUE_UNREADABLE = "value_unreadable"
    VALUE_OUT_OF_RANGE = "value_out_of_range"
    UNIT_MISMATCH = "unit_mismatch"
    QUALITY_UNKNOWN = "quality_unknown"
    START_NOT_ALLOWED = "start_not_allowed"
    START_NOT_BEFORE_TIMESTAMP = "start_not_before_timestamp"
    SEGMENT_TOO_LONG = "segment_too_long"
    PERIOD_NOT_THE_INTERVAL = "period_not_the_interval"
    REFERENCE_UNREADABLE = "reference_unreadable"
    REFERENCE_NOT_ALLOWED = "reference_not_allowed"
    CONFLICT = "conflict"
    TOO_MANY_REVISIONS = "too_many_revisions"


class WarningCode(StrEnum):
    """What is doubtful about a row that was stored; stable names that programs may test."""

    IMPLAUSIBLE_VALUE = "implausible_value"
    BELOW_ZERO = "below_zero"
    OFF_CALENDAR = "off_calendar"
    CONTRADICTS_ROW = "contradicts_row"
    REPEATS_ROW = "repeats_row"
    EDGE_NOT_STATED = "edge_not_stated"


class RowProblem(msgspec.Struct, frozen=True, gc=False):
    """One row that was not stored: its index in the body, the field at fault, a stable code and words."""

    index: int
    field: str | None
    code: RowCode
    detail: str
    meter: str | None = None
    timestamp: str | None = None

    def at(self, index: int) -> "RowProblem":
        """Return the problem as one of the row `index`."""
        return RowProblem(index, self.field, self.code, self.detail, self.meter, self.timestamp)


class RowWarning(msgspec.Struct, frozen=True, gc=False):
    """One row that was stored although it is doubtful, in the terms of a RowProblem."""

    index: int
    field: str
    code: WarningCode
    detail: str
    meter: str
    timestamp: str

    def at(self, index: int) -> "RowWarning":
        """Return the warning as one of the row `index`."""
        return RowWarning(index, self.field, self.code, self.detail, self.meter, self.timestamp)


class BodyUnreadable(ValueError):
    """The body as a whole cannot be read; `code` is stable, the message says where."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class BodyTooLarge(ValueError):
    """The body, or what it unpacks to, is larger than the service takes."""


class TooManyRows(BodyTooLarge):
    """The body has more rows than the operator allows; nothing of it is stored."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A body may have {most:,} rows here: send them in several bodies")


class BodyTooSlow(TimeoutError):
    """The body does not get on: less than `bytes_per_s`, for longer than `patience_s` seconds."""

    def __init__(self, patience_s: float, bytes_per_s: float) -> None:
        super().__init__(
            f"The body came slower than {bytes_per_s:g} bytes a second for longer than {patience_s:g} s; nothing of it"
            " was stored; send it again, in smaller bodies over a slow link"
        )


class BodyInvalid(ValueError):
    """The body can be read but is not a batch: a missing column, an unknown column, or no rows."""

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field


class MediaTypeUnsupported(ValueError):
    """Readings come as JSON, NDJSON or CSV."""
