"""What a choice of an emission factor says: the factor and why, or why there is none, and on which days."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from app.accounting.factors.factor import Factor
from app.accounting.findings import Statement
from app.core.sentences import N_, NOTHING, Sentence, listed, sentence


class Why(StrEnum):
    """Why a factor was chosen, from the strongest reason to the weakest."""

    INSTRUMENT = "instrument"
    PINNED = "pinned"
    OWN = "own"
    PLANT = "plant"
    REGION = "region"
    GRID_REGION = "grid_region"
    COUNTRY = "country"
    GLOBAL = "global"


LEVELS = (Why.PLANT, Why.REGION, Why.GRID_REGION, Why.COUNTRY, Why.GLOBAL)
"""The reasons in the order of `Place.level`."""


@dataclass(frozen=True)
class Choice:
    """The chosen factor and why; carried_forward_years is its age when it was used past its window.

    `ahead` says that a pin uses it before its window. no_residual says that the market gave none, so that the
    location's factor stands in. `passed_over` are nearer factors that the quantity cannot be converted to, in words.
    `blend` says what became of the renewable share that a fuel's meters state.
    """

    factor: Factor
    why: Why
    carried_forward_years: int | None = None
    no_residual: bool = False
    ahead: bool = False
    passed_over: tuple[Sentence, ...] = ()
    blend: Sentence = NOTHING

    @cached_property
    def words(self) -> Sentence:
        """Return the sentence a figure carries."""
        code = self.factor.code
        if self.why is Why.INSTRUMENT:
            return sentence("instrument %(code)s", code=code)
        if self.why is Why.PINNED:
            said = [sentence("factor %(code)s pinned", code=code)]
        else:
            said = [sentence("factor %(code)s chosen by %(why)s", code=code, why=sentence(self.why))]
        if self.carried_forward_years is not None:
            said.append(carried_forward(self.carried_forward_years))
        if self.ahead:
            begins = self.factor.valid_from.isoformat()
            said.append(sentence("ahead of its window, which begins on %(day)s", day=begins))
        if self.no_residual:
            said.append(sentence("no_residual: the grid average stands in"))
        return listed((*said, *(sentence("passed over %(factor)s", factor=each) for each in self.passed_over)))

    @property
    def family(self) -> str | None:
        """Return whose publications the factor is one of: its factor set, or the organization's own."""
        return self.factor.factor_set or ("own" if self.factor.own else None)


@dataclass(frozen=True, slots=True)
class FactorGap:
    """No factor covers the need: nothing is borrowed, the figure lacks this part.

    `refused` says that there are factors, but none that the quantity can be converted to; `mend` what would help then,
    and `lacks` what is to be stated for that.
    """

    words: Sentence
    refused: bool = False
    mend: Sentence = NOTHING
    lacks: Statement = Statement.FACTOR


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days [first_day, end_day) on which one choice, or one gap, holds."""

    first_day: int
    end_day: int
    choice: Choice | FactorGap


def carried_forward(years: int) -> Sentence:
    """Return that a value was used so many years past its window."""
    return sentence(
        N_("carried_forward %(years)s year") if years == 1 else N_("carried_forward %(years)s years"), years=years
    )
