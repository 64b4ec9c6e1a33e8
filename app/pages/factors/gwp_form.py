"""The form by which the GWP set of a framework's figures is chosen, for a year or for every one."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app.accounting.factors.gwp import gwp_sets
from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import year_of
from app.disclosure.frameworks.frameworks import frameworks
from app.http.deps import Db, MayPrepare
from app.http.page_route import PageRoute
from app.http.preconditions import Unchanged
from app.pages.forms import Form
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.pages.start.refusals import refused
from app.routers.factors.gwp_sets import get_gwp_sets, put_gwp_sets
from app.schemas.factors.gwp_sets import GwpSetChoice, GwpSetChoiceList
from app.schemas.wire.periods import PeriodOnPage
from app.store.engine.database import Database

router = APIRouter(
    include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/factors/gwp-set"
)


@router.get("")
def gwp_form(
    access: MayPrepare,
    database: Db,
    request: Request,
    _year: PeriodOnPage,
    done: Annotated[str | None, Query(max_length=10)] = None,
) -> Response:
    """Show what is chosen, and ask for the set of the shown framework and year."""
    frame = frame_of(request)
    values = {"framework": frame.framework.code, "year": str(year_of(frame.year)), "gwp_set": frame.framework.gwp_set}
    return _page(access, database, values, done=done)


@router.post("")
def choose_gwp_set(access: MayPrepare, database: Db, form: Form) -> Response:
    """Choose a set in the place of what is chosen for the same; without a set, the framework's own counts again."""
    typed = {name: form.text(name) for name in ("framework", "year", "gwp_set")}
    digits = typed["year"]
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 5):
        return _page(access, database, typed, wrong={"year": _("Write a year such as 2024, or nothing.")})
    year = int(digits) if digits else None

    def act() -> None:
        standing = [
            each
            for each in get_gwp_sets(access, database).items
            if (each.framework, each.year) != (typed["framework"], year)
        ]
        made: list[Any] = []
        if typed["gwp_set"]:
            made = [GwpSetChoice(framework=typed["framework"], year=year, gwp_set=typed["gwp_set"])]
        put_gwp_sets(access, GwpSetChoiceList(items=[*standing, *made]), database, Unchanged(None))

    if wrong := refused(act):
        return _page(access, database, typed, wrong=wrong)
    query = urlencode({"done": "chosen", "framework": typed["framework"], **({"year": digits} if digits else {})})
    return RedirectResponse(f"/organizations/{access.organization}/factors/gwp-set?{query}", status_code=303)


def _page(
    access: OrganizationAccess,
    database: Database,
    values: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
    done: str | None = None,
) -> Response:
    return html(
        "factors/gwp_set.html",
        status=422 if wrong else 200,
        organization=access.organization,
        frameworks=[(each.code, f"{_(each.title)} ({each.edition})") for each in frameworks().values()],
        gwp_sets=[("", _("the framework's own")), *((each, each) for each in gwp_sets())],
        chosen=get_gwp_sets(access, database).items,
        values=values,
        wrong=wrong or {},
        done=done,
    )
