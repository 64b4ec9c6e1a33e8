"""A figure's page: what it is the sum of, by plant and factor, or by month, at any instant."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, NaiveDatetime
from starlette.responses import Response

from app.core.access import Scope
from app.core.calendar.periods import zone_named
from app.disclosure.figures.typesetting import typeset_unit, unrounded
from app.http.deps import MayRead, Reads
from app.http.page_route import PageRoute
from app.pages.annual_page import every_plant
from app.pages.rendering import html
from app.pages.understand.terms import sum_of
from app.routers.disclosures.disclosures import AsOf, Dimensions, FigureKey, PlantCode, found_lineage
from app.routers.disclosures.editions import EditionOfPage
from app.schemas.disclosures.lineage import TermPeriod
from app.schemas.wire.periods import PeriodInPathOfPage
from app.store.inventory.organizations import organization_of
from app.store.inventory.resources import catalogue_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/organizations/{organization}/figures/{framework}/{year}/{key}")
def figure_page(
    access: MayRead,
    framework: EditionOfPage,
    year: PeriodInPathOfPage,
    key: FigureKey,
    database: Reads,
    plant: PlantCode = None,
    dimension: Dimensions = None,
    as_of: AsOf = None,
    clock: Annotated[NaiveDatetime | None, BeforeValidator(lambda text: text or None), Query()] = None,
    by: Annotated[TermPeriod, Query()] = TermPeriod.YEAR,
) -> Response:
    """Show how a figure came about, with the sum at every step; `by` month is a step nearer to the readings.

    `clock` is the instant by the organization's clock, as the page's field has it; `as_of` is what links have.
    """
    with database.read() as session:
        zone = zone_named(organization_of(session, access.organization).timezone)
    if clock is not None:
        as_of = clock.replace(tzinfo=zone)
    found = found_lineage(access, framework, year, key, database, plant, dimension, as_of, by)
    with database.read() as session:
        plants = every_plant(session, access.organization_id)
        catalogue = catalogue_of(session, access.organization_id)
    zones = {each.code: zone_named(each.timezone) for each in plants}
    divisor = found.divisor
    return html(
        "understand/figure.html",
        figure=found,
        unit=typeset_unit(found.unit),
        value=None if found.value is None else unrounded(found.value),
        terms=sum_of(found.terms, found.unit, catalogue, zones),
        divisor=None if divisor is None else sum_of(divisor.terms, divisor.unit, catalogue, zones),
        organization=access.organization,
        plant=next((each for each in plants if each.code == plant), None),
        framework=framework,
        year=year,
        monthly=by is TermPeriod.MONTH,
        may_prepare=access.allows(Scope.PREPARE),
        kept=urlencode(_kept(dimension, plant, as_of)),
        fields=[*_kept(dimension, plant, None), ("by", by.value)],
        onwards="" if as_of is None else f"&{urlencode([('as_of', as_of.isoformat())])}",
        until=as_of,
        clock="" if as_of is None else as_of.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds"),
    )


def _kept(dimension: list[str] | None, plant: str | None, as_of: datetime | None) -> list[tuple[str, str]]:
    """Return what every address that leads on from this page keeps: of what, of which plant, as of when."""
    kept = [("dimension", each) for each in dimension or ()]
    if plant is not None:
        kept.append(("plant", plant))
    if as_of is not None:
        kept.append(("as_of", as_of.isoformat()))
    return kept
