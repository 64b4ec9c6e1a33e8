"""Trying other factors, pins, GWP sets or another boundary without storing anything."""

from functools import partial

from app.accounting.years.own_calorific_values import calorific_values_of, places_of
from app.core.inventory.inventory import InvalidFields
from app.disclosure.live.factor_imports import known_of
from app.disclosure.live.previews import preview
from app.disclosure.live.reporting import names_of
from app.http.deps import Db, MayRead, api_router
from app.schemas.disclosures.previews import Known, Preview, PreviewCreate, preview_from, proposal_of, proposal_problems
from app.store.inventory.organizations import organization_of
from app.store.inventory.plants import plant_codes
from app.store.inventory.resources import catalogue_of

router = api_router("previews", "/v1/organizations/{organization}/previews")


@router.post("")
def post_preview(access: MayRead, body: PreviewCreate, database: Db) -> Preview:
    """Say what these choices would change, by year and figure; nothing is stored."""
    proposal = proposal_of(body, body.framework)
    with database.read() as session:
        main = names_of(organization_of(session, access.organization))[0]
        known = Known(
            factors=known_of(session, access.organization_id),
            calorific_values=calorific_values_of(session, access.organization_id),
            plants=plant_codes(session, access.organization_id),
            places=places_of(session, access.organization_id),
            catalogue=catalogue_of(session, access.organization_id),
        )
    if problems := list(proposal_problems(body, proposal, known)):
        raise InvalidFields(problems)
    years = preview(
        database,
        organization=access.organization,
        framework=body.framework,
        years=body.years,
        proposed=partial(proposal_of, body),
    )
    return preview_from(body.framework or (years[-1].framework if years else main), years)
