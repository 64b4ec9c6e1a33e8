"""Calorific values and densities: the stated numbers that turn a metered quantity of fuel into mass and energy."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from app.accounting.datafile import BadDataFile, Row, documents, rows_of
from app.accounting.factor import GLOBAL, Basis
from app.accounting.sources import source_words
from app.core.resources import SHIPPED
from app.core.units import dimension_of


@dataclass(frozen=True, slots=True)
class CalorificValue:
    """GJ in one `per` of a fuel, on a heating value basis; `year` is the source's."""

    code: str
    resource: str
    region: str
    factor_set: str
    gj: Decimal
    per: str
    basis: Basis
    year: int
    source: str


@dataclass(frozen=True, slots=True)
class Density:
    """Mass of a fuel in kg per litre; `basis` is a source or the word assumption."""

    resource: str
    kg_per_l: Decimal
    basis: str


@lru_cache(maxsize=1)
def calorific_values() -> tuple[CalorificValue, ...]:
    """Return every shipped calorific value; raises BadDataFile."""
    path, values = "calorific_values.yaml", []
    for number, data in enumerate(documents(path), start=1):
        table = Row(data, where=f"{path}: table {number}")
        source_row = table.row("source")
        year, source = source_row.whole("year"), source_words(source_row)
        common = table.row("common")
        values += [_value(row.under(common), year=year, source=source) for row in table.rows("calorific_values")]
        table.close()
    if len({value.code for value in values}) != len(values):
        raise BadDataFile(f"{path}: a code appears twice")
    return tuple(values)


def _value(row: Row, *, year: int, source: str) -> CalorificValue:
    value = CalorificValue(
        code=row.text("code"),
        resource=SHIPPED.named(row.text("resource")).key,
        region=row.text("region"),
        factor_set=row.text("factor_set"),
        gj=row.decimal("gj"),
        per=row.text("per"),
        basis=Basis(row.text("basis")),
        year=year,
        source=source,
    )
    row.close()
    dimension_of(value.per)
    return value


@lru_cache(maxsize=1)
def densities() -> dict[str, Density]:
    """Return the shipped densities by resource; raises BadDataFile."""
    path = "densities.yaml"
    found = {}
    for row in rows_of(documents(path)[0], where=path):
        density = Density(SHIPPED.named(row.text("resource")).key, row.decimal("kg_per_l"), row.text("basis"))
        row.close()
        found[density.resource] = density
    return found


def calorific_value_for(
    resource: str, *, country: str, basis: Basis, prefer: Sequence[str | None]
) -> CalorificValue | None:
    """Return the calorific value of a fuel in a country, or a global one, or None.

    Among several the sets in `prefer` come first in their order, then the newest source, then the code.
    """
    for region in (country, GLOBAL):
        found = [
            value
            for value in calorific_values()
            if value.resource == resource and value.region == region and value.basis is basis
        ]
        if found:
            return min(found, key=lambda value: (_rank(value.factor_set, prefer), -value.year, value.code))
    return None


def _rank(factor_set: str, prefer: Sequence[str | None]) -> int:
    return prefer.index(factor_set) if factor_set in prefer else len(prefer)
