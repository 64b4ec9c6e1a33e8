"""Metrics of a reporting year: what was used and emitted, how complete it is, and how limits and targets stand."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias, TypeVar

from fastapi import Query
from sqlmodel import Session
from starlette.responses import Response

from app.accounting.breakdowns import metric_lines as metrics
from app.accounting.breakdowns.completeness import completeness
from app.accounting.breakdowns.reporting_years import GwpSetOf, YearBooks, open_year
from app.accounting.stacks.exceedances import compliances
from app.accounting.targets.target_standing import standings
from app.core.access import OrganizationAccess
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import zone_named
from app.disclosure.figures.target_print import TargetPrinting, measurable
from app.disclosure.frameworks.frameworks import framework_named
from app.disclosure.live.reporting import frameworks_for, gwp_sets_by
from app.http.conditional import from_data
from app.http.deps import DEFAULT_LIMIT, Cursor, Limit, MayRead, NowMs, Reads, api_router
from app.schemas.metrics.limits import ComplianceMetrics, compliance_from
from app.schemas.metrics.metric_lines import MetricsHead
from app.schemas.metrics.metric_tables import metrics_rows, metrics_table
from app.schemas.metrics.metrics import (
    EnergyMetrics,
    MaterialsMetrics,
    WasteMetrics,
    WaterMetrics,
    energy_from,
    materials_from,
    waste_from,
    water_from,
)
from app.schemas.metrics.metrics_emissions import EmissionsMetrics, emissions_from
from app.schemas.metrics.metrics_intensity import IntensityMetrics, intensity_from
from app.schemas.metrics.target_standings import TargetsMetrics, targets_from
from app.schemas.metrics.targets import MetricKey
from app.schemas.readings.completeness import CompletenessMetrics, completeness_from
from app.schemas.wire.formats import FILES, Format, WantedFormat, file_of
from app.schemas.wire.periods import PeriodInQuery, YearInQuery
from app.schemas.wire.reporting_periods import reporting_period_from
from app.schemas.wire.tables import table_pieces
from app.schemas.wire.texts import Code
from app.store.directory.fiscal_years import calendar_of
from app.store.directory.metered import metered
from app.store.inventory.organizations import organization_of
from app.store.reporting.targets import target_histories
from app.store.sql.keyset import decode_cursor, page_of

router = api_router("metrics", "/v1/organizations/{organization}/metrics")

_Metrics = TypeVar("_Metrics", bound=MetricsHead)

Plants: TypeAlias = Annotated[
    tuple[Code, ...], Query(description="These plants together, each at 100 %; repeat for more.")
]
FrameworkCode: TypeAlias = Annotated[
    Code | None,
    Query(
        description="The framework whose GWP set emissions are stated by; the one the year is reported by if omitted."
    ),
]


@router.get("/energy", response_model=EnergyMetrics, responses=FILES)
@from_data
def get_energy_metrics(
    access: MayRead, database: Reads, wanted: WantedFormat, year: PeriodInQuery, plant: Plants = ()
) -> Response | EnergyMetrics:
    """Energy by resource and plant in kWh, MWh, GJ and tce, and its renewable share, by year and month."""
    with database.read() as session:
        books = _books(session, access, year, plant)
        return _in(wanted, books, "energy", energy_from(books, metrics.energy_of(session, books)))


@router.get("/water", response_model=WaterMetrics, responses=FILES)
@from_data
def get_water_metrics(
    access: MayRead, database: Reads, wanted: WantedFormat, year: PeriodInQuery, plant: Plants = ()
) -> Response | WaterMetrics:
    """Water withdrawn by source, recycled, discharged by destination and consumed, by year and month."""
    with database.read() as session:
        books = _books(session, access, year, plant)
        return _in(wanted, books, "water", water_from(books, metrics.water_of(session, books)))


@router.get("/waste", response_model=WasteMetrics, responses=FILES)
@from_data
def get_waste_metrics(
    access: MayRead, database: Reads, wanted: WantedFormat, year: PeriodInQuery, plant: Plants = ()
) -> Response | WasteMetrics:
    """Waste by class, stream and treatment, diverted from disposal and directed to it, by year and month."""
    with database.read() as session:
        books = _books(session, access, year, plant)
        return _in(wanted, books, "waste", waste_from(books, metrics.waste_of(session, books)))


@router.get("/emissions", response_model=EmissionsMetrics, responses=FILES)
@from_data
def get_emissions_metrics(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    year: PeriodInQuery,
    plant: Plants = (),
    framework: FrameworkCode = None,
) -> Response | EmissionsMetrics:
    """Emissions by scope, resource, gas and plant, location- and market-based, and the air's pollutants, by month."""
    with database.read() as session:
        books = _books(session, access, year, plant, framework)
        return _in(
            wanted,
            books,
            "emissions",
            emissions_from(books, metrics.emissions_of(session, books), air=metrics.air_of(session, books)),
        )


