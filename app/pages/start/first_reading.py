"""The last step: waiting for the first reading, and where to go on from there; and all steps at a glance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.core.access import Scope
from app.core.calendar.periods import instant_from_ms
from app.core.readings.columns import Quality, stated_quality
from app.core.units.quantities import decimal_from_micro, plain
from app.disclosure.figures.typesetting import typeset_unit
from app.http.deps import Db, Keys, MayRead
from app.http.page_route import PageRoute
from app.pages.frame.frame import frame_of
from app.pages.readers import reader_of
from app.pages.rendering import fragment, html
from app.pages.start.steps import steps_of
from app.store.arrivals.entered import entered
from app.store.directory.metered import Metered, metered
from app.store.engine.database import Database
from app.store.readings.latest import latest_readings
from app.store.readings.readback import ReadbackQuery
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/start")

MeterCode = Annotated[str, Query(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")]
"""The code of a meter, or nothing for every one."""
_STOP = 286
"""The status by which htmx stops asking again."""


@dataclass(frozen=True, slots=True)
class SeenReading:
    """The newest reading of a meter, by the plant's clock and in the meter's unit."""

    meter: str
    resource: str
    at: datetime
    value: str
    unit: str
    is_suspect: bool


@router.get("")
def steps_page(access: MayRead, request: Request) -> Response:
    """Show what has been done on the way to the first reading, and lead to the next step."""
    steps = steps_of(request, "")
    following = next((each for each in steps if each.address and not each.done), None)
    return html(
        "start/steps_page.html",
        organization=access.organization,
        steps=steps,
        following=following,
        may_administer=access.allows(Scope.ADMIN),
    )


@router.get("/reading")
def reading_page(access: MayRead, database: Db, request: Request, meter: MeterCode = "") -> Response:
    """Wait for the first reading of a meter, or of any."""
    frame = frame_of(request)
    if frame.inventory is None or not frame.inventory.meters:
        return RedirectResponse(f"/organizations/{access.organization}/start", status_code=303)
    return html(
        "start/reading.html",
        organization=access.organization,
        meter=meter,
        seen=_seen(database, access.organization_id, meter),
        upload=next((frame.address(each.path) for each in frame.places if each.path.endswith("/upload")), None),
        monthly=any(each.meter.interval == "P1M" for each in frame.inventory.meters),
        steps=steps_of(request, "reading"),
    )


@router.get("/seen")
async def seen(request: Request, keys: Keys, database: Db, organization: str, meter: MeterCode = "") -> Response:
    """Tell whether it has come, to the page that asks every two seconds; asking keeps no session alive."""
    reader = await reader_of(request, uses=False)
    organization_id = await run_in_threadpool(keys.look_up_organization, organization)
    if reader is None or organization_id is None or not reader.access.reaches(organization):
        raise NotThere("There is no such organization")
    found = await run_in_threadpool(_seen, database, organization_id, meter)
    answer = fragment("start/seen.html", organization=organization, meter=meter, seen=found)
    answer.status_code = _STOP if found else 200
    return answer


def _seen(database: Database, organization_id: int, meter: str) -> list[SeenReading]:
    """Return the newest reading of each meter that has one; of one meter alone where it is named."""
    with entered(database, organization_id) as session:
        meters = metered(session, organization_id, meters=[meter] if meter else [])
        found = latest_readings(session, meters, ReadbackQuery(None, None, None))
    by_id: dict[int, Metered] = {each.spec.id: each for each in meters}
    rows = zip(found.meter.tolist(), found.at.tolist(), found.value.tolist(), found.quality.tolist(), strict=True)
    return [_read(by_id[meter_id], at, value, quality) for meter_id, at, value, quality in rows]


def _read(meter: Metered, at_ms: int, micro: int, quality: int) -> SeenReading:
    return SeenReading(
        meter.spec.code,
        meter.resource,
        instant_from_ms(at_ms).astimezone(meter.spec.zone),
        plain(decimal_from_micro(micro)),
        typeset_unit(meter.unit),
        is_suspect=stated_quality(quality) is Quality.SUSPECT,
    )
