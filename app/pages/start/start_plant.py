"""The second step: where a plant stands, so that its factors and its calendar are found."""

from decimal import Decimal
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.accounting.factors.regions import RegionKind
from app.core.access import OrganizationAccess
from app.http.deps import Db, MayAdminister, NowMs
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.http.preconditions import Unchanged
from app.models import Plant
from app.pages.forms import Form
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import fragment, html
from app.pages.start.places import (
    Place,
    grids_at,
    has_grid_factor,
    place_named,
    places_found,
    zone_of,
    zones_of,
)
from app.pages.start.refusals import code_from, refused, sent, stored
from app.pages.start.steps import steps_of
from app.routers.inventory.plants import create_plant, delete_plant
from app.schemas.inventory.plants import PlantCreate

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/start")

Words = Annotated[str, Query(max_length=80)]
_FIELDS = ("name", "code", "timezone", "grid_region", "equity_share")


@router.get("/plant")
def plant_form(
    access: MayAdminister,
    request: Request,
    place: Words = "",
    country: Words = "",
    q: Words = "",
    done: Words = "",
) -> Response:
    """Ask where the plant stands, and then what it is called."""
    return _page(access, request, place_named(place), country=country, q=q, done=done)


@router.get("/places")
def places(access: MayAdminister, q: Words = "", country: Words = "") -> Response:
    """Return the places that are found by some words, while they are typed."""
    return fragment("start/places.html", organization=access.organization, places=places_found(q, country), q=q)


@router.post("/plant")
def add_plant(
    access: MayAdminister, database: Db, now_ms: NowMs, request: Request, form: Form, place: Words = ""
) -> Response:
    """Make the plant at the place of the address; what was left empty is as it is proposed."""
    at = place_named(place)
    if at is None:
        return _page(access, request, None, wrong={"place": _("Choose where the plant stands.")})
    taken = {each.code: each for each in _plants(request)}
    region = at.code if at.kind is RegionKind.SUBDIVISION else None
    grid = at.code if at.kind is RegionKind.GRID_REGION else form.text("grid_region") or None
    values = {
        "code": code_from(form.text("name"), taken, fallback="plant"),
        "timezone": zone_of(at.country, region),
        **sent(form, "name", "code", "timezone"),
        "country": at.country,
        "region": region,
        "grid_region": grid,
        "operational_control": bool(form.text("operational_control")),
        "financial_control": bool(form.text("financial_control")),
    }
    wrong = _share(form.text("equity_share"), values)

    def body() -> PlantCreate:
        return PlantCreate.model_validate(values)

    def act() -> None:
        create_plant(access, body(), database, now_ms, Once(None))

    if not form.text("name"):
        wrong["name"] = _("Fill this in.")
    if wrong := stored(act, body, wrong):
        typed = {name: form.text(name) for name in (*_FIELDS, "operational_control", "financial_control")}
        return _page(access, request, at, values=typed, wrong=wrong)
    query = urlencode({"plant": values["code"], "done": "plant"})
    return RedirectResponse(f"/organizations/{access.organization}/start/meter?{query}", status_code=303)


@router.post("/plant/gone")
def take_plant_away(access: MayAdminister, database: Db, request: Request, form: Form) -> Response:
    """Delete a plant that was made by mistake and has no meters."""
    if wrong := refused(lambda: delete_plant(access, form.text("plant"), database, Unchanged(None))):
        return _page(access, request, None, wrong=wrong)
    return RedirectResponse(f"/organizations/{access.organization}/start/plant?done=gone", status_code=303)


def _share(text: str, values: dict[str, object]) -> dict[str, str]:
    """Put the part that is owned, told in percent, into the values; return what is wrong with it."""
    digits = text.replace("%", "").replace(",", ".").strip() or "100"
    if not digits.replace(".", "", 1).isdigit() or not digits.isascii() or len(digits) > 9:
        return {"equity_share": _("Write a number of percent such as 60.")}
    values["equity_share"] = Decimal(digits) / 100
    return {}


def _plants(request: Request) -> list[Plant]:
    inventory = frame_of(request).inventory
    return [] if inventory is None else list(inventory.plants)


def _page(
    access: OrganizationAccess,
    request: Request,
    place: Place | None,
    *,
    values: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    country: str = "",
    q: str = "",
    done: str = "",
) -> Response:
    region = place.code if place is not None and place.kind is RegionKind.SUBDIVISION else None
    grids = [] if place is None else grids_at(place)
    proposed = {
        "timezone": zone_of(place.country, region) if place is not None else "",
        "grid_region": grids[0].code if len(grids) == 1 else "",
        "operational_control": "1",
        "financial_control": "1",
        "equity_share": "100",
    }
    return html(
        "start/plant.html",
        status=422 if wrong else 200,
        organization=access.organization,
        plants=_plants(request),
        place=place,
        places=places_found(q, country),
        country=country,
        q=q,
        values=proposed if values is None else values,
        grids=[(each.code, f"{each.title} ({each.code})") for each in grids],
        zones=zones_of(place.country) if place is not None else (),
        finds_factor=place is not None and has_grid_factor(place, proposed["grid_region"]),
        wrong=wrong or {},
        steps=steps_of(request, "plant"),
        done=done,
    )
