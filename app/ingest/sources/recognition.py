"""A layout proposed for a table: by the words of its header, by the meters there are, and by what its cells hold.

What can be read in two ways is proposed in one and told of as doubtful: a person decides.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.calendar.calendar_periods import MONTH_WORDS, calendar_period
from app.core.readings.columns import Quality
from app.ingest.sources.date_evidence import Evidence
from app.ingest.sources.dates_proposed import propose_dates
from app.ingest.sources.guesses import NumberGuess, TimeGuess, is_number, is_time, numbers_guessed, times_guessed
from app.ingest.sources.header_words import normal, role_of, without_unit
from app.ingest.sources.heads import Head, Line
from app.ingest.sources.layout import METER_MARK, Layout, Role
from app.ingest.sources.records import SourceFormat
from app.ingest.sources.source_units import units_meant
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.tables import KnownMeter, Table, table_of

_HEADER_WITHIN = 30
_MONTHS = frozenset(
    [*MONTH_WORDS] + [f"q{number}" for number in range(1, 5)] + [f"{number}月" for number in range(1, 13)]
)
_MOST_NAMES = 200
_TEMPLATE = (Role.METER, Role.NOTHING, Role.NOTHING, Role.NOTHING, Role.UNIT)


@dataclass(frozen=True, slots=True)
class Recognized:
    """A layout, the table as it has it, the texts of its meter's column, and what of the layout may be otherwise.

    `reasons` say why something is proposed, by the name of what it is in the layout.
    """

    layout: Layout
    table: Table
    names: Sequence[str]
    doubts: frozenset[str]
    reasons: Mapping[str, Evidence] = field(default_factory=dict)


def recognized(
    head: Head, meters: Sequence[KnownMeter], *, timezone: str, header_line: int | None = None
) -> Recognized:
    """Return the layout that is proposed for a file; `timezone` is that of an organization whose meters tell none."""
    header_line = header_line or _header_line(head.lines, meters)
    table = table_of(head, header_line)
    layout = Layout(head.format, head.encoding, head.delimiter, head.sheet, header_line, table.header_lines)
    layout.roles = _roles(table, meters)
    layout.quality = Quality.MANUAL if is_template(layout) else ""
    found = completed(layout, table, meters, timezone=timezone)
    if layout.stamp == Stamp.MONTH:  # a month tells its begin itself
        layout.roles |= {name: str(Role.NOTHING) for name, role in layout.roles.items() if role == Role.START}
    return found


def completed(
    layout: Layout,
    table: Table,
    meters: Sequence[KnownMeter],
    *,
    timezone: str,
    codes: Mapping[str, str] | None = None,
) -> Recognized:
    """Return a layout whose roles are known with the rest proposed: meters by name, times, numbers, time zone.

    `codes` are those of meters that somebody has chosen, by what the file calls them.
    """
    names = names_in(layout, table)
    layout.codes = dict(_codes(names, meters)) if codes is None else dict(codes)
    numbers, times = _guesses(layout, table)
    layout.stamp, layout.order, layout.midnight = times.stamp, times.order, "begins_day"
    if layout.format is SourceFormat.CSV:
        layout.decimal, layout.thousands = numbers.decimal, numbers.thousands
    spoken = {layout.meter, *layout.meter_columns.values(), *layout.codes.values()}
    layout.units = dict(_units(layout, table, {each.code: each.unit for each in meters if each.code in spoken}))
    zones = {each.timezone for each in meters if each.code in spoken}
    layout.timezone = next(iter(zones)) if len(zones) == 1 else timezone
    doubts = {name for name, doubt in (("order", times.doubtful), ("decimal", numbers.doubtful)) if doubt}
    if len(zones) > 1:
        doubts.add("timezone")
    reasons = propose_dates(layout, table, times, [each for each in meters if each.code in spoken])
    return Recognized(layout, table, names, frozenset({*doubts, *reasons}), reasons)


def is_template(layout: Layout) -> bool:
    """Tell whether a table is a template of monthly figures that was handed out, filled in.

    Its columns are the meter, its name, plant and resource, the unit, and months.
    """
    roles = list(layout.roles.values())
    whole = all(role == Role.PERIOD for role in roles[len(_TEMPLATE) :])
    return layout.format is SourceFormat.XLSX and tuple(roles[: len(_TEMPLATE)]) == _TEMPLATE and whole


def names_in(layout: Layout, table: Table) -> list[str]:
    """Return the texts of the meter's column, each once."""
    column = layout.column(Role.METER)
    if column is None or layout.meter_columns or column not in table.columns:
        return []
    return list(dict.fromkeys(table.column(column)))[:_MOST_NAMES]


def _header_line(lines: Sequence[Line], meters: Sequence[KnownMeter]) -> int:
    """Return the line that is most likely the header: where most cells are words of one, or else the first wide one.

    Titles above a table have one cell, and the rows below it numbers.
    """
    known = {normal(each) for meter in meters for each in (meter.code, meter.name)}

    def words(line: Line) -> int:
        named = [role_of(cell) is not None or normal(cell) in known or _is_period(cell) for cell in line.cells if cell]
        numbers = any(is_number(cell) and not _is_period(cell) for cell in line.cells if cell)
        return 0 if numbers else sum(named)

    first = lines[:_HEADER_WITHIN]
    if not first:
        return 1
    best = max(first, key=words)
    if words(best) > 1:
        return best.number
    wide = max(len([cell for cell in line.cells if cell]) for line in first)
    return next(line.number for line in first if len([cell for cell in line.cells if cell]) == wide)


