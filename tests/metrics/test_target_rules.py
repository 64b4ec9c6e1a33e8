"""Targets: what a year may be, how it stands, and where it is heading, without a database."""

from decimal import Decimal

import pytest

from app.accounting.ledger.sites import HeldShare
from app.accounting.targets.targets import (
    Held,
    Path,
    TargetDirection,
    TargetStatus,
    allowed,
    base_of,
    boundary_changes,
    linear_days,
    same_period,
    status,
)


def _reduction(share: str, *, compounding: bool = True) -> Path:
    return Path(2020, Decimal(share), compounding, None, None, TargetDirection.DECREASE)


def _goal(goal: str, year: int, direction: TargetDirection = TargetDirection.DECREASE) -> Path:
    return Path(2020, None, True, Decimal(goal), year, direction)


@pytest.mark.parametrize(
    ("path", "year", "most"),
    [
        (_reduction("0.05"), 2020, "1000"),
        (_reduction("0.05"), 2021, "950"),
        (_reduction("0.05"), 2022, "902.5"),
        (_reduction("0.1"), 2023, "729"),
        (_reduction("0.1", compounding=False), 2023, "700"),
        (_reduction("0.4", compounding=False), 2023, "0"),
        (_goal("600", 2024), 2021, "900"),
        (_goal("600", 2024), 2024, "600"),
        (_goal("600", 2023), 2021, "866.66666666666666666667"),
    ],
)
def test_what_a_year_may_be(path: Path, year: int, most: str) -> None:
    assert allowed(path, Decimal(1000), year) == Decimal(most)


def test_nothing_is_owed_before_the_base_year_or_after_the_goal_year() -> None:
    assert allowed(_goal("600", 2024), Decimal(1000), 2019) is None
    assert allowed(_goal("600", 2024), Decimal(1000), 2025) is None


def _status(
    path: Path, year: int, value: str | None, projected: str | None, most: str, *, is_over: bool
) -> TargetStatus:
    return status(
        path,
        year,
        value=None if value is None else Decimal(value),
        projected=None if projected is None else Decimal(projected),
        most=Decimal(most),
        is_over=is_over,
    )


def test_a_year_that_is_over_has_met_its_reduction_or_not() -> None:
    assert _status(_reduction("0.05"), 2021, "950", "950", "950", is_over=True) is TargetStatus.MET
    assert _status(_reduction("0.05"), 2021, "950.1", "950.1", "950", is_over=True) is TargetStatus.OFF_TRACK


def test_a_running_year_is_judged_by_its_projection() -> None:
    assert _status(_reduction("0.05"), 2021, "300", "900", "950", is_over=False) is TargetStatus.ON_TRACK
    assert _status(_reduction("0.05"), 2021, "300", "990", "950", is_over=False) is TargetStatus.OFF_TRACK
    assert _status(_reduction("0.05"), 2021, None, None, "950", is_over=False) is TargetStatus.NO_DATA


def test_a_goal_is_on_track_along_its_line_and_met_once_reached() -> None:
    goal = _goal("600", 2024)
    assert _status(goal, 2021, "890", "890", "900", is_over=True) is TargetStatus.ON_TRACK
    assert _status(goal, 2021, "590", "590", "900", is_over=True) is TargetStatus.MET
    assert _status(goal, 2024, "601", "601", "600", is_over=True) is TargetStatus.OFF_TRACK


def test_a_share_that_is_meant_to_rise_is_met_from_above() -> None:
    goal = _goal("50", 2025, TargetDirection.INCREASE)
    assert _status(goal, 2025, "51", "51", "50", is_over=True) is TargetStatus.MET
    assert _status(goal, 2024, "20", "20", "40", is_over=True) is TargetStatus.OFF_TRACK


def test_a_year_is_carried_to_its_end_by_last_years_course_or_by_days() -> None:
    # A third of last year fell in the same days; 90 of 360 days are gone.
    assert same_period(Decimal(110), Decimal(300), Decimal(100)) == Decimal(330)
    assert same_period(Decimal(110), Decimal(300), Decimal(0)) is None
    assert linear_days(Decimal(110), 90, 360) == Decimal(440)
    assert linear_days(Decimal(110), 0, 360) is None


def _held(**shares: str) -> dict[str, Held]:
    return {plant: (HeldShare(0, 365, Decimal(share)),) for plant, share in shares.items()}


def test_a_base_is_recalculated_beyond_the_threshold_alone() -> None:
    changes = tuple(boundary_changes(_held(a="1", b="1"), _held(a="1", b="0.6")))
    assert [(each.plant, each.before, each.after) for each in changes] == [("b", Decimal(1), Decimal("0.6"))]
    small = base_of(Decimal(1000), Decimal(960), threshold=Decimal("0.05"), changes=changes)
    assert (small.value, small.change, small.recalculated) == (Decimal(1000), Decimal("-0.04"), False)
    large = base_of(Decimal(1000), Decimal(900), threshold=Decimal("0.05"), changes=changes)
    assert (large.value, large.change, large.recalculated) == (Decimal(900), Decimal("-0.1"), True)


def test_a_plant_that_was_added_changes_the_boundary() -> None:
    (change,) = boundary_changes(_held(a="1"), _held(a="1", c="1"))
    assert (change.plant, change.before, change.after) == ("c", Decimal(0), Decimal(1))
