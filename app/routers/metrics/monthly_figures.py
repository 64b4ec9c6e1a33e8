"""Monthly figures, flat: what spreadsheets and dashboards read by one address."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Annotated, TypeAlias

from fastapi import Query
from pydantic import StringConstraints
from starlette.responses import Response

from app.accounting.breakdowns.monthly_lines import monthly_lines
from app.accounting.breakdowns.reporting_years import open_year
from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName
from app.disclosure.history.standing import standing_of
from app.disclosure.live.reporting import framework_for, gwp_sets_by
from app.http.conditional import from_data
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, Reads, api_router
from app.schemas.inventory.filters import PlantFilter
from app.schemas.metrics.monthly_figures import (
    MonthlyFigure,
    MonthlyFigurePage,
    monthly_figures,
    monthly_rows,
    monthly_table,
)
from app.schemas.wire.formats import FILES, Format, WantedFormat, file_of
from app.schemas.wire.periods import PERIOD_NAMES, period_named
from app.schemas.wire.tables import table_pieces
from app.store.directory.fiscal_years import calendar_of
from app.store.directory.metered import metered
from app.store.engine.database import Database
from app.store.inventory.organizations import organization_of
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("metrics", "/v1/organizations/{organization}/metrics")

Years: TypeAlias = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=PERIOD_NAMES)], ...],
    Query(
        alias="year",
        max_length=20,
        description="A reporting year's name, or `2024T` for a transition period; repeat for more.",
    ),
]
Metrics: TypeAlias = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,200}$")], ...],
    Query(alias="metric", description="Only these metrics, such as `energy.total`; repeat for more."),
]


class MonthlyRows(StrEnum):
    """What a row is of: the organization as a whole, or what a plant is of it."""

    ORGANIZATION = "organization"
    PLANT = "plant"


@router.get("/monthly", response_model=MonthlyFigurePage, responses=FILES)
@from_data
def get_monthly_figures(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    years: Years,
    plant: PlantFilter = (),
    metrics: Metrics = (),
    by: Annotated[
        MonthlyRows | None, Query(description="Rows of the whole alone, or of plants alone; both if omitted.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response | MonthlyFigurePage:
    """List every metric that adds up by month, of the organization and by plant; other formats give all rows.

    With `plant` the rows of these plants alone, by their shares in the organization's figures.
    """
    with database.read() as session:
        organization = organization_of(session, access.organization)
        metered(session, access.organization_id, plants=plant)
        calendar, zone = calendar_of(organization), organization.timezone
        names = sorted((calendar.named(period_named(each)).name for each in set(years)), key=str)
    figures = partial(_figures, database, access, plants=plant, metrics=metrics, by=by)
    if wanted is not Format.JSON:
        kind, chunks = monthly_table(access.organization, zone), (monthly_rows(figures(year)) for year in names)
        return file_of(table_pieces(kind, chunks, wanted), wanted, f"{access.organization}_monthly")
    after = decode_cursor(cursor, str, str, str, str) if cursor else ("", "", "", "")
    found: list[MonthlyFigure] = []
    for year in names:
        if str(year) >= after[0] and len(found) <= limit:
            found += [each for each in figures(year) if _place(each) > after]
    page = page_of(found[: limit + 1], limit, _place)
    return MonthlyFigurePage(items=page.items, next=page.next)


def _figures(
    database: Database,
    access: OrganizationAccess,
    year: PeriodName,
    *,
    plants: Sequence[str],
    metrics: Sequence[str],
    by: MonthlyRows | None,
) -> list[MonthlyFigure]:
    """Return a year's figures, read in a short transaction of their own."""
    with database.read() as session:
        organization = organization_of(session, access.organization)
        sets = gwp_sets_by(session, organization, None)
        books = open_year(session, organization=access.organization, year=year, gwp_set_of=sets)
        framework = framework_for(organization, year)
        standing = standing_of(session, access.organization_id, framework.code, year)
        found = monthly_figures(books, monthly_lines(session, books, metrics), standing)
        return [
            each
            for each in found
            if (not plants or each.plant in plants)
            and (by is None or (by is MonthlyRows.PLANT) == (each.plant is not None))
        ]


def _place(figure: MonthlyFigure) -> tuple[str, str, str, str]:
    return figure.year, figure.metric, figure.plant or "", figure.period


def _rows_of(figure: MonthlyFigure) -> MonthlyRows:
    return MonthlyRows.ORGANIZATION if figure.plant is None else MonthlyRows.PLANT
