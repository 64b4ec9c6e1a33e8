"""The fourth step: a key for whoever sends readings, shown once, with lines that send the first one."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess, Scope
from app.core.calendar.periods import zone_named
from app.core.inventory.meters import TimestampEdge
from app.core.inventory.resources import MeterKind
from app.http.deps import Db, MayAdminister, NowMs
from app.http.page_route import PageRoute
from app.pages.annual_page import Inventory
from app.pages.forms import Form, FormFields
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.pages.start.refusals import number_in, stored
from app.pages.start.snippets import FirstReading, newest_stamp, snippets
from app.pages.start.steps import steps_of
from app.routers.inventory.keys import made_key
from app.schemas.inventory.keys import KeyCreate, KeyCreated
from app.store.engine.database import Database
from app.store.inventory.meters import MeterRow
from app.store.operations.keys import gateway_keys
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/start")

_FIELDS = ("name", "bound", "value", "expires_on")
_EXAMPLE = Decimal("12.5")


@router.get("/key")
def key_form(
    access: MayAdminister,
    request: Request,
    database: Db,
    meter: Annotated[str, Query(max_length=64)] = "",
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Ask which meters the key is for."""
    inventory = _inventory(request)
    if not inventory.meters:
        return RedirectResponse(f"/organizations/{access.organization}/start/meter", status_code=303)
    return _page(access, request, database, _meter(inventory, meter), done=done)


@router.post("/key")
def make_key(
    access: MayAdminister,
    request: Request,
    database: Db,
    now_ms: NowMs,
    form: Form,
    meter: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Make the key and show it, this once, with the lines that post by it."""
    inventory = _inventory(request)
    row = _meter(inventory, meter)
    sort, _mark, code = form.text("bound").partition(":")
    wrong: dict[str, str] = {}
    made: list[KeyCreated] = []
    value = number_in(form.text("value")) if form.text("value") else _EXAMPLE
    if value is None:
        wrong["value"] = _("Write a number such as 1234.5")
    if row is None or sort not in ("plant", "meter"):
        wrong["bound"] = _("Choose which meters the key is for.")

    def body() -> KeyCreate:
        return KeyCreate.model_validate(
            {
                "name": form.text("name") or None,
                "scopes": [Scope.INGEST],
                "organizations": [access.organization],
                **({f"{sort}s": [code]} if "bound" not in wrong else {}),
                **_end(form),
            }
        )

    def act() -> None:
        made.append(made_key(access, body(), database, now_ms))

    if refusal := stored(act, body, wrong):
        wrong = {"expires_on" if name == "expires_at" else name: words for name, words in refusal.items()}
        typed = {name: form.text(name) for name in _FIELDS}
        return _page(access, request, database, row, values=typed, wrong=wrong)
    assert row is not None  # noqa: S101 - it would be wrong
    assert value is not None  # noqa: S101 - it would be wrong
    shown = _meter(inventory, code) if sort == "meter" else row if row.plant == code else _first_of(inventory, code)
    return _made(access, request, made[0], shown, value, now_ms=now_ms, is_example=not form.text("value"))


def _end(form: FormFields) -> dict[str, Any]:
    """Return when the key ends, if a day was chosen: with the day, by UTC."""
    text = form.text("expires_on")
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None
    except ValueError:
        return {"expires_at": text}
    return {} if day is None else {"expires_at": datetime.combine(day, time.max, UTC).replace(microsecond=0)}


def _inventory(request: Request) -> Inventory:
    inventory = frame_of(request).inventory
    if inventory is None:
        raise NotThere("There is no such organization")
    return inventory


def _meter(inventory: Inventory, code: str) -> MeterRow | None:
    """Return the meter with a code, else the first one."""
    return next((each for each in inventory.meters if each.meter.code == code), next(iter(inventory.meters), None))


def _first_of(inventory: Inventory, plant: str) -> MeterRow | None:
    return next((each for each in inventory.meters if each.plant == plant), None)


def _page(
    access: OrganizationAccess,
    request: Request,
    database: Database,
    row: MeterRow | None,
    *,
    values: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    inventory = _inventory(request)
    names = {each.code: each.name for each in inventory.plants}
    plant = row.plant if row is not None else ""
    bounds = [(f"plant:{code}", _("all meters of %(plant)s") % {"plant": name}) for code, name in names.items()]
    bounds += [
        (f"meter:{each.meter.code}", _("%(meter)s alone") % {"meter": each.meter.name}) for each in inventory.meters
    ]
    with database.read() as session:
        keys = gateway_keys(session, access.organization)
    return html(
        "start/key.html",
        status=422 if wrong else 200,
        organization=access.organization,
        meter=None if row is None else row.meter,
        bounds=bounds,
        keys=keys,
        values=values
        or {"name": _("Gateway of %(plant)s") % {"plant": names.get(plant, plant)}, "bound": f"plant:{plant}"},
        wrong=wrong or {},
        steps=steps_of(request, "key"),
        done=done,
    )


def _made(
    access: OrganizationAccess,
    request: Request,
    made: KeyCreated,
    row: MeterRow | None,
    value: Decimal,
    *,
    now_ms: int,
    is_example: bool,
) -> Response:
    """Show the secret; a plant without meters has no lines yet."""
    texts = []
    if row is not None:
        plant = next(each for each in _inventory(request).plants if each.code == row.plant)
        edge = TimestampEdge(row.meter.timestamp_edge) if row.meter.timestamp_edge else None
        zone = zone_named(plant.timezone)
        stamp = newest_stamp(MeterKind(row.meter.kind), row.meter.interval, edge, zone, now_ms)
        reading = FirstReading(row.meter.code, stamp, value)
        texts = snippets(str(request.base_url), access.organization, made.key, reading)
    return html(
        "start/key_made.html",
        organization=access.organization,
        made=made,
        meter=None if row is None else row.meter,
        snippets=texts,
        value=value,
        is_example=is_example,
        steps=steps_of(request, "key"),
    )
