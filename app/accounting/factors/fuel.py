"""A fuel where and when it was used, with every value that may convert it, and what a conversion is."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from app.accounting.exact import scaled
from app.accounting.factors.calorific import CalorificValue
from app.accounting.factors.calorific_choice import CalorificBook, Candidate, FuelNeed
from app.accounting.factors.measure import Measure
from app.accounting.findings import Statement
from app.core.inventory.resources import Resource
from app.core.sentences import NOTHING, Sentence, sentence


class NotConvertible(ValueError):
    """No stated density or calorific value leads from one unit to the other; `mend` says which would.

    `lacks` says that stating one is what mends it.
    """

    def __init__(self, words: Sentence, mend: Sentence = NOTHING, *, lacks: Statement | None = None) -> None:
        super().__init__(words)
        self.words, self.mend = words, mend
        self.lacks = lacks


@dataclass(frozen=True)
class Conversion:
    """How many `unit` one unit of a quantity is; `rests_on` are the stated values and assumptions of it, in words."""

    factor: Fraction
    unit: str
    rests_on: tuple[Sentence, ...] = ()
    values: tuple[Candidate, ...] = ()

    def apply(self, quantity: Decimal) -> Decimal:
        """Return the quantity in `unit`, to twenty decimal places where it does not end."""
        return scaled(quantity, self.factor)

    @cached_property
    def multiplier(self) -> Decimal:
        """Return how many `unit` one unit of the quantity is, to twenty decimal places where it does not end."""
        return self.apply(Decimal(1))

    def then(self, other: "Conversion") -> "Conversion":
        """Return this conversion and another one after it."""
        rests_on = tuple(dict.fromkeys((*self.rests_on, *other.rests_on)))
        values = tuple(dict.fromkeys((*self.values, *other.values)))
        return Conversion(self.factor * other.factor, other.unit, rests_on, values)

    def back(self, unit: str) -> "Conversion":
        """Return the conversion the other way, to the `unit` this one starts from."""
        return Conversion(1 / self.factor, unit, self.rests_on, self.values)

    def saying(self, words: Sentence, *values: Candidate) -> "Conversion":
        """Return the conversion, resting on one thing more."""
        return self.then(Conversion(Fraction(1), self.unit, (words,), values))


@dataclass(frozen=True, eq=False)
class Fuel:
    """What is converted, and every value that may be taken for it where and when it was used, nearest first.

    Made by `fuel_on` alone. What is no fuel has no values: its units convert within their dimension. What a company
    has added as bought energy, by the tonne of steam or the cubic metre of water, converts as a fuel does.
    """

    resource: str
    is_fuel: bool
    is_gas: bool
    where: str
    candidates: tuple[Candidate, ...]
    known: dict[tuple[Measure, Measure], Conversion | NotConvertible] = field(default_factory=dict, repr=False)


def fuel_on(
    book: CalorificBook, resource: Resource, need: FuelNeed, on: date, *, stated: CalorificValue | None = None
) -> Fuel:
    """Return a resource as it converts on a day; `stated` is a value that goes before every other one.

    A fuel whose own unit is m3 is a gas; others are when their volume is in a stated state.
    """
    if not resource.is_converted:
        return Fuel(resource.key, False, False, need.place.country, ())
    asked = book.anonymous(need)
    key = resource, asked, on, stated.code if stated else None
    if key not in book.fuels:
        nearest = (
            [Candidate(stated, sentence("the factor"), None, (False, False, -1, 0), (0, 0, stated.code))]
            if stated
            else []
        )
        found = (*nearest, *book.candidates(asked, on))
        is_gas = resource.is_fuel and resource.unit == "m3"
        book.fuels[key] = Fuel(resource.key, True, is_gas, need.place.country, found)
    return book.fuels[key]
