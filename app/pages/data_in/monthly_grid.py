"""Monthly figures of a plant and reporting year as a grid: a row a meter, a column a month, each with who sent it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from app.core.calendar.calendar_periods import CalendarPeriod
from app.core.calendar.fiscal_years import ReportingPeriod
from app.core.calendar.periods import date_of, instant_from_ms, month_start, next_month_start
from app.core.inventory.meters import MeterSpec, TimestampEdge
from app.core.inventory.resources import MeterKind
from app.core.readings.batches import stored_at_ms
from app.core.readings.columns import COUNTS_BELOW
from app.core.units.quantities import decimal_from_micro, plain
from app.models import Batch
from app.store.directory.metered import Metered
from app.store.directory.people import names_of
from app.store.operations.evidence import counted_by_month
from app.store.readings.readback import ReadbackQuery, read_back


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands for a meter and month: its digits, empty where nothing does, the batch that brought it, by whom.

    `evidence` is how many files prove it.
    """

    meter: str
    month: str
    at: int
    value: str = ""
    batch: int | None = None
    revision: int = 0
    by: str | None = None
    stored: str = ""
    suspect: bool = False
    evidence: int = 0

    @property
    def name(self) -> str:
        """Return what a form calls it."""
        return f"{self.meter}|{self.month}"


@dataclass(frozen=True, slots=True)
class GridRow:
    """A meter with its cells in order of month."""

    metered: Metered
    cells: Sequence[Cell]

    @property
    def meter(self) -> str:
        return self.metered.spec.code


def is_monthly(metered: Metered) -> bool:
    """Tell whether a meter says one figure a calendar month."""
    spec = metered.spec
    return spec.kind is MeterKind.INTERVAL and spec.interval is not None and spec.interval.months == 1


def months_of(period: ReportingPeriod) -> list[CalendarPeriod]:
    """Return the calendar months that have days in a reporting period, in order."""
    found = []
    day = month_start(period.first_day)
    while day < period.end_day:
        found.append(CalendarPeriod(date_of(day), 1))
        day = next_month_start(day)
    return found


def monthly_grid(session: Session, meters: Sequence[Metered], months: Sequence[CalendarPeriod]) -> list[GridRow]:
    """Return the grid of monthly meters; the session has entered what arrived."""
    rows = [[_empty(each.spec, month) for month in months] for each in meters]
    zones = {each.spec.code: each.spec.zone for each in meters}
    cells = {(meter.spec.id, cell.at): cell for meter, row in zip(meters, rows, strict=True) for cell in row}
    if not cells:
        return []
    stamps = [at for _, at in cells]
    query = ReadbackQuery(min(stamps), max(stamps) + 1, None)
    stored = read_back(session, meters, query, after=None, limit=100 * len(cells))
    organization_id = meters[0].spec.organization_id
    batches = _batches(session, organization_id, set(stored.batch.tolist()))
    names = names_of(session, [code for code in batches.values() if code])
    for at in range(len(stored)):
        place = int(stored.meter[at]), int(stored.at[at])
        if (cell := cells.get(place)) is None:
            continue
        batch = int(stored.batch[at])
        code = batches.get(batch)
        cells[place] = Cell(
            cell.meter,
            cell.month,
            cell.at,
            plain(decimal_from_micro(int(stored.value[at]))),
            batch,
            int(stored.revision[at]),
            names.get(code or "", code),
            f"{instant_from_ms(stored_at_ms(batch)).astimezone(zones[cell.meter]):%Y-%m-%d %H:%M}",
            bool(stored.quality[at] >= COUNTS_BELOW),
        )
    counts = counted_by_month(session, organization_id, [str(month) for month in months])
    return [
        GridRow(
            meter, [_proved(cells[meter.spec.id, cell.at], counts.get((meter.spec.id, cell.month), 0)) for cell in row]
        )
        for meter, row in zip(meters, rows, strict=True)
    ]


def _proved(cell: Cell, evidence: int) -> Cell:
    return replace(cell, evidence=evidence) if evidence else cell


def _empty(spec: MeterSpec, month: CalendarPeriod) -> Cell:
    start, end = month.bounds_ms(spec.zone)
    return Cell(spec.code, str(month), start if spec.edge is TimestampEdge.INTERVAL_START else end)


def _batches(session: Session, organization_id: int, ids: set[int]) -> dict[int, str | None]:
    """Return by whose key or session each batch came."""
    wanted = select(Batch.id, Batch.key_code).where(Batch.organization_id == organization_id, col(Batch.id).in_(ids))
    return dict(session.exec(wanted).all())
