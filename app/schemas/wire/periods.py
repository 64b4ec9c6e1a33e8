"""How a request names a reporting period: a year by its number, or the transition period that has the same number."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path, Query

from app.core.calendar.fiscal_years import PeriodName, period_name, year_of

_FIRST, _LAST = 1973, 9000
_YEAR = "The reporting year's name."
PERIOD_NAMES = r"^(197[1-9]|19[89][0-9]|[2-8][0-9]{3}|9000)T?$"
_TRANSITION = "Instead of the year, the transition period of its number: `2024T` in place of 2024."


Transition: TypeAlias = Annotated[bool, Query(description=_TRANSITION)]
YearInPath: TypeAlias = Annotated[int, Path(ge=_FIRST, le=_LAST, description=_YEAR)]
YearInQuery: TypeAlias = Annotated[int, Query(ge=_FIRST, le=_LAST, description=_YEAR)]


def period_named(name: str) -> PeriodName:
    """Return what a period is called that a request names by a text of the pattern."""
    return name if name.endswith("T") else int(name)


def _in_path(year: YearInPath, transition: Transition = False) -> PeriodName:
    return period_name(year, transition=transition)


def _in_query(year: YearInQuery, transition: Transition = False) -> PeriodName:
    return period_name(year, transition=transition)


def _to_come_from(
    from_year: Annotated[int, Query(ge=_FIRST, le=_LAST, description="The reporting year to come from.")],
    from_transition: Annotated[bool, Query(description="Instead of `from_year`, its transition period.")] = False,
) -> PeriodName:
    return period_name(from_year, transition=from_transition)


def _on_page(year: Annotated[str, Query(pattern=f"{PERIOD_NAMES}|^$")] = "") -> PeriodName | None:
    return period_named(year) if year else None


def _in_path_of_page(year: Annotated[str, Path(pattern=PERIOD_NAMES)], transition: Transition = False) -> PeriodName:
    return period_name(year_of(period_named(year)), transition=transition or year.endswith("T"))


PeriodInPath: TypeAlias = Annotated[PeriodName, Depends(_in_path)]
PeriodInQuery: TypeAlias = Annotated[PeriodName, Depends(_in_query)]
EarlierPeriod: TypeAlias = Annotated[PeriodName, Depends(_to_come_from)]
PeriodOnPage: TypeAlias = Annotated[PeriodName | None, Depends(_on_page)]
"""What a page's address calls `year`: 2024, or 2024T; nothing for none in particular."""
PeriodInPathOfPage: TypeAlias = Annotated[PeriodName, Depends(_in_path_of_page)]
"""What a page has for `year` in its path: 2024, or 2024T; `?transition=true` says the same of 2024."""
