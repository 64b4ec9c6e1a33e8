"""The third step: what a meter measures, and what its readings say, as some pasted rows tell."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.core.access import OrganizationAccess
from app.core.calendar.periods import zone_named
from app.core.inventory.meters import HeatingValue, TimestampEdge
from app.core.inventory.resources import MeterKind, Resource
from app.http.deps import Db, MayAdminister, NowMs
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.http.preconditions import Unchanged
from app.models import Plant
from app.pages.annual_page import Inventory
from app.pages.forms import Form, FormFields
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.refusal import refusal
from app.pages.rendering import fragment, html
from app.pages.start.measured import (
    INTERVALS,
    KINDS,
    Measured,
    attributes_of,
    measured,
    member_of,
    resources_found,
    units_of,
)
from app.pages.start.refusals import code_from, numbers_in, refused, sent, stored
from app.pages.start.samples import NothingRecognised, Sample, recognised
from app.pages.start.steps import steps_of
from app.routers.inventory.meters import create_meter, delete_meter
from app.schemas.inventory.meters import MeterCreate
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/start")

Words = Annotated[str, Query(max_length=120)]
_NUMBERS = ("multiplier", "register_modulus", "max_rate")
_FIELDS = ("name", "code", "kind", "unit", "interval", "timestamp_edge", "basis", "member", "rows", *_NUMBERS)


@router.get("/meter")
def meter_form(
    access: MayAdminister,
    request: Request,
    plant: Words = "",
    resource: Words = "",
    q: Words = "",
    done: Words = "",
) -> Response:
    """Ask at which plant, then what is measured, and then what a reading says."""
    return _page(access, request, plant, resource, q=q, done=done)


@router.get("/resources")
def resources(access: MayAdminister, request: Request, plant: Words = "", q: Words = "") -> Response:
    """Return what is found by some words of what can be measured, while they are typed."""
    found = resources_found(_inventory(request).catalogue, q)
    return fragment("start/resources.html", organization=access.organization, plant=plant, resources=found, q=q)


@router.post("/meter")
def add_meter(
    access: MayAdminister,
    database: Db,
    now_ms: NowMs,
    request: Request,
    form: Form,
    plant: Words = "",
    resource: Words = "",
) -> Response:
    """Recognise pasted rows, or make the meter."""
    inventory = _inventory(request)
    at, what = _plant(inventory, plant), measured(inventory.catalogue, resource)
    if at is None or what is None:
        return _page(access, request, plant, resource, wrong={"": _("Choose the plant and what is measured first.")})
    typed = {name: form.raw(name) if name == "rows" else form.text(name) for name in _FIELDS}
    typed |= {f"attribute_{name}": form.text(f"attribute_{name}") for name in what.attributes}
    if form.text("act") == "recognise":
        return _recognise(access, request, at, what, typed)
    values: dict[str, Any] = {
        "code": code_from(
            resource.rpartition(".")[2], {each.meter.code: each for each in inventory.meters}, fallback="m"
        ),
        **sent(form, "name", "code", "kind", "unit", *_asked_of(form.text("kind"))),
        "plant": at.code,
        "resource": member_of(what.key, form.text("member")),
        "attributes": {name: text for name in what.attributes if (text := form.text(f"attribute_{name}"))},
        **({"basis": form.text("basis")} if form.text("basis") else {}),
    }
    wrong = _numbers(form, values)

    def body() -> MeterCreate:
        return MeterCreate.model_validate(values)

    def act() -> None:
        create_meter(access, body(), database, now_ms, Once(None))

    if wrong := stored(act, body, wrong):
        return _page(access, request, at.code, resource, values=typed, wrong=wrong)
    query = urlencode({"meter": values["code"], "done": "meter"})
    return RedirectResponse(f"/organizations/{access.organization}/start/key?{query}", status_code=303)


@router.post("/meter/gone")
def take_meter_away(access: MayAdminister, database: Db, request: Request, form: Form) -> Response:
    """Delete a meter that was made by mistake and has no readings."""
    if wrong := refused(lambda: delete_meter(access, form.text("meter"), database, Unchanged(None))):
        return _page(access, request, "", "", wrong=wrong)
    return RedirectResponse(f"/organizations/{access.organization}/start/meter?done=gone", status_code=303)


def _recognise(
    access: OrganizationAccess, request: Request, plant: Plant, what: Resource, typed: dict[str, str]
) -> Response:
    """Show the form with what the rows tell filled in, and why; what they do not tell stays as it was typed."""
    currency = _inventory(request).organization.currency
    try:
        sample = recognised(
            typed["rows"], zone=zone_named(plant.timezone), units=units_of(what, currency), kinds=what.kinds
        )
    except NothingRecognised as error:
        return _page(access, request, plant.code, what.key, values=typed, wrong={"rows": refusal(error)})
    told = {"kind": sample.kind, "interval": sample.interval, "timestamp_edge": sample.edge, "unit": sample.unit}
    values = typed | {name: str(value) for name, value in told.items() if value is not None}
    if "timestamp_edge" in sample.reasons and sample.edge is None:
        values["timestamp_edge"] = ""  # nobody has said it: the meter notes that it is assumed
    return _page(access, request, plant.code, what.key, values=values, sample=sample)


def _asked_of(kind: str) -> tuple[str, ...]:
    """Return the fields that are asked of a kind alone, and hidden for others."""
    asked = {MeterKind.INTERVAL: ("interval", "timestamp_edge"), MeterKind.GAUGE: ("timestamp_edge",)}
    return asked.get(MeterKind(kind), ()) if kind in set(MeterKind) else ()


def _numbers(form: FormFields, values: dict[str, Any]) -> dict[str, str]:
    """Put the numbers that were filled in into the values; return those that are none."""
    of_register = ("register_modulus",) if form.text("kind") == MeterKind.REGISTER else ()
    of_rate = ("max_rate",) if form.text("kind") in (MeterKind.REGISTER, MeterKind.INTERVAL) else ()
    return numbers_in(form, ("multiplier", *of_register, *of_rate), values)


def _inventory(request: Request) -> Inventory:
    inventory = frame_of(request).inventory
    if inventory is None:
        raise NotThere("There is no such organization")
    return inventory


def _plant(inventory: Inventory, code: str) -> Plant | None:
    """Return the plant with a code; without one, the only plant there is."""
    only = inventory.plants[0] if len(inventory.plants) == 1 and not code else None
    return next((each for each in inventory.plants if each.code == code), only)


def _page(
    access: OrganizationAccess,
    request: Request,
    plant: str,
    resource: str,
    *,
    values: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
    sample: Sample | None = None,
    q: str = "",
    done: str = "",
) -> Response:
    inventory = _inventory(request)
    at, what = _plant(inventory, plant), measured(inventory.catalogue, resource)
    currency = inventory.organization.currency
    taken = {each.meter.code: each for each in inventory.meters}
    shown = None if what is None else Measured(what.key, _(what.title), what.unit)
    proposed = (
        {}
        if what is None
        else {
            "name": _(what.title),
            "code": code_from(resource.rpartition(".")[2], taken, fallback="meter"),
            "kind": what.kinds[0],
            "unit": units_of(what, currency)[0],
            "interval": "P1M",
            "timestamp_edge": TimestampEdge.INTERVAL_START,
        }
    )
    return html(
        "start/meter.html",
        status=422 if wrong else 200,
        organization=access.organization,
        plants=inventory.plants,
        meters=inventory.meters,
        plant=at,
        what=shown,
        needs_member=what is not None and "<" in what.key,
        is_fuel=what is not None and what.is_fuel,
        resources=resources_found(inventory.catalogue, q),
        kinds=[] if what is None else [(each.value, *KINDS[each]) for each in what.kinds],
        units=[] if what is None else [(each, each) for each in units_of(what, currency)],
        intervals=INTERVALS,
        edges=[
            (TimestampEdge.INTERVAL_START.value, _("the beginning of its interval")),
            (TimestampEdge.INTERVAL_END.value, _("the end of its interval")),
            ("", _("not known yet: taken as the beginning until it is stated")),
        ],
        bases=[("", _("not stated")), (HeatingValue.GROSS.value, _("gross")), (HeatingValue.NET.value, _("net"))],
        attributes=[] if what is None else attributes_of(what),
        values=proposed | {name: text for name, text in (values or {}).items() if values},
        wrong=wrong or {},
        sample=sample,
        q=q,
        steps=steps_of(request, "meter"),
        done=done,
    )