def _roles(table: Table, meters: Sequence[KnownMeter]) -> dict[str, str]:
    """Return the role of each column.

    By its name: a word of headers, a meter, a period. A role is given once, to the first column of that name. Columns
    named by two or more periods, or by meters, hold the values; then no other does.
    """
    by_name = _by_name(meters)
    roles = dict.fromkeys([name for name in table.columns if name], str(Role.NOTHING))
    periods = [name for name in roles if _is_period(name)]
    of_meters = {name: code for name in roles if (code := _named(table.head(name), by_name)) is not None}
    for name in roles:
        role = role_of(table.head(name)) or role_of(without_unit(table.head(name)))
        if role is not None and str(role) not in roles.values() and name not in of_meters:
            roles[name] = str(role)
    if of_meters and Role.METER not in roles.values():
        roles |= {name: f"{METER_MARK}{code}" for name, code in of_meters.items()}
    elif len(periods) > 1 or (periods and Role.TIMESTAMP not in roles.values()):
        whole = any(normal(name) not in _MONTHS for name in periods)  # such as 2024-03, of which no row says the year
        roles |= {name: "" for name, role in roles.items() if whole and role in (Role.TIMESTAMP, Role.TIME)}
        roles |= dict.fromkeys(periods, str(Role.PERIOD))
    if Role.TIMESTAMP not in roles.values():  # `time` alone is no time of day
        roles |= {name: str(Role.TIMESTAMP) for name, role in roles.items() if role == Role.TIME}
    _by_content(roles, table, by_name)
    return roles


def _by_content(roles: dict[str, str], table: Table, by_name: Mapping[str, str]) -> None:
    """Give roles that no name has told to columns by what they hold: times, meters, numbers."""
    wide = any(role.startswith(METER_MARK) or role == Role.PERIOD for role in roles.values())
    free = [name for name, role in roles.items() if role == Role.NOTHING]
    told: dict[Role, Callable[[list[str]], bool]] = {
        Role.TIMESTAMP: lambda texts: all(map(is_time, texts)),
        Role.METER: lambda texts: all(normal(text) in by_name for text in texts),
        Role.VALUE: lambda texts: all(map(is_number, texts)),
    }
    for role, holds in told.items():
        wanted = role is Role.TIMESTAMP or not wide or (role is Role.METER and Role.PERIOD in roles.values())
        if not wanted or role in roles.values() or (role is Role.TIMESTAMP and Role.PERIOD in roles.values()):
            continue
        found = next((name for name in free if (texts := table.column(name)) and holds(texts)), None)
        if found is not None:
            roles[found] = str(role)
            free.remove(found)
    if wide and Role.VALUE in roles.values():
        roles |= {name: str(Role.NOTHING) for name, role in roles.items() if role == Role.VALUE}


def _by_name(meters: Sequence[KnownMeter]) -> dict[str, str]:
    """Return the codes of meters by what they may be called; a name that two have says nothing."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for meter in meters:
        name = normal(meter.name)
        twice |= {name} if found.get(name, meter.code) != meter.code else set()
        found[name] = meter.code
    codes = {normal(meter.code): meter.code for meter in meters}
    return {name: code for name, code in found.items() if name and name not in twice} | codes


def _named(head: str, by_name: Mapping[str, str]) -> str | None:
    """Return the code of the meter that a column is called after, with its unit behind it or without."""
    return by_name.get(normal(head)) or by_name.get(normal(without_unit(head)))


def _units(layout: Layout, table: Table, own: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the columns of values whose header says a unit, with it; what may be several stays as it is written."""
    columns = layout.meter_columns or dict.fromkeys([layout.valued] if layout.valued in table.columns else [], "")
    ours = {*own.values()}
    for name, code in columns.items():
        text = table.unit_of(name)
        meant = units_meant(text, own.get(code) or (next(iter(ours)) if len(ours) == 1 else "")) if text else []
        if meant:
            yield name, meant[0] if len(meant) == 1 else text


def _codes(names: Sequence[str], meters: Sequence[KnownMeter]) -> Mapping[str, str]:
    by_name = _by_name(meters)
    return {name: code for name in names if (code := by_name.get(normal(name))) is not None}


def _is_period(name: str) -> bool:
    return normal(name) in _MONTHS or calendar_period(name.strip(), abbreviated=True) is not None or is_time(name)


def _guesses(layout: Layout, table: Table) -> tuple[NumberGuess, TimeGuess]:
    valued = [*layout.meter_columns, *layout.period_columns]
    value = layout.column(Role.VALUE)
    columns = valued or ([value] if value is not None else [])
    numbers = numbers_guessed([text for name in columns for text in table.column(name)])
    if layout.period_columns:
        return numbers, times_guessed(layout.period_columns)
    stamp = layout.column(Role.TIMESTAMP)
    return numbers, times_guessed([] if stamp is None else table.column(stamp))
