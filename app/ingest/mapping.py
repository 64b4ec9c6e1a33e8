"""Declarative mappings: which field of a source's record is the meter, the timestamp, the value, and how it is written.

A mapping has no factor: a meter's unit and multiplier say what its numbers mean.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.ingest.instants import END_MS, EXPLANATIONS, FIRST_MS
from app.ingest.json_values import Digits
from app.ingest.local_time import LocalTime, Midnight, TimeUnreadable, instant_from_local
from app.ingest.numbers import NUMBER, decimal_from_text
from app.ingest.problems import RowCode, RowProblem

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPACES = str.maketrans({"\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'", "\u2212": "-"})
_LONGEST_ECHO = 200


class Unlisted(StrEnum):
    """What happens to a record whose meter text the mapping does not list."""

    REJECT = "reject"
    SKIP = "skip"


class Stamp(StrEnum):
    """How a source writes an instant."""

    RFC3339 = "rfc3339"
    LOCAL = "local"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"


@dataclass(frozen=True, slots=True)
class MeterRule:
    """The meter: one `constant` code, or what `field` holds, through `codes` (source's text to code) when given."""

    constant: str | None = None
    field: str | None = None
    codes: Mapping[str, str] | None = None
    unlisted: Unlisted = Unlisted.REJECT


@dataclass(frozen=True, slots=True)
class TimestampRule:
    """The instant: `field`, and `time_field` when the time of day stands apart; `local` says how local time is read."""

    field: str
    time_field: str | None = None
    stamp: Stamp = Stamp.RFC3339
    local: LocalTime | None = None


@dataclass(frozen=True, slots=True)
class ValueRule:
    """The number: its decimal mark, its thousands mark, and the texts that stand for no reading."""

    field: str
    decimal: str = "."
    thousands: str | None = None
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class QualityRule:
    """The quality: one `constant`, or what `field` holds, through `codes` when given."""

    constant: str | None = None
    field: str | None = None
    codes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes a reading of a record; `start` is the field of the row's own start, where it has one."""

    meter: MeterRule
    timestamp: TimestampRule
    value: ValueRule
    quality: QualityRule | None = None
    start: str | None = None


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A reading as the texts a body carries; an empty quality or start is none."""

    meter: str
    timestamp: str
    value: str
    quality: str
    start: str


class _Unmappable(ValueError):
    def __init__(self, field: str, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def map_record(record: Mapping[str, Any], rules: Rules, *, index: int) -> MappedRow | RowProblem | None:
    """Return the reading a record holds, what is wrong with it, or None when it is to be skipped.

    `record` holds texts, Digits, null, and objects that dotted field names lead into.
    """
    try:
        return _mapped(record, rules)
    except _Unmappable as error:
        when = _text(field_of(record, rules.timestamp.field))[:_LONGEST_ECHO] or None
        where = rules.meter.constant or _text(field_of(record, rules.meter.field or ""))[:_LONGEST_ECHO] or None
        return RowProblem(index, error.field, error.code, error.detail, where, when)


def field_of(record: Mapping[str, Any], name: str) -> Any:
    """Return the field `name`, or what its dotted path leads to; None where there is none."""
    if name in record:
        return record[name]
    found: Any = record
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _mapped(record: Mapping[str, Any], rules: Rules) -> MappedRow | None:
    value = field_of(record, rules.value.field)
    if _text(value) in rules.value.missing:
        return None
    meter = _meter(record, rules.meter)
    if meter is None:
        return None
    return MappedRow(
        meter=meter,
        timestamp=_timestamp(record, rules.timestamp),
        value=_number(value, rules.value),
        quality=_quality(record, rules.quality),
        start=_start(record, rules),
    )


def _meter(record: Mapping[str, Any], rule: MeterRule) -> str | None:
    if rule.constant is not None:
        return rule.constant
    text = _needed(record, rule.field or "", "meter")
    if rule.codes is None:
        return text
    code = rule.codes.get(text)
    if code is None and rule.unlisted is Unlisted.REJECT:
        raise _Unmappable("meter", RowCode.UNKNOWN_METER, f"the mapping lists no meter for {text[:64]!r}")
    return code


def _timestamp(record: Mapping[str, Any], rule: TimestampRule) -> str:
    text = _needed(record, rule.field, "timestamp")
    if rule.time_field is not None:
        text = f"{text} {_needed(record, rule.time_field, 'timestamp')}"
    return _stamp(text, rule, "timestamp")


def _start(record: Mapping[str, Any], rules: Rules) -> str:
    """Return the row's own start; a date alone begins its day, whatever 0:00 means in the timestamp."""
    text = "" if rules.start is None else _text(field_of(record, rules.start))
    return _stamp(text, rules.timestamp, "start") if text else ""


def _stamp(text: str, rule: TimestampRule, field: str) -> str:
    if rule.local is None:
        return text if rule.stamp is Stamp.RFC3339 else _from_epoch(text, rule.stamp, field)
    local = rule.local
    if field == "start":
        local = LocalTime(local.order, local.zone, Midnight.BEGINS_DAY, local.ambiguous)
    try:
        return _rfc3339(instant_from_local(text, local))
    except TimeUnreadable as error:
        raise _Unmappable(field, error.code, error.detail) from None


def _from_epoch(text: str, stamp: Stamp, field: str) -> str:
    """Return the instant so long after 1970; the range is asked first, since an int of 1e999999999 fills the memory."""
    unit = "seconds" if stamp is Stamp.EPOCH_S else "milliseconds"
    if not NUMBER.fullmatch(text):
        detail = f"{text[:40]!r} is not a number of {unit} since 1970"
        raise _Unmappable(field, RowCode.TIMESTAMP_UNREADABLE, detail)
    number, unit_ms = decimal_from_text(text), 1_000 if stamp is Stamp.EPOCH_S else 1
    if not number.is_finite() or not FIRST_MS // unit_ms <= number < END_MS // unit_ms:
        raise _unmappable_instant(field, RowCode.TIMESTAMP_OUT_OF_RANGE)
    ms = int(number * unit_ms)
    if ms != number * unit_ms or (number and not ms):
        raise _unmappable_instant(field, RowCode.TIMESTAMP_TOO_FINE)
    return _rfc3339(_EPOCH + timedelta(milliseconds=ms))


def _unmappable_instant(field: str, code: RowCode) -> _Unmappable:
    return _Unmappable(field, code, EXPLANATIONS[code])


def _rfc3339(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds")


def _number(value: Any, rule: ValueRule) -> str:
    if isinstance(value, Digits):
        return str(value)
    text = _text(value).translate(_SPACES)
    plain = _without_marks(text, rule)
    if plain is None or not NUMBER.fullmatch(plain):
        marks = f"decimal mark {rule.decimal!r}" + (f", thousands mark {rule.thousands!r}" if rule.thousands else "")
        raise _Unmappable("value", RowCode.VALUE_UNREADABLE, f"{text[:40]!r} is not a number with {marks}")
    return plain


def _without_marks(text: str, rule: ValueRule) -> str | None:
    """Return the number with a point and no thousands marks; None when a mark stands where it cannot."""
    whole, mark, fraction = text.partition(rule.decimal)
    if rule.thousands is not None and rule.thousands in whole:
        first, *groups = whole.lstrip("+-").split(rule.thousands)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            return None
        whole = whole.replace(rule.thousands, "")
    if "." in whole or "." in fraction:
        return None
    return f"{whole}.{fraction}" if mark else whole


def _quality(record: Mapping[str, Any], rule: QualityRule | None) -> str:
    if rule is None:
        return ""
    if rule.constant is not None:
        return rule.constant
    text = _text(field_of(record, rule.field or ""))
    return text if rule.codes is None else rule.codes.get(text, text)


def _needed(record: Mapping[str, Any], name: str, field: str) -> str:
    text = _text(field_of(record, name))
    if not text:
        raise _Unmappable(field, RowCode.MISSING_FIELD, f"the record has nothing in {name!r}")
    return text


def _text(value: Any) -> str:
    """Return a field's text; null and what is no single value are empty."""
    return value.strip() if isinstance(value, str) else ""
