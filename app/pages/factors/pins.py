"""The form by which a factor is pinned, which counts whatever the choice would be, and the button that lets it go."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from app.accounting.selection.own_factors import serves
from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import year_of
from app.disclosure.live.factor_imports import known_of
from app.http.deps import Db, MayPrepare
from app.http.page_route import PageRoute
from app.http.preconditions import Unchanged
from app.pages.factors.factor_form import METHODS
from app.pages.factors.offered import inventory_shown
from app.pages.forms import Form
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.pages.start.refusals import refused, sent
from app.routers.factors.factors import get_factor_pins, put_factor_pins
from app.schemas.factors.factors import FactorPin, FactorPinList
from app.store.engine.database import Database
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/factors/pin")

Words = Annotated[str, Query(max_length=120)]
_FIELDS = ("resource", "factor", "plant", "year", "method")


@router.get("")
def pin_form(
    access: MayPrepare, database: Db, request: Request, resource: Words = "", at: Words = "", factor: Words = ""
) -> Response:
    """Ask which factor is to count for what; the address says what is known of it already."""
    values = {"resource": resource, "plant": at, "factor": factor, "year": str(year_of(frame_of(request).year))}
    return _page(access, database, request, values)


@router.post("")
def pin(access: MayPrepare, database: Db, request: Request, form: Form) -> Response:
    """Put one more pin behind those there are, in the place of one for the very same."""
    typed = {name: form.text(name) for name in _FIELDS}
    values: dict[str, Any] = sent(form, *_FIELDS)
    wrong = {name: _("Fill this in.") for name in ("resource", "factor") if not typed[name]}
    if typed["year"]:
        if not (typed["year"].isascii() and typed["year"].isdigit() and len(typed["year"]) < 5):
            wrong["year"] = _("Write a year such as 2024, or nothing.")
        else:
            values["year"] = int(typed["year"])

    def act() -> None:
        made = FactorPin.model_validate(values)
        standing = [each for each in get_factor_pins(access, database).items if _target(each) != _target(made)]
        put_factor_pins(access, FactorPinList(items=[*standing, made]), database, Unchanged(None))

    if not wrong:
        wrong = refused(act)
    if wrong:
        return _page(access, database, request, typed, wrong=wrong)
    query = urlencode({"done": "pin", "code": values["factor"]})
    return RedirectResponse(f"/organizations/{access.organization}/factors?{query}", status_code=303)


@router.post("/remove")
def remove_pin(access: MayPrepare, database: Db, form: Form) -> Response:
    """Take a pin away, from when on the choice is made as it is everywhere else. Raises NotThere."""
    values: dict[str, Any] = sent(form, *_FIELDS)
    try:
        gone = FactorPin.model_validate({**values, **({"year": int(values["year"])} if "year" in values else {})})
    except (ValidationError, ValueError) as error:
        raise NotThere("There is no such pin") from error
    pins = get_factor_pins(access, database).items
    if gone not in pins:
        raise NotThere("There is no such pin")
    standing = FactorPinList(items=[each for each in pins if each != gone])
    put_factor_pins(access, standing, database, Unchanged(None))
    return RedirectResponse(f"/organizations/{access.organization}/factors?done=unpinned", status_code=303)


def _target(pin: FactorPin) -> tuple[object, ...]:
    return pin.year, pin.resource, pin.method, pin.plant


def _page(
    access: OrganizationAccess,
    database: Database,
    request: Request,
    values: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    inventory = inventory_shown(request)
    keys = sorted({row.meter.resource for row in inventory.meters} | ({values["resource"]} - {""}))
    with database.read() as session:
        known = known_of(session, access.organization_id)
    chosen = [each for each in known.values() if not values["resource"] or serves(each, values["resource"])]
    return html(
        "factors/pin.html",
        status=422 if wrong else 200,
        organization=access.organization,
        resources=[("", "–"), *((key, key) for key in keys)],
        factors=sorted(each.code for each in chosen),
        plants=[("", _("all plants")), *((each.code, each.name) for each in inventory.plants)],
        methods=[("", _("either")), *((each.value, _(words)) for each, words in METHODS.items())],
        values=values,
        wrong=wrong or {},
    )
