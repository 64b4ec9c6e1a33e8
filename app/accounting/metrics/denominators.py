"""What intensities are stated per: the denominators of the data file, and any other metric or resource."""

from dataclasses import dataclass
from decimal import Decimal

from app.core.datafile import Row
from app.core.sentences import Sentence, sentence

_LARGER = {"kWh": "MWh", "kgCO2e": "tCO2e"}
"""Units too small to divide by: a thousand of them have a name of their own."""


@dataclass(frozen=True, slots=True)
class Denominator:
    """What intensities are stated per: `step` units of the metric `key`, in its unit; `name` is what that many are.

    Unless it is `optional` every table has its rows; else those of organizations that have data of it. Of a `small` one
    there are so many that what is divided is printed in a smaller unit.
    """

    key: str
    step: Decimal
    unit: str
    title: Sentence
    name: str | None = None
    optional: bool = False
    small: bool = False

    def per(self, step: Decimal, *, currency: str) -> str:
        """Return what follows `per` in a unit: `t`, `CNY 1,000`, `MWh`."""
        if self.name is not None and step == self.step:
            return self.name
        unit = currency if self.unit == "currency" else self.unit
        return unit if step == 1 else f"{unit} {step:,}"


def denominator_from(row: Row) -> Denominator:
    """Return the denominator of a row of the data file; raises BadDataFile."""
    denominator = Denominator(
        key=row.text("key"),
        step=row.decimal("step"),
        unit=row.text("unit"),
        title=sentence(row.text("title")),
        name=row.optional_text("name"),
        optional=row.flag("optional"),
        small=row.flag("small"),
    )
    row.close()
    return denominator


def denominator_of(key: str, unit: str, title: str) -> Denominator:
    """Return what a metric in `unit` is as a denominator: per unit of it, per thousand where a unit is too small.

    Money is per 1,000, kWh and kg CO2e per MWh and t CO2e.
    """
    larger = _LARGER.get(unit)
    if unit == "currency":
        return Denominator(
            key, Decimal(1_000), unit, sentence("1,000 of %(what)s", what=sentence(title)), optional=True
        )
    words = sentence("%(unit)s of %(what)s", unit=larger or unit, what=sentence(title))
    return Denominator(key, Decimal(1_000 if larger else 1), unit, words, name=larger, optional=True)
