"""Monthly figures on their way into the store: against what was seen of their cells, and back to what stood before."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName
from app.core.readings.batches import batch_code
from app.core.readings.columns import NO_REFERENCE, Standing
from app.core.units.quantities import decimal_from_micro, plain
from app.ingest.bodies.body_columns import MediaType
from app.ingest.door.door import Door
from app.ingest.writing.amend import Amendment, withdraw_reading
from app.ingest.writing.gathering import IngestOptions, Post
from app.ingest.writing.tally import IngestOutcome
from app.pages.data_in.monthly_grid import Cell, GridRow
from app.store.arrivals.entered import entered
from app.store.engine.database import Database
from app.store.readings.revisions import revisions_of

_MOST_VERSIONS = 1_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows of an organization: the plant that is chosen, its year's months and their grid."""

    organization: str
    plant: str
    plant_name: str
    year: PeriodName
    before: PeriodName
    after: PeriodName
    months: Sequence[str]
    rows: Sequence[GridRow]

    @property
    def cells(self) -> dict[str, Cell]:
        """Return the cells by their names."""
        return {cell.name: cell for row in self.rows for cell in row.cells}

    @property
    def meter_ids(self) -> dict[str, int]:
        """Return the ids of the meters by code."""
        return {row.meter: row.metered.spec.id for row in self.rows}

    def address(self, **more: str) -> str:
        """Return the page's own address."""
        query = {"plant": self.plant, "year": str(self.year), **more}
        return f"/organizations/{self.organization}/monthly?{urlencode(query)}"


def stood_before(access: OrganizationAccess, database: Database, sheet: Sheet, batch: str) -> dict[str, str]:
    """Return what stood before a batch in the cells where it still stands: digits, or empty for nothing."""
    ids = sheet.meter_ids
    found = {}
    with entered(database, access.organization_id) as session:
        for name, cell in sheet.cells.items():
            if cell.batch is None or batch_code(cell.batch) != batch:
                continue
            identity = ids[cell.meter], cell.at, NO_REFERENCE
            versions = revisions_of(session, access.organization_id, identity, after=0, limit=_MOST_VERSIONS)
            earlier = [each for each in versions if each.revision < cell.revision]
            stood = earlier and earlier[-1].standing is not Standing.WITHDRAWN
            found[name] = plain(decimal_from_micro(earlier[-1].value)) if stood else ""
    return found


async def store_figures(
    access: OrganizationAccess,
    door: Door,
    sheet: Sheet,
    figures: Mapping[str, str],
    seen: Mapping[str, int],
    reason: str,
    now_ms: int,
) -> IngestOutcome | None:
    """Send figures in by the door of every reading, all or none, against the revisions that were `seen` of their cells.

    A value that stood before comes back: who types it means it, where a gateway that repeats it does not. Raises
    ChangedSinceSeen.
    """
    if not figures:
        return None
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["meter", "timestamp", "value", "quality"])
    rows.writerows([*name.rsplit("|", 1), value, "manual"] for name, value in figures.items())
    ids, cells = sheet.meter_ids, sheet.cells
    known = {(ids[cells[name].meter], cells[name].at, NO_REFERENCE): seen[name] for name in figures}
    options = IngestOptions(atomic=True, restore=True, reason=reason or None, seen=known)
    post = Post(access.organization_id, access.key_code, options, now_ms, access.binding)
    return await door.take(_chunks(text.getvalue().encode()), post, MediaType.CSV, None)


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    yield body


def withdraw_figures(
    access: OrganizationAccess,
    database: Database,
    sheet: Sheet,
    names: Sequence[str],
    seen: Mapping[str, int],
    reason: str,
    now_ms: int,
    wake: Callable[[], None],
) -> None:
    """Withdraw the figures of cells of which nothing else stands than was `seen`; raises ChangedSinceSeen."""
    ids = sheet.meter_ids
    amendment = Amendment(access.organization_id, access.key_code, reason, now_ms)
    for name in names:
        cell = sheet.cells[name]
        withdraw_reading(database, amendment, meter_id=ids[cell.meter], at=cell.at, seen=seen[name])
    wake()
