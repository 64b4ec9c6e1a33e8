"""How an uploaded file is read: what is proposed for it, what a person has chosen, and the mapping that this makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.ingest.sources.date_evidence import Rhythm
from app.ingest.sources.file_units import FileUnit, file_units, units_refused
from app.ingest.sources.header_words import role_of
from app.ingest.sources.heads import Head, head_of
from app.ingest.sources.layout import Layout, Role, layout_from, mapping_from
from app.ingest.sources.recognition import Recognized, completed, recognized
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.tables import KnownMeter, Table, table_of
from app.models import Organization
from app.pages.forms import FormFields
from app.pages.frame.words import gettext as _
from app.pages.plain_words import plain_words, told
from app.pages.refusal import refusal
from app.schemas.readings.mappings import ReadingMapping, source_mapping
from app.store.directory.metered import metered

UNIT_COLUMN = "unit_column"
LEFT_OUT = "-"
"""What a form says of a meter whose rows are left out; of one that it says nothing of they are rejected."""

_BY_COLUMNS = {
    "was_times": ("stamp", "order", "midnight"),
    "was_values": ("decimal", "thousands", "factor"),
    "was_meters": ("stamp", "midnight"),
}
"""What is told anew from the cells when other columns are said to hold times, or values, or to be of other meters."""

_LAST_HEADER = 1_000
_MOST_SHEETS = 20
_CHOICES = ("stamp", "order", "timezone", "midnight", "ambiguous", "decimal", "thousands", "quality", "factor", "meter")


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as it is to be read: the proposal or what was chosen, and its mapping, None with `wrong` saying why.

    `clashes` are units that the file says and its mapping, which has a factor alone, does not make the meters' own.
    """

    head: Head
    recognized: Recognized
    meters: Sequence[KnownMeter]
    mapping: ReadingMapping | None
    wrong: str = ""
    clashes: Sequence[FileUnit] = ()

    @property
    def layout(self) -> Layout:
        return self.recognized.layout

    @property
    def table(self) -> Table:
        return self.recognized.table

    @property
    def stored(self) -> dict[str, Any] | None:
        """Return the mapping as it is kept with the file, and the column of units, empty where nobody is to read it."""
        if self.mapping is None:
            return None
        plain = plain_mapping(self.mapping)
        return plain if self.clashes else {**plain, UNIT_COLUMN: self.unit_column}

    @property
    def unit_column(self) -> str:
        return self.layout.column(Role.UNIT) or ""

    @property
    def refused(self) -> list[tuple[str, str]]:
        """Return the meters whose numbers are in a unit that is none of theirs, each with why."""
        return units_refused(self.layout, self.table, self.meters)


def plain_mapping(mapping: ReadingMapping) -> dict[str, Any]:
    """Return a mapping as connectors have it."""
    return mapping.model_dump(mode="json", exclude_none=True)


def known_meters(session: Session, organization_id: int) -> list[KnownMeter]:
    """Return the meters of an organization that readings may be of, by code."""
    found = []
    for each in metered(session, organization_id):
        spec, spans = each.spec, each.spec.kind in (MeterKind.INTERVAL, MeterKind.REGISTER)
        found.append(KnownMeter(spec.code, each.name, each.unit, spec.zone.key, _rhythm(spec), spans))
    return sorted(found, key=lambda each: each.code)


def _rhythm(spec: MeterSpec) -> Rhythm | None:
    if spec.kind is not MeterKind.INTERVAL or spec.interval is None or spec.interval.months > 1:
        return None
    return Rhythm(spec.interval.months == 1, spec.edge is TimestampEdge.INTERVAL_END)


def proposed(
    content: bytes, meters: Sequence[KnownMeter], organization: Organization, named: Mapping[str, Mapping[str, Any]]
) -> Reading:
    """Return how a new file may be read: by a mapping of those with a name whose columns it has, else as recognized.

    Raises SourceUnreadable.
    """
    head = head_of(content)
    for mapping in named.values():
        columns = _table(head, mapping).columns
        valid = ReadingMapping.model_validate(dict(mapping))
        if mapping.get("format") == head.format and set(source_mapping(valid).needed) <= set(columns):
            return stored_reading(content, mapping, meters)
    head, found = _first_table(content, head, meters, organization)
    return _reading(head, found, meters, None)


