"""The form by which an organization states a calorific value or density of its own."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.accounting.factors.calorific import CalorificValue
from app.accounting.years.own_calorific_values import calorific_values_of
from app.core.access import OrganizationAccess
from app.core.inventory.resources import Resource
from app.core.units.quantities import plain
from app.http.deps import Db, MayPrepare, NowMs
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.pages.factors.offered import (
    conditions_offered,
    density_units,
    energy_units,
    first_day_shown,
    inventory_shown,
    matter_units,
    places_offered,
    proofs_offered,
    resources_offered,
    source_told,
)
from app.pages.forms import Form
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.pages.start.measured import Measured, attributes_of, measured
from app.pages.start.refusals import code_from, numbers_in, sent, stored
from app.routers.factors.calorific_values import create_calorific_value
from app.schemas.factors.calorific_values import CalorificValueCreate
from app.store.engine.database import Database

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/factors/calorific-value"
)

Words = Annotated[str, Query(max_length=120)]
_NUMBERS = ("hhv", "lhv", "density")
_TEXTS = ("code", "region", "energy_unit", "density_unit", "reference_conditions", "supersedes")
_DAYS = ("valid_from", "valid_to", "published_on")
_FIELDS = (*_NUMBERS, *_TEXTS, *_DAYS, "per", "source", "proof")


@router.get("")
def calorific_value_form(
    access: MayPrepare,
    database: Db,
    request: Request,
    resource: Words = "",
    at: Words = "",
    unit: Words = "",
    since: Words = "",
    until: Words = "",
    after: Words = "",
    q: Words = "",
) -> Response:
    """Ask what the value is of, and then what it is; the address says what is known of it already.

    `at` is a plant, `unit` what the value is per, `since` and `until` its days, `after` the value that it follows.
    """
    known = {"region": at, "per": unit, "valid_from": since, "valid_to": until}
    return _page(access, database, request, resource, known={**known, "supersedes": after}, q=q)


@router.post("")
def state_calorific_value(
    access: MayPrepare, database: Db, now_ms: NowMs, request: Request, form: Form, resource: Words = ""
) -> Response:
    """Store the value, or tell what is wrong with it and keep what was typed."""
    inventory = inventory_shown(request)
    what = measured(inventory.catalogue, resource)
    typed = {name: form.text(name) for name in _FIELDS}
    if what is None:
        return _page(access, database, request, "", wrong={"": _("Choose what the value is of first.")})
    typed |= {f"attribute_{name}": form.text(f"attribute_{name}") for name in what.attributes}
    values: dict[str, Any] = {
        "code": _code(what, form.text("region"), form.text("valid_from"), _known(access, database)),
        **sent(form, *_TEXTS, *_DAYS),
        "resource": what.key,
        "attributes": {name: text for name in what.attributes if (text := form.text(f"attribute_{name}"))},
        "source": source_told(form),
    }
    if form.text("hhv") or form.text("lhv"):
        values["per"] = form.text("per")
    wrong = numbers_in(form, _NUMBERS, values)
    for name in ("valid_from", "source"):
        if not form.text(name):
            wrong[name] = _("Fill this in.")

    def body() -> CalorificValueCreate:
        return CalorificValueCreate.model_validate(values)

    def act() -> None:
        create_calorific_value(access, body(), database, now_ms, Once(None))

    if wrong := stored(act, body, wrong):
        return _page(access, database, request, resource, typed=typed, wrong=wrong)
    query = urlencode({"done": "value", "code": values["code"]})
    return RedirectResponse(f"/organizations/{access.organization}/factors?{query}", status_code=303)


def _known(access: OrganizationAccess, database: Database) -> Mapping[str, CalorificValue]:
    with database.read() as session:
        return calorific_values_of(session, access.organization_id)


def _code(what: Resource, region: str, since: str, known: Mapping[str, CalorificValue]) -> str:
    """Return a code that says what it is of, where and since when: natural-gas-berlin-2024."""
    named = f"{what.key.partition('.')[2] or what.key}-{region}-{since[:4]}"
    return code_from(named, known, fallback="value")


def _proposed(
    what: Resource, known: Mapping[str, str], values: Mapping[str, CalorificValue], first_day: str
) -> dict[str, str]:
    """Return what the fields have at first: what the address says, what the value before said, and what is usual."""
    before = values.get(known.get("supersedes", ""))
    told = _of(before) if before is not None and before.resource == what.key and before.own else {}
    usual = {"per": what.unit, "energy_unit": "kWh", "valid_from": first_day}
    found = {**usual, **told, **{name: text for name, text in known.items() if text and name != "supersedes"}}
    if not told:
        return found
    return {**found, "valid_to": "", "supersedes": before.code if before is not None else ""}


def _of(value: CalorificValue) -> dict[str, str]:
    numbers = {name: plain(number) for name in _NUMBERS if (number := getattr(value, name)) is not None}
    texts = {name: str(getattr(value, name) or "") for name in ("region", "per", "energy_unit", "density_unit")}
    attributes = {f"attribute_{name}": text for name, text in value.attributes.items()}
    return {**numbers, **texts, **attributes, "reference_conditions": str(value.conditions or "")}


def _page(
    access: OrganizationAccess,
    database: Database,
    request: Request,
    resource: str,
    *,
    known: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    q: str = "",
) -> Response:
    inventory = inventory_shown(request)
    what = measured(inventory.catalogue, resource)
    what = what if what is not None and what.is_converted else None
    with database.read() as session:
        values = calorific_values_of(session, access.organization_id)
        proofs = proofs_offered(session, access.organization_id)
    own = [(each.code, each.code) for each in values.values() if each.own and what and each.resource == what.key]
    return html(
        "factors/calorific_value.html",
        status=422 if wrong else 200,
        organization=access.organization,
        what=None if what is None else Measured(what.key, _(what.title), what.unit),
        resources=resources_offered(inventory, q, converted=True),
        q=q,
        places=places_offered(inventory),
        units=[] if what is None else [(each, each) for each in matter_units(what)],
        energy_units=[(each, each) for each in energy_units()],
        density_units=[("", "–"), *((each, each) for each in density_units())],
        conditions=conditions_offered(),
        attributes=[] if what is None else attributes_of(what),
        own=[("", _("none")), *own] if own else [],
        proofs=proofs,
        values=typed or ({} if what is None else _proposed(what, known or {}, values, first_day_shown(request))),
        wrong=wrong or {},
    )