@router.get("/materials", response_model=MaterialsMetrics, responses=FILES)
@from_data
def get_materials_metrics(
    access: MayRead, database: Reads, wanted: WantedFormat, year: PeriodInQuery, plant: Plants = ()
) -> Response | MaterialsMetrics:
    """Packaging by material, raw materials and refrigerants, by year and month."""
    with database.read() as session:
        books = _books(session, access, year, plant)
        return _in(wanted, books, "materials", materials_from(books, metrics.materials_of(session, books)))


@router.get("/intensity", response_model=IntensityMetrics, responses=FILES)
@from_data
def get_intensity_metrics(
    access: MayRead,
    database: Reads,
    wanted: WantedFormat,
    year: PeriodInQuery,
    plant: Plants = (),
    metric: Annotated[MetricKey | None, Query(description="Any metric that adds up, such as `water.total`.")] = None,
    denominator: Annotated[
        MetricKey | None, Query(description="One denominator alone: any resource, or metric that adds up.")
    ] = None,
    framework: FrameworkCode = None,
) -> Response | IntensityMetrics:
    """Metrics per product, revenue, head and whatever else is metered, by year and month."""
    with database.read() as session:
        books = _books(session, access, year, plant, framework)
        found = metrics.intensities_of(session, books, metric=metric, denominator=denominator)
        return _in(wanted, books, "intensity", intensity_from(books, found))


@router.get("/completeness")
def get_completeness(
    access: MayRead,
    database: Reads,
    now_ms: NowMs,
    year: PeriodInQuery,
    plant: Plants = (),
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> CompletenessMetrics:
    """How complete each meter's readings are, month by month: coverage, count, quality, gaps, missing months."""
    after = decode_cursor(cursor, str)[0] if cursor else ""
    with database.read() as session:
        organization = organization_of(session, access.organization)
        period = calendar_of(organization).named(year)
        meters = sorted(metered(session, access.organization_id, plants=plant), key=lambda each: each.spec.code)
        page = page_of(
            [each for each in meters if each.spec.code > after][: limit + 1], limit, lambda each: (each.spec.code,)
        )
        found = completeness(session, page.items, first_day=period.first_day, end_day=period.end_day, now_ms=now_ms)
    return CompletenessMetrics(
        period=reporting_period_from(period, zone_named(organization.timezone)),
        items=[completeness_from(each) for each in found],
        next=page.next,
    )


@router.get("/compliance")
@from_data
def get_compliance(
    access: MayRead, database: Reads, now_ms: NowMs, year: PeriodInQuery, plant: Plants = ()
) -> ComplianceMetrics:
    """How each permit limit was kept: means that are valid, those above it, and the times it was exceeded."""
    with database.read() as session:
        organization = organization_of(session, access.organization)
        period = calendar_of(organization).named(year)
        days = {"first_day": period.first_day, "end_day": period.end_day}
        found = compliances(session, access.organization_id, **days, plants=plant, now_ms=now_ms)
        return compliance_from(organization, period, plant, found)


@router.get("/targets")
@from_data
def get_targets_metrics(
    access: MayRead,
    database: Reads,
    now_ms: NowMs,
    year: YearInQuery,
    plant: Plants = (),
    framework: FrameworkCode = None,
) -> TargetsMetrics:
    """How each target stands: its base, every year since, and where a running year is heading."""
    with database.read() as session:
        organization = organization_of(session, access.organization)
        book = measurable(session, access.organization_id)
        preferred = [framework_named(framework)] if framework else frameworks_for(organization, year)
        found = standings(
            session,
            organization=access.organization,
            year=year,
            plants=plant,
            gwp_set_of=_gwp_sets(session, access, framework),
            now_ms=now_ms,
            printed_of=TargetPrinting.of(session, organization, book, preferred).printed,
        )
        histories = target_histories(session, access.organization_id)
        return targets_from(access.organization, year, plant, found, histories)


def _in(wanted: Format, books: YearBooks, metric: str, answer: _Metrics) -> Response | _Metrics:
    """Return the answer itself as JSON, or in another format every number of it as a row."""
    if wanted is Format.JSON:
        return answer
    kind = metrics_table(answer, metric, books.organization.timezone)
    pieces = table_pieces(kind, [metrics_rows(answer, metric)], wanted)
    return file_of(pieces, wanted, f"{answer.organization}_{metric}_{answer.period.name}")


def _books(
    session: Session,
    access: OrganizationAccess,
    year: PeriodName,
    plants: Sequence[str],
    framework: str | None = None,
) -> YearBooks:
    gwp_set_of = _gwp_sets(session, access, framework)
    return open_year(session, organization=access.organization, year=year, plants=plants, gwp_set_of=gwp_set_of)


def _gwp_sets(session: Session, access: OrganizationAccess, framework: str | None) -> GwpSetOf:
    """Return which GWP set the organization states figures of a year by; raises UnknownFramework."""
    organization = organization_of(session, access.organization)
    return gwp_sets_by(session, organization, framework_named(framework) if framework else None)