def _first_table(
    content: bytes, head: Head, meters: Sequence[KnownMeter], organization: Organization
) -> tuple[Head, Recognized]:
    """Return the first sheet that has times and values in it; the first of all where none has: a cover has neither."""
    first = head, recognized(head, meters, timezone=organization.timezone)
    for name in head.sheets[:_MOST_SHEETS]:
        other = head if name == head.sheet else _head(content, name, None, None)
        found = first[1] if other is head else recognized(other, meters, timezone=organization.timezone)
        layout = found.layout
        values = layout.meter_columns or layout.valued
        if layout.period_columns or (values and layout.column(Role.TIMESTAMP) is not None):
            return other, found
    return first


def stored_reading(content: bytes, mapping: Mapping[str, Any], meters: Sequence[KnownMeter]) -> Reading:
    """Return a file as it is read by a mapping that is stored; raises SourceUnreadable."""
    head = _head(content, mapping.get("sheet"), mapping.get("encoding"), mapping.get("delimiter"))
    table = _table(head, mapping)
    layout = layout_from(mapping, table.columns)
    units, unit_codes = layout.units, layout.unit_codes
    # What may be read otherwise is told again: whoever looks at the file decides, whatever was chosen before.
    told = completed(replace(layout), table, meters, timezone=layout.timezone, codes=layout.codes or None)
    if (mapping.get("meter") or {}).get("unlisted") == "skip":
        layout.codes |= {name: "" for name in told.names if name not in layout.codes}
    layout.units, layout.unit_codes = units, unit_codes
    clashes: Sequence[FileUnit] = ()
    if not mapping.get("unit") and UNIT_COLUMN not in mapping:
        clashes = _units_read(layout, told, meters)
    return _reading(head, replace(told, layout=layout), meters, mapping, clashes)


def _units_read(layout: Layout, told: Recognized, meters: Sequence[KnownMeter]) -> list[FileUnit]:
    """Have the units of a file read that its mapping says nothing of, where they say what its factor does; else tell.

    A mapping with the factor 1000 for a column of MWh reads the column instead; of one in kWh nobody knows what is
    right.
    """
    column = next((name for name in told.table.columns if role_of(name) is Role.UNIT), None)
    roles = {**layout.roles, column: str(Role.UNIT)} if column and not layout.meter_columns else layout.roles
    units = file_units(replace(layout, roles=roles), told.table, meters)
    wrong = [each for each in units if not each.fits(layout.factor)]
    if units and not wrong and all(each.factor is not None for each in units):
        layout.roles, layout.units, layout.factor = roles, told.layout.units, ""
    return wrong


def _table(head: Head, mapping: Mapping[str, Any]) -> Table:
    """Return the table of a stored mapping; one that has a header of a line may be of a time without lines of units."""
    return table_of(head, int(mapping.get("skip_lines", 0)) + 1, int(mapping.get("header_lines", 1)))


def chosen(
    content: bytes,
    form: FormFields,
    meters: Sequence[KnownMeter],
    organization: Organization,
    base: Mapping[str, Any] | None,
) -> Reading:
    """Return a file as a form says it is to be read; another sheet or header has its columns proposed anew.

    Raises SourceUnreadable.
    """
    head = _head(content, form.text("sheet") or None, form.text("encoding") or None, form.raw("delimiter") or None)
    line = form.text("header_line")
    header_line = int(line) if line.isascii() and line.isdigit() and 0 < int(line) <= _LAST_HEADER else 1
    sheet_moved = form.text("was_sheet") != (head.sheet or "")
    if sheet_moved or form.text("was_header") != str(header_line) or not form.has("role|0"):
        found = recognized(
            head, meters, timezone=organization.timezone, header_line=None if sheet_moved else header_line
        )
        return _reading(head, found, meters, None)
    table = table_of(head, header_line)
    layout = Layout(head.format, head.encoding, head.delimiter, head.sheet, header_line, table.header_lines)
    layout.meter = form.text("meter")
    layout.roles = {name: form.text(f"role|{at}") for at, name in enumerate(table.columns) if name}
    by_name = completed(replace(layout), table, meters, timezone=organization.timezone)
    codes = _codes_said(by_name, form)
    told = completed(layout, table, meters, timezone=organization.timezone, codes=codes)
    _say_units(layout, table, form)
    said = columns_said(layout, told.names)
    moved = [name for which, names in _BY_COLUMNS.items() if form.raw(which) != said[which] for name in names]
    for name in _CHOICES:
        if form.has(name) and name not in moved and (name != "order" or form.text(name)):
            setattr(layout, name, form.raw(name) if name == "thousands" else form.text(name))
    return _reading(head, replace(told, layout=layout), meters, base)


