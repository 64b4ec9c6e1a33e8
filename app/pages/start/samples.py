"""What some pasted rows tell of a meter: timestamps and their spacing, whether values grow, the unit, and why.

Rows come out of a spreadsheet, a CSV file or a logger. Nothing here decides: what is recognised is proposed, with the
reason, and a person may change each of it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from itertools import pairwise

from app.core.inventory.meters import TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.units.units_meant import meant_by
from app.pages.frame.words import gettext as _
from app.pages.frame.words import ngettext
from app.pages.start.sample_cells import WITH_UNIT, Table, table_of, times_of, values_of

_IN_BRACKETS = re.compile(r"[\[(（]\s*([^\[\]()（）]{1,12}?)\s*[\])）]")
_CHINESE_UNITS = {
    "千瓦时": "kWh",
    "度": "kWh",
    "兆瓦时": "MWh",
    "立方米": "m3",
    "方": "m3",
    "吨": "t",
    "千克": "kg",
    "公斤": "kg",
    "升": "L",
    "人": "person",
}
_STARTS = re.compile(r"\b(start|from|begin|von|beginn)|开始|起", re.IGNORECASE)
_ENDS = re.compile(r"\b(end|to|until|till|bis|ende)\b|结束|截止|止", re.IGNORECASE)
_SMALL_STEP = 5
"""A counter grows by little of what it shows: by less than a fifth a row."""

_FEW = 3
_UNITS = {"H": 3600, "M": 60, "S": 1}


class NothingRecognised(ValueError):
    """No row has both a time and a number."""


@dataclass(frozen=True, slots=True)
class Row:
    """A pasted row as it was read: its local time and its number."""

    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class Sample:
    """What was recognised; None for what the rows do not tell. `reasons` say why, by the name of the field."""

    rows: Sequence[Row]
    kind: MeterKind | None = None
    interval: str | None = None
    edge: TimestampEdge | None = None
    unit: str | None = None
    reasons: dict[str, str] = field(default_factory=dict)


def recognised(text: str, *, zone: tzinfo, units: Sequence[str], kinds: Sequence[MeterKind]) -> Sample:
    """Return what pasted rows tell of a meter of one of these units and kinds; raises NothingRecognised.

    `zone` is the plant's: instants with an offset are told by its clock. An example, with a header:

        Time              Energy [kWh]     time in column 1, 15 minutes apart: PT15M
        2026-03-01 00:15  10412.5          the first is 00:15, a quarter hour into the day: stamped at the end
        2026-03-01 00:30  10415.0          values grow by little each row: register
        2026-03-01 00:45  10417.2          kWh stands in the header
    """
    table = table_of(text)
    times, at_column = times_of(table, zone)
    width = max((len(row) for row in table.rows), default=0)
    columns = [*range(at_column + 1, width), *range(at_column)]
    columns.sort(key=lambda column: _unit(table, column, units, {}) is None)
    values, value_column, alike = values_of(table, columns, [place for place, each in enumerate(times) if each])
    read = [Row(at, value) for at, value in zip(times, values, strict=True) if at is not None and value is not None]
    if not read:
        raise NothingRecognised(_("No row with a time and a number was found: paste rows as they stand in the file."))
    rows = sorted(read, key=lambda each: each.at)
    reasons: dict[str, str] = {}
    if alike > _FEW:
        reasons["columns"] = _(
            "There are %(num)s columns of numbers, and the first one was read: if each is a time of the day, upload the"
            " file instead."
        ) % {"num": alike}
    interval = _spacing([each.at for each in rows], reasons)
    kind = _kind(rows, interval, kinds, reasons)
    edge = _edge(rows, interval, table.header[at_column] if at_column < len(table.header) else "", reasons)
    unit = _unit(table, value_column, units, reasons)
    takes_edge = kind in (MeterKind.INTERVAL, MeterKind.GAUGE)
    return Sample(
        rows,
        kind,
        interval if kind is MeterKind.INTERVAL else None,
        edge if takes_edge else None,
        unit,
        {name: words for name, words in reasons.items() if takes_edge or name != "timestamp_edge"},
    )


def _spacing(times: Sequence[datetime], reasons: dict[str, str]) -> str | None:
    """Return the interval by which most rows are apart, as ISO 8601; None when they are not."""
    steps = [later - earlier for earlier, later in pairwise(times) if later > earlier]
    if len(steps) < _FEW - 1:
        reasons["interval"] = _("Two rows are too few to tell: paste about five.")
        return None
    months = [(b.year - a.year) * 12 + b.month - a.month for a, b in pairwise(times) if b > a]
    same_day = all(each.day == times[0].day and each.time() == times[0].time() for each in times)
    last_days = all((each + timedelta(days=1)).day == 1 for each in times)
    step, count = Counter(steps).most_common(1)[0]
    if (same_day or last_days) and min(months) >= 1:
        found = {1: "P1M", 3: "P3M", 12: "P1Y"}.get(Counter(months).most_common(1)[0][0])
        if found:
            reasons["interval"] = _("The rows are %(count)s times a whole month or year apart.") % {"count": len(steps)}
        return found
    if count * 5 < len(steps) * 3:
        reasons["interval"] = _("The rows are not evenly apart: from %(least)s to %(most)s.") % {
            "least": _long(min(steps)),
            "most": _long(max(steps)),
        }
        return None
    reasons["interval"] = _("%(count)s of %(all)s neighbouring rows are %(step)s apart.") % {
        "count": count,
        "all": len(steps),
        "step": _long(step),
    }
    return _iso(int(step.total_seconds()))


def _long(step: timedelta) -> str:
    """Return a stretch of time in words, in the largest unit that it is whole numbers of."""
    seconds = int(step.total_seconds())
    if seconds and seconds % 86_400 == 0:
        return ngettext("%(num)d day", "%(num)d days", seconds // 86_400) % {"num": seconds // 86_400}
    if seconds and seconds % 3_600 == 0:
        return ngettext("%(num)d hour", "%(num)d hours", seconds // 3_600) % {"num": seconds // 3_600}
    if seconds and seconds % 60 == 0:
        return ngettext("%(num)d minute", "%(num)d minutes", seconds // 60) % {"num": seconds // 60}
    return str(step)


def _iso(seconds: int) -> str:
    if seconds % 86_400 == 0:
        return "P1W" if seconds == 7 * 86_400 else f"P{seconds // 86_400}D"
    name, size = next((name, size) for name, size in _UNITS.items() if seconds % size == 0)
    return f"PT{seconds // size}{name}"


def _kind(
    rows: Sequence[Row], interval: str | None, kinds: Sequence[MeterKind], reasons: dict[str, str]
) -> MeterKind | None:
    values = [each.value for each in rows]
    steps = [later - earlier for earlier, later in pairwise(values)]
    grows = len(values) >= _FEW and min(steps) >= 0 and max(steps) > 0
    if len(kinds) == 1:
        reasons["kind"] = _("There is one kind of meter of this.")
        return kinds[0]
    if grows and MeterKind.REGISTER in kinds and max(steps) * _SMALL_STEP <= values[0]:
        reasons["kind"] = _(
            "Each row shows as much as the one before or little more, %(first)s to %(last)s: a counter."
        ) % {
            "first": values[0],
            "last": values[-1],
        }
        return MeterKind.REGISTER
    if grows and MeterKind.REGISTER in kinds and len(values) > _FEW:
        reasons["kind"] = _(
            "No row shows less than the one before: probably a counter. If each is a use by itself, choose interval."
        )
        return MeterKind.REGISTER
    if interval is not None and MeterKind.INTERVAL in kinds:
        reasons["kind"] = _("The values go up and down, evenly apart: each is the use of one interval.")
        return MeterKind.INTERVAL
    if len(values) >= _FEW and MeterKind.EVENT in kinds:
        reasons["kind"] = _(
            "The values go up and down, unevenly apart: each is something that happened, such as a delivery."
        )
        return MeterKind.EVENT
    return None


def _edge(rows: Sequence[Row], interval: str | None, header: str, reasons: dict[str, str]) -> TimestampEdge | None:
    """Return at which end of its interval a row is stamped, by the name of the column, else by the first row."""
    name = "timestamp_edge"
    if _STARTS.search(header) or _ENDS.search(header):
        reasons[name] = _("The column is called “%(name)s”.") % {"name": header}
        return TimestampEdge.INTERVAL_START if _STARTS.search(header) else TimestampEdge.INTERVAL_END
    first = rows[0].at
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if interval is None:
        return None
    if interval.startswith("PT"):
        step = min(later.at - earlier.at for earlier, later in pairwise(rows) if later.at > earlier.at)
        if first - midnight == step:
            reasons[name] = _("The first row is %(time)s, one interval into the day: it tells of what ended then.") % {
                "time": first.strftime("%H:%M")
            }
            return TimestampEdge.INTERVAL_END
        if first == midnight:
            reasons[name] = _("The first row is 00:00: it tells of what began then.")
            return TimestampEdge.INTERVAL_START
        reasons[name] = _("The rows do not tell. Most loggers stamp the end, most bills the start: ask who set it up.")
        return None
    if interval in ("P1M", "P3M", "P1Y") and (first + timedelta(days=1)).day == 1:
        reasons[name] = _("The rows name the last day: send each under the first day of its month or year.")
        return TimestampEdge.INTERVAL_START
    if all(each.at == each.at.replace(hour=0, minute=0, second=0) for each in rows):
        reasons[name] = _("The rows name the day or month alone: the one that begins then.")
        return TimestampEdge.INTERVAL_START
    return None


def _unit(table: Table, column: int, units: Sequence[str], reasons: dict[str, str]) -> str | None:
    """Return the unit that stands in the header or behind the numbers; None where none of `units` does."""
    head = table.header[column] if column < len(table.header) else ""
    cells = [WITH_UNIT.fullmatch(row[column]) for row in table.rows if column < len(row)]
    behind = {match["unit"] for match in cells if match}
    words = [*_IN_BRACKETS.findall(head), *sorted(behind), *re.split(r"[\s,_/]+", head), head]
    for word in words:
        found = _CHINESE_UNITS.get(word, word)
        meant = [found] if found in units else meant_by(found, units) if found else []
        if meant:
            reasons["unit"] = _("“%(word)s” stands in the rows.") % {"word": word}
            return meant[0]
    powers = {"W", "kW", "MW"} & set(words)
    if powers:
        reasons["unit"] = _(
            "%(word)s is a power, and a meter counts energy: send power times hours, or what the counter shows."
        ) % {"word": powers.pop()}
    return None
