"""Disclosures of an organization: live figures, and the lineage of each."""

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Path, Query
from pydantic import StringConstraints
from starlette.responses import Response

from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName
from app.disclosure.live.bridges import year_bridge
from app.disclosure.live.disclosure import live_disclosure
from app.disclosure.live.lineage import Lineage as FigureLineage
from app.disclosure.live.lineage import figure_lineage
from app.http.as_of import as_of_ms
from app.http.conditional import from_data
from app.http.deps import MayRead, NowMs, Reads, api_router
from app.routers.disclosures.editions import Edition
from app.schemas.disclosures.bridges import YearBridge, year_bridge_from
from app.schemas.disclosures.disclosure_tables import disclosure_rows, disclosure_table
from app.schemas.disclosures.disclosures import Disclosure, disclosure_from
from app.schemas.disclosures.lineage import Lineage, TermPeriod, lineage_from
from app.schemas.wire.formats import FILES, Format, WantedFormat, file_of
from app.schemas.wire.instants import Instant
from app.schemas.wire.periods import EarlierPeriod, PeriodInPath
from app.schemas.wire.tables import table_pieces
from app.schemas.wire.texts import Code
from app.store.engine.database import Database

router = api_router("disclosures", "/v1/organizations/{organization}/disclosures")

FigureKey: TypeAlias = Annotated[str, Path(min_length=1, max_length=200, description="The key of the figure.")]
AsOf: TypeAlias = Annotated[Instant | None, Query(description="As was believed at this instant.")]
PlantCode: TypeAlias = Annotated[Code | None, Query(description="One plant alone, at 100 %.")]
Dimensions: TypeAlias = Annotated[
    list[Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}:[^\x00-\x1f\x7f]{1,200}$")]] | None,
    Query(description="An attribute and its value, such as `stream:dust`, several for a crossing; else the total."),
]


@router.get("/{framework}/{year}", response_model=Disclosure, responses=FILES)
@from_data
def get_disclosure(
    access: MayRead,
    framework: Edition,
    year: PeriodInPath,
    database: Reads,
    wanted: WantedFormat,
    now_ms: NowMs,
    plant: PlantCode = None,
    as_of: AsOf = None,
) -> Response | Disclosure:
    """Compute a framework's figures from what is stored now, with two earlier years beside them."""
    live = live_disclosure(
        database,
        organization=access.organization,
        framework=framework,
        year=year,
        plant=plant,
        as_of_ms=as_of_ms(database, access.organization, as_of),
        now_ms=now_ms,
    )
    answer = disclosure_from(live)
    if wanted is Format.JSON:
        return answer
    pieces = table_pieces(disclosure_table(answer), [disclosure_rows(answer)], wanted)
    return file_of(pieces, wanted, f"{answer.organization}_{answer.framework}_{answer.period.name}")


@router.get("/{framework}/{year}/bridge")
@from_data
def get_bridge(
    access: MayRead,
    framework: Edition,
    year: PeriodInPath,
    database: Reads,
    from_year: EarlierPeriod,
    plant: PlantCode = None,
    as_of: AsOf = None,
) -> YearBridge:
    """Say what moved each figure from one year to another: boundary, activity, factors and GWP set."""
    found = year_bridge(
        database,
        organization=access.organization,
        framework=framework,
        from_year=from_year,
        year=year,
        plant=plant,
        as_of_ms=as_of_ms(database, access.organization, as_of),
    )
    return year_bridge_from(found)


@router.get("/{framework}/{year}/figures/{key}/lineage")
@from_data
def get_lineage(
    access: MayRead,
    framework: Edition,
    year: PeriodInPath,
    key: FigureKey,
    database: Reads,
    plant: PlantCode = None,
    dimension: Dimensions = None,
    as_of: AsOf = None,
    by: Annotated[TermPeriod, Query(description="How finely the terms are cut.")] = TermPeriod.YEAR,
) -> Lineage:
    """Show how a live figure came about: its formula and the terms that add up to it."""
    return lineage_from(found_lineage(access, framework, year, key, database, plant, dimension, as_of, by))


def found_lineage(
    access: OrganizationAccess,
    framework: str,
    year: PeriodName,
    key: str,
    database: Database,
    plant: str | None,
    dimension: list[str] | None,
    as_of: datetime | None,
    by: TermPeriod,
) -> FigureLineage:
    """Return the lineage that was asked for, of a figure's operation or page; raises as `figure_lineage` does."""
    pairs = [each.partition(":") for each in dimension or ()]
    return figure_lineage(
        database,
        organization=access.organization,
        framework=framework,
        year=year,
        key=key,
        dimensions={name: value for name, _, value in pairs},
        plant=plant,
        as_of_ms=as_of_ms(database, access.organization, as_of),
        monthly=by is TermPeriod.MONTH,
    )
