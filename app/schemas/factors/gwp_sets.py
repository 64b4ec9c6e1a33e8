"""What the choice of GWP sets looks like from outside."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from app import models
from app.accounting.factors.gwp import gwp_sets
from app.core.inventory.inventory import FieldProblem
from app.disclosure.frameworks.frameworks import frameworks
from app.schemas.wire.base import Received
from app.schemas.wire.numbers import WholeNumber
from app.schemas.wire.texts import Code, Word

ChosenYear = Annotated[WholeNumber, Field(ge=1900, le=2200)]


class GwpSetChoice(Received):
    """The GWP set of a framework's figures in a reporting year; null means every year without a choice of its own."""

    framework: Code
    year: ChosenYear | None = None
    gwp_set: Word


class GwpSetChoiceList(Received):
    """Every choice of an organization; what it leaves out has the framework's own set."""

    items: Annotated[list[GwpSetChoice], Field(max_length=10_000)]


def choice_from(row: models.GwpChoice) -> GwpSetChoice:
    """Return the outside view of a stored choice."""
    return GwpSetChoice(framework=row.framework, year=row.year, gwp_set=row.gwp_set)


def choice_problems(choices: Sequence[GwpSetChoice]) -> Iterator[FieldProblem]:
    """Yield what is wrong with choices, each by its place in the list."""
    seen: set[tuple[str, int | None]] = set()
    for index, choice in enumerate(choices):
        if choice.framework not in frameworks():
            words = f"There is no framework {choice.framework!r}; there are {', '.join(frameworks())}"
            yield FieldProblem("framework", "unknown_framework", words, index)
        if choice.gwp_set not in gwp_sets():
            words = f"There is no GWP set {choice.gwp_set!r}; there are {', '.join(gwp_sets())}"
            yield FieldProblem("gwp_set", "unknown_gwp_set", words, index)
        if (choice.framework, choice.year) in seen:
            yield FieldProblem("year", "chosen_twice", "An earlier choice of the list is for the same year", index)
        seen.add((choice.framework, choice.year))
