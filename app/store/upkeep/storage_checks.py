"""Going through every page and arrival of a database, a bounded part at a time, for what is not as it was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import text
from sqlmodel import Session

from app.core.readings.reading_pages import DamagedPage, unpack_page
from app.core.readings.versions import StoredColumns, repeats_identity
from app.store.arrivals.arrived import rows_in
from app.store.arrivals.packed import UnreadableArrival
from app.store.engine.database import Database
from app.store.pages.archived_pages import ArchiveUnavailable, archived_pages
from app.store.pages.damage import PageDamage
from app.store.pages.page_headers import PageHeader, header_faults
from app.store.pages.reading_pages import contents_of, pages_where

_PAGES_AT_ONCE = 256
"""About a megabyte."""

_METERS_WITH_PAGES = text(
    "SELECT organization.code, page.organization_id, page.meter_id, meter.code FROM "
    "(SELECT DISTINCT organization_id, meter_id FROM reading_page) AS page "
    "LEFT JOIN organization ON organization.id = page.organization_id "
    "LEFT JOIN meter ON meter.id = page.meter_id AND meter.organization_id = page.organization_id "
    "ORDER BY page.organization_id, page.meter_id"
)
_ARRIVALS = text(
    "SELECT organization.code, arrival.organization_id, number, part FROM arrival "
    "LEFT JOIN organization ON organization.id = arrival.organization_id ORDER BY 2, 3, 4"
)
_ARRIVAL = text("SELECT rows, content FROM arrival WHERE organization_id = :id AND number = :number AND part = :part")


@dataclass(frozen=True, slots=True)
class CheckedMeter:
    """How many pages of a meter were looked at, and what is wrong with which."""

    organization: str
    pages: int
    damages: Sequence[PageDamage]


@dataclass(frozen=True, slots=True)
class CheckedArrival:
    """An arrival that was looked at, and what is wrong with it if anything is."""

    organization: str
    number: int
    part: int
    fault: str | None


def check_pages(database: Database, organization: str | None) -> Iterator[CheckedMeter]:
    """Look at all pages of every meter, of one organization or of all, in short transactions.

    Each page must have the checksum that it had, its header must say what is in it, its rows in order and of one meter,
    and the pages of a meter must not reach into each other. Pages that are replaced meanwhile are passed over.
    """
    with database.read() as session:
        found = [tuple(row) for row in session.connection().execute(_METERS_WITH_PAGES)]
    for name, organization_id, meter_id, code in found:
        if organization is None or name == organization:
            meter = f"number {meter_id}" if code is None else code
            yield _checked_meter(database, name or f"number {organization_id}", organization_id, meter_id, meter)


def _checked_meter(
    database: Database, organization: str, organization_id: int, meter_id: int, meter: str
) -> CheckedMeter:
    with database.read() as session:
        pages = pages_where(session, organization_id, [meter_id], "1 = 1", {})
    faults = {
        after.id: f"it begins before page {before.id} ends"
        for before, after in pairwise(pages)
        if after.first_at <= before.last_at
    }
    for start in range(0, len(pages), _PAGES_AT_ONCE):
        with database.read() as session:
            archived: dict[int, list[PageHeader]] = {}
            for page, content in contents_of(session, pages[start : start + _PAGES_AT_ONCE]):
                if isinstance(content, int):
                    archived.setdefault(content, []).append(page)
                elif (fault := _fault_of_page(page, content)) is not None:
                    faults[page.id] = fault
            for number, some in archived.items():
                faults |= _faults_in_file(session, number, some)
    damages = [
        PageDamage(page.id, organization_id, meter_id, meter, page.first_at, page.last_at, faults[page.id])
        for page in pages
        if page.id in faults
    ]
    return CheckedMeter(organization, len(pages), damages)


def _fault_of_page(page: PageHeader, content: bytes) -> str | None:
    """Return what is wrong with a page, or None."""
    try:
        rows = unpack_page(content)
    except DamagedPage as error:
        return str(error)
    return _fault_of_rows(page, rows)


def _fault_of_rows(page: PageHeader, rows: StoredColumns) -> str | None:
    faults = header_faults(page, rows)
    if not _is_sorted(rows):
        faults.append("its readings are not in order")
    return ", ".join(faults) or None


def _faults_in_file(session: Session, number: int, pages: Sequence[PageHeader]) -> dict[int, str]:
    """Return what is wrong with pages of one meter in a file of the archive; of a file that is gone, with the first."""
    try:
        read = archived_pages(session, {number: pages})
    except ArchiveUnavailable as error:
        return {error.damage.page_id: f"{error.name}: {error.damage.fault}"}
    found = {page.id: _fault_of_rows(page, read[page.id]) for page in pages}
    return {page_id: fault for page_id, fault in found.items() if fault is not None}


def _is_sorted(rows: StoredColumns) -> bool:
    """Tell whether rows are of one meter, and each identity behind the one before."""
    if bool((rows.meter[1:] != rows.meter[:-1]).any()) or bool((rows.at[1:] < rows.at[:-1]).any()):
        return False
    if bool(repeats_identity(rows).any()):
        return False
    same = rows.at[1:] == rows.at[:-1]
    return rows.reference is None or bool((rows.reference[1:][same] > rows.reference[:-1][same]).all())


def check_arrivals(database: Database, organization: str | None) -> Iterator[CheckedArrival]:
    """Look at every arrival, of one organization or of all; those that are folded meanwhile are passed over."""
    with database.read() as session:
        found = [tuple(row) for row in session.connection().execute(_ARRIVALS)]
    for name, organization_id, number, part in found:
        if organization is None or name == organization:
            with database.read() as session:
                fault = _fault_of_arrival(session, organization_id, number, part)
            yield CheckedArrival(name or f"number {organization_id}", number, part, fault)


def _fault_of_arrival(session: Session, organization_id: int, number: int, part: int) -> str | None:
    values = {"id": organization_id, "number": number, "part": part}
    row = session.connection().execute(_ARRIVAL, values).first()
    if row is None:
        return None
    try:
        count = rows_in(part, row.content)
    except (DamagedPage, UnreadableArrival) as error:
        return str(error)
    return None if count == row.rows else f"rows is {row.rows} and should be {count}"
