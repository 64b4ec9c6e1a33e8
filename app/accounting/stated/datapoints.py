"""Datapoints: what may be stated, and what stands stated of a reporting year."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from app.accounting.stated.indicators import FLAG_WORDS, Catalogue, Indicator, Kind, UnknownIndicator
from app.accounting.stated.stated_units import printed_unit, stated_in
from app.core.calendar.fiscal_years import PeriodName
from app.core.calendar.periods import instant_from_ms
from app.core.inventory.inventory import FieldProblem
from app.core.sentences import N_, Sentence, sentence
from app.core.units.units import DimensionMismatch, UnknownUnit

_CODE_DIGITS = 20
_MOST = Decimal(10) ** 18
"""The largest number that can be stated, in the indicator's unit: ratios of such numbers keep all their digits."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody states: a number in `unit` or a text, of an indicator, reporting period, plant and dimensions."""

    indicator: str
    year: PeriodName
    plant: str | None
    dimensions: Mapping[str, str]
    value: Decimal | None
    text: str | None
    unit: str | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Stated:
    """A datapoint as it stands: `value` in the indicator's unit, `stated_value` in the unit it was sent in.

    `key` is the code of the key that stated it, stored_ms the instant, UTC milliseconds.
    """

    code: str
    indicator: str
    dimensions: Mapping[str, str] = field(hash=False)
    value: Decimal | None
    text: str | None
    stated_value: Decimal | None
    stated_unit: str | None
    evidence: str | None
    revision: int
    key: str | None
    stored_ms: int


class StatedBook:
    """What stands stated of one reporting year, of the whole organization or of one plant."""

    def __init__(self, stated: Sequence[Stated], *, currency: str) -> None:
        self.currency = currency
        self._by_identity = {(each.indicator, canonical(each.dimensions)): each for each in stated}
        self._by_indicator: dict[str, list[Stated]] = {}
        for each in stated:
            self._by_indicator.setdefault(each.indicator, []).append(each)

    def at(self, indicator: str, where: Mapping[str, str]) -> Stated | None:
        """Return what is stated of an indicator under exactly these dimensions."""
        return self._by_identity.get((indicator, canonical(where)))

    def all_of(self, indicator: str) -> Sequence[Stated]:
        """Return everything stated of an indicator."""
        return self._by_indicator.get(indicator, ())

    def parts(self, indicator: str, dimension: str) -> dict[str, Stated]:
        """Return the numbers stated of an indicator by one dimension alone, by its values."""
        return {
            each.dimensions[dimension]: each
            for each in self.all_of(indicator)
            if set(each.dimensions) == {dimension} and each.value is not None
        }


@dataclass(frozen=True, slots=True)
class StatedYear:
    """What stands stated of a reporting year, and the zone in which its days are those of the whole organization."""

    book: StatedBook = field(hash=False)
    zone: ZoneInfo


def canonical(dimensions: Mapping[str, str]) -> str:
    """Return dimensions as one text: JSON with sorted names and no spaces."""
    return json.dumps(dict(dimensions), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def code_of(indicator: str, year: PeriodName, plant_id: int | None, dimensions: Mapping[str, str]) -> str:
    """Return what a datapoint is known by within its organization: the same for the same identity, always."""
    identity = json.dumps([indicator, year, plant_id, canonical(dimensions)], separators=(",", ":"))
    return sha256(identity.encode()).hexdigest()[:_CODE_DIGITS]


def statement_problems(statement: Statement, catalogue: Catalogue, *, currency: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with a statement in an organization that reports in `currency`."""
    try:
        indicator = catalogue.named(statement.indicator)
    except UnknownIndicator as error:
        yield FieldProblem("indicator", "unknown_indicator", str(error))
        return
    yield from _dimension_problems(indicator, statement.dimensions)
    if indicator.kind is Kind.NUMBER:
        yield from _number_problems(indicator, statement, currency)
    else:
        yield from _text_problems(indicator, statement)


def _dimension_problems(indicator: Indicator, dimensions: Mapping[str, str]) -> Iterator[FieldProblem]:
    names = ", ".join(each.name for each in indicator.dimensions) or "nothing"
    for name, value in dimensions.items():
        dimension = indicator.dimension(name)
        if dimension is None:
            words = f"{indicator.code} is broken down by {names}, not by {name!r}"
            yield FieldProblem("dimensions", "unknown_dimension", words)
        elif not dimension.takes(value):
            words = f"{name} is {', '.join(dimension.values)}" if dimension.values else f"{name} is a code"
            yield FieldProblem("dimensions", "unknown_dimension_value", f"{words}, not {value!r}")


def _number_problems(indicator: Indicator, statement: Statement, currency: str) -> Iterator[FieldProblem]:
    own = printed_unit(indicator.unit or "", currency=currency)
    if statement.text is not None:
        yield FieldProblem("text", "number_expected", f"{indicator.code} is a number in {own}, not a text")
    elif statement.value is None:
        yield FieldProblem("value", "number_expected", f"{indicator.code} needs a number in {own}")
    if statement.unit is None:
        yield FieldProblem("unit", "missing", f"say in which unit; {indicator.code} is kept in {own}")
        return
    try:
        value = stated_in(statement.value or Decimal(0), statement.unit, indicator.unit or "", currency=currency)
    except UnknownUnit:
        words = f"{statement.unit!r} is not a unit; {indicator.code} is kept in {own}"
        yield FieldProblem("unit", "unknown_unit", words)
    except DimensionMismatch as error:
        yield FieldProblem("unit", "unit_mismatch", f"{error}; {indicator.code} is kept in {own}")
    else:
        if abs(value) > _MOST:
            yield FieldProblem("value", "out_of_range", f"{indicator.code} is at most {_MOST:.0e} {own}")


def _text_problems(indicator: Indicator, statement: Statement) -> Iterator[FieldProblem]:
    if statement.value is not None:
        yield FieldProblem("value", "text_expected", f"{indicator.code} asks for a text, not a number")
    elif statement.text is None:
        yield FieldProblem("text", "text_expected", f"{indicator.code} needs a text")
    if statement.unit is not None:
        yield FieldProblem("unit", "text_expected", f"{indicator.code} is no number and has no unit")
    if indicator.kind is Kind.FLAG and statement.text is not None and statement.text not in FLAG_WORDS:
        words = f"{indicator.code} is answered by {' or '.join(FLAG_WORDS)}"
        yield FieldProblem("text", "flag_expected", words)


def stated_words(stated: Stated) -> Sentence:
    """Return who stated a datapoint, when, and on which evidence."""
    return sentence(
        N_("stated by %(key)s on %(day)s: %(evidence)s")
        if stated.evidence
        else N_("stated by %(key)s on %(day)s, without evidence"),
        key=stated.key or sentence("the service"),
        day=f"{instant_from_ms(stated.stored_ms):%Y-%m-%d}",
        evidence=stated.evidence,
    )
