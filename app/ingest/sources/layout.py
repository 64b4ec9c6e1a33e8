"""What a person says of a table by choosing: what each column is, whose meters, how times and numbers are written.

A layout is a mapping as it can be chosen from lists. What it cannot say stays as a named mapping has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.ingest.sources.records import SourceFormat
from app.ingest.sources.stamping import Stamp

METER_MARK = "="
"""Before the code of a meter whose readings a column holds: `=grid`."""


class Role(StrEnum):
    """What a column of a table can be, beside the readings of one meter."""

    NOTHING = ""
    TIMESTAMP = "timestamp"
    TIME = "time"
    METER = "meter"
    VALUE = "value"
    UNIT = "unit"
    QUALITY = "quality"
    REFERENCE = "reference"
    START = "start"
    PERIOD = "period"


@dataclass(slots=True)
class Layout:
    """How a table is read.

    `roles` is by column, a Role or `=` and a meter's code. `meter` is the code of the meter of all rows, `codes` the
    codes by the texts of the meter's column, empty for one that is left out. `units` are those of the columns with
    values, `unit_codes` those that the texts of the unit's column mean; numbers are multiplied by `factor` beside.
    """

    format: SourceFormat = SourceFormat.CSV
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str | None = None
    header_line: int = 1
    header_lines: int = 1
    roles: dict[str, str] = field(default_factory=dict)
    meter: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    stamp: str = Stamp.LOCAL
    order: str = "YMD"
    timezone: str = ""
    midnight: str = "begins_day"
    ambiguous: str = ""
    decimal: str = "."
    thousands: str = ""
    quality: str = ""
    factor: str = ""
    units: dict[str, str] = field(default_factory=dict)
    unit_codes: dict[str, str] = field(default_factory=dict)

    def column(self, role: Role) -> str | None:
        """Return the first column of a role."""
        return next((name for name, said in self.roles.items() if said == role), None)

    @property
    def valued(self) -> str:
        """Return the column that holds the values of all rows; empty where several do."""
        return self.column(Role.VALUE) or ""

    @property
    def meter_columns(self) -> dict[str, str]:
        """Return the columns that each hold one meter's readings, with its code."""
        return {name: said[1:] for name, said in self.roles.items() if said.startswith(METER_MARK)}

    @property
    def period_columns(self) -> list[str]:
        """Return the columns that are named by a month or another period, or by an instant."""
        return [name for name, said in self.roles.items() if said == Role.PERIOD]


