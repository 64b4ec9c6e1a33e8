"""People who work with an organization: one prepares a report and another approves it, each in their own name."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.core.access import OrganizationAccess, Scope
from app.core.sentences import N_
from app.http.deps import Db, MayAdminister, NowMs
from app.http.page_route import PageRoute
from app.pages.forms import Form
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.pages.start.refusals import stored
from app.pages.start.steps import steps_of
from app.routers.inventory.users import hashing, list_users, made_user
from app.schemas.inventory.users import UserCreate, UserCreated
from app.store.engine.database import Database

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/start")

_MOST = 200
ROLES = {
    "prepare": (
        (Scope.READ, Scope.INGEST, Scope.AMEND, Scope.PREPARE),
        N_("Prepares: types and mends figures, states what is not metered, and prepares reports."),
    ),
    "approve": ((Scope.READ, Scope.APPROVE), N_("Approves: approves and publishes what somebody else has prepared.")),
    "audit": ((Scope.READ, Scope.AUDIT), N_("Audits: reads everything, and who changed what.")),
    "read": ((Scope.READ,), N_("Reads the figures.")),
    "admin": ((Scope.ADMIN,), N_("Administers: all of this, and these pages.")),
}
"""What a person may be here for, with the scopes that it takes."""


@router.get("/person")
def person_form(
    access: MayAdminister, database: Db, request: Request, role: Annotated[str, Query(max_length=10)] = "prepare"
) -> Response:
    """Ask who works with the organization, and what for."""
    return _page(access, database, request, values={"role": role})


@router.post("/person")
def add_person(access: MayAdminister, database: Db, now_ms: NowMs, request: Request, form: Form) -> Response:
    """Make a user who signs in by a password, and show it, this once."""
    typed = {name: form.text(name) for name in ("name", "email", "role")}
    scopes, _words = ROLES.get(typed["role"], ((), ""))
    made: list[UserCreated] = []

    def body() -> UserCreate:
        grant = {"scopes": list(scopes), "organizations": [access.organization]}
        return UserCreate.model_validate({"name": typed["name"], "email": typed["email"], "grants": [grant]})

    def act() -> None:
        made.append(made_user(access, body(), database, now_ms, hashed=hashing(request)))

    wrong = {name: _("Fill this in.") for name in ("name", "email") if not typed[name]}
    if not scopes:
        wrong["role"] = _("Choose what they do.")
    if wrong := stored(act, body, wrong):
        return _page(access, database, request, values=typed, wrong=wrong)
    return _page(access, database, request, values={"role": "approve"}, made=made[0])


def _page(
    access: OrganizationAccess,
    database: Database,
    request: Request,
    *,
    values: dict[str, str],
    wrong: dict[str, str] | None = None,
    made: UserCreated | None = None,
) -> Response:
    people = [
        each
        for each in list_users(access, database, _MOST).items
        if any(access.organization in (grant.organizations or [access.organization]) for grant in each.grants)
    ]
    return html(
        "start/person.html",
        status=422 if wrong else 200,
        organization=access.organization,
        roles=[(code, words) for code, (_scopes, words) in ROLES.items()],
        values=values,
        wrong=wrong or {},
        made=made,
        people=people,
        steps=steps_of(request, ""),
    )
