"""Many factors at once: what is sent, and what becomes of it."""

from typing import Annotated

from pydantic import Field

from app.core.calendar.fiscal_years import year_of
from app.disclosure.live import factor_imports
from app.schemas.factors.factors import FactorCreate
from app.schemas.wire.base import Received, Shape
from app.schemas.wire.figure_moves import FigureMove, move_from

MOST_FACTORS = 5_000


class FactorList(Received):
    """Many new factors, added together or not at all."""

    items: Annotated[list[FactorCreate], Field(min_length=1, max_length=MOST_FACTORS)]


class FactorSuperseding(Shape):
    """A new factor, and one whose place it takes."""

    factor: str
    supersedes: str


class FactorRefusal(Shape):
    """A row that is refused: its place from 0, the code it states, and what is wrong with which field."""

    index: int
    factor: str | None
    field: str
    code: str
    detail: str


class FactorImportYear(Shape):
    """The figures of a reporting year that move, in the frameworks by which it is reported."""

    year: int
    period: str
    figures: list[FigureMove]


class FactorImport(Shape):
    """What became of many factors. With `refused` rows nothing is stored; a dry run stores nothing either.

    `unchanged` are stored already with the very same content. `years` tells what the added ones move.
    """

    dry_run: bool
    received: int
    added: list[str]
    unchanged: list[str]
    superseding: list[FactorSuperseding]
    refused: list[FactorRefusal]
    years: list[FactorImportYear]


def factor_import_from(found: factor_imports.FactorImport, *, dry_run: bool) -> FactorImport:
    """Return the outside view of an import."""
    judgement = found.judgement
    return FactorImport(
        dry_run=dry_run,
        received=judgement.received,
        added=[factor.code for factor in judgement.added],
        unchanged=list(judgement.unchanged),
        superseding=[FactorSuperseding(factor=new, supersedes=old) for new, old in judgement.superseding],
        refused=[
            FactorRefusal(
                index=each.problem.index or 0,
                factor=each.factor,
                field=each.problem.field,
                code=each.problem.code,
                detail=each.problem.detail,
            )
            for each in judgement.refused
        ],
        years=[
            FactorImportYear(
                year=year_of(name),
                period=str(name),
                figures=[move_from(each) for each in found.moves if each.year == name],
            )
            for name in dict.fromkeys(each.year for each in found.moves)
        ],
    )
