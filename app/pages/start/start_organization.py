"""The first step: the organization that reports, made once and changed here later."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.core.inventory.inventory import Consolidation
from app.core.sentences import N_
from app.disclosure.frameworks.frameworks import frameworks
from app.http.deps import Db, MayAdminister, MayAdministerAll, NowMs
from app.http.idempotency import Once
from app.http.page_route import PageRoute
from app.http.preconditions import Unchanged
from app.pages.forms import Form, FormFields
from app.pages.frame.words import gettext as _
from app.pages.frame.words import month_name
from app.pages.rendering import fragment, html
from app.pages.start.places import countries, currency_of, zone_of, zones_of
from app.pages.start.refusals import code_from, refused, sent, stored
from app.pages.start.steps import steps_of
from app.routers.inventory.organizations import create_organization, get_organization, update_organization
from app.schemas.inventory.organizations import OrganizationCreate, OrganizationUpdate

router = APIRouter(include_in_schema=False, route_class=PageRoute)

CONSOLIDATION = {
    Consolidation.OPERATIONAL_CONTROL: N_(
        "Operational control: all of each plant that you run yourself. The usual choice."
    ),
    Consolidation.FINANCIAL_CONTROL: N_("Financial control: all of each plant whose finances you direct."),
    Consolidation.EQUITY_SHARE: N_("Equity share: of each plant the part that you own, such as 60 %."),
}
_FIELDS = ("code", "name", "timezone", "currency", "fiscal_year_start_month", "consolidation")
_PROPOSED = ("code", "timezone", "currency")


@router.get("/start")
def start(access: MayAdministerAll) -> Response:
    """Go on to where somebody begins who has nothing yet."""
    return RedirectResponse("/start/organization", status_code=303)


@router.get("/start/organization")
def organization_form(access: MayAdministerAll) -> Response:
    """Ask who reports."""
    first = {"consolidation": Consolidation.OPERATIONAL_CONTROL, "fiscal_year_start_month": "1"}
    return _page(first | {"frameworks": [family for family, _title in _families()][:1]})


@router.get("/start/proposed")
def proposed(
    access: MayAdministerAll,
    country: Annotated[str, Query(max_length=2)] = "",
    name: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=80)] = "",
    code_was: Annotated[str, Query(max_length=80)] = "",
    timezone: Annotated[str, Query(max_length=80)] = "",
    timezone_was: Annotated[str, Query(max_length=80)] = "",
    currency: Annotated[str, Query(max_length=80)] = "",
    currency_was: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Return the fields that follow from name and country; what somebody has typed over a proposal stays."""
    typed = {"code": (code, code_was), "timezone": (timezone, timezone_was), "currency": (currency, currency_was)}
    kept = {field: now for field, (now, was) in typed.items() if now and now != was}
    values = _proposals(name, country) | kept
    return fragment(
        "start/proposed.html", values=values, was=_proposals(name, country), zones=zones_of(country), wrong={}
    )


@router.post("/start/organization")
def add_organization(access: MayAdministerAll, database: Db, now_ms: NowMs, form: Form) -> Response:
    """Make the organization; what was left empty is as it is proposed."""
    values = {**_proposals(form.text("name"), form.text("country")), **sent(form, *_FIELDS), **_frameworks(form, [])}

    def body() -> OrganizationCreate:
        return OrganizationCreate.model_validate({**values, **_month(form)})

    def act() -> None:
        create_organization(access, body(), database, now_ms, Once(None))

    if wrong := stored(act, body, _missing(form)):
        return _page(_typed(form), wrong=wrong)
    country = form.text("country")
    place = f"?country={country}&done=organization" if country else "?done=organization"
    return RedirectResponse(f"/organizations/{values['code']}/start/plant{place}", status_code=303)


@router.get("/organizations/{organization}/start/organization")
def organization_set(
    access: MayAdminister, database: Db, request: Request, done: Annotated[str | None, Query(max_length=20)] = None
) -> Response:
    """Show what was set, to be changed."""
    kept = get_organization(access, database)
    values = {name: str(value) for name, value in kept.model_dump().items()} | {"frameworks": kept.frameworks}
    return _page(values, organization=access.organization, request=request, done=done)


@router.post("/organizations/{organization}/start/organization")
def change_organization(access: MayAdminister, database: Db, request: Request, form: Form) -> Response:
    """Change what is different; its code stays."""
    stands = get_organization(access, database).frameworks
    changes = sent(form, *(name for name in _FIELDS if name != "code")) | _month(form) | _frameworks(form, stands)

    def act() -> None:
        update_organization(access, OrganizationUpdate.model_validate(changes), database, Unchanged(None))

    if wrong := refused(act):
        return _page(_typed(form), wrong=wrong, organization=access.organization, request=request)
    return RedirectResponse(
        f"/organizations/{access.organization}/start/organization?done=organization", status_code=303
    )


def _proposals(name: str, country: str) -> dict[str, str]:
    found = {"code": code_from(name, fallback="company") if name else ""}
    return found | {"timezone": zone_of(country), "currency": currency_of(country) if country else ""}


def _month(form: FormFields) -> dict[str, object]:
    month = form.text("fiscal_year_start_month")
    return {"fiscal_year_start_month": int(month)} if month.isascii() and month.isdigit() and len(month) < 3 else {}


def _frameworks(form: FormFields, stands: Sequence[str]) -> dict[str, Any]:
    """Return what is reported by, unless it is the same as stands; editions that somebody chose by themselves stay."""
    chosen = form.every("frameworks")
    return {"frameworks": chosen} if chosen and set(chosen) != set(stands) else {}


def _families() -> list[tuple[str, str]]:
    """Return the families of frameworks with the title of their newest edition, the service's default first."""
    newest = {each.family: each for each in frameworks().values()}
    ordered = sorted(newest.values(), key=lambda each: not each.default)
    return [(each.family, _(each.title)) for each in ordered]


def _missing(form: FormFields) -> dict[str, str]:
    """Return what only a person can say: the name, and a country or what it would propose."""
    wrong = {} if form.text("name") else {"name": _("Fill this in.")}
    if not form.text("country") and not (form.text("timezone") and form.text("currency")):
        wrong["country"] = _("Choose a country, or fill in time zone and currency below.")
    return wrong


def _typed(form: FormFields) -> dict[str, Any]:
    return {name: form.text(name) for name in (*_FIELDS, "country")} | {"frameworks": form.every("frameworks")}


def _page(
    values: dict[str, Any],
    *,
    wrong: dict[str, str] | None = None,
    organization: str = "",
    request: Request | None = None,
    done: str | None = None,
) -> Response:
    country = values.get("country", "")
    return html(
        "start/organization.html",
        status=422 if wrong else 200,
        values=values,
        was=_proposals(values.get("name", ""), country),
        wrong=wrong or {},
        organization=organization,
        countries=countries(),
        zones=zones_of(country),
        months=[(str(each), month_name(each)) for each in range(1, 13)],
        consolidations=[(each.value, _(words)) for each, words in CONSOLIDATION.items()],
        families=_families(),
        steps=steps_of(request, "organization"),
        done=done,
    )
