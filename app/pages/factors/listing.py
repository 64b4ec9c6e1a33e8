"""The page of factors: which the figures rest on and why, the organization's own, and its pins; and one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.factor import Factor
from app.accounting.years.own_calorific_values import calorific_values_of
from app.core.access import Scope
from app.core.inventory.resources import Catalogue
from app.disclosure.live.factor_imports import known_of
from app.http.deps import Db, MayRead
from app.http.page_route import PageRoute
from app.pages.factors.factor_form import METHODS
from app.pages.factors.offered import Part, inventory_shown, source_parts
from app.pages.factors.used import factor_states, used_in, value_states
from app.pages.frame.frame import frame_of
from app.pages.frame.words import gettext as _
from app.pages.rendering import html
from app.routers.factors.factors import get_factor_pins
from app.schemas.wire.texts import Code
from app.store.sql.conflicts import NotThere

router = APIRouter(include_in_schema=False, route_class=PageRoute, prefix="/organizations/{organization}/factors")


@dataclass(frozen=True, slots=True)
class StatedLine:
    """A factor or calorific value as it is stated; `kind` is the part of its page's address."""

    kind: str
    code: str
    resource: str
    resource_title: str
    region: str
    states: str
    valid_from: str
    valid_to: str
    source: Sequence[Part]
    supersedes: str
    is_own: bool
    more: tuple[tuple[str, str], ...]


@router.get("")
def factors_page(
    access: MayRead,
    database: Db,
    request: Request,
    done: Annotated[str | None, Query(max_length=20)] = None,
    code: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show what the period's figures rest on, what the organization has stated itself, and what is pinned."""
    frame, inventory = frame_of(request), inventory_shown(request)
    with database.read() as session:
        used = used_in(session, frame, inventory.catalogue)
        known = known_of(session, access.organization_id)
        values = calorific_values_of(session, access.organization_id)
    own: list[Factor | CalorificValue] = [each for each in known.values() if each.own]
    own += [each for each in values.values() if each.own]
    return html(
        "factors/list.html",
        organization=access.organization,
        year=frame.year,
        used=[(each, list(source_parts(access.organization, each.source))) for each in used],
        own=[_line(access.organization, each, _title(inventory.catalogue, each.resource)) for each in own],
        in_use={(each.kind, each.code) for each in used},
        pins=get_factor_pins(access, database).items,
        may_prepare=access.allows(Scope.PREPARE),
        signed_in=access.key_code is not None,
        done=done,
        code=code,
    )


@router.get("/known/{kind}/{code}")
def known_page(
    access: MayRead,
    database: Db,
    request: Request,
    kind: Annotated[str, Path(pattern="^(factor|calorific-value)$")],
    code: Annotated[Code, Path()],
) -> Response:
    """Show all that a factor or calorific value states, shipped or own. Raises NotThere."""
    inventory = inventory_shown(request)
    with database.read() as session:
        organization_id = access.organization_id
        found: Factor | CalorificValue | None = (
            known_of(session, organization_id).get(code)
            if kind == "factor"
            else calorific_values_of(session, organization_id).get(code)
        )
    if found is None:
        raise NotThere(f"There is no {kind.replace('-', ' ')} {code!r}")
    return html(
        "factors/known.html",
        organization=access.organization,
        line=_line(access.organization, found, _title(inventory.catalogue, found.resource)),
        may_prepare=access.allows(Scope.PREPARE),
    )


def _title(catalogue: Catalogue, key: str) -> str:
    return _(catalogue.named(key).title)


def _line(organization: str, found: Factor | CalorificValue, title: str) -> StatedLine:
    is_factor = isinstance(found, Factor)
    return StatedLine(
        kind="factor" if is_factor else "calorific-value",
        code=found.code,
        resource=found.resource,
        resource_title=title,
        region=found.region,
        states=factor_states(found) if isinstance(found, Factor) else value_states(found),
        valid_from=found.valid_from.isoformat(),
        valid_to=found.valid_to.isoformat() if found.valid_to else "",
        source=list(source_parts(organization, found.source)),
        supersedes=found.supersedes or "",
        is_own=found.own,
        more=tuple((_(name), text) for name, text in _more(found) if text),
    )


def _more(found: Factor | CalorificValue) -> list[tuple[str, str]]:
    """Return what else is stated, as a title and words."""
    attributes = ", ".join(f"{_(name.replace('_', ' '))}: {_(text)}" for name, text in found.attributes.items())
    published = found.published_on.isoformat() if found.published_on else ""
    told = [(_("Attributes"), attributes), (_("Published on"), published)]
    if isinstance(found, Factor):
        method = "" if found.method is None else _(METHODS[found.method])
        return [
            *told,
            (_("Scope 2"), method),
            (_("GWP set of it"), found.gwp_set or ""),
            (_("Edition"), found.edition or ""),
            (_("Derived"), found.derivation or ""),
        ]
    return [*told, (_("Assumption"), _("yes") if found.assumption else "")]
