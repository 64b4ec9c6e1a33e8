"""The newest reading of a meter, which its page shows and keeps up to date by itself."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from app.core.calendar.periods import instant_from_ms
from app.core.readings.columns import stated_quality
from app.core.units.quantities import decimal_from_micro, plain
from app.disclosure.figures.typesetting import typeset_unit
from app.http.deps import Db, Keys
from app.http.page_route import PageRoute
from app.pages.frame.words import gettext as _
from app.pages.frame.words import instant, number
from app.pages.readers import reader_of
from app.schemas.wire.texts import Code
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.rollups.rolling import newest_reading, reading_at
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/look")

MeterCode: TypeAlias = Annotated[Code, Path()]


@dataclass(frozen=True, slots=True)
class Newest:
    """A reading as the page shows it: value, unit, the plant's time, and its quality in words."""

    value: str
    unit: str
    at: str
    quality: str


def newest_of(session: Session, meter: Metered) -> Newest | None:
    """Return a meter's newest reading, suspect or not; None without any."""
    found = newest_reading(session, meter.spec)
    if found is None:
        return None
    value, quality = reading_at(session, meter.spec, found[0])
    return Newest(
        value=number(Decimal(plain(decimal_from_micro(value)))),
        unit=typeset_unit(meter.unit),
        at=instant(instant_from_ms(found[0]), meter.spec.zone),
        quality=_(stated_quality(quality).value),
    )


@router.get("/{meter}/newest")
async def newest(request: Request, database: Db, keys: Keys, organization: str, meter: MeterCode) -> Response:
    """Answer the newest reading to the page, which asks when the stream tells of readings; that keeps no session."""
    reader = await reader_of(request, uses=False)
    organization_id = await run_in_threadpool(keys.look_up_organization, organization)
    if reader is None or organization_id is None or not reader.access.reaches(organization):
        raise NotThere("There is no such organization")
    found = await run_in_threadpool(_read, database, organization_id, meter)
    return JSONResponse({"newest": None if found is None else asdict(found)}, headers={"Cache-Control": "no-store"})


def _read(database: Database, organization_id: int, meter: str) -> Newest | None:
    with entered(database, organization_id) as session:
        return newest_of(session, metered(session, organization_id, meters=[meter])[0])
