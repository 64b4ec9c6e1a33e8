"""What targets look like from outside, and what may be wrong with a new one."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app import models
from app.accounting.breakdowns.reporting_years import PlantShare as YearShare
from app.accounting.metrics.vocabulary import MetricBook
from app.accounting.targets.target_base import BaseKind
from app.accounting.targets.target_measure import Measure
from app.accounting.targets.target_rules import measure_problems, unit_fits, usual_unit
from app.accounting.targets.targets import TargetDirection
from app.core.calendar.periods import instant_from_ms
from app.core.inventory.inventory import FieldProblem
from app.core.units.quantities import plain
from app.disclosure.figures.target_print import places_of
from app.disclosure.targets.target_bases import MANUAL
from app.schemas.metrics.metric_lines import PlantShare, plant_share_from
from app.schemas.wire.attributes import Attributes
from app.schemas.wire.base import Flag, Received, Shape
from app.schemas.wire.instants import Instant
from app.schemas.wire.numbers import ExactNumber, Number, Share, WholeNumber
from app.schemas.wire.texts import Code, Name, Sentence, Word
from app.store.reporting.targets import TargetRow

MetricKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
TargetYearNumber = Annotated[WholeNumber, Field(ge=1973, le=9000)]


class TargetCreate(Received):
    """A new target: a reduction each year from the base year on, or else a goal and the year it is for.

    `metric` is a metric or an indicator whose number is stated, such as `ghg.scope3`; `dimensions` choose a part of
    it, `denominator` divides it. `yearly_reduction` is a share, taken off the year before when it compounds, else off
    the base; with direction `increase` it is a rise. `unit` is the goal's, by default the metric's own. The base is
    recalculated when the boundary changes it by more than `recalculation_threshold`. A year is judged on the digits
    that are shown: with `decimals`, by default those of the figure that a framework prints.
    """

    code: Code
    name: Name | None = None
    metric: MetricKey
    dimensions: Attributes = Field(default_factory=dict)
    denominator: MetricKey | None = None
    plant: Code | None = None
    base_year: TargetYearNumber
    yearly_reduction: Share | None = None
    compounding: Flag = True
    goal: Number | None = None
    goal_year: TargetYearNumber | None = None
    direction: TargetDirection = TargetDirection.DECREASE
    unit: Word | None = None
    decimals: Annotated[WholeNumber, Field(ge=0, le=12)] | None = None
    recalculation_threshold: Share = Decimal("0.05")

    @property
    def measure(self) -> Measure:
        """Return what it measures."""
        return Measure(self.metric, self.dimensions, self.denominator)


class FrozenBase(Shape):
    """A base year's value in the target's unit as it was frozen, as entry `number` of the target's history.

    `as_of` is the instant of what was believed, `coverage` that of the base year's readings (0 to 1). `gwp_set` is null
    where the metric holds no CO2e of gases.
    """

    number: int
    kind: BaseKind
    value: ExactNumber | None
    gwp_set: str | None
    coverage: ExactNumber | None
    as_of: Instant


class Target(Shape):
    """A target of an organization or of one plant; base_shares those of the plants in its base year.

    `base` is null while nothing is frozen of the base year: it is then what the data of today say.
    """

    code: str
    name: str
    metric: str
    dimensions: dict[str, str]
    denominator: str | None
    plant: str | None
    base_year: int
    yearly_reduction: ExactNumber | None
    compounding: bool
    goal: ExactNumber | None
    goal_year: int | None
    direction: TargetDirection
    unit: str
    decimals: int | None
    recalculation_threshold: ExactNumber
    base_shares: list[PlantShare]
    base: FrozenBase | None
    created_at: Instant


class TargetPage(Shape):
    """Some targets, and the cursor of those that follow."""

    items: list[Target]
    next: str | None


class RecalculationCreate(Received):
    """Why a base year is recalculated: its value is frozen anew, as the data of today have it."""

    kind: BaseKind
    reason: Sentence


class Recalculation(Shape):
    """An entry in the history of a target's base: what it was before, what was frozen, by whom, when and why.

    Numbers are in `unit`; `change` is (after - before) / before, beside the threshold that held. `year` is the first
    reporting year for which policy recalculated it, null for the base itself. `key` is the code of the key, or of the
    job. `digest` is the SHA-256 of every quantity, factor and statement it rests on; `shares` are those of the plants.
    """

    number: int
    kind: BaseKind
    year: int | None
    reason: str
    key: str | None
    at: Instant
    before: ExactNumber | None
    after: ExactNumber | None
    change: ExactNumber | None
    threshold: ExactNumber
    unit: str
    framework: str
    gwp_set: str | None
    coverage: ExactNumber | None
    shares: list[PlantShare]
    as_of: Instant
    digest: str


class RecalculationPage(Shape):
    """Some entries of a history, oldest first, and the cursor of those that follow."""

    items: list[Recalculation]
    next: str | None


def target_problems(body: TargetCreate, book: MetricBook, *, currency: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with a new target, beyond the form of its fields."""
    problems = list(measure_problems(body.measure, book))
    yield from problems
    is_known = not any(each.field == "metric" for each in problems)
    if is_known and body.unit is not None and not unit_fits(body.measure, book, body.unit, currency=currency):
        own = usual_unit(body.measure, book, currency=currency)
        words = f"{body.metric} is in {own}, which {body.unit} does not convert to"
        yield FieldProblem("unit", "unit_mismatch", words)
    if (body.yearly_reduction is None) == (body.goal is None):
        yield FieldProblem("goal", "reduction_or_goal", "state yearly_reduction, or else goal and goal_year")
    if (body.goal is not None) and body.goal_year is None:
        yield FieldProblem("goal_year", "missing", "a goal states the year it is for")
    if body.goal_year is not None and body.goal_year <= body.base_year:
        yield FieldProblem("goal_year", "invalid_period", "goal_year lies after base_year")
    if body.yearly_reduction is not None and not body.yearly_reduction:
        yield FieldProblem("yearly_reduction", "no_reduction", "a reduction is more than nothing")
    if body.goal is not None and body.decimals is not None and places_of(body.goal) > body.decimals:
        words = f"the goal {plain(body.goal)} has more digits than are shown: state decimals {places_of(body.goal)}"
        yield FieldProblem("decimals", "goal_too_fine", words)


