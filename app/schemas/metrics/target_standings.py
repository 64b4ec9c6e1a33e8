"""How targets stand, as it looks from outside."""

from collections.abc import Sequence

from app import models
from app.accounting.targets.target_base_year import BaseYear
from app.accounting.targets.target_standing import TargetStanding as Standing
from app.accounting.targets.target_standing import TargetYear
from app.accounting.targets.targets import ProjectionMethod, TargetStatus
from app.core.calendar.periods import date_of
from app.core.units.quantities import Rounding
from app.schemas.disclosures.disclosures import Check, checks_from
from app.schemas.inventory.filters import one_of
from app.schemas.metrics.targets import Target, target_from
from app.schemas.wire.base import Shape
from app.schemas.wire.instants import Day
from app.schemas.wire.numbers import ExactNumber


class BoundaryChange(Shape):
    """A plant whose share is not what it was in the base year when it was frozen; the mean of a year by days."""

    plant: str
    before: ExactNumber
    after: ExactNumber


class TargetBase(Shape):
    """The base year's value: the one that counts, by the boundary it was frozen with, and by that of the year.

    Both are by the year's GWP set. `change` is (today - original) / original; beyond the threshold the base is
    recalculated, and `today` counts.
    """

    year: int
    value: ExactNumber | None
    original: ExactNumber | None
    today: ExactNumber | None
    change: ExactNumber | None
    recalculated: bool
    boundary_changes: list[BoundaryChange]


class BaseYearNow(Shape):
    """What the base year comes to today, from the data there are, beside the base that counts.

    `difference` is live - value, and `moved` tells that it is beyond the threshold: the base stays as it is until it is
    recalculated with a reason. `entry` is the one of the target's history that froze the value that counts, null while
    it follows from an earlier one, or from the data of today.
    """

    entry: int | None
    gwp_set: str | None
    live: ExactNumber | None
    difference: ExactNumber | None
    moved: bool


class TargetPrecision(Shape):
    """The digits a target is shown with and judged on; `source` is the framework that prints it so, or `target`."""

    decimals: int
    rounding: Rounding
    source: str


class TargetProjection(Shape):
    """Where a year is heading, by which methods, from the data before `through`."""

    value: ExactNumber | None
    methods: list[ProjectionMethod]
    through: Day | None


class TargetYearStanding(Shape):
    """One year of a target, in its unit, and the base it is held against; coverage is 0 to 1.

    `display` and `allowed_display` are the digits that are compared; null where no framework prints the figure.
    """

    year: int
    value: ExactNumber | None
    display: str | None
    base: ExactNumber | None
    allowed: ExactNumber | None
    allowed_display: str | None
    coverage: ExactNumber | None
    status: TargetStatus
    projection: TargetProjection
    checks: list[Check]


class TargetStanding(Shape):
    """A target, its base, and how each year from the one after the base year stands; `checks` are those of the base.

    Without `precision` all digits are compared.
    """

    target: Target
    status: TargetStatus
    base: TargetBase
    base_year: BaseYearNow
    precision: TargetPrecision | None
    years: list[TargetYearStanding]
    checks: list[Check]


class TargetsMetrics(Shape):
    """How every target stands in a reporting year; `status` is that year's, or the goal year's when it is past."""

    organization: str
    year: int
    plant: str | None
    items: list[TargetStanding]


def targets_from(
    organization: str,
    year: int,
    plants: Sequence[str],
    found: list[Standing],
    histories: dict[str, list[models.TargetBase]],
) -> TargetsMetrics:
    """Return the outside view of how targets stand, with the history of each by code."""
    items = [_standing(each, histories.get(each.row.target.code, [])) for each in found]
    return TargetsMetrics(organization=organization, year=year, plant=one_of(plants), items=items)


def _standing(found: Standing, history: list[models.TargetBase]) -> TargetStanding:
    printed, threshold = found.printed, found.row.target.recalculation_threshold
    return TargetStanding(
        target=target_from(found.row, history),
        status=found.years[-1].status if found.years else TargetStatus.NO_DATA,
        base=_base(found),
        base_year=_now(found.base_year, moved=found.base_year.has_moved(threshold)),
        precision=None
        if printed is None
        else TargetPrecision(decimals=printed.decimals, rounding=printed.rounding, source=printed.source),
        years=[_year(each, found) for each in found.years],
        checks=checks_from(found.base_year.checks),
    )


def _base(found: Standing) -> TargetBase:
    base = found.base
    return TargetBase(
        year=found.row.target.base_year,
        value=base.value,
        original=base.original,
        today=base.today,
        change=base.change,
        recalculated=base.recalculated,
        boundary_changes=[
            BoundaryChange(plant=each.plant, before=each.before, after=each.after) for each in base.changes
        ],
    )


def _now(found: BaseYear, *, moved: bool) -> BaseYearNow:
    return BaseYearNow(
        entry=found.counted.number,
        gwp_set=None if found.potentials is None else found.potentials.name,
        live=found.live_value,
        difference=found.difference,
        moved=moved,
    )


def _year(found: TargetYear, standing: Standing) -> TargetYearStanding:
    projection, printed = found.projection, standing.printed
    return TargetYearStanding(
        year=found.year,
        value=found.value,
        display=None if printed is None or found.value is None else printed.digits(found.value),
        base=found.base.value,
        allowed=found.allowed,
        allowed_display=None if printed is None or found.allowed is None else printed.digits(found.allowed),
        coverage=found.coverage,
        status=found.status,
        projection=TargetProjection(
            value=projection.value,
            methods=list(projection.methods),
            through=None if projection.through_day is None else date_of(projection.through_day),
        ),
        checks=checks_from(found.checks),
    )
