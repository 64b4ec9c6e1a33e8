"""The rows of a framework file that no meter fills: indicators, with the code, title, unit and decimals they get."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.accounting.stated.indicators import Indicator, Kind, UnknownIndicator, indicators
from app.accounting.stated.stated_units import CURRENCY, stated_in
from app.core.datafile import BadDataFile, Row
from app.core.sentences import Sentence, sentence
from app.core.units.quantities import Rounding
from app.core.units.units import DimensionMismatch, UnknownUnit

_MOST_DECIMALS = 12


class CodeStatus(StrEnum):
    """Whether a KPI code was read in the framework's own words, or stands until it has been."""

    VERIFIED = "verified"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class StatedSpec:
    """A figure of a framework that somebody states; a text has no unit and no decimals.

    `dimensions` are those of the indicator by which the framework shows it. `place` is the row's in the file; `also`
    are further codes that ask for the same figure.
    """

    kpi: str
    indicator: Indicator = field(hash=False)
    title: Sentence
    unit: str
    decimals: int
    dimensions: tuple[str, ...]
    status: CodeStatus
    place: int
    also: tuple[str, ...]
    rounding: Rounding | None = None

    @property
    def key(self) -> str:
        """Return what the figure is known by, with its dimensions."""
        return self.indicator.code

    @property
    def is_number(self) -> bool:
        """Tell a number from a text and a yes or no."""
        return self.indicator.kind is Kind.NUMBER


def stated_spec(row: Row, place: int) -> StatedSpec:
    """Return a row that names an indicator; its title is the indicator's unless it has one. Raises BadDataFile."""
    try:
        indicator = indicators().named(row.text("indicator"))
    except UnknownIndicator as error:
        raise BadDataFile(f"{row.where}: {error}") from error
    is_number = indicator.kind is Kind.NUMBER
    spec = StatedSpec(
        kpi=row.text("kpi"),
        indicator=indicator,
        title=sentence(row.optional_text("title") or indicator.title),
        unit=row.text("unit") if is_number else "",
        decimals=row.whole("decimals") if is_number else 0,
        dimensions=row.texts("dimensions"),
        status=status_of(row),
        place=place,
        also=row.texts("also"),
    )
    asks = row.optional_text("asks") or indicator.kind
    row.close()
    place_words = f"{row.where}: {indicator.code}"
    if asks != indicator.kind:
        raise BadDataFile(f"{place_words} is a {indicator.kind}, not a {asks}")
    if strange := [name for name in spec.dimensions if indicator.dimension(name) is None]:
        raise BadDataFile(f"{place_words} is not broken down by {', '.join(strange)}")
    _check_print(spec, where=place_words)
    return spec


def status_of(row: Row) -> CodeStatus:
    """Return whether a row's code is verified; raises BadDataFile."""
    try:
        return CodeStatus(row.text("status"))
    except ValueError as error:
        raise BadDataFile(f"{row.where}: {error}") from error


def printable(indicator: Indicator, unit: str) -> bool:
    """Tell whether an indicator's number can be printed in a unit, money by the name `currency`."""
    try:
        stated_in(Decimal(1), indicator.unit or "", unit, currency=CURRENCY)
    except (UnknownUnit, DimensionMismatch):
        return False
    return True


def _check_print(spec: StatedSpec, *, where: str) -> None:
    if not spec.is_number:
        return
    if not 0 <= spec.decimals <= _MOST_DECIMALS:
        raise BadDataFile(f"{where}: decimals {spec.decimals}")
    if not printable(spec.indicator, spec.unit):
        raise BadDataFile(f"{where}: cannot be printed in {spec.unit}")
