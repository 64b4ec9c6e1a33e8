"""The form by which an organization adds an emission factor of its own."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.accounting.factors.factor import Factor, HeatingValueBasis, Method
from app.accounting.factors.gwp import gwp_sets
from app.core.access import OrganizationAccess
from app.core.inventory.resources import Resource
from app.core.sentences import N_
from app.core.units.quantities import plain
from app.core.units.units import UNITS
from app.disclosure.live.factor_imports import add_factor, known_of
from app.http.deps import Db, MayPrepare, NowMs
from app.http.page_route import PageRoute
from app.pages.factors.offered import (
    first_day_shown,
    inventory_shown,
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
from app.schemas.factors.factors import FactorCreate, factor_of
from app.store.engine.database import Database

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/factors/factor"
)

Words = Annotated[str, Query(max_length=120)]
METHODS = {
    Method.LOCATION: N_("location-based: the average of a grid"),
    Method.MARKET: N_("market-based: of a supplier, or a residual mix"),
}
"""What the two ways of Scope 2 are called."""

_GASES = ("kg_co2", "kg_co2_biogenic", "kg_ch4", "kg_ch4_nonfossil", "kg_n2o")
_NUMBERS = ("kg_co2e", *_GASES)
_TEXTS = ("code", "region", "method", "per", "gwp_set", "basis", "edition", "supersedes")
_DAYS = ("valid_from", "valid_to", "published_on")
_FIELDS = (*_NUMBERS, *_TEXTS, *_DAYS, "source", "proof")


@router.get("")
def factor_form(
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
    """Ask what the factor is of, and then what it is; the address says what is known of it already.

    `at` is a plant, `unit` what the factor is per, `since` and `until` its days, `after` the factor that it follows.
    """
    known = {"region": at, "per": unit, "valid_from": since, "valid_to": until, "supersedes": after}
    return _page(access, database, request, resource, known=known, q=q)


@router.post("")
def add_own_factor(
    access: MayPrepare, database: Db, now_ms: NowMs, request: Request, form: Form, resource: Words = ""
) -> Response:
    """Store the factor, or tell what is wrong with it and keep what was typed."""
    what = measured(inventory_shown(request).catalogue, resource)
    typed = {name: form.text(name) for name in _FIELDS}
    if what is None or "<" in what.key:
        return _page(access, database, request, "", wrong={"": _("Choose what the factor is of first.")})
    typed |= {f"attribute_{name}": form.text(f"attribute_{name}") for name in what.attributes}
    with database.read() as session:
        known = known_of(session, access.organization_id)
    named = f"{what.key.partition('.')[2] or what.key}-{form.text('region')}-{form.text('valid_from')[:4]}"
    values: dict[str, Any] = {
        "code": code_from(named, known, fallback="factor"),
        **sent(form, *_TEXTS, *_DAYS),
        "resource": what.key,
        "attributes": {name: text for name in what.attributes if (text := form.text(f"attribute_{name}"))},
        "source": source_told(form),
    }
    wrong = numbers_in(form, _NUMBERS, values)
    for name in ("valid_from", "source"):
        if not form.text(name):
            wrong[name] = _("Fill this in.")

    def body() -> Factor:
        return factor_of(FactorCreate.model_validate(values))

    def act() -> None:
        add_factor(database, access.organization_id, body(), now_ms=now_ms, keep=lambda _session: None)

    if wrong := stored(act, body, wrong):
        return _page(access, database, request, resource, typed=typed, wrong=wrong)
    query = urlencode({"done": "factor", "code": values["code"]})
    return RedirectResponse(f"/organizations/{access.organization}/factors?{query}", status_code=303)


def _proposed(
    what: Resource, known: Mapping[str, str], factors: Mapping[str, Factor], first_day: str
) -> dict[str, str]:
    """Return what the fields have at first: what the address says, what the factor before said, and what is usual."""
    before = factors.get(known.get("supersedes", ""))
    told = _of(before) if before is not None and before.resource == what.key and before.own else {}
    usual = {"per": what.unit, "valid_from": first_day, "gwp_set": ""}
    found = {**usual, **told, **{name: text for name, text in known.items() if text and name != "supersedes"}}
    return {**found, "supersedes": before.code if told and before is not None else ""}


def _of(factor: Factor) -> dict[str, str]:
    numbers = {name: plain(number) for name in _NUMBERS if (number := getattr(factor, name)) is not None}
    texts = {name: str(getattr(factor, name) or "") for name in ("region", "per", "method", "gwp_set", "basis")}
    return {**numbers, **texts, **{f"attribute_{name}": text for name, text in factor.attributes.items()}}


def _units(what: Resource) -> list[tuple[str, str]]:
    """Return what a factor may be per, the resource's own unit first."""
    found = [unit for dimension in what.dimensions for unit in UNITS.get(dimension, ())]
    return [(each, each) for each in dict.fromkeys([what.unit, *found])]


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
    what = None if what is None or "<" in what.key else what
    with database.read() as session:
        factors = known_of(session, access.organization_id)
        proofs = proofs_offered(session, access.organization_id)
    own = [(each.code, each.code) for each in factors.values() if each.own and what and each.resource == what.key]
    return html(
        "factors/factor.html",
        status=422 if wrong else 200,
        organization=access.organization,
        what=None if what is None else Measured(what.key, _(what.title), what.unit),
        is_fuel=what is not None and what.is_fuel,
        resources=resources_offered(inventory, q, converted=False),
        q=q,
        places=places_offered(inventory),
        units=[] if what is None else _units(what),
        methods=[("", _("either")), *((each.value, _(words)) for each, words in METHODS.items())],
        gwp_sets=[("", _("not stated")), *((each, each) for each in gwp_sets())],
        bases=[
            ("", _("not stated")),
            (HeatingValueBasis.HHV.value, _("gross")),
            (HeatingValueBasis.LHV.value, _("net")),
        ],
        attributes=[] if what is None else attributes_of(what),
        own=[("", _("none")), *own] if own else [],
        proofs=proofs,
        values=typed or ({} if what is None else _proposed(what, known or {}, factors, first_day_shown(request))),
        wrong=wrong or {},
    )