def recalculation_problems(body: RecalculationCreate) -> Iterator[FieldProblem]:
    """Yield what is wrong with a recalculation."""
    if body.kind not in MANUAL:
        yield FieldProblem("kind", "not_a_reason", f"a base is recalculated for one of: {', '.join(MANUAL)}")


def target_from(row: TargetRow, history: Sequence[models.TargetBase]) -> Target:
    """Return the outside view of a stored target, whose history is given oldest entry first."""
    target = row.target
    return Target(
        code=target.code,
        name=target.name,
        metric=target.metric,
        dimensions=json.loads(target.dimensions),
        denominator=target.denominator,
        plant=row.plant,
        base_year=target.base_year,
        yearly_reduction=target.yearly_reduction,
        compounding=target.compounding,
        goal=target.goal,
        goal_year=target.goal_year,
        direction=TargetDirection(target.direction),
        unit=target.unit,
        decimals=target.decimals,
        recalculation_threshold=target.recalculation_threshold,
        base_shares=_shares(target.base_shares),
        base=_frozen(history),
        created_at=instant_from_ms(target.created_at),
    )


def _frozen(history: Sequence[models.TargetBase]) -> FrozenBase | None:
    anchors = [each for each in history if each.year is None]
    if not anchors or anchors[-1].kind == BaseKind.DELETED:
        return None
    row = anchors[-1]
    return FrozenBase(
        number=row.number,
        kind=BaseKind(row.kind),
        value=row.value,
        gwp_set=row.gwp_set,
        coverage=row.coverage,
        as_of=instant_from_ms(row.as_of),
    )


def recalculation_from(row: models.TargetBase) -> Recalculation:
    """Return the outside view of an entry of a history."""
    return Recalculation(
        number=row.number,
        kind=BaseKind(row.kind),
        year=row.year,
        reason=row.reason,
        key=row.key_code,
        at=instant_from_ms(row.stored_at),
        before=row.before,
        after=row.value,
        change=row.change,
        threshold=row.threshold,
        unit=row.unit,
        framework=row.framework,
        gwp_set=row.gwp_set,
        coverage=row.coverage,
        shares=_shares(row.shares),
        as_of=instant_from_ms(row.as_of),
        digest=row.digest,
    )


def stored_share(found: YearShare) -> list[str | int | None]:
    """Return a plant's share in a base year as it is kept with a target."""
    return [found.plant, plain(found.share), found.first_day, found.end_day]


def _shares(stored: Sequence[Sequence[Any]]) -> list[PlantShare]:
    return [plant_share_from(_share(*each)) for each in stored]


def _share(plant: str, share: str, first_day: int | None = None, end_day: int | None = None) -> YearShare:
    return YearShare(plant, Decimal(share), first_day, end_day)