def _codes_said(by_name: Recognized, form: FormFields) -> dict[str, str]:
    """Return the meters by what the file calls them: those that a form chooses, else those of that name."""
    codes = dict(by_name.layout.codes)
    for name in by_name.names:
        code = form.text(f"code|{name}")
        if code:
            codes[name] = "" if code == LEFT_OUT else code
        elif form.has(f"code|{name}"):
            codes.pop(name, None)
    return codes


def columns_said(layout: Layout, names: Sequence[str]) -> dict[str, str]:
    """Return which columns hold times and values, and of which meters, as a form tells it back."""
    times = [layout.column(Role.TIMESTAMP) or "", *layout.period_columns]
    values = [layout.column(Role.VALUE) or "", *layout.meter_columns, *layout.period_columns]
    meters = sorted({layout.meter, *(layout.codes.get(name, name) for name in names), *layout.meter_columns.values()})
    return {"was_times": "|".join(times), "was_values": "|".join(values), "was_meters": "|".join(meters)}


def _say_units(layout: Layout, table: Table, form: FormFields) -> None:
    """Take the units that a form says: of a column that was another's before, they are those that are proposed."""
    for at, name in enumerate(table.columns):
        if name and form.has(f"unit|{at}") and form.text(f"was_role|{at}") == layout.roles[name]:
            layout.units[name] = form.text(f"unit|{at}")
    layout.unit_codes = form.named("said")


def _head(content: bytes, sheet: str | None, encoding: str | None, delimiter: str | None) -> Head:
    return head_of(content, sheet=sheet, encoding=encoding, delimiter=delimiter)


def _reading(
    head: Head,
    found: Recognized,
    meters: Sequence[KnownMeter],
    base: Mapping[str, Any] | None,
    clashes: Sequence[FileUnit] = (),
) -> Reading:
    layout = found.layout
    roles = [role for role in layout.roles.values() if role not in (Role.NOTHING, Role.PERIOD)]
    if len(set(roles)) < len(roles):  # of a meter's two columns, the later one would be taken for a correction
        words = _("Two columns are said to be the same: choose one of them")
        return Reading(head, found, meters, None, words)
    if layout.factor.startswith("-"):
        return Reading(head, found, meters, None, told("factor", plain_words("factor", "greater_than") or ""))
    try:
        mapping = ReadingMapping.model_validate(mapping_from(layout, _plain(base)))
        return Reading(head, found, meters, mapping, clashes=clashes)
    except ValidationError as error:
        return Reading(head, found, meters, None, _missing(layout) or refusal(error))


def _plain(mapping: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: said for name, said in (mapping or {}).items() if name != UNIT_COLUMN}


def _missing(layout: Layout) -> str:
    """Return what has not been said yet of a table, in the words of the form."""
    if not layout.period_columns and layout.column(Role.TIMESTAMP) is None:
        return _("Say which column has the date or time")
    if not layout.meter_columns and not layout.period_columns and layout.column(Role.VALUE) is None:
        return _("Say which column has the values")
    if not layout.meter_columns and layout.column(Role.METER) is None and not layout.meter:
        return _("Say which meter the readings are of")
    if layout.stamp in (Stamp.LOCAL, Stamp.MONTH) and not layout.order:
        return _("The dates may be read in two orders, and nothing tells which one is meant: choose the order of dates")
    return ""