def mapping_from(layout: Layout, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the mapping that a layout is; what it says nothing of is as in `base`. It is still to be validated."""
    mapping = {name: said for name, said in (base or {}).items() if said is not None}
    mapping["format"] = layout.format
    for name in ("encoding", "delimiter", "comment", "sheet"):
        mapping.pop(name, None)
    if layout.format is SourceFormat.CSV:
        mapping |= {"encoding": layout.encoding, "delimiter": layout.delimiter}
    elif layout.sheet:
        mapping["sheet"] = layout.sheet
    mapping["skip_lines"], mapping["header_lines"] = layout.header_line - 1, layout.header_lines
    mapping["timestamp"] = _timestamp(layout, mapping.get("timestamp"))
    mapping["value"] = _value(layout, mapping.get("value"))
    mapping["meter"] = _meter(layout)
    for name in ("quality", "start", "reference", "wide", "unit"):
        mapping.pop(name, None)
    if unit := _unit(layout):
        mapping["unit"] = unit
    if (quality := layout.column(Role.QUALITY)) is not None:
        mapping["quality"] = {"field": quality}
    elif layout.quality:
        mapping["quality"] = {"constant": layout.quality}
    if (start := layout.column(Role.START)) is not None and layout.stamp != Stamp.MONTH:
        mapping["start"] = start
    if (reference := layout.column(Role.REFERENCE)) is not None:
        mapping["reference"] = {"field": reference}
    if layout.meter_columns:
        mapping["wide"] = {"names": "meters", "columns": list(layout.meter_columns)}
    elif layout.period_columns:
        mapping["wide"] = {"names": "timestamps", "columns": layout.period_columns}
    return mapping


def _timestamp(layout: Layout, base: Any) -> dict[str, Any]:
    said = {name: each for name, each in (base or {}).items() if name == "finer" and each is not None}
    if (at := layout.column(Role.TIMESTAMP)) is not None:
        said["field"] = at
    said["format"] = layout.stamp
    if layout.stamp == Stamp.LOCAL:
        said |= {"order": layout.order, "timezone": layout.timezone, "midnight": layout.midnight}
        for name in ("ambiguous", "nonexistent", "dst"):
            if (base or {}).get(name) is not None:
                said[name] = base[name]
        if layout.ambiguous:
            said["ambiguous"] = layout.ambiguous
        if (time := layout.column(Role.TIME)) is not None:
            said["time_field"] = time
    elif layout.stamp == Stamp.MONTH:
        said["order"] = layout.order
    return said


def _value(layout: Layout, base: Any) -> dict[str, Any]:
    said = {name: each for name, each in (base or {}).items() if name in ("missing", "parentheses", "mean_power_over")}
    said = {name: each for name, each in said.items() if each is not None}
    if not layout.meter_columns and not layout.period_columns and (value := layout.column(Role.VALUE)) is not None:
        said["field"] = value
    said["decimal"] = layout.decimal
    if layout.thousands:
        said["thousands"] = layout.thousands
    if layout.factor:
        said["factor"] = layout.factor
    return said


def _unit(layout: Layout) -> dict[str, Any]:
    """Return the unit of the numbers: that of each column of a meter, what the unit's column says, or one for all."""
    if layout.meter_columns:
        columns = {name: unit for name in layout.meter_columns if (unit := layout.units.get(name))}
        return {"columns": columns} if columns else {}
    if (column := layout.column(Role.UNIT)) is not None:
        codes = {text: unit for text, unit in layout.unit_codes.items() if unit}
        return {"field": column, "codes": codes} if codes else {"field": column}
    unit = layout.units.get(layout.valued)
    return {"constant": unit} if unit else {}


def _meter(layout: Layout) -> dict[str, Any]:
    if layout.meter_columns:
        return {"codes": layout.meter_columns}
    column = layout.column(Role.METER)
    if column is None:
        return {"constant": layout.meter} if layout.meter else {}
    chosen = {text: code for text, code in layout.codes.items() if code}
    left_out = any(not code for code in layout.codes.values())
    if not chosen or (not left_out and all(text == code for text, code in chosen.items())):
        return {"field": column}
    return {"field": column, "codes": chosen, "unlisted": "skip" if left_out else "reject"}


def layout_from(mapping: Mapping[str, Any], columns: Sequence[str]) -> Layout:
    """Return the layout of a stored mapping, for a table with these columns."""
    said = {name: each for name, each in mapping.items() if each is not None}
    stamp, value, meter = said.get("timestamp", {}), said.get("value", {}), said.get("meter", {})
    quality, wide, unit = said.get("quality") or {}, said.get("wide") or {}, said.get("unit") or {}
    roles = dict.fromkeys(columns, str(Role.NOTHING))
    named = {
        stamp.get("field"): Role.TIMESTAMP,
        stamp.get("time_field"): Role.TIME,
        meter.get("field"): Role.METER,
        value.get("field"): Role.VALUE,
        quality.get("field"): Role.QUALITY,
        (said.get("reference") or {}).get("field"): Role.REFERENCE,
        said.get("start"): Role.START,
        unit.get("field"): Role.UNIT,
    }
    codes = dict(meter.get("codes") or {})
    roles |= {name: str(role) for name, role in named.items() if name in roles}
    if wide.get("names") == "meters":
        roles |= {name: f"{METER_MARK}{codes.get(name, name)}" for name in wide.get("columns") or () if name in roles}
    elif wide.get("names") == "timestamps":
        roles |= dict.fromkeys([name for name in wide.get("columns") or () if name in roles], str(Role.PERIOD))
    return Layout(
        format=SourceFormat(said["format"]),
        encoding=said.get("encoding", "utf-8"),
        delimiter=said.get("delimiter", ","),
        sheet=said.get("sheet"),
        header_line=said.get("skip_lines", 0) + 1,
        header_lines=said.get("header_lines", 1),
        roles=roles,
        meter=meter.get("constant") or "",
        codes={} if wide.get("names") == "meters" else codes,
        stamp=stamp.get("format", Stamp.RFC3339),
        order=stamp.get("order") or "YMD",
        timezone=stamp.get("timezone") or "",
        midnight=stamp.get("midnight") or "begins_day",
        ambiguous=stamp.get("ambiguous") or "",
        decimal=value.get("decimal", "."),
        thousands=value.get("thousands") or "",
        quality=quality.get("constant") or "",
        factor=value.get("factor") or "",
        units=dict(unit.get("columns") or {value.get("field") or "": unit.get("constant") or ""}),
        unit_codes=dict(unit.get("codes") or {}),
    )
