"""What targets, and how they stand, look like from outside."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from app.accounting.breakdown_service import PlantShare as YearShare
from app.accounting.metrics import MetricBook
from app.accounting.targets import Direction, ProjectionMethod, TargetStatus
from app.accounting.targets_service import TargetStanding as Standing
from app.accounting.targets_service import TargetYear, unit_fits
from app.core.inventory import FieldProblem
from app.core.periods import date_of, instant_from_ms
from app.core.quantities import plain
from app.schemas.base import Flag, Received
from app.schemas.instants import Day, Instant
from app.schemas.metric_lines import PlantShare, plant_share_from
from app.schemas.numbers import ExactNumber, NonNegativeNumber, Share, WholeNumber
from app.schemas.texts import Code, Name, Word
from app.store.targets import TargetRow

MetricKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
TargetYearNumber = Annotated[WholeNumber, Field(ge=1973, le=9000)]


class TargetCreate(Received):
    """A new target: a reduction each year from the base year on, or else a goal and the year it is for.

    `yearly_reduction` is a share, taken off the year before when it compounds, else off the base; with direction
    `increase` it is a rise. `unit` is the goal's, by default the metric's own. The base is recalculated when the
    boundary changes it by more than `recalculation_threshold`.
    """

    code: Code
    name: Name | None = None
    metric: MetricKey
    plant: Code | None = None
    base_year: TargetYearNumber
    yearly_reduction: Share | None = None
    compounding: Flag = True
    goal: NonNegativeNumber | None = None
    goal_year: TargetYearNumber | None = None
    direction: Direction = Direction.DECREASE
    unit: Word | None = None
    recalculation_threshold: Share = Decimal("0.05")


class Target(BaseModel):
    """A target of an organization or of one plant; base_shares those of the plants in its base year."""

    code: str
    name: str
    metric: str
    plant: str | None
    base_year: int
    yearly_reduction: ExactNumber | None
    compounding: bool
    goal: ExactNumber | None
    goal_year: int | None
    direction: Direction
    unit: str
    recalculation_threshold: ExactNumber
    base_shares: list[PlantShare]
    created_at: Instant


class TargetPage(BaseModel):
    """Some targets, and the cursor of those that follow."""

    items: list[Target]
    next: str | None


class BoundaryChange(BaseModel):
    """A plant whose share is not what it was in the base year when the target was set; the mean of a year by days."""

    plant: str
    before: ExactNumber
    after: ExactNumber


class TargetBase(BaseModel):
    """The base year's value: the one that counts, by the boundary of then, and by that of the year held against it.

    `change` is (today - original) / original; beyond the threshold the base is recalculated, and `today` counts.
    """

    year: int
    value: ExactNumber | None
    original: ExactNumber | None
    today: ExactNumber | None
    change: ExactNumber | None
    recalculated: bool
    boundary_changes: list[BoundaryChange]


class TargetProjection(BaseModel):
    """Where a year is heading, by which methods, from the data before `through`."""

    value: ExactNumber | None
    methods: list[ProjectionMethod]
    through: Day | None


class TargetYearStanding(BaseModel):
    """One year of a target, in its unit, and the base it is held against; coverage is 0 to 1."""

    year: int
    value: ExactNumber | None
    base: ExactNumber | None
    allowed: ExactNumber | None
    coverage: ExactNumber | None
    status: TargetStatus
    projection: TargetProjection


class TargetStanding(BaseModel):
    """A target, its base, and how each year from the one after the base year stands."""

    target: Target
    status: TargetStatus
    base: TargetBase
    years: list[TargetYearStanding]


class TargetsMetrics(BaseModel):
    """How every target stands in a reporting year; `status` is that year's, or the goal year's when it is past."""

    organization: str
    year: int
    plant: str | None
    items: list[TargetStanding]


def target_problems(body: TargetCreate, book: MetricBook) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new target, beyond the form of its fields."""
    if body.metric not in book.metrics:
        yield FieldProblem("metric", "unknown_metric", f"there is no metric {body.metric!r}")
    elif body.unit is not None and not unit_fits(book, body.metric, body.unit):
        words = f"{body.metric} is in {book.unit(body.metric)}, which {body.unit} does not convert to"
        yield FieldProblem("unit", "unit_mismatch", words)
    if (body.yearly_reduction is None) == (body.goal is None):
        yield FieldProblem("goal", "reduction_or_goal", "state yearly_reduction, or else goal and goal_year")
    if (body.goal is not None) and body.goal_year is None:
        yield FieldProblem("goal_year", "missing", "a goal states the year it is for")
    if body.goal_year is not None and body.goal_year <= body.base_year:
        yield FieldProblem("goal_year", "invalid_period", "goal_year lies after base_year")
    if body.yearly_reduction is not None and not body.yearly_reduction:
        yield FieldProblem("yearly_reduction", "no_reduction", "a reduction is more than nothing")


def target_from(row: TargetRow) -> Target:
    """Return the outside view of a stored target."""
    target = row.target
    return Target(
        code=target.code,
        name=target.name,
        metric=target.metric,
        plant=row.plant,
        base_year=target.base_year,
        yearly_reduction=target.yearly_reduction,
        compounding=target.compounding,
        goal=target.goal,
        goal_year=target.goal_year,
        direction=Direction(target.direction),
        unit=target.unit,
        recalculation_threshold=target.recalculation_threshold,
        base_shares=[plant_share_from(_share(*stored)) for stored in target.base_shares],
        created_at=instant_from_ms(target.created_at),
    )


def stored_share(found: YearShare) -> list[str | int | None]:
    """Return a plant's share in a base year as it is kept with a target."""
    return [found.plant, plain(found.share), found.first_day, found.end_day]


def _share(plant: str, share: str, first_day: int | None = None, end_day: int | None = None) -> YearShare:
    return YearShare(plant, Decimal(share), first_day, end_day)


def targets_from(organization: str, year: int, plant: str | None, found: list[Standing]) -> TargetsMetrics:
    """Return the outside view of how targets stand."""
    return TargetsMetrics(organization=organization, year=year, plant=plant, items=[_standing(each) for each in found])


def _standing(found: Standing) -> TargetStanding:
    base = found.base
    return TargetStanding(
        target=target_from(found.row),
        status=found.years[-1].status if found.years else TargetStatus.NO_DATA,
        base=TargetBase(
            year=found.row.target.base_year,
            value=base.value,
            original=base.original,
            today=base.today,
            change=base.change,
            recalculated=base.recalculated,
            boundary_changes=[
                BoundaryChange(plant=each.plant, before=each.before, after=each.after) for each in base.changes
            ],
        ),
        years=[_year(each) for each in found.years],
    )


def _year(found: TargetYear) -> TargetYearStanding:
    projection = found.projection
    return TargetYearStanding(
        year=found.year,
        value=found.value,
        base=found.base.value,
        allowed=found.allowed,
        coverage=found.coverage,
        status=found.status,
        projection=TargetProjection(
            value=projection.value,
            methods=list(projection.methods),
            through=None if projection.through_day is None else date_of(projection.through_day),
        ),
    )
