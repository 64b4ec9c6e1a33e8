"""How a table's dates are proposed to be read, by what they and the meters of their rows tell, each with why."""

from collections.abc import Collection, Mapping, Sequence

from app.ingest.sources.date_evidence import Evidence, Rhythm, end_told, order_told
from app.ingest.sources.guesses import TimeGuess
from app.ingest.sources.layout import Layout, Role
from app.ingest.sources.stamping import Stamp
from app.ingest.sources.tables import KnownMeter, Table
from app.ingest.sources.wide import plain_name


def propose_dates(
    layout: Layout, table: Table, times: TimeGuess, meters: Sequence[KnownMeter]
) -> Mapping[str, Evidence]:
    """Have a layout read dates as the table tells, of the `meters` that it speaks of; return why, by what it is of.

    An order that nothing speaks for is left open. The last days of months name monthly figures, and elsewhere end at
    midnight; of what is of a day itself, such as a delivery, nothing is told by them.
    """
    if times.stamp is not Stamp.LOCAL:
        return {}
    rhythms = {each.rhythm for each in meters if each.rhythm is not None}
    rhythm = rhythms.pop() if len(rhythms) == 1 else None
    ends, starts, groups = _texts(layout, table)
    reasons: dict[str, Evidence] = {}
    if times.doubtful:
        layout.order, reasons["order"] = order_told(groups, times.orders, rhythm)
    if not layout.order or layout.column(Role.TIME) is not None or not all(each.spans for each in meters):
        return reasons
    told = end_told(ends, starts, layout.order, rhythm)
    if told in (Evidence.MONTH_ENDS, Evidence.WHOLE_MONTHS) and _all_monthly(meters, rhythm):
        layout.stamp, reasons["stamp"] = Stamp.MONTH, told
    elif told is Evidence.MONTH_STARTS:
        reasons["stamp"] = told
    elif told is not None:
        layout.midnight, reasons["midnight"] = "ends_day", told
    return reasons


def _all_monthly(meters: Collection[KnownMeter], rhythm: Rhythm | None) -> bool:
    return rhythm is not None and rhythm.monthly and all(each.rhythm is not None for each in meters)


def _texts(layout: Layout, table: Table) -> tuple[list[str], list[str], list[list[str]]]:
    """Return the dates of the rows that have one, where these begin, and the dates of each meter's rows."""
    if layout.period_columns:
        names = [plain_name(name) for name in layout.period_columns]
        return names, [], [names]
    places = {name: at for at, name in enumerate(table.columns)}
    at, begin, meter = (places.get(layout.column(role) or "", -1) for role in (Role.TIMESTAMP, Role.START, Role.METER))
    rows = [row for row in table.rows if _cell(row, at)]
    groups: dict[str, list[str]] = {}
    for row in rows:
        groups.setdefault(_cell(row, meter), []).append(_cell(row, at))
    starts = [_cell(row, begin) for row in rows] if begin >= 0 else []
    return [_cell(row, at) for row in rows], starts, list(groups.values())


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if 0 <= at < len(row) else ""
