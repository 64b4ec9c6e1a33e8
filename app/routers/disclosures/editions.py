"""The framework of a path beside its reporting year: a family's name stands for the edition in force in the year."""

from typing import Annotated, TypeAlias

from fastapi import Depends, Path

from app.core.calendar.fiscal_years import year_of
from app.disclosure.frameworks.editions import edition_in
from app.schemas.wire.periods import PeriodInPathOfPage, YearInPath
from app.schemas.wire.texts import Code

_Framework: TypeAlias = Annotated[
    Code, Path(description="An edition's code, or a family's name: then its edition in force in the year.")
]


async def edition_code(framework: _Framework, year: YearInPath) -> str:
    """Return the code of the edition that is meant; raises UnknownFramework."""
    return edition_in(framework, year).code


async def _edition_of_page(framework: _Framework, period: PeriodInPathOfPage) -> str:
    return edition_in(framework, year_of(period)).code


Edition: TypeAlias = Annotated[str, Depends(edition_code)]
"""The code of an edition that there is."""
EditionOfPage: TypeAlias = Annotated[str, Depends(_edition_of_page)]
"""The same beside the period in a page's path."""
