"""What the table says of a page beside its readings, and whether its readings say the same."""

from dataclasses import dataclass

import numpy as np
from sqlmodel import Session

from app.core.readings.columns import NO_START, STANDING_STEP, Standing
from app.core.readings.versions import StoredColumns
from app.store.pages.damage import PageDamage, code_of_meter


@dataclass(frozen=True, slots=True)
class PageHeader:
    """What is known of a page without reading it; the columns of its table."""

    id: int
    organization_id: int
    meter_id: int
    first_at: int
    last_at: int
    rows: int
    own_starts: int
    suspects: int
    first_batch: int
    last_batch: int


def described(organization_id: int, page: StoredColumns) -> tuple[int, int, int, int, int, int, int, int, int]:
    """Return the header of a page of readings, but for its id."""
    return (
        organization_id,
        int(page.meter[0]),
        int(page.at[0]),
        int(page.at[-1]),
        len(page),
        int(np.count_nonzero(page.start != NO_START)),
        int(np.count_nonzero(page.quality // STANDING_STEP == Standing.SUSPECT)),
        int(page.batch.min()),
        int(page.batch.max()),
    )


def header_faults(page: PageHeader, rows: StoredColumns) -> list[str]:
    """Return what a page says of itself that its readings do not: none of a page that is as it was written."""
    if not len(rows):
        return ["it holds no readings"]
    told = PageHeader(page.id, *described(page.organization_id, rows))
    return [
        f"{name} is {getattr(page, name)} and should be {getattr(told, name)}"
        for name in PageHeader.__slots__
        if getattr(page, name) != getattr(told, name)
    ]


def fits(page: PageHeader, rows: StoredColumns) -> bool:
    """Tell whether readings are as many as a page's, of its meter and of its time."""
    if len(rows) != page.rows or not len(rows):
        return False
    # The meter too: meters that are read together have pages of as many rows and the same instants.
    told = (int(rows.meter[0]), int(rows.meter[-1]), int(rows.at[0]), int(rows.at[-1]))
    return told == (page.meter_id, page.meter_id, page.first_at, page.last_at)


def damage_of(session: Session, page: PageHeader, fault: str) -> PageDamage:
    """Return the damage of a page, which names its meter and its time."""
    code = code_of_meter(session, page.organization_id, page.meter_id)
    return PageDamage(page.id, page.organization_id, page.meter_id, code, page.first_at, page.last_at, fault)
