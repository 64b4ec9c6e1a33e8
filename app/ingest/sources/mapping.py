"""Declarative mappings: which field of a source's record is meter, timestamp and value, and how it is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from app.ingest.bodies.json_values import Digits
from app.ingest.problems import RowCode, RowProblem
from app.ingest.sources.dst_marks import DstMark
from app.ingest.sources.instant_texts import TimeUnreadable
from app.ingest.sources.local_time import ClocksSkipped, Nonexistent
from app.ingest.sources.number_texts import NumberUnreadable, ValueRule, number_from_text, scaled
from app.ingest.sources.skipping import SkipRule
from app.ingest.sources.source_units import UnitMismatch, UnitRule, unit_factor
from app.ingest.sources.stamping import Stamped, TimestampRule, cell_stamped, stamped, start_stamped
from app.ingest.sources.twice import LocalInstant
from app.ingest.sources.wide import Cell, SpanUnclear, WideRule, cells_of, plain_name

_LONGEST_ECHO = 200


class Unlisted(StrEnum):
    """What happens to a record whose meter text the mapping does not list."""

    REJECT = "reject"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class MeterRule:
    """The meter: one `constant` code, or what `field` holds, through `codes` (source's text to code) when given.

    With neither, the columns of a wide row are named by meters.
    """

    constant: str | None = None
    field: str | None = None
    codes: Mapping[str, str] | None = None
    unlisted: Unlisted = Unlisted.REJECT


@dataclass(frozen=True, slots=True)
class QualityRule:
    """The quality: one `constant`, or what `field` holds, through `codes` when given."""

    constant: str | None = None
    field: str | None = None
    codes: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """The ticket number of a row: what `field` holds, or the row's place among those of one meter and timestamp."""

    field: str | None = None
    by_order: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What makes readings of a record; `start` is the field of the row's own start, where it has one."""

    meter: MeterRule
    timestamp: TimestampRule
    value: ValueRule
    quality: QualityRule | None = None
    start: str | None = None
    skip: Sequence[SkipRule] = ()
    wide: WideRule | None = None
    reference: ReferenceRule = ReferenceRule()
    units: UnitRule | None = None

    @property
    def needed(self) -> list[str]:
        """The fields that every record should have."""
        values = [self.value.field, *(self.wide.needed if self.wide else ())]
        return [*self.needed_beside_values, *(name for name in values if name is not None)]

    @property
    def needed_beside_values(self) -> list[str]:
        """The fields that every record should have and that hold no value."""
        stamp, told, quality = self.timestamp, self.timestamp.told, self.quality
        named = [self.meter.field, stamp.field, stamp.time_field, told.field if told else None, self.start]
        named += [quality.field if quality else None, self.reference.field, self.units.field if self.units else None]
        return [name for name in named if name is not None]


@dataclass(frozen=True, slots=True)
class MappedRow:
    """A reading as the texts a body carries; an empty quality, start or reference is none.

    `twice` and `start_twice` are local times that may be either of two instants, of which the text is the first until
    the order of the rows has told.
    """

    meter: str
    timestamp: str
    value: str
    quality: str
    start: str
    reference: str = ""
    twice: LocalInstant | None = None
    start_twice: LocalInstant | None = None


class _Unmappable(ValueError):
    def __init__(self, field: str, code: RowCode, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


class _Skipped(Exception):
    """There is no reading, by the mapping's own words."""


def map_record(record: Mapping[str, Any], rules: Rules, *, index: int) -> Iterator[MappedRow | RowProblem | None]:
    """Yield what a record holds, one reading unless it is wide: a row, what is wrong with it, or None when skipped.

    `record` holds texts, Digits, null, and objects that dotted field names lead into.
    """
    cells = [None] if rules.wide is None else cells_of(record, rules.wide)
    for cell in cells:
        yield _map_cell(record, rules, cell, index)
    if not cells:
        words = (
            "of the columns that hold values the first or the last is not there, or the last stands before the first"
        )
        yield RowProblem(index, "value", RowCode.MISSING_FIELD, words)


def _map_cell(record: Mapping[str, Any], rules: Rules, cell: Cell | None, index: int) -> MappedRow | RowProblem | None:
    try:
        return _mapped(record, rules, cell)
    except _Skipped:
        return None
    except _Unmappable as error:
        when = _text(field_of(record, rules.timestamp.field or ""))[:_LONGEST_ECHO] or None
        where = rules.meter.constant or _text(field_of(record, rules.meter.field or ""))[:_LONGEST_ECHO] or None
        detail = error.detail if cell is None else f"column {cell.name[:_LONGEST_ECHO]!r}: {error.detail}"
        return RowProblem(index, error.field, error.code, detail, where, when)


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


def _mapped(record: Mapping[str, Any], rules: Rules, cell: Cell | None) -> MappedRow:
    value = field_of(record, rules.value.field or "") if cell is None else cell.value
    if _text(value) in rules.value.missing or (cell is not None and not _text(value)):
        raise _Skipped
    meter = _meter(record, rules.meter, cell)
    timestamp = _timestamp(record, rules, cell)
    number = _number(value, _in_own_unit(record, rules, cell, meter))
    start = _start(record, rules)
    quality = _quality(record, rules.quality)
    reference = "" if rules.reference.field is None else _reference(field_of(record, rules.reference.field))
    return MappedRow(meter, timestamp.text, number, quality, start.text, reference, timestamp.twice, start.twice)


def _reference(found: Any) -> str:
    """Return a ticket's number as its text, also where the source has a number for it."""
    return str(found) if isinstance(found, Digits) else _text(found)


def _meter(record: Mapping[str, Any], rule: MeterRule, cell: Cell | None) -> str:
    if rule.constant is not None:
        return rule.constant
    codes = rule.codes or {}
    if rule.field is not None:
        text = _needed(record, rule.field, "meter")
    else:
        name = cell.name if cell is not None else ""
        text = name if name in codes else plain_name(name)
    if rule.codes is None:
        return text
    if text in codes:
        return codes[text]
    if rule.unlisted is Unlisted.SKIP:
        raise _Skipped
    raise _Unmappable("meter", RowCode.UNKNOWN_METER, f"the mapping lists no meter for {text[:64]!r}")


def _timestamp(record: Mapping[str, Any], rules: Rules, cell: Cell | None) -> Stamped:
    rule = rules.timestamp
    text = "" if rule.field is None else _needed(record, rule.field, "timestamp")
    if rule.time_field is not None:
        text = f"{text} {_needed(record, rule.time_field, 'timestamp')}"
    told = _told(record, rule)
    try:
        if cell is None or rules.wide is None:
            return stamped(text, rule, told)
        return cell_stamped(text, rule, rules.wide, cell, told)
    except SpanUnclear:
        detail = "the column is named by a span, and the mapping has no `edge` that says which end the timestamp is"
        raise _Unmappable("timestamp", RowCode.TIMESTAMP_UNREADABLE, detail) from None
    except TimeUnreadable as error:
        raise _refusal(error, rule, "timestamp") from None


def _told(record: Mapping[str, Any], rule: TimestampRule) -> DstMark | None:
    if rule.told is None:
        return None
    found = field_of(record, rule.told.field)
    text = str(found).lower() if isinstance(found, bool) else _text(found)
    if text not in rule.told.codes:
        detail = f"the mapping does not say what {text[:40]!r} in {rule.told.field!r} tells of the time"
        raise _Unmappable("timestamp", RowCode.TIMESTAMP_UNREADABLE, detail)
    return rule.told.codes[text]


def _start(record: Mapping[str, Any], rules: Rules) -> Stamped:
    text = "" if rules.start is None else _text(field_of(record, rules.start))
    if not text:
        return Stamped("")
    try:
        return start_stamped(text, rules.timestamp)
    except TimeUnreadable as error:
        raise _refusal(error, rules.timestamp, "start") from None


def _refusal(error: TimeUnreadable, rule: TimestampRule, field: str) -> Exception:
    skips = rule.local is not None and rule.local.nonexistent is Nonexistent.SKIP
    if skips and isinstance(error, ClocksSkipped):
        return _Skipped()
    return _Unmappable(field, error.code, error.detail)


def _number(value: Any, rule: ValueRule) -> str:
    if isinstance(value, Digits):
        return scaled(str(value), rule.factor)
    try:
        return number_from_text(_text(value), rule)
    except NumberUnreadable as error:
        raise _Unmappable("value", RowCode.VALUE_UNREADABLE, str(error)) from None


def _in_own_unit(record: Mapping[str, Any], rules: Rules, cell: Cell | None, meter: str) -> ValueRule:
    """Return the rule by which a number comes to be in its meter's unit: one factor, so that it is rounded once."""
    units = rules.units
    own = None if units is None else (units.of_meters or {}).get(meter)
    if units is None or own is None:
        return rules.value
    text = units.constant or (units.columns or {}).get("" if cell is None else cell.name)
    if units.field is not None:
        said = _needed(record, units.field, "unit")
        text = (units.codes or {}).get(said, said)
    if text is None or text == own:
        return rules.value
    try:
        return replace(rules.value, factor=rules.value.factor * unit_factor(text, own))
    except UnitMismatch as error:
        raise _Unmappable("unit", RowCode.UNIT_MISMATCH, str(error)) from None


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
