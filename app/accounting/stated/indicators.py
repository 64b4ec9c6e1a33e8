"""Indicators: what can be stated of a reporting year without a meter, as a reviewed data file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from app.accounting.stated.stated_units import check_unit
from app.core.datafile import BadDataFile, Row, documents
from app.core.units.units import PERCENT, UnknownUnit

_OPEN_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.()-]{0,63}", re.ASCII)
FLAG_WORDS = ("yes", "no")
"""The texts that answer a yes-or-no question."""


class Kind(StrEnum):
    """What an indicator asks for."""

    NUMBER = "number"
    TEXT = "text"
    FLAG = "flag"


class UnknownIndicator(LookupError):
    """The catalogue has no such indicator."""


@dataclass(frozen=True, slots=True)
class StatedDimension:
    """A dimension and its values, None where any code may be one; parts_whole: they leave nothing out, none overlap."""

    name: str
    values: tuple[str, ...] | None
    parts_whole: bool

    def takes(self, value: str) -> bool:
        """Tell whether `value` is one of the dimension's."""
        return bool(_OPEN_VALUE.fullmatch(value)) if self.values is None else value in self.values


@dataclass(frozen=True, slots=True)
class StatedRatio:
    """How a number comes from two others: of / per x times, in percent where the indicator's unit says so."""

    of: str
    per: str
    times: Decimal


@dataclass(frozen=True, slots=True)
class Indicator:
    """One thing that can be stated; `unit` is None for texts and flags.

    adds_up: its parts by a dimension that parts the whole add up to the total.
    """

    code: str
    title: str
    kind: Kind
    unit: str | None
    dimensions: tuple[StatedDimension, ...]
    adds_up: bool
    ratio: StatedRatio | None

    def dimension(self, name: str) -> StatedDimension | None:
        """Return the dimension `name`, None where the indicator is not broken down by it."""
        return next((each for each in self.dimensions if each.name == name), None)

    @property
    def factor(self) -> Decimal:
        """Return what the quotient of its parts is multiplied by: a hundred for a percentage."""
        times = Decimal(1) if self.ratio is None else self.ratio.times
        return times * 100 if self.unit == PERCENT else times


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Every indicator by code, in the order of the data file."""

    indicators: Mapping[str, Indicator] = field(hash=False)

    def named(self, code: str) -> Indicator:
        """Return the indicator `code`; raises UnknownIndicator."""
        try:
            return self.indicators[code]
        except KeyError:
            raise UnknownIndicator(f"There is no indicator {code!r}") from None


@lru_cache(maxsize=1)
def indicators() -> Catalogue:
    """Return the indicators that ship with the service; raises BadDataFile."""
    return read_catalogue(documents("indicators.yaml"), where="indicators.yaml")


def read_catalogue(data: list[object], *, where: str) -> Catalogue:
    """Return the catalogue of a file's one document; raises BadDataFile naming file and row."""
    if len(data) != 1:
        raise BadDataFile(f"{where}: holds {len(data)} documents instead of one")
    row = Row(data[0], where=where)
    dimensions: dict[str, StatedDimension] = {}
    for item in row.rows("dimensions"):
        dimension = _dimension(item)
        if dimension.name in dimensions:
            raise BadDataFile(f"{item.where}: {dimension.name} is defined twice")
        dimensions[dimension.name] = dimension
    found: dict[str, Indicator] = {}
    for item in row.rows("indicators"):
        indicator = _indicator(item, dimensions)
        if indicator.code in found:
            raise BadDataFile(f"{item.where}: {indicator.code} is defined twice")
        found[indicator.code] = indicator
    row.close()
    for indicator in found.values():
        _check(indicator, found, where=f"{where}: row {indicator.code}")
    return Catalogue(found)


def _dimension(row: Row) -> StatedDimension:
    values, is_open = row.texts("values"), row.flag("open")
    dimension = StatedDimension(row.text("name"), None if is_open else values, row.flag("parts_whole"))
    row.close()
    if bool(values) is is_open:
        raise BadDataFile(f"{row.where}: {dimension.name} lists its values or is open")
    return dimension


def _indicator(row: Row, dimensions: Mapping[str, StatedDimension]) -> Indicator:
    try:
        kind = Kind(row.optional_text("kind") or Kind.NUMBER)
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error
    names = row.texts("dimensions")
    if unknown := [name for name in names if name not in dimensions]:
        raise BadDataFile(f"{row.where}: unknown dimension {', '.join(unknown)}")
    indicator = Indicator(
        code=row.text("code"),
        title=row.text("title"),
        kind=kind,
        unit=row.optional_text("unit"),
        dimensions=tuple(dimensions[name] for name in names),
        adds_up=row.flag("adds_up"),
        ratio=_ratio(row.row("ratio")) if row.has("ratio") else None,
    )
    row.close()
    return indicator


def _ratio(row: Row) -> StatedRatio:
    ratio = StatedRatio(row.text("of"), row.text("per"), row.optional_decimal("times") or Decimal(1))
    row.close()
    return ratio


def _check(indicator: Indicator, found: Mapping[str, Indicator], *, where: str) -> None:
    """Refuse a number without a unit the service knows, a unit elsewhere, and a ratio of what is not there."""
    if (indicator.kind is Kind.NUMBER) is (indicator.unit is None):
        raise BadDataFile(f"{where}: a number has a unit, a text and a flag have none")
    if indicator.unit is not None:
        try:
            check_unit(indicator.unit)
        except UnknownUnit as error:
            raise BadDataFile(f"{where}: unknown unit {error}") from error
    if indicator.ratio is not None:
        for part in (indicator.ratio.of, indicator.ratio.per):
            if part not in found or found[part].kind is not Kind.NUMBER:
                raise BadDataFile(f"{where}: its ratio needs {part}, which is no number that can be stated")
